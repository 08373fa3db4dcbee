"""Does learning compress? The information every layer keeps of its input and of the class.

    python -m experiments.information_plane                        # tanh and relu, 10 seeds each
    python -m experiments.information_plane --preset paper         # one cohort at 8000 epochs
    python -m experiments.information_plane --preset findings      # what was published, checked
    python -m experiments.information_plane --preset quantised     # nothing is estimated
    python -m experiments.information_plane --preset generalisation
    python -m experiments.information_plane --preset estimators    # on known channels, a minute
    python -m experiments.information_plane --activation relu --initial-bias 0 0.1 1 5

Expected of the quick preset: with tanh the last hidden layers end bits below their peaks, in
every seed; with relu they do not, and only the output does.

Sources: Shwartz-Ziv and Tishby (2017); Saxe et al. (2018); the deep-bottleneck project.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "config": ["PRESETS", "STANDARD", "Config"],
        "problem": ["build"],
        "study": ["STUDY"],
    },
)
