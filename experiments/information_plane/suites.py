"""Presets of several runs of the information plane: activations, estimators, findings."""

from dataclasses import replace

from .config import CODED, CODED_WHOLE, Config

ACTIVATIONS = (
    "tanh",
    "relu",
    "sigmoid",
    "softsign",
    "softplus",
    "leaky_relu",
    "hard_sigmoid",
    "selu",
    "relu6",
    "elu",
    "linear",
)


ARCHITECTURES = ((), (10,), (10, 7), (10, 7, 5), (10, 7, 5, 4), (10, 7, 5, 4, 3), (1, 1, 1, 1))


def suites(standard: Config) -> dict[str, dict[str, Config]]:
    """Presets of several runs: `quick`, and the cohorts of the deep-bottleneck project."""
    long = replace(standard, epochs=8000)
    relu = replace(long, activation="relu")
    return {
        "quick": {"tanh": standard, "relu": replace(standard, activation="relu")},
        "quantised": {"tanh": CODED, "relu": replace(CODED, activation="relu")},
        "quantised_paper": {
            "tanh": CODED_WHOLE,
            "relu": replace(CODED_WHOLE, activation="relu"),
        },
        "activations": {name: replace(long, activation=name) for name in ACTIVATIONS},
        "architectures": {
            "-".join(map(str, units)) or "no hidden layer": replace(long, architecture=units)
            for units in ARCHITECTURES
        },
        "zero_mean": {"bits 0 and 1": long, "bits -0.5 and 0.5": replace(long, zero_mean=True)},
        "findings": {
            "tanh, bias 0": long,
            "relu, bias 0": relu,
            "relu, biases": replace(
                relu, initial_bias=(-1.0, -0.1, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0)
            ),
            "tanh, bias 2": replace(long, initial_bias=(2.0,)),
            "tanh, max-norm": replace(long, max_norm=(0.4, 0.6, 0.8, 1.0, 1.5)),
            "relu, max-norm": replace(relu, max_norm=(0.8,)),
            "tanh, estimators": _compared(long),
            "relu, estimators": _compared(relu),
        },
    }


def _compared(config: Config) -> Config:
    """Cohort 14: zero-mean bits, bias 0.1, all estimators at the end."""
    return replace(
        config,
        zero_mean=True,
        initial_bias=(0.1,),
        estimators=("binning", "kernel", "edge"),
        costly=6,
    )
