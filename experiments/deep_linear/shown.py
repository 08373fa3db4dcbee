"""What the figures of deep_linear share: the results, and words and choices made from them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray

from jaxrep.engine import Replicas, join_replicas
from jaxrep.models.mode_coordinates import SingularModes, singular_modes
from jaxrep.problems.feature_task import FeatureSetting

from .data import TaskData

MOST_POINTS = 6
APART = 1.05
"""Ratio of neighbouring singular values from which training rests between the two."""


class Shown(NamedTuple):
    """What the report draws from.

    Attributes:
      results: labelled arrays, ``[*grid, seed, ...]``.
      replicas: seeds x grid.
      data: tables, spectra, trees.
      setting: of the network.
      modes: of each replica's data.
      scan: quantities over initial scales, ``[scan_scale, scan_seed]``; may be empty.
    """

    results: xarray.Dataset
    replicas: Replicas
    data: TaskData
    setting: FeatureSetting
    modes: list[SingularModes]
    scan: xarray.Dataset

    @property
    def flat(self) -> xarray.Dataset:
        """The results with replicas joined, ``[replica, ...]``."""
        return join_replicas(self.results, list(self.replicas.coordinates))


def modes_of_replicas(replicas: Replicas, data: TaskData) -> list[SingularModes]:
    """Modes of the data that each replica learns."""
    found = [singular_modes(table.values) for table in data.tables]
    return [found[index] for index in data_set_of(replicas, data)]


def data_set_of(replicas: Replicas, data: TaskData) -> np.ndarray:
    """Index of each replica's table."""
    if len(data.tables) == 1:
        return np.zeros(len(replicas), int)
    _, hyper = replicas.arrays()
    flip = np.abs(np.subtract.outer(hyper["flip"], data.flips)).argmin(1)
    seed = np.abs(np.subtract.outer(hyper["data_seed"], data.data_seeds)).argmin(1)
    return flip * len(data.data_seeds) + seed


def points(shown: Shown) -> list[tuple[str, np.ndarray]]:
    """Grid points, at most `MOST_POINTS` spread evenly: name, and its replicas."""
    every = shown.replicas.points()
    count = min(len(every), MOST_POINTS)
    return [every[i] for i in np.linspace(0, len(every) - 1, count).round().astype(int)]


def learnable(modes: SingularModes) -> np.ndarray:
    """Modes with a strength: items with the same features leave some without."""
    return np.flatnonzero(modes.strength > 1e-6 * modes.strength[0])


def final_similarity_words(shown: Shown) -> str:
    """What the similarity of balanced linear layers becomes."""
    return f"(Y Yᵀ)^(1/{shown.setting.depth})"


def mode_names(modes: SingularModes, items: Sequence[str]) -> list[str]:
    """What each mode tells apart: items on its positive side | items on its negative side."""
    names = []
    for column in modes.v.T[: len(modes.strength)]:
        large = np.abs(column) > 0.4 * np.abs(column).max()
        sides = [_abbreviated(items, large & (sign * column > 0)) for sign in (1, -1)]
        everything = large.all() and (column > 0).all()
        names.append("all items" if everything else " | ".join(side for side in sides if side))
    return names


def _abbreviated(items: Sequence[str], chosen: np.ndarray) -> str:
    short = [name if len(name) < 6 or " " in name else name[:4] + "." for name in items]
    picked = [name for name, here in zip(short, chosen, strict=True) if here]
    return " ".join(picked) if len(picked) <= 4 else f"{len(picked)} items"


def population_strengths(shown: Shown, data_set: int) -> np.ndarray | None:
    """Singular values of the population that the data were drawn from."""
    if not shown.data.spectra:
        return None
    table = shown.data.tables[data_set]
    per_flip = max(len(shown.data.tables) // len(shown.data.spectra), 1)
    spectrum = shown.data.spectra[min(data_set // per_flip, len(shown.data.spectra) - 1)]
    return np.sqrt(len(table.features) * spectrum.eigenvalues)


def spread_words(shown: Shown) -> str:
    """What lines and bands are, for captions."""
    return f"Line: median over {len(shown.replicas.seeds)} seeds; band: minimum to maximum."


def resting(shown: Shown, strength: np.ndarray) -> np.ndarray:
    """Numbers of learned modes at which training rests: one layer learns all at once."""
    apart = strength[:-1] > APART * strength[1:]
    between = np.flatnonzero(apart & (shown.setting.depth > 1)) + 1
    return np.concatenate([[0], between, [len(strength)]])
