"""Why do receptive fields become local? Inputs with edges against their Gaussian clones.

    python -m experiments.localization                        # four gains and clones, 8 seeds
    python -m experiments.localization --preset which_data    # which families of inputs localize
    python -m experiments.localization --inputs ising --positive 0.7 --negative 0.3
    python -m experiments.localization --gain 0.1 1 10 --positive 2 4 8   # a phase diagram

Expected of the quick preset: at gain 100 the median inverse participation ratio rises to
0.25-0.27 and 70-80 % of the units localize (above 0.1); at gain 0.01 and for the Gaussian
clones it stays at 0.05-0.06, although all of them learn the task.

Sources: Lufkin, Saxe and Grant (2024); Ingrosso and Goldt (2022, PNAS).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "config": ["PRESETS", "SINGLE", "Config"],
        "problem": ["build"],
        "study": ["STUDY"],
    },
)
