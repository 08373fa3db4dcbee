"""A lower bound of Fisher information from readouts that are tested on other samples."""

import numpy as np
import pytest

from jaxrep.analysis.fisher import Responses, fisher_information
from jaxrep.analysis.fisher_held_out import held_out_information, held_out_responses


def drawn(seed, times, samples, units, decay, turn=True):
    """Codes of a covariance with eigenvalues ``k^-decay``, and their information."""
    draw = np.random.default_rng(seed)
    values = np.arange(1, units + 1.0) ** -decay
    basis = np.linalg.qr(draw.normal(size=(units, units)))[0] if turn else np.eye(units)
    slope = basis @ (values**0.5 * draw.normal(size=units))
    codes = (draw.normal(size=(times, samples, units)) * values**0.5) @ basis.T
    slopes = np.broadcast_to(slope, codes.shape)[..., None]
    return Responses(codes, slopes), float(np.sum((basis.T @ slope) ** 2 / values))


@pytest.mark.parametrize(
    "samples, decay, kept",
    ((30, 0, 0.70), (30, 1, 0.47), (30, 2, 0.24), (120, 0, 0.85), (120, 2, 0.66)),
)
def test_averages_are_below_the_truth_and_near_it_with_samples(samples, decay, kept):
    """60 units, more than there are samples at first."""
    found, truth = drawn(samples + decay, 24, samples, 60, decay)
    share = held_out_information(found).bound / truth
    assert share.mean() < 1
    assert share.mean() == pytest.approx(kept, abs=0.12)


def test_of_many_samples_it_is_the_information():
    """Measured .995 and .990 of it."""
    for units in (1, 3):
        found, truth = drawn(units, 4, 4000, units, 1)
        bound = held_out_information(found).bound
        exact = fisher_information(found).mean_term[..., 0, 0]
        np.testing.assert_allclose(bound, exact, rtol=0.03)
        assert np.median(bound) == pytest.approx(truth, rel=0.1)


def test_no_sample_has_a_part_in_its_own_readout():
    """What is read of one fold does not change with the derivatives of that fold; by brute force,
    with shrinkages that hardly matter, the readout is a least-squares solution of the others."""
    found, _ = drawn(3, 1, 50, 4, 0)
    codes, slopes = found.codes[0], found.derivatives[0]
    read = held_out_responses(Responses(codes, slopes)).codes[:, 0]
    moved = slopes.copy()
    moved[::5] = 100.0
    other = held_out_responses(Responses(codes, moved)).codes[:, 0]
    np.testing.assert_array_equal(read[::5], other[::5])
    assert (read[1::5] != other[1::5]).all()
    rows = np.arange(50) % 5 != 0
    spread = np.diag(codes[rows].var(0, ddof=1))
    covariance = np.cov(codes[rows].T)
    tried = []
    for shrinkage in (1e-6, 1e-4, 1e-3, 1e-2, 1e-1, 1.0):
        slope = slopes[rows, :, 0].mean(0)
        weights = np.linalg.solve(covariance + shrinkage * spread, slope)
        tried.append((codes[::5] - codes[rows].mean(0)) @ weights / (weights @ slope))
    assert np.abs(np.array(tried) - read[::5]).max(1).min() < 1e-12


def test_persons_are_held_out_whole():
    """Pictures that repeat: without their persons the bound would be far above the truth."""
    few, truth = drawn(5, 12, 20, 30, 0)
    noise = np.random.default_rng(0).normal(size=(12, 200, 30))
    person = np.repeat(np.arange(20), 10)
    codes = few.codes[:, person] + 1e-3 * noise
    # every person has a derivative of its own, which a readout can learn by heart
    own = np.random.default_rng(1).normal(size=(12, 20, 30))[:, person]
    found = Responses(codes, few.derivatives[:, person] + own[..., None])
    by_person = held_out_information(found, groups=person)
    by_picture = held_out_information(found)
    assert by_person.bound.mean() < truth < by_picture.bound.mean()
    np.testing.assert_allclose(by_person.effective_samples, 20, atol=1)
    shuffled = np.random.default_rng(2).permutation(200)
    names = np.array([f"person {index:02d}" for index in person])
    other = held_out_information(
        Responses(*(x[:, shuffled] for x in found)), groups=names[shuffled]
    )
    np.testing.assert_allclose(other.bound, by_person.bound, rtol=1e-6)


def test_units_do_not_matter_and_silent_units_add_nothing():
    found, _ = drawn(6, 2, 60, 5, 1)
    known = held_out_information(found)
    scale = np.array([1e-12, 1.0, 1e9, 3.0, 1e-3])
    scaled = Responses((found.codes + 2) * scale, found.derivatives * scale[:, None])
    np.testing.assert_allclose(held_out_information(scaled).bound, known.bound, rtol=1e-3)
    silent = np.zeros((2, 60, 1))
    wider = Responses(
        np.concatenate([found.codes, silent + 4], -1),
        np.concatenate([found.derivatives, silent[..., None] + 7], -2),
    )
    np.testing.assert_allclose(held_out_information(wider).bound, known.bound, rtol=1e-6)


def test_broken_points_are_not_known_and_change_nothing():
    found, _ = drawn(7, 4, 40, 3, 0)
    known = held_out_information(found)
    codes = found.codes.copy()
    codes[1, 0, 0], codes[2] = np.nan, 5.0
    result = held_out_information(found._replace(codes=codes))
    assert np.isnan([field[[1, 2]] for field in result]).all()
    np.testing.assert_array_equal(result.bound[[0, 3]], known.bound[[0, 3]])


def test_what_cannot_be_held_out_is_refused():
    found, _ = drawn(8, 1, 12, 3, 0)
    with pytest.raises(ValueError, match="folds: 2 given; at least 3 are needed"):
        held_out_information(found, folds=2)
    with pytest.raises(ValueError, match="codes: 12 samples for 7 folds; at least 14 are needed"):
        held_out_information(found, folds=7)
    with pytest.raises(ValueError, match="groups: 4 given for 5 folds; as many are needed"):
        held_out_information(found, groups=np.arange(12) % 4)
    with pytest.raises(ValueError, match="derivatives: in 2 parameters; 1 is needed"):
        held_out_information(Responses(found.codes, np.repeat(found.derivatives, 2, -1)))
    with pytest.raises(ValueError, match=r"derivatives: an array of shape"):
        held_out_information(Responses(found.codes, found.derivatives[..., 0]))
