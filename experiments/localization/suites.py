"""Presets of several localization runs: which inputs localize, kurtosis, and other students."""

from dataclasses import replace

from .config import Config

DENSE, CLONE, FILTERS = "dense network", "its Gaussian clone", "filters"
"""Labels of runs that other students are compared with."""


def suites(single: Config, standard: Config) -> dict[str, dict[str, Config]]:
    """Presets of several runs, of a single ReLU unit and of other students.

    `which_data`: the families of inputs with the settings of the fact sheet, sources as in the
    study. `kurtosis`: nonlinear gains and algebraic tails. `students`: see `_students`.
    """
    one = replace(single, gain=(100.0,))
    heavy = replace(one, learning_rate=(0.01,), steps=6000)
    which = {
        "nonlinear, gain 100": one,
        "its Gaussian clone": replace(one, clone=(1,)),
        "Ising": replace(one, inputs="ising", positive=(0.7,), negative=(0.3,)),
        "pulses, long positive": replace(one, inputs="pulse", positive=(0.225,), negative=(0.075,)),
        "pulses, short positive": replace(
            one, inputs="pulse", positive=(0.075,), negative=(0.225,)
        ),
        "uniform marginals": replace(one, inputs="uniform"),
        "binary marginals": replace(one, inputs="binary"),
        "Laplace marginals": replace(one, inputs="laplace"),
        "algebraic, k = 10": replace(one, inputs="algebraic", power=(10.0,)),
        "algebraic, k = 4.5": replace(one, inputs="algebraic", power=(4.5,)),
        "elliptical shell": replace(one, inputs="shell"),
        "elliptical extreme": replace(one, inputs="extreme"),
        "Student's t, 3": replace(heavy, inputs="student"),
        "nonlinear, normal factor": replace(one, rescaled="normal"),
        "nonlinear, positive mean": replace(one, half="mean"),
        "nonlinear, one pixel given": replace(
            one, gain=(3.0,), given_pixels=(0,), given_values=(0.9,)
        ),
        "nonlinear, count of signs": replace(one, target="sign_changes"),
        "blocks": replace(one, inputs="block", positive=(0.25,), negative=(0.1,)),
    }
    tails = (4.5, 5.0, 5.4, 6.0, 7.7, 10.0, 50.0)
    kurtosis = {
        "nonlinear": single,
        "algebraic": replace(single, inputs="algebraic", power=tails),
    }
    return {"which_data": which, "kurtosis": kurtosis, "students": _students(standard)}


def _students(standard: Config) -> dict[str, Config]:
    """The network of the study on inputs with edges, and what Ingrosso and Goldt (2022) change."""
    dense = replace(standard, gain=(100.0,), clone=(0,), probe=0.0, measurements=11)
    clone_class = replace(
        dense, negative_inputs="clone", positive=(3.0,), negative=(3.0,), steps=4000
    )
    return {
        DENSE: dense,
        CLONE: replace(dense, clone=(1,)),
        FILTERS: replace(dense, network="convolutional", units=4, learning_rate=(0.5,)),
        "rich to lazy": replace(
            dense, network="scaled", alpha=(0.5, 2.0, 10.0), learning_rate=(1.0,), steps=2000
        ),
        "a clone as the other class": clone_class,
        "the same at gain 1.1": replace(clone_class, gain=(1.1,)),
        "Adam": replace(dense, optimizer="adam", learning_rate=(0.01,)),
        "batches of one input": replace(dense, batch_size=1, learning_rate=(0.5,), steps=20_000),
        "biases of both signs": replace(dense, bias_start=1.0, bias_signs="halves"),
        "inputs from 0 to 1": replace(dense, support="unit"),
        "a segment": replace(dense, boundary="open"),
    }
