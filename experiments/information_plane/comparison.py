"""Several runs of the information plane on one page: activations, estimators, findings."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray

from jaxrep.analysis.information import lost_from_peak
from jaxrep.engine import Run, differing
from jaxrep.plots.information_plane import draw_epoch_bar, draw_plane
from jaxrep.plots.style import panels
from jaxrep.study import Comparison, claims_summary, claims_table
from jaxrep.study.report import Figure, Table

from .claims import check_claims
from .coded_comparison import coded_claims, coded_results, coded_tables, draw_coded
from .config import Config


def compare(runs: Mapping[str, Run], configs: Mapping[str, Config]) -> Comparison:
    """Planes side by side, titled with what differs; bits at the end and lost, by layer."""
    if any(config.channels for config in configs.values()):
        return Comparison()
    rows = []
    for label, run in runs.items():
        for name, one in _points(run):
            train = one.sel(set="train").isel(estimate=0)
            lost = lost_from_peak(train.with_input.transpose("seed", "layer", "step").values)
            end = np.nanmedian(train.with_input.isel(step=-1).values, 0)
            ratio = train.train_gradient_mean / train.train_gradient_spread
            signal = [ratio.isel(step=step).median("seed").values for step in (1, -1)]
            accuracy = [float(one[f"{s}_accuracy"].isel(step=-1).mean()) for s in ("train", "test")]
            rows.append(
                [
                    f"{label}, {name}" if name else label,
                    " ".join(f"{value:.2f}" for value in end),
                    " ".join(f"{value:.2f}" for value in np.nanmedian(lost, 0)),
                    " ".join(str(int(n)) for n in (lost > 0.5).sum(0)),
                    *(" ".join(f"{value:.2g}" for value in values) for values in signal),
                    *accuracy,
                ]
            )
    columns = ["networks", "I(X;M) at the end by layer", "bits lost from the peak by layer"]
    columns += ["seeds that lose more than 0.5", "gradient mean / spread, first epoch"]
    columns += ["the same at the end", "train accuracy", "test accuracy"]
    table = Table(
        "Compression by layer",
        columns,
        rows,
        "Training set, first estimator; medians over seeds, layers from the first to the output; "
        "accuracies: means.",
    )
    results = {label: run.results for label, run in runs.items()}
    coded = coded_results(results, {label: one.activation for label, one in configs.items()})
    tables, note = [*coded_tables(coded), table], "Layer 6 is the output."
    checked = check_claims(results)
    if coded:
        checked, note = coded_claims(coded), "Spreads that were not noted are those found here."
    if checked:
        tables.insert(len(tables) - 1, claims_table(checked, "Published findings", note))
    figures = itertools.chain(draw_coded(coded), _planes(runs))
    return Comparison(tables, figures, claims_summary(checked) if checked else {})


def _points(run: Run) -> Iterator[tuple[str, xarray.Dataset]]:
    """Every grid point of a run: name and results with dimensions seed, step, ..."""
    results = run.results
    names = ("initial_bias", "max_norm", "learning_rate", "bits", "dropout", "weight_decay")
    swept = [d for d in names if d in results.dims]
    if not swept:
        yield "", results
        return
    stacked = results.stack(point=swept)
    for index in range(stacked.sizes["point"]):
        one = stacked.isel(point=index)
        name = ", ".join(f"{key} {float(one[key]):g}" for key in swept)
        yield name, one


def _planes(runs: Mapping[str, Run]) -> Iterator[Figure]:
    keys = differing(list(runs.values()))
    shown = [
        (label, _title(runs[label], keys), name, one)
        for label in runs
        for name, one in _points(runs[label])
    ]
    figure, grid = panels(len(shown), 4.6, 3.9, columns=min(len(shown), 3))
    last = max(int(one.epoch.values[-1]) for *_, one in shown)
    tops = [
        max(float(np.nanmax(one[key].sel(set="train"))) for *_, one in shown)
        for key in ("with_input", "with_class")
    ]
    for axes, (label, title, name, one) in zip(grid, shown, strict=True):
        train = one.sel(set="train").isel(estimate=0)
        order = ("seed", "step", "layer")
        bits = [train[key].transpose(*order).values for key in ("with_input", "with_class")]
        draw_plane(axes, one.epoch.values, *bits, last_epoch=last, faint=False)
        axes.set_title(" | ".join(part for part in (title or label, name) if part), fontsize=8)
        axes.set(xlim=(-0.02 * tops[0], 1.04 * tops[0]), ylim=(-0.03 * tops[1], 1.05 * tops[1]))
    draw_epoch_bar(grid, last)
    yield Figure(
        "planes",
        "Information planes side by side",
        "Medians over seeds, training set, first estimator; titles name what differs.",
        figure,
    )


def _title(run: Run, keys: Mapping[str, Any]) -> str:
    shown = [key for key in keys if key not in ("initial_bias", "max_norm", "costly")]
    return " | ".join(f"{key}={run.config.get(key)}" for key in shown)
