"""Networks whose outputs are a code of an angle."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxrep.models.code_network import CodeNetwork, angle_error, angle_target, read_angle


def test_the_network_is_a_chain_of_affine_maps_with_pytorchs_start():
    network = CodeNetwork((300, 20), 2, "celu")
    inputs = jnp.asarray(np.random.default_rng(0).normal(size=(5, 400)), jnp.float32)
    params = network.init(jax.random.key(0), inputs)["params"]
    x = np.asarray(inputs, float)
    for layer in (1, 2, 3):
        x = x @ np.asarray(params[f"W{layer}"], float) + np.asarray(params[f"b{layer}"])
        x = np.where(x > 0, x, np.expm1(np.minimum(x, 0))) if layer < 3 else x
    np.testing.assert_allclose(network.apply({"params": params}, inputs), x, atol=2e-6)
    for layer, fan_in in ((1, 400), (2, 300), (3, 20)):
        for kind in "Wb":
            values = np.asarray(params[f"{kind}{layer}"])
            assert np.abs(values).max() <= fan_in**-0.5
    # uniform within 1 / sqrt(fan_in): deviation 1 / sqrt(3 fan_in)
    np.testing.assert_allclose(np.std(params["W1"]), (3 * 400) ** -0.5, rtol=0.01)


def test_angles_are_read_from_their_own_targets():
    angles = np.linspace(-3.1, 3.1, 40)
    for circular in (False, True):
        target = angle_target(angles, circular)
        np.testing.assert_allclose(read_angle(target, circular), angles, atol=1e-5)
        np.testing.assert_allclose(angle_error(target, angles, circular), 0, atol=1e-5)
    turned = angle_error(2 * angle_target(angles + 6.0, True), angles, True)
    np.testing.assert_allclose(turned, 6.0 - 2 * np.pi, atol=1e-5)  # wrapped
    np.testing.assert_allclose(angle_error(np.array([1.0, 3.0]), 0.5, False), 1.5)
