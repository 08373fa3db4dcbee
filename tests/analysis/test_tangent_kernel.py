"""Tangent kernels: golden values, closed forms, real networks; movement of kernels and weights."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaxrep.analysis import (
    kernel_distance,
    kernel_target_alignment,
    relative_movement,
    tangent_kernel,
)

from .comparing import plain

PHI = {"linear": lambda h: h, "relu": jax.nn.relu}


def network(phi):
    return lambda params, x: phi(x @ params["W"].T) @ params["a"][:, None]


def test_golden_values(compared, double):
    golden, arrays = compared
    params = {"W": arrays["W"], "a": arrays["a"]}
    x, labels = arrays["X"], arrays["labels"]
    for name, phi in PHI.items():
        kernel = np.asarray(
            jax.jit(lambda p, x, f=phi: tangent_kernel(network(f), p, x))(params, x)
        )
        hidden = x @ params["W"].T
        slope = np.ones_like(hidden) if name == "linear" else (hidden > 0).astype(float)
        active = np.asarray(phi(hidden))
        closed = active @ active.T + (x @ x.T) * ((slope * params["a"] ** 2) @ slope.T)
        np.testing.assert_allclose(kernel, closed, rtol=1e-12, atol=1e-11)
        wanted = golden[f"ntk_01_{name}"]
        assert kernel[0, 1] == pytest.approx(wanted, rel=1e-12)
        centred = kernel_target_alignment(kernel, labels)
        assert float(centred) == pytest.approx(golden[f"ntk_alignment_{name}"], rel=1e-12)
        raw = kernel_target_alignment(kernel, labels, centre=False)
        assert float(raw) == pytest.approx(golden[f"ntk_kta_raw_{name}"], rel=1e-12)


def test_outputs_together_and_one_by_one(double):
    rng = np.random.default_rng(0)
    params = [rng.normal(size=(3, 5)), rng.normal(size=(5, 4)), rng.normal(size=4)]

    def apply(params, x):
        return jnp.tanh(x @ params[0]) @ params[1] + params[2]

    x = rng.normal(size=(7, 3))
    jacobian = jax.jacrev(apply)([jnp.asarray(p) for p in params], x)
    flat = np.concatenate([np.asarray(leaf).reshape(7, 4, -1) for leaf in jacobian], -1)
    wanted = np.einsum("iop,jop->oij", flat, flat)
    np.testing.assert_allclose(
        tangent_kernel(apply, params, x, per_output=True), wanted, rtol=1e-10
    )
    np.testing.assert_allclose(tangent_kernel(apply, params, x), wanted.sum(0), rtol=1e-10)
    # of many networks at once
    many = [jnp.stack([jnp.asarray(p), 2 * jnp.asarray(p)]) for p in params]
    found = jax.vmap(lambda p: tangent_kernel(apply, p, x))(many)
    np.testing.assert_allclose(found[0], wanted.sum(0), rtol=1e-10)


def test_a_small_step_moves_outputs_as_the_kernel_says(double):
    rng = np.random.default_rng(1)
    params = {"W": rng.normal(size=(9, 3)), "a": rng.normal(size=9)}
    x, y = jnp.asarray(rng.normal(size=(5, 3))), rng.normal(size=5)
    apply = network(jnp.tanh)
    rate = 1e-6

    def loss(p):
        return 0.5 * jnp.sum((apply(p, x)[:, 0] - y) ** 2)

    moved = jax.tree.map(lambda p, g: p - rate * g, params, jax.grad(loss)(params))
    change = (apply(moved, x) - apply(params, x))[:, 0] / rate
    wanted = -tangent_kernel(apply, params, x) @ (apply(params, x)[:, 0] - y)
    np.testing.assert_allclose(change, wanted, rtol=1e-3)
    assert float(relative_movement(params, moved)) < 1e-4


def test_distances_of_kernels_keep_their_digits():
    base = np.diag([1.0, 2.0, 3.0])
    for step in (1e-3, 1e-6):
        moved = base + step * np.ones((3, 3))
        cosine = (base * moved).sum() / np.linalg.norm(base) / np.linalg.norm(moved)
        found = float(kernel_distance(base, moved))
        if step == 1e-3:
            assert found == pytest.approx(1 - cosine, rel=1e-8)
        else:
            assert 0 < found < 1e-11
    assert np.isnan(kernel_distance(base, base * 0)) and np.isnan(
        kernel_distance(base, base * np.nan)
    )
    stacked = np.stack([base, base])
    assert kernel_distance(stacked, 2 * stacked).tolist() == [0, 0]


@settings(max_examples=15, deadline=None)
@given(st.integers(-30, 30), st.integers(0, 99))
def test_in_any_unit(power, seed):
    rng = np.random.default_rng(seed)
    one, other = [rows @ rows.T for rows in rng.normal(size=(2, 5, 3))]
    wanted = float(kernel_distance(one, other))
    assert 0 <= wanted <= 1
    scale = np.float32(10.0**power)
    single = jnp.asarray(one, jnp.float32) * scale, jnp.asarray(other, jnp.float32)
    assert float(kernel_distance(*single)) == pytest.approx(wanted, abs=1e-5)
    start = jnp.asarray(one, jnp.float32) * scale
    assert float(relative_movement(start, 1.5 * start)) == pytest.approx(0.5, rel=1e-5)


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda: tangent_kernel(lambda p, x: x[:, 0], 1.0, np.ones((3, 2))),
            "apply: outputs of sh",
        ),
        (
            lambda: tangent_kernel(lambda p, x: x, np.arange(3), np.ones((3, 2))),
            "params: values of",
        ),
        (lambda: plain(kernel_distance)(np.eye(3), np.eye(4)), "second: 4 samples given"),
        (lambda: relative_movement({"a": 1.0}, {"b": 1.0}), "params: PyTreeDef"),
        (lambda: relative_movement(np.ones(2), np.ones(3)), "params: shape \\(3,\\) given"),
        (lambda: relative_movement(np.array(["a"]), np.ones(1)), "start: values of type"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
