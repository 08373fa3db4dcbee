"""Several runs of the face-angle study on one page: densities, codes, bins, fine-tuning."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import xarray

from jaxrep.analysis.fisher_curves import (
    fit_exponent,
    normalised,
    share_within,
    total_information,
    total_root_information,
)
from jaxrep.engine.run import Run
from jaxrep.plots.curves import colour_of, draw_spread
from jaxrep.plots.style import panels
from jaxrep.report import Figure, Table, median_range
from jaxrep.study import Comparison

from .analysis import theory_exponent, window_of
from .config import Config
from .data import density_of, grid_of
from .problem import power_of

ALL = ("linear", "sqrt", "square", "quart", "root4", "log")


def suites(standard: Any) -> dict[str, dict[str, Any]]:
    """Presets of several runs."""
    normal = replace(standard, density="normal")
    turn = {"density": "von_mises", "mean": 2.0, "concentration": float(np.pi / 2)}
    circle = replace(standard, code="circular", mean=2.0)
    paper = {"faces": "olivetti", "size": 64, "loss": ALL}
    cosines = {"error": "cosine", "loss": ("linear", "sqrt", "square", "quart")}
    losses = {"uniform": replace(standard, loss=ALL), "concentrated": replace(normal, loss=ALL)}
    codes = {
        "linear, uniform": standard,
        "linear, concentrated": normal,
        "circular, uniform": circle,
        "circular, concentrated": replace(circle, **turn),
    }
    published = {label: replace(config, **paper) for label, config in codes.items()}
    published |= {
        f"{label}, cosine": replace(config, **(paper | cosines))
        for label, config in codes.items()
        if config.code == "circular"
    }
    bins = replace(standard, density="stepwise", size=16, epochs=60, seeds=8)
    return {
        "quick": {"uniform": standard, "concentrated": normal},
        "losses": losses,
        "codes": codes,
        "paper": published,
        "bins": {f"{count} bins": replace(bins, bins=count) for count in (4, 6)},
        "finetuning": _finetuning(replace(standard, size=16, keep="validation"), turn),
    }


def _finetuning(standard: Any, turn: Mapping[str, Any]) -> dict[str, Any]:
    """Both directions, both codes: first layer frozen, an eighth of the stimuli, or neither."""
    found = {}
    for code in ("linear", "circular"):
        ways = {
            "uniform": replace(standard, code=code, mean=2.0 if code == "circular" else np.pi / 4),
        }
        change = dict(turn) if code == "circular" else {"density": "normal"}
        ways["concentrated"] = replace(ways["uniform"], **change)
        for density, config in ways.items():
            found[f"{code} {density}"] = config
        for before, after in (("uniform", "concentrated"), ("concentrated", "uniform")):
            start = replace(ways[after], start=f"<{code} {before}>")
            name = f"{code} {before} to {after}"
            found[f"{name}, frozen"] = replace(start, frozen=1)
            found[f"{name}, less data"] = replace(start, stimuli=1024, epochs=8 * start.epochs)
            found[name] = start
    return found


def compare(runs: Mapping[str, Run], configs: Mapping[str, Any]) -> Comparison:
    """Totals, shares and exponents of all runs, and their curves side by side."""
    results = {label: run.results for label, run in runs.items()}
    tables = [_table(results, configs), _claims(results, configs)]
    figures = [_shapes(results, configs), _levels(results, configs)]
    varied = [c for c in configs.values() if c.density not in ("uniform", "stepwise")]
    if any(len(config.loss) > 1 for config in varied):
        figures.append(_powers(results, configs))
    return Comparison([t for t in tables if t.rows], figures)


def _curves(result: xarray.Dataset, config: Config, which: str = "train_information"):
    """``(loss, [seed, angle])`` for each loss, the first learning rate."""
    values = result[which]
    if "learning_rate" in values.dims:
        values = values.isel(learning_rate=0)
    if "power" not in values.dims:
        return [(config.loss[0], values.transpose("seed", "angle").values)]
    values = values.transpose("power", "seed", "angle").values
    return list(zip(config.loss, values, strict=True))


def _density(config: Config) -> np.ndarray | None:
    if config.density == "stepwise":
        return None
    return np.asarray(density_of(config).pdf(grid_of(config, config.angles)))


def _table(results: Mapping[str, xarray.Dataset], configs: Mapping[str, Any]) -> Table:
    rows = []
    for label, result in results.items():
        config, angles = configs[label], result.angle.values
        density, (centre, half) = _density(config), window_of(config)
        for loss, information in _curves(result, config):
            root = np.sqrt(information)
            flat = density is None or np.ptp(density) < 1e-6
            fits = [] if flat else [fit_exponent(i, density).value for i in information]
            rows.append(
                [
                    label,
                    loss,
                    None if flat else median_range(np.array(fits)),
                    None if flat else theory_exponent(config, loss),
                    median_range(share_within(root, angles, centre, half)),
                    2 * half / (angles[-1] - angles[0]),
                    median_range(total_root_information(information, angles), 1),
                    median_range(total_information(information, angles), 0),
                ]
            )
    columns = [
        "run",
        "loss",
        "g of I ~ p^g",
        "theory",
        "share of sqrt(I) around the centre",
        "if flat",
        "integral of sqrt(I)",
        "integral of I (1/rad)",
    ]
    return Table(
        "Precision of all runs",
        columns,
        rows,
        "Training faces; median over seeds (minimum to maximum). Around the centre: 0.4 rad to "
        "either side of the concentrated density's mean, 0.8 of circular codes, also for other "
        "densities. The two totals need not agree about which code has more.",
    )


def _shapes(results: Mapping[str, xarray.Dataset], configs: Mapping[str, Any]) -> Figure:
    figure, grid = panels(len(results), 5, 3.5)
    for axes, (label, result) in zip(grid, results.items(), strict=True):
        config, angles = configs[label], result.angle.values
        for index, (loss, information) in enumerate(_curves(result, config)):
            values = normalised(np.sqrt(information), angles)
            draw_spread(axes, angles, values, loss, colour_of(index), faint=len(config.loss) == 1)
        density = _density(config)
        if density is not None:
            axes.plot(angles, normalised(density, angles), color="black", lw=1, label="density p")
        axes.set(xlabel="angle (rad)", ylabel="sqrt(I), integral 1 (1/rad)", ylim=(0, None))
        axes.set_title(label, fontsize=9)
    grid[0].legend(fontsize=7)
    return Figure(
        "shapes",
        "Where the precision goes, run by run",
        "Square root of the Fisher information over its integral, training faces. Line: median "
        "over seeds, band: minimum to maximum. Black: density of training angles.",
        figure,
    )


def _levels(results: Mapping[str, xarray.Dataset], configs: Mapping[str, Any]) -> Figure:
    """Item 10: absolute curves of the first loss of every run with the same code."""
    codes = list(dict.fromkeys(config.code for config in configs.values()))
    figure, grid = panels(len(codes), 7 if len(codes) == 1 else 5.5, 4)
    for axes, code in zip(grid, codes, strict=True):
        labels = [label for label in results if configs[label].code == code]
        for index, label in enumerate(labels):
            loss, information = _curves(results[label], configs[label])[0]
            angles = results[label].angle.values
            draw_spread(axes, angles, np.sqrt(information), label, colour_of(index), faint=False)
        axes.set(xlabel="angle (rad)", ylabel="sqrt(I) (1/rad)", ylim=(0, None))
        axes.set_title(f"{code} code, loss {loss}", fontsize=9)
        axes.legend(fontsize=7)
    return Figure(
        "levels",
        "Absolute precision, run by run",
        "Training faces. Line: median over seeds, band: minimum to maximum.",
        figure,
    )


def _powers(results: Mapping[str, xarray.Dataset], configs: Mapping[str, Any]) -> Figure:
    """Items 11, 12: exponents by loss, one colour for each run, theory dashed."""
    figure, grid = panels(1, 9, 4.2)
    axes, drawn = grid[0], {}
    known = [name for name in ALL if any(name in config.loss for config in configs.values())]
    names = sorted(known, key=power_of)
    for label, result in results.items():
        config, density = configs[label], _density(configs[label])
        if density is None or np.ptp(density) < 1e-6:
            continue
        colour = colour_of(len(drawn))
        drawn[label] = colour
        shift = 0.12 * (len(drawn) - 1)
        for loss, information in _curves(result, config):
            if loss in names:
                values = [fit_exponent(i, density).value for i in information]
                place = np.full(len(values), names.index(loss) + shift)
                axes.plot(place, values, "o", ms=5, alpha=0.7, color=colour)
        axes.plot([], [], "o", color=colour, label=label)
    first = next(config for label, config in configs.items() if label in drawn)
    plain = replace(first, error="angle")
    theory = [theory_exponent(plain, name) for name in names]
    axes.plot(range(len(names)), theory, "--", color="black", lw=1.2, label="theory, 2 / (1 + q)")
    axes.set_xticks(range(len(names)), names)
    axes.set(xlabel="loss, by its power q", ylabel="g of I ~ p^g", ylim=(0, None))
    axes.margins(y=0.1)
    axes.legend(fontsize=7)
    return Figure(
        "powers",
        "Power of the density, by loss",
        "One dot for each network. Dashed: theory for errors in angle; a cosine loss is a squared "
        "error whatever its name (2/3).",
        figure,
    )


def _claims(results: Mapping[str, xarray.Dataset], configs: Mapping[str, Any]) -> Table:
    """Claims that need two runs: uniform and concentrated angles, both codes, fine-tuning."""
    rows = []
    for code in ("linear", "circular"):
        flat = _first(configs, code, "uniform")
        peaked = _first(configs, code, "normal" if code == "linear" else "von_mises")
        if not flat or not peaked:
            continue
        totals = []
        for label in (flat, peaked):
            _, information = _curves(results[label], configs[label])[0]
            angles = results[label].angle.values
            totals.append(
                (
                    median_range(total_root_information(information, angles), 0),
                    median_range(total_information(information, angles), 0),
                )
            )
        (root, plain), (root_peaked, plain_peaked) = totals
        rows.append(
            [
                f"10 ({code})",
                "Total is more for uniform than for concentrated angles, not majorly",
                f"integral of sqrt(I): {root} uniform, {root_peaked} concentrated; integral of I: "
                f"{plain} uniform, {plain_peaked} concentrated",
            ]
        )
        shares = [median_range(_share(results[label], configs[label])) for label in (flat, peaked)]
        rows.append(
            [
                f"9, 11 ({code})",
                "Concentrated angles draw precision; circular codes less",
                f"share around the centre {shares[1]} concentrated, {shares[0]} uniform",
            ]
        )
    for label, config in configs.items():
        if config.start:
            start = config.start.strip("<>")
            scratch = label.partition(" to ")[0].split()[0] + " " + label.partition(" to ")[2]
            scratch = scratch.partition(",")[0]
            shares = [
                median_range(_share(results[name], configs[name])) if name in results else "?"
                for name in (start, label, scratch)
            ]
            rows.append(
                [
                    f"25 ({label})",
                    "Pretraining leaves a constraint",
                    f"share around the centre: {shares[0]} before, {shares[1]} after, "
                    f"{shares[2]} from scratch",
                ]
            )
    note = (
        "The original's panels on fine-tuning are mislabelled (frozen and less data are stored "
        "under different densities), so its comparison of the two is no target."
    )
    return Table(
        "What the original claimed, what is found",
        ["item", "claim", "found"],
        rows,
        note if any(config.start for config in configs.values()) else "",
    )


def _first(configs: Mapping[str, Any], code: str, density: str) -> str | None:
    plain = (c for c in configs.items() if not c[1].start and c[1].error == "angle")
    return next((k for k, c in plain if c.code == code and c.density == density), None)


def _share(result: xarray.Dataset, config: Config) -> np.ndarray:
    _, information = _curves(result, config)[0]
    return share_within(np.sqrt(information), result.angle.values, *window_of(config))
