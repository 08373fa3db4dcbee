"""Laws of the families of inputs against samples; paths of many units against one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxrep.data import INPUT_FAMILIES, circulant_matrix, input_family
from jaxrep.theory import (
    effective_dynamics,
    input_law,
    interpolate_amplifier,
    relu_unit_fields,
    tabulate_amplifier,
)
from jaxrep.theory.input_laws import LAWS

TORUS = {"dimensions": 2, "length": 4}
CASES = {
    "nonlinear": ({}, {"gain": 1.5}),
    "clone": ({"name": "nonlinear"}, {"gain": 3.0, "clone": 1.0}),
    "pnas": ({"name": "nonlinear"}, {"gain": 3.0 / 2**0.5, "clone": 0.0}),
    "torus": ({"name": "nonlinear"} | TORUS, {"gain": 3.0, "clone": 0.0}),
    "torus clone": ({"name": "nonlinear"} | TORUS, {"gain": 3.0, "clone": 1.0}),
    "uniform": ({"factor": "uniform"}, {}),
    "laplace": ({}, {}),
    "binary": ({}, {}),
    "normal": ({"factor": "normal"}, {}),
    "algebraic": ({}, {"power": 12.0}),
    "shell": ({"dimensions": 2, "length": 3}, {}),
    "extreme": ({}, {}),
    "student": ({}, {"freedom": 12.0}),
    "ising": ({}, {}),
    "pulse": ({}, {}),
}


@pytest.mark.parametrize("name", CASES)
def test_theory_knows_what_is_sampled(name):
    """Covariance, excess kurtosis and ``E[sign(w . x) x]`` for w at one pixel, where the amplifier
    is its end value ``E|x|``: all within 4.6 standard errors of 40,000 samples."""
    options, parameters = CASES[name]
    family = input_family(**{"name": name, "length": 9} | options)
    correlation = {"ising": 0.4, "pulse": 1 / 3}.get(name, 1.6)
    law = input_law(family, correlation, **parameters)
    sample = jax.jit(lambda key: family.sample(key, 40_000, correlation, **parameters))
    x = np.asarray(sample(jax.random.key(0)), float)
    row = np.asarray(law.row).ravel()
    products = x * x[:, :1]
    error = products.std(0) / 200 + 1e-6
    assert (np.abs(products.mean(0) - row) < 4.6 * error).all()
    fourth = x[:, 0] ** 4
    assert abs(fourth.mean() - 3 - law.excess_kurtosis) < 4.6 * fourth.std() / 200 + 1e-5
    size = np.abs(x[:, 0])
    with jax.enable_x64():
        expected = float(law.amplifier(jnp.ones(())))  # clipped to 1 - 1e-6, hence the 2e-3
    assert abs(size.mean() - expected) < 4.6 * size.std() / 200 + 2e-3


def test_where_theory_knows_nothing():
    assert set(INPUT_FAMILIES) - set(LAWS) == {"block", "patches"}
    assert input_law(input_family("block", 8), 0.5) is None
    assert input_law(input_family("normal", 8, half="mean"), 1.0) is None
    assert input_law(input_family("algebraic", 8), 1.0, power=4.0) is None
    assert input_law(input_family("nonlinear", 8, given={0: 0.5}), 1.0, gain=1.0) is None
    with pytest.raises(ValueError, match="gain: not given"):
        input_law(input_family("nonlinear", 8), 1.0)


def test_many_units_follow_the_dynamics_of_one():
    family = input_family("binary", 6)
    lower, higher = (input_law(family, correlation) for correlation in (0.5, 1.5))
    starts = np.random.default_rng(0).normal(size=(2, 6)) / 10
    found = relu_unit_fields(starts, lower, higher, 0.1, 30)
    assert found.shape == (2, 31, 6) and found.dtype == np.float64
    np.testing.assert_array_equal(found[:, 0], starts)
    with jax.enable_x64():
        first, second = (circulant_matrix(law.row) for law in (lower, higher))
        table = tabulate_amplifier(higher.amplifier)
        alone = effective_dynamics(
            starts[1], first, second, lambda a: interpolate_amplifier(a, table), 0.1, 30
        )
    np.testing.assert_allclose(found[1], alone, rtol=1e-9)
