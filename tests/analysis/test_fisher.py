"""Fisher information: golden values, closed forms, brute force."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.analysis.fisher import (
    Responses,
    fisher_information,
    fisher_jackknife,
    readout_information,
    responses,
    responses_by_difference,
)
from jaxrep.data.picture_files import read_pictures
from jaxrep.data.rotation import disc_mask, rotate_pictures
from tests.analysis.gaussian_code import gaussian_code, known_information

GOOD = ("small_linear_unif", "small_circular_conc", "proc32_linear_unif")


@pytest.fixture(scope="module")
def golden(shared_data):
    """``name -> (file, encode, pictures [cell, face])`` of a stored network."""
    folder, kept = shared_data / "face_angle", {}

    def load(name):
        if name in kept:
            return kept[name]
        file = dict(np.load(folder / f"golden_{name}.npz"))
        if "images_u8" in file:
            pictures = file["images_u8"] / np.float32(255)
        else:
            pictures = read_pictures(folder / "olivettifaces.mat", 64).values[file["train_idx"]]
        inside = disc_mask(pictures.shape[1]).ravel()

        def encode(x):
            """Pixels of the disc; those outside are 0.5, as the original has them."""
            outside = 0.5 * file["W1"][~inside].sum(0)
            h = jax.nn.celu(jnp.matmul(x.T, file["W1"][inside]) + outside + file["b1"])
            h = jax.nn.celu(jnp.matmul(h, file["W2"]) + file["b2"])
            return jnp.matmul(h, file["W3"]) + file["b3"]

        kept[name] = file, encode, jnp.asarray(pictures.reshape(len(pictures), -1).T)
        return kept[name]

    return load


def differed(golden, name):
    file, encode, pictures = golden(name)

    def turn(angle):
        return rotate_pictures(pictures, angle, "bilinear")

    run = jax.jit(lambda a: responses_by_difference(encode, turn, a, float(file["image_delta"])))
    return file, run(jnp.asarray(file["thetas"], jnp.float32))


@pytest.mark.parametrize("name", GOOD)
def test_golden_information_of_well_conditioned_networks(golden, name):
    """Against the original recipe in float32; measured 1.5e-5 (2e-5 of the covariance term)."""
    file, found = differed(golden, name)
    fisher = fisher_information(found, bias_correction=False)
    np.testing.assert_allclose(fisher.mean_term[:, 0, 0], file["FI_mean"], rtol=1e-4)
    np.testing.assert_allclose(fisher.covariance_term[:, 0, 0], file["FI_cov"], rtol=1e-4)
    half = np.array([0.5, 0.5])
    read = readout_information(found, half, bias_correction=False)
    np.testing.assert_allclose(read, file["FI_read_f64_fd"], rtol=1e-4)
    assert fisher.reliable.all()
    assert fisher.total.shape == (10, 1, 1)


def test_golden_information_where_float32_fails(golden):
    """The original is wrong by up to 89 % and has a covariance term of -73 here."""
    file, found = differed(golden, "small_linear_conc")
    fisher = fisher_information(found, bias_correction=False)
    mean, covariance = fisher.mean_term[:, 0, 0], fisher.covariance_term[:, 0, 0]
    np.testing.assert_allclose(mean, file["FI_mean_f64_fd"], rtol=1e-3)  # measured 5.3e-4
    np.testing.assert_allclose(covariance, file["FI_cov_f64_fd"], rtol=5e-3)  # measured 2.1e-3
    assert mean.min() >= 0 and covariance.min() >= 0
    assert file["FI_cov"].min() < 0  # what is avoided


def test_the_exact_derivative_of_bilinear_pictures(golden):
    """Grid-aligned angles left out: bilinear pictures have kinks there."""
    file, encode, pictures = golden("proc32_linear_unif")
    run = jax.jit(
        lambda a: responses(lambda angle: encode(rotate_pictures(pictures, angle, "bilinear")), a)
    )
    seen = run(jnp.asarray(file["thetas"], jnp.float32))
    found = fisher_information(seen, bias_correction=False).mean_term[1:-1, 0, 0]
    np.testing.assert_allclose(found, file["FI_mean_f64_jvp"][1:-1], rtol=1e-5)


def test_both_terms_of_a_gaussian_code():
    noise = np.random.default_rng(0).normal(size=(4000, 2))
    # whitened, so that the sample has exactly the covariance of the model
    noise = (noise - noise.mean(0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(noise.T))).T

    def code(angle):
        mean, root = gaussian_code(angle)
        return mean + jnp.asarray(noise, jnp.float32) @ root.T

    fisher = fisher_information(responses(code, jnp.array([0.5, 1.0])), bias_correction=False)
    expected = np.array([known_information(angle) for angle in (0.5, 1.0)])
    np.testing.assert_allclose(fisher.mean_term[:, 0, 0], expected[:, 0], rtol=1e-4)
    np.testing.assert_allclose(fisher.covariance_term[:, 0, 0], expected[:, 1], rtol=1e-4)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3), st.integers(1, 3))
def test_information_by_brute_force(seed, numbers, parameters):
    """Any code size and parameter vector, against inverses in float64; and without sample i."""
    draw = np.random.default_rng(seed)
    codes = draw.normal(size=(12, numbers))
    slopes = draw.normal(size=(12, numbers, parameters))

    def by_hand(codes, slopes, shrinkage=0.0):
        count = len(codes)
        centred, moving = codes - codes.mean(0), slopes - slopes.mean(0)
        change = np.einsum("nkp,nl->pkl", moving, centred) / (count - 1)
        change = change + change.transpose(0, 2, 1)
        covariance = np.atleast_2d(np.cov(codes.T))
        identity = np.eye(numbers) / numbers
        covariance = covariance + shrinkage * np.trace(covariance) * identity
        change = change + shrinkage * np.trace(change, axis1=1, axis2=2)[:, None, None] * identity
        inverse, slope = np.linalg.inv(covariance), slopes.mean(0)
        mean = slope.T @ inverse @ slope
        second = [[np.trace(inverse @ a @ inverse @ b) / 2 for b in change] for a in change]
        return mean, np.array(second)

    for shrinkage in (0.0, 0.3):
        fisher = fisher_information(Responses(codes, slopes), shrinkage, bias_correction=False)
        mean, covariance = by_hand(codes, slopes, shrinkage)
        np.testing.assert_allclose(fisher.mean_term, mean, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(fisher.covariance_term, covariance, rtol=1e-7, atol=1e-9)
    left = [by_hand(np.delete(codes, i, 0), np.delete(slopes, i, 0)) for i in range(12)]
    firsts, seconds = (np.stack(part) for part in zip(*left, strict=True))
    errors = fisher_jackknife(Responses(codes, slopes), bias_correction=False)
    for values, error in ((firsts, errors.mean_term), (seconds, errors.covariance_term)):
        np.testing.assert_allclose(error, (11 * values.var(0)) ** 0.5, rtol=1e-6, atol=1e-9)
    total = (11 * (firsts + seconds).var(0)) ** 0.5
    np.testing.assert_allclose(errors.total, total, rtol=1e-6, atol=1e-9)
    bias = 11 * (firsts.mean(0) - by_hand(codes, slopes)[0])
    np.testing.assert_allclose(errors.bias, bias, rtol=1e-5, atol=1e-8)


def test_a_vector_of_parameters_is_differentiated_by_jacfwd():
    def code(point):
        return jnp.stack([point[0] * point[1], point[0] ** 2]) + jnp.arange(10.0).reshape(5, 2)

    found = responses(code, jnp.array([[2.0, 3.0]]))
    np.testing.assert_allclose(found.derivatives[0, 0], [[3.0, 2.0], [4.0, 0.0]])
    scalar = responses(lambda a: code(jnp.stack([a, 3.0])), jnp.array([2.0]))
    np.testing.assert_allclose(scalar.derivatives[0, :, :, 0], found.derivatives[0, :, :, 0])


def test_information_works_inside_jit_and_flags_what_is_below_round_off():
    draw = np.random.default_rng(0)
    codes, slopes = draw.normal(size=(3, 50, 2)), draw.normal(size=(3, 50, 2, 1))
    inside = jax.jit(fisher_information)(Responses(jnp.asarray(codes), jnp.asarray(slopes)))
    outside = fisher_information(Responses(codes, slopes))
    np.testing.assert_allclose(inside.mean_term, outside.mean_term, rtol=1e-4)
    codes[0, :, 1] = codes[0, :, 0] * (1 + 1e-7 * draw.normal(size=50))
    assert list(fisher_information(Responses(codes, slopes)).reliable) == [False, True, True]
    assert fisher_information(Responses(codes, slopes), 0.01).reliable.all()


def test_bad_codes_are_named():
    draw = np.random.default_rng(0)
    codes, slopes = draw.normal(size=(10, 2)), draw.normal(size=(10, 2, 1))
    codes[:, 1] = 3.0
    with pytest.raises(ValueError, match="codes: number 1 is the same for all samples"):
        fisher_information(Responses(codes, slopes))
    codes[:, 1] = 2 * codes[:, 0] + 1
    with pytest.raises(ValueError, match="depend on each other linearly"):
        fisher_information(Responses(codes, slopes))
    with pytest.raises(ValueError, match="codes: 3 samples of 2 numbers; at least 5 are needed"):
        fisher_information(Responses(codes[:3], slopes[:3]))
