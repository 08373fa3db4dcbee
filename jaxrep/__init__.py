"""How representations form in neural networks: engine, analyses, theory, figures, in JAX.

| room | what is there |
|---|---|
| `jaxrep.engine` | `Problem`, `Replicas` (seeds x grid), `Schedule`, `train`, checkpoints, `Run` |
| `jaxrep.groups` | finite groups: Cayley tables, classes, characters, irreps |
| `jaxrep.data` | families of inputs, faces, files |
| `jaxrep.models`, `jaxrep.losses`, `jaxrep.optimizers` | Flax modules, losses, Adam |
| `jaxrep.problems` | training problems that are ready for the engine |
| `jaxrep.analysis` | what is measured: arrays in, arrays out |
| `jaxrep.theory` | what is predicted, by the same rules |
| `jaxrep.plots` | figures on given Axes |
| `jaxrep.study` | a study: command line, report |

Rooms are imported when they are first asked for.

>>> import jaxrep
>>> jaxrep.groups.group("S4").irrep_names
('trivial', 'sign', 'standard', 'standard_sign', 's4_2d')
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from jaxrep import (
        analysis,
        data,
        engine,
        errors,
        groups,
        losses,
        models,
        optimizers,
        plots,
        problems,
        study,
        theory,
    )

__all__ = [
    "__version__",
    "analysis",
    "data",
    "engine",
    "errors",
    "groups",
    "losses",
    "models",
    "optimizers",
    "plots",
    "problems",
    "study",
    "theory",
]


def __getattr__(name: str) -> Any:
    """Import a room when it is first asked for."""
    if name in __all__:
        return importlib.import_module(f"jaxrep.{name}")
    raise AttributeError(f"module 'jaxrep' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
