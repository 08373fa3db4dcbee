"""In which order is structure learned? Modes, similarity, illusory correlations, exact theory.

    python -m experiments.deep_linear                             # the tutorial's setting, 32 seeds
    python -m experiments.deep_linear --preset shark              # a fish without bones
    python -m experiments.deep_linear --scale 1e-12 1e-3 1 10     # a sweep: one call
    python -m experiments.deep_linear --preset depths --sweep depth=1,2,3,4
    python -m experiments.deep_linear --preset balance            # lambda-balanced layers
    python -m experiments.deep_linear --preset reversal           # a task, then its negative
    python -m experiments.deep_linear --preset noisy_teacher      # when to stop, overfitting
    python -m experiments.deep_linear --preset correlated         # inputs that are alike
    python -m experiments.deep_linear --preset nested             # paths that contexts share
    python -m experiments.deep_linear --start RUN --reverse       # from the end of another run
    python -m experiments.deep_linear --data FILE.csv --trace Shark:bones

Expected of the quick preset: the eight modes are half learned near steps 93, 116, 137, 137,
186, 186, 188 and 189, within 2.5 steps of the parameter-free prediction; loss below 1e-20 is
reached by step 249 (in float64; 1e-13 in float32).

Sources: Neuromatch Academy, Deep Learning W1D2, tutorial 3; Saxe, McClelland and Ganguli
(2013, ICLR; 2019, PNAS).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "config": ["PRESETS", "Config"],
        "problem": ["build", "resolve"],
        "study": ["STUDY"],
    },
)
