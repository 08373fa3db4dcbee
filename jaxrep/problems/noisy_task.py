"""Two linear layers learn a noisy sample of a teacher of one mode."""

from collections.abc import Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Key

from jaxrep.engine import Data, Label, Problem, Variables, full_batch
from jaxrep.engine.network import Network, Replica
from jaxrep.typing import Array, Real


class NoisyTask(NamedTuple):
    """What one student is given, and what it should have been given.

    Attributes:
      target: ``[input, output]``, teacher and noise; inputs are one-hot (white).
      teacher: ``[input, output]``, of rank one.
    """

    target: Array
    teacher: Array


def noisy_task(
    key: Key[Array, ""], signal: Real, inputs: int, outputs: int, dtype: str = "float32"
) -> NoisyTask:
    """A teacher's mode of strength `signal` in noise of variance ``1 / inputs``.

    The directions of the teacher and the noise depend on the key only, so that students of all
    signals are compared on the same sample (the data of Lampinen and Ganguli 2019).

    >>> target, teacher = noisy_task(jax.random.key(0), 3.0, inputs=200, outputs=100)
    >>> float(jnp.linalg.norm(teacher)), float(jnp.linalg.norm(target - teacher)) ** 2
    (2.999..., 101.6...)
    """
    noise, left, right = (
        # other precisions would draw other numbers, and the inside of a network is looked at in
        # float32
        jax.random.normal(one, shape, "float32").astype(dtype)
        for one, shape in zip(
            jax.random.split(key, 3), [(inputs, outputs), (inputs,), (outputs,)], strict=True
        )
    )
    direction = jnp.outer(left / jnp.linalg.norm(left), right / jnp.linalg.norm(right))
    teacher = jnp.asarray(signal, dtype) * direction
    return NoisyTask(teacher + noise / inputs**0.5, teacher)


def noisy_problem(inputs: int, outputs: int, hidden: int) -> Problem:
    """Full-batch gradient descent on the mean squared error over all entries of the sample.

    Initial weights have the variance ``scale^2 / (inputs + outputs)`` of a layer.

    Hyper-parameters: `learning_rate`, `scale` and `signal` (strength of the teacher's mode over
    that of the noise; 0 is noise only).

    >>> problem = noisy_problem(inputs=6, outputs=4, hidden=5)
    >>> sorted(problem.labels)
    ['generalisation', 'loss']
    """

    def own(key, hyper, shared) -> NoisyTask:
        del shared
        return noisy_task(key, hyper["signal"], inputs, outputs, str(hyper["signal"].dtype))

    def init(key, hyper, data):
        keys, shapes = jax.random.split(key), [(inputs, hidden), (hidden, outputs)]
        weights = {
            f"W{layer + 1}": jax.random.normal(keys[layer], shape, data.own.target.dtype)
            * (hyper["scale"] / sum(shape) ** 0.5).astype(data.own.target.dtype)
            for layer, shape in enumerate(shapes)
        }
        return Variables(weights)

    def learned(params: Mapping[str, Array]) -> Array:
        return jnp.matmul(params["W1"], params["W2"], precision="highest")

    def error(params, wanted):
        return jnp.sum((learned(params) - wanted) ** 2)

    def loss(variables, batch: NoisyTask, hyper):
        del hyper
        return error(variables.params, batch.target) / (inputs * outputs), variables.state

    def measure(variables, hyper, data: Data):
        del hyper
        return {
            "loss": error(variables.params, data.own.target) / (inputs * outputs),
            "generalisation": error(variables.params, data.own.teacher),
        }

    return Problem(
        init=init,
        loss=loss,
        optimizer=lambda hyper: optax.sgd(hyper["learning_rate"]),
        measure=measure,
        own=own,
        batches=full_batch(lambda data: data.own),
        labels=LABELS,
        headline="generalisation",
        network=_network(inputs),
    )


LABELS = {
    "loss": Label((), "1", "mean squared error over all entries of the noisy sample"),
    "generalisation": Label((), "1", "|W - teacher|^2, squared error for white inputs"),
}


def _network(inputs: int) -> Network:
    """Layers ``hidden`` and ``output``, for inputs one-hot; to the set ``inputs`` the teacher's
    answers are the targets, to ``sample`` the noisy ones."""

    def apply(variables: Variables, given, replica: Replica):
        del replica
        first, last = variables.params["W1"], variables.params["W2"]
        hidden = jnp.matmul(jnp.asarray(given, first.dtype), first, precision="highest")
        return {"hidden": hidden, "output": jnp.matmul(hidden, last, precision="highest")}

    def unit(replica: Replica):
        del replica
        return jnp.eye(inputs)

    return Network(
        apply,
        {"inputs": unit, "sample": unit},
        {
            "inputs": lambda replica: replica.data.own.teacher,
            "sample": lambda replica: replica.data.own.target,
        },
    )
