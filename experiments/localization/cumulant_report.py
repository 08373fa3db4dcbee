"""What the page says of the inputs' fourth cumulant: a table, a figure, a sentence."""

from collections.abc import Iterator

import numpy as np

from jaxrep.analysis import inverse_participation_ratio
from jaxrep.plots import draw_fields
from jaxrep.study.report import Figure, Table, Verdict, median_range

from .analysis import Found
from .cumulant_factors import SAMPLES, PointFactors

PUBLISHED = "published: the leading factors of the fourth cumulant are local, as the fields are"


def factor_table(found: Found) -> Table:
    """One row per kind of factor at each point that was looked at."""
    rows, around = [], found.config.boundary == "periodic"
    shifted = "around" if around else "along, what leaves at an end lost"
    for here in found.factors:
        kinds = {
            "inputs": (here.raw, here.match, here.at_start),
            "inputs, whitened": (here.whitened, None, None),
            "their Gaussian clone": (here.clone, here.with_clone, None),
        }
        for name, (factors, match, start) in kinds.items():
            ratio = np.asarray(inverse_participation_ratio(factors.directions))
            cells = [None if x is None else median_range(x, 3) for x in (match, start)]
            numbers = [median_range(x, n) for x, n in ((factors.values, 2), (ratio, 3))]
            rows.append([here.point.title, name, *numbers, *cells])
    return Table(
        "Leading factors of the fourth cumulant",
        ["trained on", "factors of", "cumulant", "IPR", "match of the fields", "at the start"],
        rows,
        f"Of {SAMPLES:,} inputs of the class with the higher label; median (minimum to maximum) "
        "over starts of the power iteration. Match: cosine of a field and the factor nearest to "
        f"it, shifted {shifted}; median over localized units (all units where none is), then "
        "median (minimum to maximum) over seeds. Gaussian inputs have a cumulant of 0 but for the "
        "sample.",
    )


def draw_factors(found: Found) -> Iterator[Figure]:
    """Factors of inputs and clone beside the field that matches best."""
    if not found.factors:
        return
    import matplotlib.pyplot as plt

    here = found.factors[0]
    ratio = found.ratio[here.point.finite[0]]
    unit = int(np.argmax(ratio))
    pictures = {
        "most localized field": found.flat.field.values[here.point.finite[0], -1, unit],
        "factor": here.raw.directions[0],
        "factor, whitened": here.whitened.directions[0],
        "factor of the clone": here.clone.directions[0],
    }
    shape = (found.config.length,) * 2 if found.config.dimensions == 2 else None
    figure = plt.figure(figsize=(13, 2.8), layout="constrained")
    around = found.config.boundary == "periodic"
    turned = map(_centred(shape) if around else _upright, pictures.values())
    stacked = np.stack([row / np.abs(row).max() for row in turned])
    draw_fields(figure, stacked, titles=list(pictures), columns=4, same_scale=False, shape=shape)
    yield Figure(
        "cumulants",
        "Leading factors of the fourth cumulant",
        f"Trained on {here.point.title}, first seed that did not diverge; everything over its "
        f"largest value{' and shifted' if around else ''} so that this is positive"
        f"{' and in the middle' if around else ''}.",
        figure,
    )


def _upright(field: np.ndarray) -> np.ndarray:
    """With a positive largest value, where it is: an open segment has no other places for it."""
    return field * np.sign(field[np.abs(field).argmax()])


def _centred(shape: tuple[int, int] | None):
    """Fields turned so that the largest value is positive and in the middle."""

    def centre(field: np.ndarray) -> np.ndarray:
        picture = field.reshape(shape or field.shape)
        peak = np.unravel_index(np.abs(picture).argmax(), picture.shape)
        moves = [n // 2 - place for n, place in zip(picture.shape, peak, strict=True)]
        turned = np.roll(picture * np.sign(picture[peak]), moves, tuple(range(picture.ndim)))
        return turned.reshape(field.shape)

    return centre


def factor_verdict(here: PointFactors, localized: bool) -> Verdict:
    """Whether fields match the factors better than at the start, and than the clone's factors."""
    raw = np.asarray(inverse_participation_ratio(here.raw.directions))
    clone = np.asarray(inverse_participation_ratio(here.clone.directions))
    units = "localized fields" if localized else "fields"
    better = (here.match > here.at_start) & (here.match > here.with_clone)
    text = (
        f"The fourth cumulant of the inputs of {here.point.title} is "
        f"{median_range(here.raw.values, 1)} along its leading factors (IPR "
        f"{median_range(raw, 3)}), that of their Gaussian clone "
        f"{median_range(np.abs(here.clone.values), 1)} in size (IPR {median_range(clone, 3)}); "
        f"{units} match a factor by a cosine of {median_range(here.match, 2)}, against "
        f"{median_range(here.at_start, 2)} at the start and {median_range(here.with_clone, 2)} "
        f"with the clone's factors: better than both in {int(better.sum())} of {len(better)} "
        "networks."
    )
    if not localized:
        return Verdict(text)
    return Verdict(text, bool(better.mean() > 0.5 and raw.min() > clone.max()), PUBLISHED)
