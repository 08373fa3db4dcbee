"""What the page says of codes of pictures: Gabor statistics, fields, the plane of V1."""

from collections.abc import Iterator

import numpy as np

from jaxrep.plots import Palette, draw_field_rows, draw_gabor_plane, panels, relative_fields
from jaxrep.study.report import Figure, Table, Verdict, median_range

from .analysis import Found
from .picture_codes import AUTOENCODER, CLONED, INDEPENDENT, PATCHES, SPARSE, PictureCodes, SeedCode

PUBLISHED = "published: sparse codes of natural pictures, as cells of V1, are Gabor functions"

COLUMNS = {
    "error": ("error of the fit", 2),
    "fitted": ("share below .5", 2),
    "frequency": ("frequency (cycles / pixel)", 3),
    "octaves": ("bandwidth (octaves)", 2),
    "degrees": ("orientation bandwidth (degrees)", 0),
    "aspect": ("length / width", 2),
    "across": ("nx", 2),
    "along": ("ny", 2),
    "low_pass": ("low-pass", 2),
    "cardinal": ("near an axis", 2),
}
"""Statistic -> heading and digits."""


def spread(codes: list[SeedCode], name: str, digits: int) -> str:
    """Median (minimum to maximum) over the seeds that have the number."""
    values = np.array([getattr(code.statistics, name) for code in codes])
    known = values[np.isfinite(values)]
    return median_range(known, digits) if len(known) else "none"


def picture_table(codes: PictureCodes) -> Table:
    """One row for each code, the last that of macaque cortex."""
    rows = []
    for name, every in codes.items():
        lost = sum(not code.converged for code in every)
        words = f"{name} ({lost} of {len(every)} searches did not converge)" if lost else name
        ratio = median_range(np.array([code.ratio.mean() for code in every]), 3)
        cells = [spread(every, key, digits) for key, (_, digits) in COLUMNS.items()]
        rows.append([words, ratio, *cells])
    known = {"octaves": "1.4", "degrees": "40"}
    rows.append(["macaque V1, published medians", "", *(known.get(key, "") for key in COLUMNS)])
    return Table(
        "Gabor functions in codes of pictures",
        ["code", "mean IPR", *(words for words, _ in COLUMNS.values())],
        rows,
        f"Of {PATCHES:,} patches and of normal ones with their mean and covariance; median "
        "(minimum to maximum) over seeds of the median over fields with an error below .5 whose "
        "frequency can be told; the others are low-pass. nx and ny are cycles within a standard "
        "deviation of the envelope across and along the stripes. Near an axis: within 22.5 "
        "degrees of horizontal or vertical, .5 by chance. V1: De Valois, Albrecht and Thorell "
        "(1982); De Valois, Yund and Hepler (1982), bandwidths at half height.",
    )


def draw_picture_codes(found: Found) -> Iterator[Figure]:
    """Fields of every code; their Gabor errors, and where they lie in the plane of V1."""
    if found.pictures:
        yield _fields(found.pictures)
        yield _plane(found.pictures)


def _fields(codes: PictureCodes) -> Figure:
    figure, grid = panels(len(codes), 4.2, 4.2, columns=3)
    for axes, (name, every) in zip(grid, codes.items(), strict=True):
        code = every[0]
        order = np.argsort(code.fit.error)
        flat = code.fields[order].reshape(len(order), -1)
        draw_field_rows(axes, relative_fields(flat), top=1, shape=code.fields.shape[1:])
        axes.set_title(f"{name}, median error {code.statistics.error:.2f}", fontsize=9)
    words = "First seed; every field over its largest weight, the best Gabor functions first."
    return Figure("picture_fields", "Codes of pictures", words, figure)


def _plane(codes: PictureCodes) -> Figure:
    figure, (left, right) = panels(2, 6, 4.6)
    palette = Palette([name for name in codes if not name.endswith(CLONED)])
    edges = np.linspace(0, 1, 21)
    for name, every in codes.items():
        counts = np.stack([np.histogram(code.fit.error, edges)[0] for code in every])
        shares = counts / counts.sum(1, keepdims=True)
        plain = name.removesuffix(CLONED)
        style = ":" if name.endswith(CLONED) else "-"
        left.stairs(np.median(shares, 0), edges, color=palette[plain], ls=style, label=name, lw=1.5)
        if not name.endswith(CLONED):
            across, along = (np.concatenate(values) for values in zip(*_cycles(every), strict=True))
            draw_gabor_plane(right, across, along, name, palette[name])
    left.set(xlabel="relative error of the Gabor function", ylabel="share of fields")
    left.legend(fontsize=7)
    right.legend(fontsize=7)
    return Figure(
        "gabor_plane",
        "Gabor functions",
        "Left: median over seeds of the share of fields with that error. Right: all seeds, fields "
        "with an error below .5 and a frequency that can be told; the plane in which Ringach "
        "(2002) compares cells of macaque V1, many of which lie near its origin. "
        "A few longer fields are above its end.",
        figure,
    )


def _cycles(codes: list[SeedCode]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for code in codes:
        clear = (code.fit.error < 0.5) & code.fit.identifiable
        yield tuple(values[clear] for values in code.fit.cycles)


def picture_verdicts(codes: PictureCodes) -> list[Verdict]:
    """Whether codes of pictures are Gabor functions and the clone's are not; beside cells."""
    lines = []
    for name in (INDEPENDENT, SPARSE):
        ours, null = codes[name], codes[name + CLONED]
        errors, by_chance = (
            np.array([code.statistics.error for code in every]) for every in (ours, null)
        )
        numbers = {key: spread(ours, key, digits) for key, (_, digits) in COLUMNS.items()}
        text = (
            f"{name[0].upper()}{name[1:]} of whitened pictures: the best Gabor function leaves "
            f"{numbers['error']} of a field (their Gaussian clone, the null: "
            f"{spread(null, 'error', 2)}; {len(ours)} seeds); frequency {numbers['frequency']} "
            f"cycles per pixel, length over width {numbers['aspect']}, bandwidth "
            f"{numbers['octaves']} octaves and {numbers['degrees']} degrees (macaque V1: 1.4 and "
            f"40), {numbers['cardinal']} near an axis (.5 by chance); low-pass "
            f"{numbers['low_pass']}."
        )
        holds = bool(np.median(errors) < 0.5 < np.median(by_chance))
        lines.append(Verdict(text, holds and bool((errors < by_chance).all()), PUBLISHED))
    alone = spread(codes[AUTOENCODER], "error", 2)
    text = f"Encoding weights of a sparse autoencoder trained on the same pictures: {alone}."
    return [*lines, Verdict(text)]
