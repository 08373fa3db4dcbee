"""The training problem of localization: two classes of inputs that differ in their correlations."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Key

from jaxrep.analysis.receptive_fields import inverse_participation_ratio, value_entropy
from jaxrep.data import elliptical, gaussian_process, ising, norta, pulses
from jaxrep.engine import Data, Hyper, Label, Problem, Variables, fresh
from jaxrep.models.committee import CommitteeMachine

EVALUATED = 1000
"""Fixed inputs that loss and accuracy are measured on, drawn once for each seed."""

Sampler = Callable[[Key[Array, ""], Hyper, Array, int], Float[Array, "count pixel"]]
"""``(key, hyper, correlation length or coupling, count) -> inputs of one class``."""


class Family(NamedTuple):
    """A family of inputs.

    Attributes:
      sampler: ``length -> Sampler``.
      words: what it is, for the report.
    """

    sampler: Callable[[int], Sampler]
    words: str


def _nonlinear(length: int) -> Sampler:
    """The nonlinear process, or its Gaussian clone: one transform either way."""

    def sample(key, hyper, correlation, count):
        gain, clone = hyper["gain"], hyper["clone"] > 0.5
        row = gaussian_process.covariance_row(length, correlation)
        row = jnp.where(clone, gaussian_process.saturated_covariance(row, gain), row)
        field = gaussian_process.sample_field(key, count, row)
        return jnp.where(clone, field, gaussian_process.saturate(field, gain))

    return sample


def _of_field(turn: Callable) -> Callable[[int], Sampler]:
    def make(length: int) -> Sampler:
        def sample(key, hyper, correlation, count):
            row = gaussian_process.covariance_row(length, correlation)
            return turn(key, count, row, hyper)

        return sample

    return make


def _algebraic(key, count, row, hyper):
    field = gaussian_process.sample_field(key, count, row)
    return norta.algebraic_marginal(field, hyper["power"])


def _radius(name: str) -> Callable:
    def turn(key, count, row, hyper):
        del hyper
        return elliptical.sample_elliptical(key, count, row, elliptical.RADII[name])

    return turn


FAMILIES = {
    "nonlinear": Family(_nonlinear, "nonlinear Gaussian process"),
    "algebraic": Family(_of_field(_algebraic), "Gaussian dependence, algebraic marginals"),
    "shell": Family(_of_field(_radius("shell")), "elliptical, all of one radius"),
    "extreme": Family(_of_field(_radius("extreme")), "elliptical, artanh(U) + 2"),
    "student": Family(
        _of_field(lambda key, count, row, hyper: elliptical.sample_student(key, count, row, 3.0)),
        "Student's t, 3 degrees of freedom",
    ),
    "ising": Family(
        lambda length: (
            lambda key, hyper, coupling, count: ising.sample_ising(key, count, length, coupling)
        ),
        "Ising model; correlations are its couplings",
    ),
    "pulse": Family(
        lambda length: (
            lambda key, hyper, share, count: pulses.sample_pulse(
                key,
                count,
                length,
                jnp.round(share * length).astype(int),
                jnp.round(share * length).astype(int) + 1,
            )
        ),
        "single pulses; correlations are their extents as shares of the ring",
    ),
}


def problem(config: Any) -> Problem:
    """Online gradient descent on the mean squared error; every step sees fresh inputs.

    Hyper-parameters: `positive` and `negative` (correlation of the class with the higher and
    the lower label), `gain`, `clone`, `power`, `learning_rate`.
    """
    sampler = FAMILIES[config.inputs].sampler(config.length)
    low, high = (-1.0, 1.0) if config.labels == "signs" else (0.0, 1.0)
    bias = None if config.bias == "off" else config.bias_start
    network = CommitteeMachine(
        config.units, config.activation, config.weights, config.scale, bias, config.second_layer
    )

    def sample(key, hyper, count):
        """Half of each class: the labels need no random numbers."""
        keys = jax.random.split(key)
        classes = [
            sampler(one, hyper, hyper[name], part)
            for one, name, part in zip(
                keys, ("negative", "positive"), (count // 2, count - count // 2), strict=True
            )
        ]
        labels = jnp.where(jnp.arange(count) < count // 2, low, high)
        return jnp.concatenate(classes), labels

    def init(key, hyper, data):
        del hyper, data
        return Variables(network.init(key, jnp.zeros((1, config.length)))["params"])

    def answers(variables, inputs):
        return network.apply({"params": variables.params}, inputs).outputs[:, 0]

    def loss(variables, batch, hyper):
        del hyper
        inputs, labels = batch
        return jnp.mean((answers(variables, inputs) - labels) ** 2), variables.state

    def measure(variables: Variables, hyper, data: Data):
        del hyper
        inputs, labels = data.own
        found = answers(variables, inputs)
        fields = variables.params["W1"].T
        middle = (low + high) / 2
        return {
            "loss": jnp.mean((found - labels) ** 2),
            "accuracy": jnp.mean((found > middle) == (labels > middle)),
            "participation": inverse_participation_ratio(fields),
            "entropy": value_entropy(fields),
            "field": fields,
            **({} if bias is None else {"bias": variables.params["b1"]}),
        }

    return Problem(
        init=init,
        loss=loss,
        optimizer=lambda hyper: optax.sgd(hyper["learning_rate"]),
        measure=measure,
        own=lambda key, hyper, shared: sample(key, hyper, EVALUATED),
        batches=fresh(lambda key, hyper, data: sample(key, hyper, config.batch_size)),
        trainable=(
            (lambda params: {name: name != "b1" for name in params})
            if config.bias == "constant"
            else None
        ),
        labels=LABELS,
        coordinates={
            "unit": list(range(config.units)),
            "pixel": list(range(config.length)),
        },
        headline="loss",
    )


LABELS = {
    "loss": Label((), "1", "mean squared error on 1000 fixed inputs"),
    "accuracy": Label((), "1", "share of right answers on 1000 fixed inputs"),
    "participation": Label(("unit",), "1", "inverse participation ratio of the receptive field"),
    "entropy": Label(("unit",), "bits", "entropy of the weights' values, bins of 0.1"),
    "field": Label(("unit", "pixel"), "1", "receptive field: first-layer weights"),
    "bias": Label(("unit",), "1"),
}
