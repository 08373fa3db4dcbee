"""Presets of several localization runs: which inputs localize, and against excess kurtosis."""

from dataclasses import replace

from .config import Config


def suites(single: Config) -> dict[str, dict[str, Config]]:
    """Presets of several runs of a single ReLU unit.

    `which_data`: the families of inputs with the settings of the fact sheet, sources as in the
    study. `kurtosis`: nonlinear gains and algebraic tails.
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
    return {"which_data": which, "kurtosis": kurtosis}
