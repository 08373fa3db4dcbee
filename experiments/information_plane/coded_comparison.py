"""The page of the suite `quantised`: tanh and relu side by side, counted and estimated."""

from collections.abc import Iterator, Mapping

import numpy as np
import xarray

from jaxrep.analysis.compression import LOST, Compression, compression
from jaxrep.analysis.information import lost_from_peak
from jaxrep.plots.compression import draw_lost
from jaxrep.plots.style import Palette, legend_below, panels
from jaxrep.study import Checked, Claim, check_claim
from jaxrep.study.report import Figure, Table, median_range

SOURCE = "sheet, 5 seeds"
# I(X;M) at the end of layers 1 .. 5 and the output; lost by layer 5 and the output; accuracies.
PUBLISHED: dict[tuple[str, int], tuple[list[float], tuple[float, float], tuple[float, float]]] = {
    ("tanh", 8): ([12, 12, 12, 11.96, 8.88, 2.45], (3.09, 5.01), (0.986, 0.963)),
    ("relu", 8): ([12, 12, 11.38, 10.73, 9.18, 3.10], (1.11, 4.21), (0.978, 0.946)),
    ("tanh", 4): ([12, 11.87, 10.58, 7.83, 5.64, 2.03], (1.14, 1.52), (0.966, 0.948)),
    ("relu", 4): ([11.98, 10.32, 6.97, 4.94, 4.57, 2.31], (0.42, 1.15), (0.935, 0.916)),
    ("tanh", 0): ([12, 12, 12, 11.96, 8.77, 2.39], (3.19, 5.06), (0.987, 0.961)),
    ("relu", 0): ([12, 12, 11.32, 10.61, 9.15, 3.17], (1.15, 4.20), (0.976, 0.947)),
}
SPREADS = {("tanh", 8): {4: 0.72, 5: 0.32}, ("relu", 8): {4: 2.1, 5: 0.49}}
"""Deviations over seeds that were noted, of I(X;M) of layers."""
HIDDEN, OUTPUT = "layer 5", "output"

Coded = Mapping[tuple[str, int], xarray.Dataset]


def coded_results(results: Mapping[str, xarray.Dataset], activations: Mapping[str, str]) -> Coded:
    """Results by activation and bits, of the runs whose codes were counted."""
    found = {}
    for label, one in results.items():
        if "counted_with_input" not in one:
            continue
        if "bits" not in one.dims:
            continue
        for bits in one.bits.values:
            found[activations[label], int(bits)] = one.sel(bits=bits)
    return found


def _counted(one: xarray.Dataset, layer: str) -> np.ndarray:
    return one.counted_with_input.sel(layer=layer).transpose("seed", "step").values


def _last_hidden(one: xarray.Dataset) -> str:
    return [str(name) for name in one.layer.values if name != OUTPUT][-1]


def _name(activation: str, bits: int, most: int) -> str:
    return f"{activation}, {bits} bits" if bits else f"{activation}, real, rounded to {most} bits"


def _most(coded: Coded) -> int:
    return max(bits for _, bits in coded)


def _verdict(coded: Coded) -> str:
    """A sentence for every activation and number of bits, then what they have in common."""
    found: dict[tuple[str, int], tuple[Compression, Compression]] = {}
    sentences = []
    for (activation, bits), one in coded.items():
        pair = tuple(compression(_counted(one, layer)) for layer in (_last_hidden(one), OUTPUT))
        found[activation, bits] = pair[0], pair[1]
        name = _name(activation, bits, _most(coded))
        sentences.append(f"{name}: the last hidden layer {pair[0]}; the output {pair[1]}.")
    outputs = [pair[1].verdict for pair in found.values()]
    always = sum(words == "compresses" for words in outputs)
    hidden = {pair[0].verdict for pair in found.values()}
    agreed = "the same in all" if len(hidden) == 1 else "not the same in all"
    sentences.append(
        f"So the output compresses in {always} of {len(outputs)} kinds of networks, and what the "
        f"last hidden layer does is {agreed}. Published (Lorenzen et al. 2022): the output "
        "compresses in all experiments, hidden layers by the activation function."
    )
    return " ".join(sentences)


def coded_tables(coded: Coded) -> list[Table]:
    """The verdict without an estimator, and the same networks by estimators."""
    if not coded:
        return []
    rows, estimated = [], []
    for (activation, bits), one in coded.items():
        name = _name(activation, bits, _most(coded))
        for layer in map(str, one.layer.values):
            found = compression(_counted(one, layer))
            end = one.counted_with_input.sel(layer=layer).isel(step=-1).values
            ratio = _ratio(one, layer)
            rows.append(
                [name, layer, median_range(end), f"{end.mean():.2f} ({end.std(ddof=1):.2f})"]
                + [median_range(found.lost), median_range(found.dip)]
                + [f"{found.count} of {found.networks}", median_range(ratio)]
            )
        for layer in (_last_hidden(one), OUTPUT):
            row = [name, layer]
            for lost in lost_by_estimate(one, layer).values():
                row.append(f"{median_range(lost)}; {int((lost > 0.5).sum())}")
            estimated.append(row)
    columns = ["networks", "layer", "I(X;M) at the end", "mean (deviation)", "lost from the peak"]
    columns += ["null: lost and found again", "seeds that compress", "within / between, end"]
    note = (
        f"{_verdict(coded)} Bits, counted over all inputs: exact for these inputs and this code. "
        "Median over seeds (minimum to maximum). Null: the deepest valley that a seed's curve came "
        "out of again; to compress is to end below the peak by more than that and by more than "
        "0.5. Within / between: squared distances of inputs of one class over those of two."
    )
    names = list(lost_by_estimate(next(iter(coded.values())), OUTPUT))
    beside = (
        "Bits lost from the peak; median over seeds (minimum to maximum); seeds that lose more "
        "than 0.5. Counted: all inputs, all records; estimates: test set, binning at all records, "
        f"the others at some, so that they can miss a peak. {_disagreements(coded)}"
    )
    return [
        Table("Does the hidden layer compress when nothing is estimated?", columns, rows, note),
        Table("The same networks by estimators", ["networks", "layer", *names], estimated, beside),
    ]


def _disagreements(coded: Coded) -> str:
    """Where an estimate finds compression in far fewer, or far more, seeds than counting does."""
    sentences = []
    for (activation, bits), one in coded.items():
        for layer in (_last_hidden(one), OUTPUT):
            counted, *others = (
                (name, (lost > LOST)[np.isfinite(lost)].mean(), float(np.nanmedian(lost)))
                for name, lost in lost_by_estimate(one, layer).items()
            )
            apart = [x for x in others if abs(x[1] - counted[1]) > 0.5]
            if apart:
                words = ", ".join(
                    f"{name} {lost:.2f} in {share:.0%}" for name, share, lost in apart
                )
                sentences.append(
                    f"{_name(activation, bits, _most(coded))}, {layer}: counted {counted[2]:.2f} "
                    f"bits, above {LOST} in {counted[1]:.0%} of the seeds, but {words}."
                )
    if not sentences:
        return "Every estimate agrees with the count on what more than half of the seeds do."
    return (
        "The scale of a code follows the layer's largest activation where the activation function "
        f"has no bound, that of bins does not. They part in: {' '.join(sentences)}"
    )


def _ratio(one: xarray.Dataset, layer: str) -> np.ndarray:
    end = one.sel(layer=layer).isel(step=-1)
    return (end.distance_within / end.distance_between.where(end.distance_between > 0)).values


def lost_by_estimate(one: xarray.Dataset, layer: str) -> dict[str, np.ndarray]:
    """Bits lost ``[seed]``: counted, and by every estimate on the test set."""
    lost = {"counted": lost_from_peak(_counted(one, layer))}
    for estimate in map(str, one.estimate.values):
        at = one.with_input.sel(set="test", estimate=estimate, layer=layer)
        lost[estimate] = lost_from_peak(at.transpose("seed", "step").values)
    return lost


def coded_claims(coded: Coded) -> list[Checked]:
    """The sheet's numbers; where it notes no spread, that of the networks here is taken."""
    checked = []
    for key, one in coded.items():
        if key not in PUBLISHED or one.sizes["layer"] != 6:
            continue
        ends, lost, accuracies = PUBLISHED[key]
        where, end = _name(*key, _most(coded)), one.isel(step=-1)
        for index, value in enumerate(ends):
            layer = str(one.layer.values[index])
            values = end.counted_with_input.sel(layer=layer).values
            spread = SPREADS.get(key, {}).get(index)
            checked.append(_checked(where, f"I(X;M), {layer} (bits)", value, spread, values))
        for layer, value in zip((HIDDEN, OUTPUT), lost, strict=True):
            values = lost_from_peak(_counted(one, layer))
            checked.append(_checked(where, f"bits lost, {layer}", value, None, values))
        for kind, value in zip(("train", "test"), accuracies, strict=True):
            values = end[f"{kind}_accuracy"].values
            checked.append(_checked(where, f"accuracy, {kind} set", value, None, values))
    return checked


def _checked(
    where: str, quantity: str, value: float, spread: float | None, values: np.ndarray
) -> Checked:
    finite = values[np.isfinite(values)]
    own = float(finite.std(ddof=1)) if len(finite) > 1 else 0.0
    # the sheet rounds to two places (three of accuracies): networks all alike agree within that
    taken = max(own if spread is None else spread, 0.005)
    return check_claim(Claim(where, quantity, value, taken, SOURCE, 5), values)


def draw_coded(coded: Coded) -> Iterator[Figure]:
    """Bits lost by layer, counted and estimated, a panel for each kind of network."""
    if not coded:
        return
    most = len({bits for _, bits in coded})
    figure, grid = panels(len(coded), 5.2, 3.3, columns=most)
    palette = Palette()
    for axes, ((activation, bits), one) in zip(grid, coded.items(), strict=True):
        layers = [str(name) for name in one.layer.values]
        by_layer = [lost_by_estimate(one, layer) for layer in layers]
        lost = {name: np.stack([x[name] for x in by_layer], 1) for name in by_layer[0]}
        draw_lost(axes, lost, layers, palette)
        axes.set_title(_name(activation, bits, _most(coded)), fontsize=9)
    legend_below(figure, grid[0], 5)
    seeds = next(iter(coded.values())).sizes["seed"]
    yield Figure(
        "lost",
        "Bits lost by every layer, counted and estimated",
        "Bits that a layer ends below its own peak. Counted: over all inputs, nothing estimated; "
        f"the others on the test set. Points: median over {seeds} seeds, whiskers: minimum to "
        "maximum; dashed: 0.5 bits.",
        figure,
    )
