"""The page of the proving ground: bias and spread of every estimator on every channel."""

from collections.abc import Iterator

import numpy as np

from jaxrep.data.known_channels import KINDS
from jaxrep.plots.estimators import LINEAR, draw_bias
from jaxrep.plots.style import Palette, legend_below, panels
from jaxrep.study.report import Figure, Table, median_range

from .channels import Proved

HEADINGS = {
    "continuous": "Continuous pairs",
    "ties": "Pairs with ties",
    "classes": "Layers and a class",
}


def draw_channels(proved: Proved) -> Iterator[Figure]:
    """A panel for every channel, a figure for every kind."""
    palette = Palette(proved.estimates)
    for kind in KINDS:
        places = [i for i, channel in enumerate(proved.channels) if channel.kind == kind]
        if not places:
            continue
        figure, grid = panels(len(places), 3.4, 2.7, columns=4)
        for axes, place in zip(grid, places, strict=True):
            channel = proved.channels[place]
            draw_bias(
                axes,
                np.array(proved.sizes),
                proved.bits[place],
                channel.information,
                proved.estimates,
                palette,
            )
            words = channel.name.replace("_", " ")
            axes.set_title(f"{words}: {channel.information:.3f} bits", fontsize=9)
        for axes in grid[::4]:
            axes.set_ylabel("estimate - truth (bits)")
        for axes in grid[-4:]:
            axes.set_xlabel("samples")
        legend_below(figure, grid[0], len(proved.estimates) + 1)
        yield Figure(
            f"channels_{kind}",
            f"{HEADINGS[kind]}: bias and spread",
            f"Estimate less truth over the number of samples; linear up to {LINEAR} bits, "
            f"logarithmic beyond. Points: median over {proved.bits.shape[1]} draws, whiskers: "
            "minimum to maximum. Titles give the truth. An estimator that does not apply, or says "
            "that it measures nothing, has no points.",
            figure,
        )


def channel_tables(proved: Proved) -> list[Table]:
    """Every estimator over all channels, every channel, and where the truths come from."""
    largest = proved.sizes[-1]
    last = proved.bits[:, :, -1]
    rows = [
        [channel.name.replace("_", " "), f"{channel.information:.3f}"]
        + [median_range(last[place, :, e]) for e in range(len(proved.estimates))]
        for place, channel in enumerate(proved.channels)
    ]
    sources = [[c.name.replace("_", " "), c.kind, c.information, c.source] for c in proved.channels]
    return [
        _estimator_table(proved),
        Table(
            f"Every channel at {largest} samples",
            ["channel", "truth", *proved.estimates],
            rows,
            "Bits: median over draws (minimum to maximum). None finite: the estimator does not "
            "apply (the kernel bounds are for Gaussian noise of known variance, the contrastive "
            "bound for 64 samples or more) or says that it measures nothing.",
        ),
        Table("Where the truths come from", ["channel", "kind", "bits", "formula"], sources),
    ]


def _estimator_table(proved: Proved) -> Table:
    rows = []
    for e, name in enumerate(proved.estimates):
        for s, size in enumerate(proved.sizes):
            bias, bits = proved.bias[:, s, e], proved.bits[:, :, s, e]
            known = np.isfinite(bias)
            if not known.any():
                rows.append([name, size, 0, None, None, None, None])
                continue
            place = int(np.nanargmax(np.abs(bias)))
            spread = np.ptp(bits[np.isfinite(bits).all(1)], 1)
            rows.append(
                [
                    name,
                    size,
                    int(known.sum()),
                    float(np.median(np.abs(bias[known]))),
                    float(bias[place]),
                    proved.channels[place].name.replace("_", " "),
                    float(np.median(spread)) if len(spread) else None,
                ]
            )
    return Table(
        "How far to trust the estimators",
        [
            "estimator",
            "samples",
            "channels measured",
            "median size of the bias (bits)",
            "largest bias (bits)",
            "where",
            "median range over draws (bits)",
        ],
        rows,
        "Bias: median over draws less truth. The kernel bounds and the contrastive bound are to "
        "be on one side of the truth, not near it.",
    )


def channel_summary(proved: Proved) -> dict[str, float]:
    """Key figures: sizes of biases at the largest number of samples."""
    figures: dict[str, float] = {"channels": len(proved.channels)}
    for e, name in enumerate(proved.estimates):
        bias = np.abs(proved.bias[:, -1, e])
        if np.isfinite(bias).any():
            figures[f"{name} median_bias_bits"] = float(np.nanmedian(bias))
            figures[f"{name} largest_bias_bits"] = float(np.nanmax(bias))
    return figures
