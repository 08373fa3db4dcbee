"""Fourth cumulants: against the tensor by brute force, known factors, published numbers."""

import jax
import numpy as np
import pytest

from jaxrep.analysis import (
    fourth_cumulant,
    inverse_participation_ratio,
    leading_cumulant_factors,
    shifted_cosine,
)
from jaxrep.data import gaussian_clone, input_family

from .function_cases import unchecked_signatures

DRAW = np.random.default_rng(0)


def tensor(samples):
    """The fourth-order cumulant, ``[pixel, pixel, pixel, pixel]``, by its definition."""
    x = samples - samples.mean(0)
    covariance = x.T @ x / len(x)
    fourth = np.einsum("na,nb,nc,nd->abcd", x, x, x, x) / len(x)
    for pairs in ("ab,cd->abcd", "ac,bd->abcd", "ad,bc->abcd"):
        fourth -= np.einsum(pairs, covariance, covariance)
    return fourth


def test_along_any_direction_it_is_the_tensors():
    samples = DRAW.exponential(size=(300, 4)) @ DRAW.normal(size=(4, 5)) + 3
    directions = DRAW.normal(size=(7, 5))
    wanted = np.einsum("abcd,na,nb,nc,nd->n", tensor(samples), *[directions] * 4)
    found = fourth_cumulant(samples, directions)
    np.testing.assert_allclose(found, wanted, rtol=2e-4, atol=1e-4 * abs(wanted).max())


@pytest.mark.parametrize("whiten", [False, True])
def test_factors_are_where_the_tensors_are(whiten):
    """Fixed points of ``u -> T(u, u, u, .)``, and no random direction has more."""
    samples = np.sign(DRAW.normal(size=(3000, 6))) @ DRAW.normal(size=(6, 6))
    found = leading_cumulant_factors(samples, starts=4, whiten=whiten)
    assert found.converged.all()
    if whiten:
        values, vectors = np.linalg.eigh(np.cov(samples.T, bias=True))
        samples = samples @ (vectors / np.sqrt(values)) @ vectors.T
    whole = tensor(samples)
    ahead = np.einsum("abcd,nb,nc,nd->na", whole, *[found.directions] * 3)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    np.testing.assert_allclose(abs((ahead * found.directions).sum(1)), 1, atol=1e-4)
    values = np.einsum("abcd,na,nb,nc,nd->n", whole, *[found.directions] * 4)
    np.testing.assert_allclose(found.values, values, rtol=1e-3)
    assert (np.diff(abs(found.values)) <= 0).all()
    anywhere = DRAW.normal(size=(2000, 6))
    anywhere /= np.linalg.norm(anywhere, axis=1, keepdims=True)
    assert found.values[0] < np.min(fourth_cumulant(samples, anywhere))
    if whiten:  # they are the independent signs: excess kurtosis -2
        np.testing.assert_allclose(found.values, -2, atol=0.1)


@pytest.mark.parametrize(
    ("length", "raw", "value", "white"),
    [(1.0, (0.70, 0.76), -2.6, (0.92, 0.96)), (4.47, (0.115, 0.125), -36, (0.33, 0.41))],
)
def test_published_factors_of_nonlinear_inputs(length, raw, value, white):
    """Fact sheet (60,000 inputs, gain 100): IPR .73 to .74 and .12, k -2.6 and -36; whitened .94
    and .35 to .39. With 20,000 here; their Gaussian clone has a fourth of it or less, by chance."""
    family = input_family("nonlinear", 40)
    samples = np.asarray(family.sample(jax.random.key(0), 20_000, length, gain=100.0))
    plain = leading_cumulant_factors(samples)
    ratio = np.asarray(inverse_participation_ratio(plain.directions))
    assert raw[0] < ratio.min() and ratio.max() < raw[1]
    np.testing.assert_allclose(plain.values, value, rtol=0.04)
    whitened = leading_cumulant_factors(samples, whiten=True)
    ratio = np.asarray(inverse_participation_ratio(whitened.directions))
    assert white[0] < ratio.min() and ratio.max() < white[1]
    clone = leading_cumulant_factors(gaussian_clone(jax.random.key(1), samples))
    assert abs(clone.values[0]) < 0.3 * abs(plain.values[0])


def test_shifted_cosines_by_trying_every_shift():
    fields, templates = DRAW.normal(size=(3, 2, 12)), DRAW.normal(size=(4, 12))
    templates[0] = -2 * np.roll(fields[0, 0], 5)

    def cosine(one, other):
        return abs(one @ other) / np.linalg.norm(one) / np.linalg.norm(other)

    ring = [[[max(cosine(np.roll(f, k), t) for k in range(12)) for t in templates] for f in pair]
            for pair in fields]  # fmt: skip
    np.testing.assert_allclose(shifted_cosine(fields, templates), ring, atol=1e-5)
    assert float(shifted_cosine(fields, templates)[0, 0, 0]) == pytest.approx(1, abs=1e-5)
    moves = [(down, right) for down in range(3) for right in range(4)]
    torus = [
        max(cosine(np.roll(fields[1, 0].reshape(3, 4), m, (0, 1)).ravel(), t) for m in moves)
        for t in templates
    ]
    np.testing.assert_allclose(shifted_cosine(fields, templates, (3, 4))[1, 0], torus, atol=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fourth_cumulant(np.ones((3, 2)), np.ones((1, 3))), r"directions: shape \(1, 3\)"),
        (lambda: leading_cumulant_factors(np.ones((1, 2))), r"samples: shape \(1, 2\) given; two"),
        (lambda: leading_cumulant_factors(np.ones((3, 2)), starts=0), "starts: 0 given; at least"),
        (lambda: leading_cumulant_factors(np.full((3, 2), np.nan)), "samples: 6 of 6 values are"),
        (
            lambda: shifted_cosine(np.ones((1, 6)), np.ones((1, 6)), (2, 2)),
            r"shape: \(2, 2\) given",
        ),
    ],
)
def test_bad_input_gets_one_line(call, message):
    with unchecked_signatures(), pytest.raises(ValueError, match=message):
        call()
