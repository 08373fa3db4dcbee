"""What pages of one sweep need of every grid point: its networks, and points of equal start."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray

from jaxrep.engine import Replicas
from jaxrep.plots.curves import draw_spread
from jaxrep.study import GridPoint, grid_points
from jaxrep.study.report import Verdict


@dataclass(frozen=True)
class PointResults:
    """Records and theory of a sweep.

    Attributes:
      flat: ``[replica, step, ...]``.
      replicas: seeds x grid.
      finite: ``[replica]``, networks that did not diverge.
    """

    flat: xarray.Dataset
    replicas: Replicas
    finite: np.ndarray

    @property
    def points(self) -> list[GridPoint]:
        """Grid points with finite networks."""
        points = grid_points(self.replicas, self.finite)
        return [point for point in points if len(point.finite)]

    @property
    def spread_words(self) -> str:
        """What a caption says of lines and bands."""
        return f"Line: median over {len(self.replicas.seeds)} seeds; band: minimum to maximum."

    def hyper(self, point: GridPoint, name: str) -> float:
        """A hyper-parameter of a grid point."""
        return float(self.replicas.arrays()[1][name][point.rows[0]])

    def of(self, point: GridPoint) -> xarray.Dataset:
        """The finite networks of a grid point."""
        return self.flat.isel(replica=point.finite)

    def by_start(self, swept: str) -> dict[str, list[GridPoint]]:
        """Points of one initial scale and rate, in the order of what is `swept`; words for both.

        The rate is said where there are several.
        """
        groups: dict[tuple[float, float], list[GridPoint]] = {}
        for point in sorted(self.points, key=lambda point: self.hyper(point, swept)):
            start = self.hyper(point, "scale"), self.hyper(point, "learning_rate")
            groups.setdefault(start, []).append(point)
        several = len({rate for _, rate in groups}) > 1
        return {
            f"scale {scale:g}" + (f", rate {rate:g}" if several else ""): groups[scale, rate]
            for scale, rate in sorted(groups)
        }

    def diverged(self, networks: str) -> list[Verdict]:
        """A sentence on those that diverged, if there are any; `networks` is what they are."""
        lost = int((~self.finite).sum())
        if not lost:
            return []
        whole = len(self.finite)
        return [Verdict(f"{lost} of {whole} {networks} diverged and are part of no number.")]


def draw_across(
    axes, swept: np.ndarray, values: Sequence[np.ndarray], label: str, colour: str, **looks
) -> None:
    """Median and range over networks against what is swept; points may have lost some networks.

    Args:
      axes: where to draw.
      swept: ``[point]``.
      values: of the networks of each point.
      label, colour, looks: of the line.
    """
    most = max(map(len, values))
    even = [np.pad(v, (0, most - len(v)), constant_values=np.nan) for v in values]
    draw_spread(axes, swept, np.stack(even, 1), label, colour, faint=False, **looks)
