"""How does a network multiply in a finite group? Irreps, logit attribution, grokking.

    python -m experiments.group_composition                    # quick: S4, 4 seeds, a minute
    python -m experiments.group_composition --preset paper     # S5 as published, hours
    python -m experiments.group_composition --weights FILE.npz # analyse somebody else's weights

Expected of the quick preset: train loss falls within 300 steps, test loss rises to 7-10,
and all seeds generalise between steps 8,000 and 13,000.

Source: Chughtai, Chan and Nanda, "A toy model of universality" (2023).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={"config": ["PRESETS", "Config"], "problem": ["build"], "study": ["STUDY"]},
)
