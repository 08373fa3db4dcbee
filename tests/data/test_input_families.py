"""Families of inputs by name: shapes, parameters, factor, halves, classes, errors."""

import jax
import numpy as np
import pytest

from jaxrep.data import INPUT_FAMILIES, gaussian_process, input_family, sample_classes
from jaxrep.data.class_shares import class_counts, class_indices

KEY = jax.random.key(3)
NUMBERS = {"gain": 3.0, "power": 10.0, "freedom": 9.0}
IMAGES = np.random.default_rng(0).normal(size=(2, 8, 8)).astype(np.float32)


def draw(name, count=64, **options):
    """One program for each family: eagerly, every operation would be one."""
    family = input_family(name, 6, **options)
    given = {key: NUMBERS[key] for key in family.kind.parameters if key in NUMBERS}
    images = None if family.kind.drawn else IMAGES
    sample = jax.jit(lambda key: family.sample(key, count, 0.5, images=images, **given))
    return np.asarray(sample(KEY))


@pytest.mark.parametrize("name", INPUT_FAMILIES)
def test_every_family_is_drawn_and_its_symmetry_breaks(name):
    kind = INPUT_FAMILIES[name]
    inputs = draw(name, half="mean" if kind.symmetric else None)
    assert inputs.shape == (64, 6 if kind.drawn else 36)
    assert np.isfinite(inputs).all() and inputs.std() > 0.2
    assert not kind.symmetric or (inputs.mean(1) >= 0).all()


@pytest.mark.parametrize("name", ["nonlinear", "shell"])
def test_pixels_of_a_torus_are_flattened(name):
    assert draw(name, dimensions=2).shape == (64, 36)


def test_the_clone_has_the_covariance_of_the_process_and_other_marginals():
    family = input_family("nonlinear", 6)
    sample = jax.jit(lambda clone: family.sample(KEY, 4000, 1.5, gain=100.0, clone=clone))
    process, clone = (np.asarray(sample(clone)) for clone in (0.0, 1.0))
    assert (np.abs(np.abs(process) - 1) < 0.1).mean() > 0.98
    assert (np.abs(clone) > 1.5).mean() > 0.05
    np.testing.assert_allclose(process.T @ process / 4000, clone.T @ clone / 4000, atol=0.1)


def test_the_library_samples_what_the_process_samples():
    """The key's first half draws, its second half is the common factor's."""
    first, _ = jax.random.split(KEY)
    row = gaussian_process.covariance_row(6, 1.5)
    field = gaussian_process.sample_field(first, 5, row)
    np.testing.assert_array_equal(input_family("normal", 6).sample(KEY, 5, 1.5), field)
    scaled = np.asarray(input_family("normal", 6, factor="sign").sample(KEY, 5, 1.5))
    np.testing.assert_array_equal(np.abs(scaled), np.abs(np.asarray(field)))


def test_given_pixels_have_their_values():
    inputs = draw("nonlinear", given={2: 0.5, 4: -0.2})
    np.testing.assert_allclose(inputs[:, [2, 4]], np.tile([0.5, -0.2], (64, 1)), atol=2e-3)


def test_classes_are_drawn_from_keys_of_their_own():
    family = input_family("normal", 6)
    both = np.asarray(sample_classes(KEY, family, [2, 3], [0.5, 1.5]))
    first, second = jax.random.split(KEY)
    np.testing.assert_array_equal(both[:2], family.sample(first, 2, 0.5))
    np.testing.assert_array_equal(both[2:], family.sample(second, 3, 1.5))
    with pytest.raises(ValueError, match="counts: 1 given for 2"):
        sample_classes(KEY, family, [2], [0.5, 1.5])


def test_shares_of_classes():
    assert np.bincount(class_indices(11, 3, (0.3, 0.2, 0.5))).tolist() == [3, 3, 5]
    assert class_counts(1000, 3, (0.3, 0.2, 0.5)) == [300, 200, 500]
    assert class_counts(10, 3) == [3, 4, 3]
    with pytest.raises(ValueError, match="shares: 2 given for 3"):
        class_counts(10, 3, (0.5, 0.5))


@pytest.mark.parametrize(
    "arguments, options, message",
    [
        (("cosine", 6), {}, "name: 'cosine' is not known"),
        (("normal", 0), {}, "length: 0 given"),
        (("ising", 6, 2), {}, "dimensions: 2 given; inputs ising"),
        (("block", 6), {"half": "mean"}, "half: mean given"),
        (("normal", 6), {"given": {0: 0.1}}, "only inputs nonlinear have given"),
        (("nonlinear", 6), {"given": {6: 0.1}}, "a pixel outside 0 .. 5"),
    ],
)
def test_families_that_do_not_exist(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        input_family(*arguments, **options)


def test_parameters_that_are_missing_or_too_many():
    with pytest.raises(ValueError, match="gain: not given; inputs nonlinear need it"):
        input_family("nonlinear", 6).sample(KEY, 2)
    with pytest.raises(ValueError, match="gain: inputs normal have no such"):
        input_family("normal", 6).sample(KEY, 2, gain=1.0)
    with pytest.raises(ValueError, match="images: none given"):
        input_family("patches", 3).sample(KEY, 2)
