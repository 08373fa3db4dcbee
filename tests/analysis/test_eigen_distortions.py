"""Eigen-distortions: golden numbers (fact sheet face_frontier), brute force, closed forms."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.analysis.eigen_distortions import (
    eigen_distortions,
    extreme_distortions,
    information_product,
    principal_distortions,
)


@pytest.fixture(scope="module")
def golden(shared_data):
    return np.load(shared_data / "frontier" / "face" / "eigen_small.npz")


def models(golden):
    hidden = golden["W1"], golden["b1"], golden["W2"]

    def network(x):
        return hidden[2] @ jax.nn.celu(hidden[0] @ x + hidden[1])

    return {"net": network, "linear": lambda x: golden["V"] @ x}


@pytest.mark.parametrize("name", ("net", "linear"))
@pytest.mark.parametrize("noise", ("white", "sigma"))
def test_golden_values_and_directions(golden, name, noise):
    """Measured 1.2e-15 of the greatest value; 1 - |cos| 7e-16 by the Jacobian, 4e-16 by
    iteration."""
    precision = None if noise == "white" else np.linalg.inv(golden["Sigma"])
    known = np.sort(golden[f"{name}_{noise}_values"])[::-1]
    with jax.enable_x64():
        found = eigen_distortions(models(golden)[name], golden["x"], precision)
        ends = extreme_distortions(models(golden)[name], golden["x"], precision, iterations=3000)
        np.testing.assert_allclose(found.values, known, atol=1e-12 * known[0])
        assert found.unseen == 2
        top = golden[f"{name}_{noise}_top"]
        for directions in (found.directions, ends.directions):
            assert abs(np.asarray(directions[0]) @ top) == pytest.approx(1, abs=1e-12)
        assert ends.values[0] == pytest.approx(known[0], rel=1e-12)
        assert abs(ends.values[1]) < 1e-8 * known[0]
        assert (ends.residuals < 1e-6).all()


def test_golden_principal_distortions(golden):
    """Measured equal ratios; 1 - |cos| 2e-8 (the file's own rounding)."""
    with jax.enable_x64():
        jacobians = [np.asarray(jax.jacrev(f)(golden["x"])) for f in models(golden).values()]
    found = principal_distortions(*(j.T @ j for j in jacobians), ridge=0.05)
    np.testing.assert_allclose(found.ratios, golden["principal_ratio"], rtol=1e-7)
    for direction, known in zip(found.directions, golden["principal_vectors"].T, strict=True):
        known = known / np.linalg.norm(known)
        assert abs(direction @ known) == pytest.approx(1, abs=1e-7)


def test_products_and_pictures_of_any_shape():
    """F v by the definition; a stimulus with two axes, responses with two."""
    draw = np.random.default_rng(0)
    weights, stimulus, direction = (draw.normal(size=s) for s in ((6, 12), (3, 4), (3, 4)))
    noise = draw.normal(size=(6, 6))
    precision = noise @ noise.T

    def model(x):
        return jnp.tanh(weights @ x.ravel()).reshape(2, 3)

    with jax.enable_x64():
        jacobian = np.asarray(jax.jacrev(model)(stimulus)).reshape(6, 12)
        information = jacobian.T @ precision @ jacobian
        product = information_product(model, stimulus, direction, precision)
        np.testing.assert_allclose(product.ravel(), information @ direction.ravel(), rtol=1e-10)
        found = eigen_distortions(model, stimulus, precision)
        ends = jax.jit(lambda x: extreme_distortions(model, x, precision, iterations=2000))(
            stimulus
        )
    assert found.directions.shape == (12, 3, 4) and found.unseen == 6
    flat = np.asarray(found.directions).reshape(12, 12)
    np.testing.assert_allclose(flat @ flat.T, np.eye(12), atol=1e-12)
    np.testing.assert_allclose(
        flat @ information @ flat.T, np.diag(found.values), atol=1e-10 * float(found.values[0])
    )
    np.testing.assert_allclose(ends.directions[0], found.directions[0], atol=1e-6)
    # a least direction is any that is not seen
    assert np.linalg.norm(jacobian @ np.asarray(ends.directions[1]).ravel()) < 1e-3


def test_a_model_that_sees_nothing():
    found = eigen_distortions(lambda x: 0 * x, np.ones(3))
    assert found.unseen == 3 and (np.asarray(found.values) == 0).all()
    assert np.isfinite(np.asarray(extreme_distortions(lambda x: 0 * x, np.ones(3)).values)).all()


def test_principal_distortions_by_search():
    """No direction of many has a ratio outside of the two."""
    draw = np.random.default_rng(1)
    first, second = (x @ x.T for x in draw.normal(size=(2, 5, 7)))
    found = principal_distortions(first, second)
    tried = draw.normal(size=(4000, 5))
    ratios = np.sum((tried @ first) * tried, 1) / np.sum((tried @ second) * tried, 1)
    assert found.ratios[0] <= ratios.min() and ratios.max() <= found.ratios[1]
    for ratio, direction in zip(found.ratios, found.directions, strict=True):
        assert direction @ first @ direction == pytest.approx(
            ratio * direction @ second @ direction
        )


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"direction: shape \(2,\) given for a stimulus"):
        information_product(lambda x: x, np.ones(3), np.ones(2))
    for wrong, words in (
        (np.eye(2), r"shape \(2, 2\) given for 3 responses"),
        (np.triu(np.ones((3, 3))), "not symmetric"),
        (-np.eye(3), "a negative eigenvalue, -1"),
        (np.full((3, 3), np.nan), "a value that is not finite"),
    ):
        with pytest.raises(ValueError, match=f"precision: {words}"):
            eigen_distortions(lambda x: x, np.ones(3), wrong)
    with pytest.raises(ValueError, match="iterations: 0 given"):
        extreme_distortions(lambda x: x, np.ones(3), iterations=0)
    for first, second, ridge, words in (
        (np.eye(2), np.eye(3), 0.0, r"second: shape \(3, 3\) given for a first"),
        (np.eye(2), np.diag([1.0, 0.0]), 0.0, "second: singular; a ridge above 0"),
        (np.eye(2), np.eye(2), -1.0, "ridge: -1.0 given"),
        (np.ones((2, 3)), np.eye(2), 0.0, r"first: shape \(2, 3\) given; a square"),
        (np.triu(np.ones((2, 2))), np.eye(2), 0.0, "first: not symmetric"),
    ):
        with pytest.raises(ValueError, match=words):
            principal_distortions(first, second, ridge)
