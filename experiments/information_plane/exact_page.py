"""The sections of the page on networks of which nothing has to be estimated."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from jaxrep.analysis.compression import Compression, compression
from jaxrep.analysis.information import lost_from_peak
from jaxrep.plots.compression import draw_beside_distances, draw_lost
from jaxrep.plots.information_plane import CLASS_LABEL, INPUT_LABEL, draw_layer_information
from jaxrep.plots.style import Palette, legend_below, panels
from jaxrep.study import GridPoint, figure_key, figure_per_point
from jaxrep.study.report import Figure, PageFigure, Table, median_range

from .analysis import Found

COUNTED = "Does the hidden layer compress when nothing is estimated?"
NOISY = "Does the hidden layer compress when its noise is its own?"
NULL = (
    "Null: the deepest valley that a seed's curve came out of again; to compress is to end below "
    "the peak by more than that and by more than 0.5 bits."
)

RATIO = (
    "Within / between: squared distance of inputs of one class over that of two, after the first "
    "epoch and at the end."
)


def has_bits(found: Found) -> bool:
    """Whether information was counted or propagated."""
    exact = found.exact
    return exact is not None and (exact.counted is not None or exact.noisy is not None)


def bits_of(found: Found, kind: int) -> np.ndarray:
    """``[replica, step, layer]`` without an estimator: I(X; M), or of kind 1 I(Y; M)."""
    assert found.exact is not None
    if found.exact.counted is not None:
        return found.exact.counted[..., kind]
    assert found.exact.noisy is not None
    return found.exact.noisy[..., kind, 0]


def heading(found: Found) -> str:
    """Of the section."""
    return COUNTED if found.exact is not None and found.exact.counted is not None else NOISY


def shown_layers(found: Found) -> list[str]:
    """Layers with bits: all of coded networks, the hidden ones of noisy ones."""
    return found.layers[: bits_of(found, 0).shape[2]]


def compressions(found: Found, point: GridPoint) -> list[Compression]:
    """Of every layer of the networks of a grid point."""
    bits = bits_of(found, 0)[point.finite]
    return [compression(bits[:, :, layer]) for layer in range(bits.shape[2])]


def verdict(found: Found) -> str:
    """What the last hidden layer and the output do, at every grid point."""
    sentences = []
    for point in found.points:
        if not len(point.finite):
            continue
        every = compressions(found, point)
        layers = shown_layers(found)
        chosen = [i for i, name in enumerate(layers) if name == "output" or i == _last(layers)]
        parts = [f"{layers[index]} {every[index]}" for index in chosen]
        name = point_words(found, point)
        sentences.append(f"{found.config.activation}{name}: {'; '.join(parts)}.")
    return " ".join(sentences)


def _last(layers: list[str]) -> int:
    """The last hidden layer."""
    return max((i for i, name in enumerate(layers) if name != "output"), default=0)


def point_words(found: Found, point: GridPoint) -> str:
    """``, 8 bits`` after the name of an activation; real numbers are said to be rounded."""
    name = f", {point.title}" if point.name else ""
    if found.config.bits == (0,):
        return name
    rounded = f"real numbers, rounded to {max(found.config.bits)} bits when counted"
    return name.replace("real numbers", rounded)


def exact_tables(found: Found) -> list[Table]:
    """Bits at the end and lost, by layer, and how the classes cluster; none without such bits."""
    if not has_bits(found) or found.exact is None:
        return []
    rows = []
    for point in found.points:
        if not len(point.finite):
            continue
        for layer, (name, one) in enumerate(
            zip(shown_layers(found), compressions(found, point), strict=True)
        ):
            end = bits_of(found, 0)[point.finite, -1, layer]
            of_class = bits_of(found, 1)[point.finite, -1, layer]
            row = [point_words(found, point).lstrip(", ") or "all networks", name]
            row += [median_range(end), _mean(end), median_range(of_class, 3)]
            row += [median_range(one.lost), median_range(one.dip)]
            row += [f"{one.count} of {one.networks}", _ratios(found, point, layer)]
            rows.append(row)
    columns = ["networks", "layer", "I(X;M) at the end", "mean (deviation)", "I(Y;M) at the end"]
    columns += ["lost from the peak", "null: lost and found again", "seeds that compress"]
    columns += ["within / between"]
    return [Table(heading(found), columns, rows, f"{verdict(found)} {_how(found)} {NULL} {RATIO}")]


def _how(found: Found) -> str:
    """Where the numbers come from."""
    data, exact = found.data, found.exact
    every = len(data.train_classes) + len(data.test_classes)
    words = f"Bits; median over seeds (minimum to maximum). All {every} inputs, ceiling "
    words += f"log2 N = {np.log2(every):.2f}. "
    if exact is not None and exact.counted is not None:
        return words + "Every value is a count of codes: exact for these inputs and this code."
    noise = f"standard deviation {found.config.noise:g}"
    if exact is None or exact.noisy is None:
        return words
    error = float(np.nanmax(exact.noisy[..., 0, 1])) if np.isfinite(exact.noisy).any() else np.nan
    return words + (
        f"Sample propagation, noise of {noise} in training and after; standard errors of one value "
        f"up to {error:.2f} bits, which do not show the bias of finitely many noisy passes."
    )


def _mean(values: np.ndarray) -> str:
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return "–"
    return f"{values.mean():.2f} ({values.std(ddof=1):.2f})"


def _ratios(found: Found, point: GridPoint, layer: int) -> str:
    ratio = None if found.exact is None else found.exact.ratio
    if ratio is None:
        return "–"
    early = min(1, ratio.shape[1] - 1)
    both = (np.nanmedian(ratio[point.finite][:, step, layer]) for step in (early, -1))
    return " to ".join(f"{value:.2f}" for value in both)


def exact_summary(found: Found) -> dict[str, float]:
    """Key figures: bits lost without an estimator, and seeds that compress."""
    if not has_bits(found):
        return {}
    kind = "counted" if heading(found) == COUNTED else "noisy"
    figures = {}
    for point in found.points:
        if not len(point.finite):
            continue
        for name, one in zip(shown_layers(found), compressions(found, point), strict=True):
            figures[figure_key(f"{name} {kind}_lost_bits", point)] = float(np.nanmedian(one.lost))
            figures[figure_key(f"{name} {kind}_seeds_compress", point)] = one.count
    return figures


def draw_exact(found: Found) -> Iterator[PageFigure]:
    """Bits over training, bits lost by every estimate, and the geometry beside."""
    if not has_bits(found) or not any(len(point.finite) for point in found.points):
        return
    yield figure_per_point(found.points, partial(_over_training, found))
    yield figure_per_point(found.points, partial(_lost, found))
    if found.exact is not None and found.exact.ratio is not None:
        yield figure_per_point(found.points, partial(_geometry, found))


def _over_training(found: Found, point: GridPoint) -> Figure:
    figure, axes = panels(2, 6, 3.8)
    layers, known = shown_layers(found), _known(found)
    every = len(found.data.train_classes) + len(found.data.test_classes)
    ceilings = float(np.log2(every)), None
    labels = (INPUT_LABEL, CLASS_LABEL)
    for kind, (one, label, top) in enumerate(zip(axes, labels, ceilings, strict=True)):
        bits = bits_of(found, kind)[point.finite][:, known]
        draw_layer_information(
            one, found.epochs[known], bits, layers, label=label, entropy=top, entropy_label="log2 N"
        )
    legend_below(figure, axes[0], 7)
    name = point_words(found, point).lstrip(", ")
    return Figure(
        "without_estimator",
        "Information without an estimator, over training",
        f"{name + '; ' if name else ''}{_how(found)} Line: median over {len(point.finite)} seeds, "
        "band: minimum to maximum.",
        figure,
    )


def _known(found: Found) -> np.ndarray:
    """Records at which some network has bits."""
    return np.flatnonzero(np.isfinite(bits_of(found, 0)).any((0, 2)))


def lost_by_estimate(found: Found, point: GridPoint) -> dict[str, np.ndarray]:
    """Bits lost ``[seed, layer]``: without an estimator, and by every estimate on the test set."""
    hidden = len(shown_layers(found))
    exact = np.moveaxis(bits_of(found, 0)[point.finite], 1, -1)
    name = "counted" if heading(found) == COUNTED else "sample propagation"
    lost = {name: lost_from_peak(exact)}
    for estimate in found.estimates:
        values = found.flat.with_input.sel(set="test", estimate=estimate).values[point.finite]
        lost[estimate] = lost_from_peak(np.moveaxis(values[..., :hidden], 1, -1))
    return lost


def _lost(found: Found, point: GridPoint) -> Figure:
    figure, (axes,) = panels(1, 9, 4)
    lost = lost_by_estimate(found, point)
    draw_lost(axes, lost, shown_layers(found), Palette(list(lost)))
    legend_below(figure, axes, 5)
    name = point_words(found, point).lstrip(", ")
    return Figure(
        "lost_by_estimate",
        "The same networks by estimators",
        f"{name + '; ' if name else ''}bits that a layer ends below its own peak. First: all "
        "inputs and records, nothing estimated; the others: test set, "
        f"{'binning at all records, the rest at some' if len(lost) > 2 else 'all records'}. "
        f"Points: median over {len(point.finite)} seeds, whiskers: minimum to maximum; dashed: 0.5 "
        "bits. Kernel bounds assume noise that these networks do not have.",
        figure,
    )


def _geometry(found: Found, point: GridPoint) -> Figure:
    assert found.exact is not None and found.exact.ratio is not None
    layers, known, palette = shown_layers(found), _known(found), Palette()
    figure, grid = panels(len(layers), 4.6, 3.2, columns=3)
    for index, (axes, layer) in enumerate(zip(grid, layers, strict=True)):
        bits = bits_of(found, 0)[point.finite][:, known, index]
        ratio = found.exact.ratio[point.finite][:, known, index]
        draw_beside_distances(axes, found.epochs[known], bits, ratio, palette, label="I(X;M)")
        axes.set_title(layer, fontsize=9)
    name = point_words(found, point).lstrip(", ")
    return Figure(
        "geometry",
        "Information, and how the classes cluster",
        f"{name + '; ' if name else ''}left, I(X;M) without an estimator; right, mean squared "
        "distance of inputs of one class over that of two: 1 where classes lie together, 0 where "
        f"each is a point. Line: median over {len(point.finite)} seeds, band: minimum to maximum.",
        figure,
    )
