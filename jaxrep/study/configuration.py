"""What the configurations of all studies share.

The configuration of a study is made of parts, frozen dataclasses of plain values with
defaults; `--help` shows each part as a group of options:

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True)
... class Model:
...     hidden: int = 10
>>> @dataclass(frozen=True)
... class Config(Replication, Model):
...     pass
>>> Config(hidden=3, seeds=2)
Config(hidden=3, seeds=2, first_seed=0, precision='float32')
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Replication:
    """How many networks, and in which arithmetic."""

    seeds: int = 4
    """Number of seeds."""
    first_seed: int = 0
    """The seeds are first_seed, first_seed + 1, ..."""
    precision: Literal["float32", "float64"] = "float32"
    """Of training."""
