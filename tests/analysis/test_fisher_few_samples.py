"""Fisher information from few samples, and from samples that come in groups.

Golden arrays and simulated means are those of the fact sheet face_frontier, section 3.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.analysis.fisher import (
    Responses,
    fisher_information,
    fisher_jackknife,
    readout_information,
    responses,
)


def one(fisher):
    return float(fisher.mean_term[0, 0]), float(fisher.covariance_term[0, 0])


def normal(seed, *shape):
    draw = np.random.default_rng(seed)
    return Responses(draw.normal(size=shape), draw.normal(size=(*shape, 1)))


@pytest.mark.parametrize("name", ("K3_N20", "K10_N20"))
def test_golden_plug_in_and_corrected_terms(shared_data, name):
    """Measured 1.2e-15."""
    file = np.load(shared_data / "frontier" / "face" / f"fisher_{name}.npz")
    found = Responses(file["codes"], file["derivatives"][..., None])
    raw = file["raw_mean"], file["raw_covariance"]
    corrected = file["corrected_mean"], file["corrected_covariance"]
    plain = fisher_information(found, bias_correction=False)
    np.testing.assert_allclose(one(plain), raw, rtol=1e-13)
    np.testing.assert_allclose(one(fisher_information(found)), corrected, rtol=1e-13)


@pytest.mark.parametrize("numbers, samples, times", ((10, 20, 2000), (2, 7, 4000), (20, 60, 200)))
def test_the_mean_of_corrected_terms_is_the_truth(numbers, samples, times):
    """Derivatives that follow the codes linearly, with noise; both truths in closed form."""
    draw = np.random.default_rng(numbers)
    follow = draw.normal(size=(numbers, numbers)) / (2 * numbers**0.5)
    slope = draw.normal(size=numbers)
    codes = draw.normal(size=(times, samples, numbers))
    noise = 0.5 * draw.normal(size=codes.shape)
    found = Responses(codes, (slope + codes @ follow.T + noise)[..., None])
    truth = slope @ slope, np.trace(follow @ follow) + np.sum(follow**2)
    fisher = fisher_information(found)
    plain = fisher_information(found, bias_correction=False)
    for field, known in zip(("mean_term", "covariance_term"), truth, strict=True):
        values = getattr(fisher, field)[:, 0, 0]
        error = values.std() / times**0.5
        assert abs(values.mean() - known) < 3.5 * error
        assert getattr(plain, field).mean() > known + 10 * error
    assert not fisher.reliable.any() or samples == 60
    # what was given as reliable before: 2.5 times the truth (10, 20)
    assert not plain.reliable.any()


def test_reliability_follows_the_samples():
    """K + 37 independent samples give a quarter as relative error of known derivatives."""
    for samples, reliable in ((38, False), (39, True), (300, True)):
        assert bool(fisher_information(normal(0, samples, 2)).reliable) == reliable
    assert fisher_information(normal(0, 300, 60)).reliable
    assert not fisher_information(normal(0, 300, 60), bias_correction=False).reliable
    assert fisher_information(normal(0, 300, 2), bias_correction=False).reliable


def test_information_of_vectors_is_that_of_every_direction():
    """Corrected terms are quadratic in the derivatives: polarisation gives the matrix."""
    found = normal(1, 30, 4)
    both = Responses(found.codes, np.random.default_rng(2).normal(size=(30, 4, 2)))
    whole = fisher_information(both)
    for weights in np.array([[1, 0], [0, 1], [1, 1], [2, -3]]):
        part = fisher_information(both._replace(derivatives=both.derivatives @ weights[:, None]))
        for field in ("mean_term", "covariance_term"):
            expected = weights @ getattr(whole, field) @ weights
            np.testing.assert_allclose(getattr(part, field)[0, 0], expected, rtol=1e-10)


def test_too_few_samples_are_refused_and_shrinkage_allows_them():
    for samples in (9, 10, 12):
        with pytest.raises(
            ValueError, match=f"codes: {samples} samples of 10 numbers; at least 13"
        ):
            fisher_information(normal(0, samples, 10))
        shrunk = fisher_information(normal(0, samples, 10), 0.5)
        assert np.isfinite(one(shrunk)).all() and not shrunk.reliable
        with pytest.raises(ValueError, match="at least 13"):
            fisher_jackknife(normal(0, samples, 10))
    with pytest.raises(ValueError, match="at least 2 are needed$"):
        fisher_information(normal(0, 1, 10), 0.5)
    for wrong in (-0.1, np.nan, np.inf):
        with pytest.raises(ValueError, match="shrinkage: .* given; 0 or a finite number above"):
            fisher_information(normal(0, 20, 2), wrong)
    assert np.isnan(jax.jit(fisher_information)(normal(0, 20, 2), -0.1).mean_term).all()
    assert np.isfinite(one(fisher_information(normal(0, 13, 10)))).all()


def test_shapes_that_do_not_fit_are_refused():
    found = normal(0, 50, 8)
    with pytest.raises(ValueError, match=r"derivatives: an array of shape \(50, 8\) given; "):
        fisher_information(Responses(found.codes, found.derivatives[..., 0]))
    with pytest.raises(ValueError, match=r"code: an array of shape \(50, 8, 2\) returned"):
        responses(lambda a: a * jnp.ones((50, 8, 2)), jnp.array([1.0]))
    with pytest.raises(ValueError, match=r"code: an array of shape \(50, 8, 2\) returned"):
        responses(lambda a: a[0] * jnp.ones((50, 8, 2)), jnp.array([[1.0]]))
    with pytest.raises(ValueError, match="codes: .* is needed"):
        fisher_information(Responses(np.zeros((5, 0)), np.zeros((5, 0, 1))))
    with pytest.raises(ValueError, match="codes: values of type <U1"):
        fisher_information(Responses(np.full((9, 2), "a"), np.zeros((9, 2, 1))))
    twice = Responses(found.codes, np.repeat(found.derivatives, 2, -1))
    with pytest.raises(ValueError, match="derivatives: in 2 parameters; 1 is needed"):
        readout_information(twice, np.ones(8))
    with pytest.raises(ValueError, match="weights: shape"):
        readout_information(found, np.ones(7))


def test_units_of_the_code_do_not_matter():
    """Numbers of very different size, independent: refused before, at a ratio of 1e-13."""
    found = normal(3, 60, 3)
    known = fisher_information(found)
    for units in (np.array([1, 1e-13, 1e13]), np.full(3, 1e-30), np.full(3, 1e30)):
        other = Responses(found.codes * units, found.derivatives * units[:, None])
        fisher, errors = fisher_information(other), fisher_jackknife(other)
        assert fisher.reliable and errors.reliable
        np.testing.assert_allclose(one(fisher), one(known), rtol=1e-10)
        np.testing.assert_allclose(fisher.condition, known.condition, rtol=1e-10)
        np.testing.assert_allclose(errors.total, fisher_jackknife(found).total, rtol=1e-10)
    same = Responses((2**20 * found.codes).astype(int), found.derivatives * 2**20)
    np.testing.assert_allclose(one(fisher_information(same)), one(known), rtol=1e-4)


def test_singular_codes_have_no_information():
    """A point where two numbers agree, one where a number stands still, one with NaN."""
    found = normal(4, 5, 60, 2)
    found.codes[0, :, 1] = 2 * found.codes[0, :, 0] + 1
    found.codes[1, :, 1] = 3.0
    found.codes[2, 7, 0] = np.nan
    found.codes[3, :, 1] = 1e8 + 1e-9 * found.codes[3, :, 1]  # nothing but round-off
    for groups in (None, np.arange(60) % 12):
        fisher = fisher_information(found, groups=groups)
        errors = fisher_jackknife(found, groups=groups)
        assert np.isnan(fisher.mean_term[:3]).all() and np.isnan(errors.mean_term[:3]).all()
        assert list(fisher.reliable) == [False] * 4 + [True]
        assert not errors.reliable[:3].any() and errors.reliable[4]
    inside = jax.jit(fisher_jackknife)(Responses(*map(jnp.asarray, found)))
    assert np.isnan(inside.mean_term[:3]).all() and np.isfinite(inside.mean_term[4]).all()
    # a sample without which a number stands still
    alone = normal(5, 60, 2)
    alone.codes[1:, 1] = 0.0
    assert np.isnan(fisher_jackknife(alone).mean_term).all()


def test_leaving_out_groups_by_brute_force():
    """Any labels, unequal groups; corrected as many as they are worth."""
    found = normal(6, 40, 3)
    sizes = [4, 6] * 4  # two shapes, two programs
    names = np.random.default_rng(7).permutation(np.repeat(list("abcdefgh"), sizes))
    errors = fisher_jackknife(found, groups=names, bias_correction=False)
    left = []
    for name in np.unique(names):
        rest = Responses(*(x[names != name] for x in found))
        left.append(one(fisher_information(rest, bias_correction=False)))
    left, count = np.array(left), len(np.unique(names))
    known = np.sqrt((count - 1) * left.var(0))
    np.testing.assert_allclose([errors.mean_term[0, 0], errors.covariance_term[0, 0]], known)
    np.testing.assert_allclose(errors.replicates[:, 0, 0], left[:, 0])
    single, each = fisher_jackknife(found), fisher_jackknife(found, groups=np.arange(40))
    for mine, other in zip(single, each, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-10)
    replicates = [
        one(fisher_information(Responses(*(np.delete(x, i, 0) for x in found))))[0]
        for i in range(40)
    ]
    np.testing.assert_allclose(single.replicates[:, 0, 0], replicates, rtol=1e-10)
    for wrong, words in ((names[:9], "9 given for 40"), (np.zeros(40), "at least 2 are needed")):
        with pytest.raises(ValueError, match=f"groups: .*{words}"):
            fisher_information(found, groups=wrong)


def persons(seed, points, people, views, apart=0.9, within=0.3):
    """Codes of the fact sheet: two numbers, standard deviations between and within persons."""
    draw = np.random.default_rng(seed)
    code = apart * draw.normal(size=(points, people, 1, 2))
    code = (code + within * draw.normal(size=(points, people, views, 2))).reshape(points, -1, 2)
    slope = np.array([0.6, 0.4]) * (apart**2 + within**2) ** 0.5
    return Responses(code, np.broadcast_to(slope[:, None], (*code.shape, 1)).copy())


def test_errors_by_person():
    """Truth .52, sd of the plug-in .12; by person right, by picture too small by 2.4."""
    people, views = 40, 7
    found, who = persons(0, 300, people, views), np.repeat(np.arange(people), views)
    fisher = fisher_information(found, groups=who)
    sampled = fisher.mean_term.std()
    mean = fisher_jackknife(found, groups=who).mean_term.mean()
    single = fisher_jackknife(found).mean_term.mean()
    assert mean == pytest.approx(sampled, rel=0.2)
    assert single < 0.55 * mean
    # worth little more than the persons are, and corrected by that
    assert 40 < np.median(fisher.effective_samples) < 50
    values = fisher.mean_term[:, 0, 0]
    assert abs(values.mean() - 0.52) < 3.5 * sampled / 300**0.5
    wrong = fisher_information(found).mean_term
    assert wrong.mean() - 0.52 > 2 * (values.mean() - 0.52)
    assert fisher.reliable.mean() > 0.9
    few = fisher_information(persons(1, 50, 12, 7), groups=np.repeat(np.arange(12), 7))
    assert not few.reliable.any()
