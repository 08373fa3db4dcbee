"""Information matrices of several parameters: by brute force, by polarisation, unbiased."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.analysis import (
    Responses,
    direction_errors,
    fisher_information,
    matrices_of_networks,
    matrix_replicates_of_networks,
    parameter_information,
)

RNG = np.random.default_rng(0)


def positive(count, size=()):
    root = RNG.normal(size=(*size, count, count + 2))
    return root @ root.swapaxes(-1, -2)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_by_brute_force(count):
    matrices = positive(count, (4,))
    found = parameter_information(matrices)
    inverse = np.linalg.inv(matrices)
    np.testing.assert_allclose(found.known, np.diagonal(matrices, axis1=1, axis2=2))
    np.testing.assert_allclose(found.unknown, 1 / np.diagonal(inverse, axis1=1, axis2=2))
    np.testing.assert_allclose(found.volume, np.sqrt(np.linalg.det(matrices)))
    assert found.definite.all() and (np.diff(found.values, axis=1) <= 0).all()
    for k in range(count):
        vector = found.directions[..., k]
        moved = np.einsum("nab,nb->na", matrices, vector)
        np.testing.assert_allclose(moved, found.values[:, [k]] * vector, atol=1e-9)
        assert (vector[np.arange(4), np.abs(vector).argmax(1)] > 0).all()
    for a in range(count):
        for b in range(count):
            pair = matrices[:, [a, b]][:, :, [a, b]]
            lost = 0.0 if a == b else 1 - 1 / np.linalg.inv(pair)[:, 0, 0] / matrices[:, a, a]
            np.testing.assert_allclose(found.lost[:, a, b], lost, atol=1e-12)


def test_units_change_what_they_must_and_nothing_else():
    matrix, unit = positive(3), np.array([1e-6, 1.0, 1e8])
    plain, scaled = (
        parameter_information(matrix),
        parameter_information(matrix * np.outer(unit, unit)),
    )
    np.testing.assert_allclose(scaled.known, plain.known * unit**2)
    np.testing.assert_allclose(scaled.unknown, plain.unknown * unit**2, rtol=1e-10)
    np.testing.assert_allclose(scaled.lost, plain.lost, rtol=1e-10)
    np.testing.assert_allclose(scaled.volume, plain.volume * unit.prod(), rtol=1e-10)


def test_what_is_not_definite_has_no_volume():
    matrices = np.stack(
        [
            np.diag([2.0, 1.0]),
            np.array([[1.0, 2.0], [2.0, 1.0]]),
            np.diag([1.0, -1.0]),
            np.full((2, 2), np.nan),
        ]
    )
    found = parameter_information(matrices)
    assert found.definite.tolist() == [True, False, False, False]
    assert np.isfinite(found.volume).tolist() == [True, False, False, False]
    assert np.isnan(found.unknown[1:]).all()
    np.testing.assert_allclose(found.values[1], [3, -1])
    np.testing.assert_allclose(found.known[2], [1, -1])
    assert np.isnan(found.directions[3]).all()
    traced = jax.jit(parameter_information)(jnp.asarray(matrices))
    for one, other in zip(traced, found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def made(samples=20, numbers=3, parameters=3, networks=2, points=2):
    shape = (networks, points, samples, numbers)
    codes = RNG.normal(size=shape)
    slopes = RNG.normal(size=(*shape, parameters)) + 1 + 0.5 * codes[..., None]
    return Responses(codes, slopes)


@pytest.mark.parametrize("correct", [True, False])
def test_matrices_are_those_of_single_directions_by_polarisation(correct):
    """I_ab = [I(a + b) - I(a - b)] / 4, both terms, with the correction for few samples."""
    found, people = made(), np.arange(20) // 2
    for term in ("mean_term", "covariance_term"):
        whole = matrices_of_networks(found, groups=people, bias_correction=correct)
        for a in range(3):
            for b in range(3):
                both = []
                for sign in (1, -1):
                    along = found.derivatives[..., [a]] + sign * found.derivatives[..., [b]]
                    one = fisher_information(
                        Responses(found.codes, along), groups=people, bias_correction=correct
                    )
                    both.append(getattr(one, term)[..., 0, 0])
                matrix = getattr(whole, term)
                np.testing.assert_allclose(matrix[..., a, b], (both[0] - both[1]) / 4, atol=1e-9)


def test_corrected_matrices_are_unbiased():
    """Off the diagonal too: 4,000 draws of 20 samples of a code whose matrix is known."""
    mixing = np.array([[1.0, 0.4, 0.0], [0.0, 0.8, 0.3], [0.2, 0.0, 1.2]])
    slope = np.array([[1.0, 0.5], [-0.5, 1.0], [2.0, 0.0]])
    codes = RNG.normal(size=(1, 4000, 20, 3)) @ mixing.T
    truth = slope.T @ np.linalg.inv(mixing @ mixing.T) @ slope
    slopes = slope + 0.7 * RNG.normal(size=(1, 4000, 20, 3, 2))
    found = matrices_of_networks(Responses(codes, slopes))
    plain = matrices_of_networks(Responses(codes, slopes), bias_correction=False)
    error = found.mean_term[0].std(0) / 4000**0.5
    np.testing.assert_array_less(np.abs(found.mean_term[0].mean(0) - truth), 4 * error)
    assert (np.diagonal(plain.mean_term[0].mean(0) - truth) > 20 * np.diagonal(error)).all()


def test_networks_that_are_not_finite_are_left_alone():
    found = made()
    found.codes[1, 0, 3] = np.inf
    whole = matrices_of_networks(found)
    assert np.isnan(whole.mean_term[1]).all() and not whole.reliable[1].any()
    np.testing.assert_array_equal(
        whole.mean_term[0], matrices_of_networks(Responses(*(x[:1] for x in found))).mean_term[0]
    )
    people = np.arange(20) // 4
    without = matrix_replicates_of_networks(found, groups=people)
    assert without.shape == (2, 2, 5, 3, 3) and np.isnan(without[1]).all()
    left = people != 2
    direct = fisher_information(
        Responses(found.codes[0, 1][left], found.derivatives[0, 1][left]), bias_correction=False
    )
    plain = matrix_replicates_of_networks(found, groups=people, bias_correction=False)
    np.testing.assert_allclose(plain[0, 1, 2], direct.mean_term, rtol=1e-8)
    nothing = Responses(np.full((1, 2, 20, 3), np.nan), np.ones((1, 2, 20, 3, 3)))
    assert np.isnan(matrices_of_networks(nothing).mean_term).all()
    assert matrix_replicates_of_networks(nothing, groups=people).shape == (1, 2, 5, 3, 3)


def test_directions_without_groups_turn_by_their_errors():
    """Rotations by known angles: the jackknife's error is sqrt((G - 1) / G sum angle^2)."""
    angles = np.array([0.02, -0.01, -0.01, 0.03, -0.03])

    def turned(angle):
        cosine, sine = np.cos(angle), np.sin(angle)
        turn = np.array([[cosine, -sine], [sine, cosine]])
        return turn @ np.diag([5.0, 1.0]) @ turn.T

    found = direction_errors(turned(0.0), np.stack([turned(a) for a in angles]))
    np.testing.assert_allclose(found.angle, np.sqrt(4 * np.mean(angles**2)), rtol=1e-6)
    np.testing.assert_allclose(found.error[1, 0], np.sqrt(4 * np.sin(angles).var()), rtol=1e-6)


@pytest.mark.parametrize(
    "call, line",
    [
        (lambda: parameter_information(np.ones((2, 3))), r"information: shape \(2, 3\) given"),
        (lambda: parameter_information(np.ones(3)), r"information: shape \(3,\) given"),
        (lambda: direction_errors(np.eye(2), np.eye(2)[None]), "of at least 2 groups is needed"),
        (lambda: direction_errors(np.eye(2), np.ones((3, 3, 3))), "given for matrices"),
    ],
)
def test_what_does_not_fit_is_refused(call, line):
    with pytest.raises(ValueError, match=line):
        call()
