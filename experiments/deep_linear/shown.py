"""What the figures of deep_linear share: the results, and words and choices made from them."""

from typing import NamedTuple

import numpy as np
import xarray

from jaxrep.analysis.modes import resting_counts
from jaxrep.data.spectrum import population_strengths
from jaxrep.engine import Replicas, join_replicas
from jaxrep.models.mode_coordinates import SingularModes, singular_modes
from jaxrep.problems.feature_task import FeatureSetting
from jaxrep.study import GridPoint, grid_points

from .data import TaskData

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
      finite: ``[replica]``, networks that did not diverge.
    """

    results: xarray.Dataset
    replicas: Replicas
    data: TaskData
    setting: FeatureSetting
    modes: list[SingularModes]
    scan: xarray.Dataset
    finite: np.ndarray

    @property
    def points(self) -> list[GridPoint]:
        """Grid points with their networks."""
        return grid_points(self.replicas, self.finite)

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
    """Grid points with finite networks: words for them (none for the only one), and they."""
    return [
        (point.title if point.name else "", point.finite)
        for point in shown.points
        if len(point.finite)
    ]


def of_point(point: GridPoint) -> str:
    """The start of a caption that is about one point of a sweep."""
    return f"{point.title}. " if point.name else ""


def final_similarity_words(shown: Shown) -> str:
    """What the similarity of balanced linear layers becomes."""
    return f"(Y Yᵀ)^(1/{shown.setting.depth})"


def spread_words(shown: Shown) -> str:
    """What lines and bands are, for captions; networks that diverged are in neither."""
    return f"Line: median over {len(shown.replicas.seeds)} seeds; band: minimum to maximum."


def population_of(shown: Shown, data_set: int) -> np.ndarray | None:
    """Singular values of the population that a table was drawn from; None where it is not known."""
    if not shown.data.spectra:
        return None
    per_flip = max(len(shown.data.tables) // len(shown.data.spectra), 1)
    spectrum = shown.data.spectra[min(data_set // per_flip, len(shown.data.spectra) - 1)]
    return population_strengths(spectrum, len(shown.data.tables[data_set].features))


def resting(shown: Shown, strength: np.ndarray) -> np.ndarray:
    """Numbers of learned modes at which this network's training rests."""
    return resting_counts(strength, shown.setting.depth, APART)
