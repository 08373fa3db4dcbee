"""Do the seeds agree? Every study's networks against each other: one section of its page.

The layers and the samples are those that the study's problem names (`Problem.network`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jaxrep.analysis.ensembles import mean_over_pairs, pair_values
from jaxrep.analysis.kernel_alignment import UNBIASED_LEAST
from jaxrep.engine.network import Inside
from jaxrep.engine.run import Run
from jaxrep.study.agreement_figures import agreement_figure
from jaxrep.study.agreement_tables import agreement_table, layer_table
from jaxrep.study.ensembles import NETWORKS, Agreeing, agreeing, ensembles
from jaxrep.study.grid import GridPoint, figure_key, figure_per_point
from jaxrep.study.report import Figure, PageFigure, Table
from jaxrep.study.words import layer_words

if TYPE_CHECKING:
    import xarray

POINTS = 4
"""Grid points with figures; tables have all."""
LEAST_DIFFERENCE = 0.1
"""Of agreement between grid points that is worth a sentence."""
TITLE = "Do the seeds agree?"


@dataclass(frozen=True, eq=False)
class SeedSection:
    """The section: tables, figures, key figures, labelled results.

    Attributes:
      found: grid points with two finite networks or more.
    """

    found: Sequence[Agreeing]

    @property
    def samples(self) -> str:
        """What the networks are compared on, in words."""
        return self.found[0].ensemble.samples

    def summary(self) -> dict[str, float]:
        """Key figures: for every layer CKA between seeds with its error, dimension, targets."""
        numbers = {}
        for point in self.found:
            for name, layer in point.layers.items():
                estimate = mean_over_pairs(layer.between[-1])
                values = {
                    f"seed_cka_{name}": float(estimate.value),
                    f"seed_cka_error_{name}": float(estimate.error),
                    f"participation_{name}": float(np.median(layer.participation[-1])),
                }
                if name in point.aligned:
                    values[f"target_cka_{name}"] = float(np.median(point.aligned[name]))
                for key, value in values.items():
                    numbers[figure_key(key, point.ensemble.point)] = value
        return numbers

    def tables(self) -> list[Table]:
        """How alike the seeds are in every layer, and what the layers are like."""
        named = [(one.ensemble.point.title, one) for one in self.found]
        words = f"{self.sentence()} Compared on {self.samples}."
        return [
            agreement_table(TITLE, named, words),
            layer_table(f"{TITLE} Units, dimension, targets", named),
        ]

    def sentence(self) -> str:
        """What the numbers say: of the first grid point, and where others differ from it."""
        return f"{self._first()}{self._range()}"

    def _range(self) -> str:
        """The layer that differs most between grid points, where that is more than noise."""
        widest, words = LEAST_DIFFERENCE, ""
        for name in self.found[0].layers:
            ends = [mean_over_pairs(one.layers[name].between[-1]) for one in self.found]
            values = np.array([float(end.value) for end in ends])
            if np.isfinite(values).all() and np.ptp(values) > widest:
                low, high = int(values.argmin()), int(values.argmax())
                widest = float(np.ptp(values))
                titles = [self.found[i].ensemble.point.title for i in (low, high)]
                words = (
                    f" In {layer_words(name)} they agree from {values[low]:.2f} ({titles[0]}) to "
                    f"{values[high]:.2f} ({titles[1]})."
                )
        return words

    def _first(self) -> str:
        point = self.found[0]
        ends = {n: float(mean_over_pairs(a.between[-1]).value) for n, a in point.layers.items()}
        known = {name: value for name, value in ends.items() if np.isfinite(value)}
        if not known:
            return "No layer varies in all networks: nothing can be said."
        best, worst = max(known, key=lambda n: known[n]), min(known, key=lambda n: known[n])
        layer = point.layers[best]
        above = known[best] > layer.chance + 3 * layer.chance_deviation
        if not above:
            return "In no layer do seeds agree more than chance (three standard deviations)."
        middle = np.median(pair_values(layer.between), -1)
        steps = point.ensemble.steps
        half = next((int(t) for t, v in zip(steps, middle, strict=True) if v >= middle[-1] / 2), 0)
        first, last = layer_words(best), layer_words(worst)
        words = f"Seeds agree most in {first} ({known[best]:.2f})"
        if len(known) > 1 and known[best] - known[worst] > 0.01:
            words += f" and least in {last} ({known[worst]:.2f})"
        start = f"half of it is there by step {half:,} (of those kept)"
        words += f"; in {first} {start}" if half else f"; in {first} it is there before training"
        where = f" ({point.ensemble.point.title})" if len(self.found) > 1 else ""
        return f"{words}{where}."

    def figures(self) -> Iterator[PageFigure]:
        """Agreement over training, between layers, and the map of the networks."""
        chosen = sorted({round(i) for i in np.linspace(0, len(self.found) - 1, POINTS)})
        shown = {self.found[i].ensemble.point.name: self.found[i] for i in chosen}
        points = [self.found[i].ensemble.point for i in chosen]
        some = f" {len(points)} of {len(self.found)} grid points have a figure; the table has all."

        def draw(point: GridPoint) -> Figure:
            figure = agreement_figure(shown[point.name], TITLE)
            more = some if len(points) < len(self.found) else ""
            return figure._replace(caption=figure.caption + more)

        yield figure_per_point(points, draw)

    def results(self, results: "xarray.Dataset | None", inside: Inside) -> "xarray.Dataset | None":
        """The results with ``seed_cka [*grid, compared_layer, compared_step, one_seed,
        other_seed]`` beside them; NaN of networks that were not compared."""
        if results is None:
            return None
        grid, first = inside.replicas.grid, self.found[0]
        seeds = list(inside.replicas.seeds)[:NETWORKS]
        shape = tuple(len(values) for values in grid.values())
        layers, steps = list(first.layers), first.ensemble.steps
        whole = np.full((*shape, len(layers), len(steps), len(seeds), len(seeds)), np.nan)
        for point in self.found:
            place = np.unravel_index(
                int(point.ensemble.point.rows[0]), (*shape, len(inside.replicas.seeds))
            )[:-1]
            rows = [seeds.index(s) for s in point.ensemble.seeds if s in seeds]
            keep = [i for i, s in enumerate(point.ensemble.seeds) if s in seeds]
            for index, layer in enumerate(point.layers.values()):
                part = layer.between[:, keep][:, :, keep]
                whole[(*place, index)][:, np.array(rows)[:, None], rows] = part
        names = [*grid, "compared_layer", "compared_step", "one_seed", "other_seed"]
        attributes = {
            "units": "1",
            "description": f"debiased linear CKA on {self.found[0].ensemble.samples}",
        }
        coordinates = dict(zip(names[-4:], (layers, steps, seeds, seeds), strict=True))
        coordinates |= {name: list(values) for name, values in grid.items()}
        extended = results.assign_coords(coordinates)
        extended["seed_cka"] = (names, whole, attributes)
        return extended


def seed_section(run: Run, inside: Inside) -> SeedSection | None:
    """The section of a run; None where no grid point has two finite networks, or samples are
    fewer than four."""
    found = ensembles(run, inside)
    if not found or next(iter(found[0].layers.values())).shape[2] < UNBIASED_LEAST:
        return None
    return SeedSection([agreeing(one) for one in found])
