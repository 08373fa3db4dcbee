"""The weights that training starts from, where they are not the drawn ones as they are."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxrep.engine import Data, Replicas, Variables, own_data
from jaxrep.engine.replicas import replica_key, stream
from jaxrep.problems.feature_task import starting
from jaxrep.study import Plan, check_finite
from jaxrep.theory.balanced_start import balance_layers

from .config import Config
from .shown import modes_of_replicas


def gentlest(config: Config, rate: float, steps: int) -> tuple[float, int]:
    """A learning rate, and as many steps more, that the largest lambda allows.

    Near the solution a mode decays with ``rate sqrt(lambda^2 + 4 s^2)``.

    Raises:
      InputError: a lambda that is not finite.
    """
    if config.balance:
        check_finite(config, "balance")
    largest = max((abs(value) for value in config.balance), default=0.0)
    share = 1 / float(np.hypot(1, largest / 2))
    return (rate, steps) if share == 1 else (float(f"{rate * share:.3g}"), round(steps / share))


def balanced_start(config: Config, plan: Plan) -> Plan:
    """The plan with lambda-balanced weights of the maps that would be drawn."""
    return plan._replace(initial=balanced(drawn_weights(plan, config.precision), plan, config))


def initial_key(plan: Plan, seed: Any) -> Any:
    """The key that a seed's weights are drawn with."""
    return stream(replica_key(plan.replicas.root, seed), "init")


def drawn_weights(plan: Plan, precision: str) -> dict[str, np.ndarray]:
    """What the problem draws, ``[replica, ...]``."""
    seeds, hyper = plan.replicas.arrays()

    def draw(seed, hyper, own):
        return plan.problem.init(
            initial_key(plan, seed), hyper, Data(plan.problem.shared, own)
        ).params

    with jax.enable_x64(precision == "float64"):
        kind = jnp.dtype(precision)
        hyper = {name: values.astype(kind) for name, values in hyper.items()}
        own = own_data(plan.problem, plan.replicas)
        return jax.device_get(jax.jit(jax.vmap(draw))(seeds, hyper, own))


def balanced(drawn: dict[str, np.ndarray], plan: Plan, config: Config) -> Variables:
    """lambda-balanced weights with the maps of those drawn."""
    data, setting = plan.data
    strengths = [modes.strength for modes in modes_of_replicas(plan.replicas, data)]
    balance = absolute_balance(plan.replicas, strengths)
    with jax.enable_x64():
        layers = (jnp.asarray(drawn[name], float) for name in ("W1", "W2"))
        first, last = jax.jit(jax.vmap(balance_layers))(*layers, balance)
    kind = config.precision
    found = {"W1": np.asarray(first, kind), "W2": np.asarray(last, kind)}
    return starting(found, setting)


def absolute_balance(replicas: Replicas, strengths: list[np.ndarray]) -> np.ndarray:
    """lambda of every replica, in units of squared weights; 0 where none is asked for."""
    _, hyper = replicas.arrays()
    return hyper.get("balance", np.zeros(len(replicas))) * np.array(
        [strength[0] for strength in strengths]
    )
