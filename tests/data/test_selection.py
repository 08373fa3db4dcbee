"""Selected samples and patches, against plain numpy."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.data.selection import orient_samples, sample_patches, sample_where, select_candidates


def test_the_first_that_fit_are_kept_in_order():
    candidates = np.arange(12, dtype=np.float32).reshape(6, 2)
    keep = np.array([False, True, True, False, True, False])
    samples, found = select_candidates(candidates, keep, 2)
    np.testing.assert_array_equal(samples, candidates[[1, 2]])
    samples, found = select_candidates(candidates, keep, 5)
    assert found.tolist() == [True, True, True, False, False]
    np.testing.assert_array_equal(samples, np.vstack([candidates[[1, 2, 4]], np.zeros((2, 2))]))


def test_sampling_under_a_condition_compiles():
    draw = lambda key, n: jax.random.normal(key, (n, 3))  # noqa: E731
    positive = lambda x: jnp.sum(x, 1) > 0  # noqa: E731
    found = jax.jit(functools.partial(sample_where, sample=draw, condition=positive, count=50))(
        jax.random.key(0)
    )
    assert found.found.all() and (np.asarray(found.samples).sum(1) > 0).all()


def test_patches_are_cut_from_the_pictures():
    images = np.random.default_rng(0).normal(size=(3, 6, 5)).astype(np.float32)
    patches = np.asarray(sample_patches(jax.random.key(1), images, 200, 3))
    every = {
        images[i, y : y + 3, x : x + 3].tobytes(): (i, y, x)
        for i in range(3)
        for y in range(4)
        for x in range(3)
    }
    seen = {every[patch.tobytes()] for patch in patches}
    assert len(seen) == 36
    with pytest.raises(ValueError, match="side: 6 is outside 1 .. 5"):
        sample_patches(jax.random.key(1), images, 1, 6)


@pytest.mark.parametrize("half", ["mean", "first"])
def test_flipping_is_selecting_in_a_symmetric_family(half):
    """Second moments of flipped samples against those of the samples that were selected."""
    field = np.asarray(jax.random.normal(jax.random.key(3), (40_000, 3)))
    side = field.mean(1) if half == "mean" else field[:, 0]
    found, kept = np.asarray(orient_samples(field, half)), field[side >= 0]
    assert len(found) == 2 * 20_000 and len(kept) < 21_000  # none is thrown away
    error = np.sqrt(kept.var(0) / len(kept) + found.var(0) / len(found))
    assert (np.abs(found.mean(0) - kept.mean(0)) < 4.5 * error).all()
    assert (found.mean(0) > 0.3).any()
    with pytest.raises(ValueError, match="half: 'last'"):
        orient_samples(field, "last")
