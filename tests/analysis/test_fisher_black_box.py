"""Fisher information of a black box, from its codes at theta - h, theta and theta + h."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.analysis import fisher_information, responses, responses_from_codes
from jaxrep.models import CodeNetwork

from ..foreign_arrays import NO_TORCH, Tensor

NOISE = np.random.default_rng(0).normal(size=(400, 3))
ANGLES = np.array([-0.7, 0.2, 1.1])


def code(angle):
    """With noise that grows with the angle, so that both terms are there."""
    return np.sin(np.array([1.0, 2, 3]) * angle + 0.3 * NOISE) + NOISE * np.exp(angle / 4)


def derivative(angle):
    k = np.array([1.0, 2, 3])
    return k * np.cos(k * angle + 0.3 * NOISE) + NOISE * np.exp(angle / 4) / 4


def around(function, h, angles=ANGLES):
    """Codes at every angle minus h, at it, and plus h."""
    return [[function(angle + side) for angle in angles] for side in (-h, 0, h)]


EXACT = np.stack([derivative(angle) for angle in ANGLES])[..., None]


def test_the_error_falls_with_the_square_of_the_step():
    steps = np.array([0.1, 0.05, 0.025])
    errors, terms = [], []
    exact = fisher_information(responses_from_codes(*around(code, 1e-5), 2e-5))
    for h in steps:
        found = responses_from_codes(*around(code, h), 2 * h)
        errors.append(np.abs(found.derivatives - EXACT).max())
        terms.append(np.abs(fisher_information(found).total - exact.total).max())
    np.testing.assert_allclose(np.diff(np.log2(errors)), -2, atol=0.01)
    np.testing.assert_allclose(np.diff(np.log2(terms)), -2, atol=0.05)
    # the third derivative is at most 27 and a little
    assert (np.array(errors) < 28 * steps**2 / 6).all()


def network(kind):
    """A CodeNetwork on pictures of an angle, its exact responses and parameters."""
    model = CodeNetwork((16,), 2, "tanh")
    wave = np.linspace(0, 3, 12)
    style = 0.4 * np.random.default_rng(1).normal(size=(300, 12))
    variables = model.init(jax.random.key(0), np.zeros((1, 12)))
    weights = jax.tree.map(lambda x: np.asarray(x, kind), variables["params"])

    def encode(angle):
        pictures = jnp.sin(jnp.asarray(wave, kind) * angle) + jnp.asarray(style, kind)
        return model.apply({"params": weights}, pictures)

    return encode, weights, wave, style


def numpy_box(weights, wave, style, kind):
    def encode(angle):
        hidden = np.tanh(
            (np.sin(wave * angle) + style).astype(kind) @ weights["W1"] + weights["b1"]
        )
        return (hidden @ weights["W2"] + weights["b2"]).astype(kind)

    return encode


def torch_box(weights, wave, style, kind):
    import torch

    w = {name: torch.tensor(values) for name, values in weights.items()}

    def encode(angle):
        pictures = torch.tensor((np.sin(wave * angle) + style).astype(kind))
        return (torch.tanh(pictures @ w["W1"] + w["b1"]) @ w["W2"] + w["b2"]).detach()

    return encode


BOXES = {"numpy": numpy_box, "stand-in": numpy_box, "torch": torch_box}


@pytest.mark.parametrize(
    "name",
    [
        "numpy",
        "stand-in",
        pytest.param(
            "torch",
            marks=pytest.mark.skipif(NO_TORCH, reason="PyTorch (extra [bench]) is not installed"),
        ),
    ],
)
@pytest.mark.parametrize("kind, h, tolerance", [(np.float64, 1e-4, 1e-6), (np.float32, 7e-3, 1e-3)])
def test_a_black_box_has_the_information_of_exact_derivatives(name, kind, h, tolerance, double):
    encode, *parts = network(kind)
    box = BOXES[name](*parts, kind)
    make = Tensor if name == "stand-in" else lambda x: x
    sides = around(lambda angle: make(box(angle)), h)
    found = responses_from_codes(*sides, 2 * h)
    exact = responses(encode, jnp.asarray(ANGLES, kind))
    assert found.codes.dtype == kind
    np.testing.assert_allclose(found.codes, exact.codes, rtol=1e-4, atol=1e-5)
    one, other = fisher_information(found), fisher_information(exact)
    np.testing.assert_allclose(one.mean_term, other.mean_term, rtol=tolerance)
    np.testing.assert_allclose(
        one.covariance_term, other.covariance_term, rtol=tolerance, atol=tolerance
    )
    assert one.reliable.all()


def test_several_parameters_have_a_matrix():
    def plane(point):
        x, y = point
        return jnp.stack([jnp.sin(x) * y, x + y**2], -1) + jnp.asarray(NOISE[:, :2])

    point, h = np.array([0.3, 0.8]), np.array([1e-3, 2e-3])
    with jax.enable_x64():
        exact = responses(plane, jnp.asarray(point)[None])
        sides = [
            np.stack([plane(point + sign * move) for move in np.diag(h)], -1)[None]
            for sign in (-1, 1)
        ]
        codes = np.asarray(plane(point))[None]
    found = responses_from_codes(sides[0], codes, sides[1], 2 * h)
    np.testing.assert_allclose(found.derivatives, exact.derivatives, atol=1e-6)
    assert fisher_information(found).mean_term.shape == (1, 2, 2)


def test_trials_that_are_not_paired_are_corrected_for():
    """Recordings: plug-in terms are too large by what the docstring says, corrected ones right."""
    draws, trials, numbers, h = 3000, 40, 3, 0.25
    draw = np.random.default_rng(2)
    mixing = np.array([[1.0, 0.3, 0], [0, 1, 0.5], [0, 0, 0.7]])
    slope = np.array([0.6, -0.3, 0.2])
    sides = [
        draw.normal(size=(draws, trials, numbers)) @ mixing + place * slope for place in (-h, 0, h)
    ]
    found = responses_from_codes(*sides, 2 * h)
    truth = slope @ np.linalg.solve(mixing.T @ mixing, slope)
    added = numbers / (2 * trials * h**2)
    inverse = (trials - 1) / (trials - numbers - 2)
    for corrected, wanted in ((False, inverse * (truth + added)), (True, truth)):
        values = fisher_information(found, bias_correction=corrected).mean_term.ravel()
        error = values.std() / draws**0.5
        assert abs(values.mean() - wanted) < 4 * error < 0.15 * truth
    assert added > 0.3 * truth  # what was corrected is no trifle


@pytest.mark.parametrize(
    "change, message",
    [
        ({"codes": NOISE[0]}, r"codes: shape \(3,\) given; \[..., sample, code\] is needed"),
        ({"below": NOISE[:9]}, r"below: shape \(9, 3\) given; \(400, 3\) as of codes"),
        ({"above": NOISE[:9]}, r"above: shape \(9, 3\) given; \(400, 3\) as below"),
        ({"separation": 0.0}, "separation: 0.0 given; finite and above 0"),
        ({"separation": np.array([1.0, 2.0])}, r"separation: shape \(2,\) given for 1 par"),
        ({"separation": np.nan}, "separation: nan given"),
        ({"below": Tensor(NOISE, requires_grad=True)}, r"below: .* give below.detach\(\)"),
        ({"codes": NOISE.astype(str)}, "codes: values of type"),
    ],
)
def test_bad_input_is_one_line(change, message):
    good = {"below": NOISE, "codes": NOISE, "above": NOISE, "separation": 0.1}
    with pytest.raises(ValueError, match=message) as caught:
        responses_from_codes(**{**good, **change})
    assert "\n" not in str(caught.value)


def test_codes_that_are_not_finite_are_seen():
    broken = NOISE.copy()
    broken[0, 0] = np.nan
    found = fisher_information(responses_from_codes(broken, NOISE, NOISE, 0.1))
    assert not found.reliable and np.isnan(found.mean_term).all()
