"""The page of a comparison: within each population, between populations, nulls beside both."""

import argparse
import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from jaxrep.analysis.ensembles import layer_similarity, mean_over_pairs, network_map
from jaxrep.analysis.representation_measures import (
    REPRESENTATION_MEASURES,
    chance_level,
    measure_named,
)
from jaxrep.engine import Run
from jaxrep.engine.progress import stage
from jaxrep.engine.provenance import command_line, environment
from jaxrep.errors import InputError
from jaxrep.plots.ensembles import draw_network_map, draw_similarity
from jaxrep.plots.style import Palette, figure_style, panels
from jaxrep.study.agreement_figures import BOUNDED, agreement_figure, words_of
from jaxrep.study.agreement_tables import agreement_table, layer_table
from jaxrep.study.ensembles import Agreeing, agreeing
from jaxrep.study.grid import figure_per_choice
from jaxrep.study.report import (
    Figure,
    Page,
    PageFigure,
    Table,
    Verdict,
    median_range,
    write_report,
)
from jaxrep.study.words import layer_words

from .populations import Population, comparable, file_population, run_populations

QUESTION = "Did the networks learn the same?"
ASKED = ("measure", "layers", "set", "samples", "networks", "steps")
"""What a comparison is known by, beside its sources."""
MAP_NETWORKS = 64
"""Networks on one map: distances between shapes are a decomposition for every pair."""


def write_comparison(given: argparse.Namespace) -> Path:
    """Read, compare, draw; returns the page.

    Raises:
      InputError: a source that is neither a run nor a file of arrays, or nothing to compare.
    """
    rotate = all("orthogonal" in REPRESENTATION_MEASURES[m].invariances for m in given.measure)
    populations = _read(given, rotate)
    groups = comparable(populations)
    with stage("comparing networks"):
        within = {
            measure: [agreeing(one.ensemble, measure) for one in populations]
            for measure in given.measure
        }
    plain = {
        "sources": [str(source) for source in given.sources],
        **{name: getattr(given, name) for name in ASKED},
    }
    digest = hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:12]
    out = given.out or Path("results") / "compare" / digest
    out.mkdir(parents=True, exist_ok=True)
    named = [
        (one.title, found[index])
        for index, one in enumerate(populations)
        for found in within.values()
    ]
    tables = [agreement_table("Between seeds", named)]
    pairs = [group for group in groups if len(group) > 1]
    if pairs:
        tables.append(_between_table(pairs, given.measure))
    tables.append(layer_table("Units, dimension, targets", named))
    warnings = []
    if len(groups) > 1:
        lists = "; ".join(", ".join(one.title for one in group) for group in groups)
        warnings.append(
            "Networks of different samples are not compared with each other; alike are: " + lists
        )
    files = [one.title for one in populations if not one.digest]
    if files and pairs:
        warnings.append(f"Samples of {', '.join(files)} are taken to be in the order of the others")
    drawings = _figures(populations, within, pairs, given.measure)
    provenance = {**environment(), "command": command_line()}
    with figure_style(), stage("drawing"):
        numbers = _numbers(populations, within)
        answer = [Verdict(_verdict(populations, within))]
        page = Page("compare", QUESTION, drawings, tables, numbers, warnings, answer)
        write_report(page, out, plain, provenance, style=given.style)
    return out / "report.html"


def _read(given: argparse.Namespace, rotate: bool) -> list[Population]:
    populations, labels = [], set()
    for source in given.sources:
        label = source.stem if source.suffix == ".npz" else source.name
        number = 2
        while label in labels:
            label, number = f"{source.name} ({number})", number + 1
        labels.add(label)
        most = {"samples": given.samples, "networks": given.networks, "steps": given.steps}
        if source.is_file():
            populations.append(file_population(source, rotate, given.layers, **most))
            continue
        run = Run.load(source)
        if run.parts:
            raise InputError(f"sources: {source} is several runs; give {', '.join(run.parts)}")
        name = f"{run.study} {label}" if label != run.study else label
        with stage(f"reading {source}"):
            populations += run_populations(run, name, rotate, given.set, given.layers, **most)
    return populations


def _verdict(populations: Sequence[Population], within: dict[str, list[Agreeing]]) -> str:
    """One sentence on the first measure."""
    measure, found = next(iter(within.items()))
    if not measure_named(measure).large_is_alike:
        return f"Distances ({words_of(measure)}): small is alike."
    ends = [
        (float(mean_over_pairs(layer.between[-1]).value), one.title, layer_words(name), layer)
        for one, all_layers in zip(populations, found, strict=True)
        for name, layer in all_layers.layers.items()
        if len(one.ensemble.seeds) > 1
    ]
    ends = [entry for entry in ends if np.isfinite(entry[0])]
    if not ends:
        return "No population has two networks whose layers vary."
    high, low = max(ends, key=lambda e: e[0]), min(ends, key=lambda e: e[0])
    above = sum(e[0] > e[3].chance + 3 * e[3].chance_deviation for e in ends)
    return (
        f"By {words_of(measure)} seeds agree most in {high[2]} of {high[1]} ({high[0]:.2f}), least "
        f"in {low[2]} of {low[1]} ({low[0]:.2f}); {above} of {len(ends)} layers are above chance "
        "by three standard deviations."
    )


def _numbers(
    populations: Sequence[Population], within: dict[str, list[Agreeing]]
) -> dict[str, float]:
    numbers = {}
    for measure, found in within.items():
        for one, all_layers in zip(populations, found, strict=True):
            for name, layer in all_layers.layers.items():
                value = float(mean_over_pairs(layer.between[-1]).value)
                if np.isfinite(value):
                    numbers[f"{measure}/{one.label}/{name}"] = value
    return numbers


def _shared(group: Sequence[Population]) -> list[str]:
    """Layers that all populations of a group have."""
    return [n for n in group[0].ensemble.layers if all(n in g.ensemble.layers for g in group)]


def _ends(one: Population, name: str) -> np.ndarray:
    return one.ensemble.layers[name][:, -1]


def _across(one: Population, other: Population, name: str, measure: str) -> np.ndarray:
    """``[network, other]``."""
    return layer_similarity([_ends(one, name)], [_ends(other, name)], measure)[0, 0]


def _between_table(groups: Sequence[Sequence[Population]], measures: Sequence[str]) -> Table:
    columns = ["networks", "other networks", "layer", "measure", "between them", "chance", "pairs"]
    rows = []
    for group in groups:
        for i, one in enumerate(group):
            for other in group[i + 1 :]:
                for name in _shared([one, other]):
                    for measure in measures:
                        values = _across(one, other, name, measure)
                        ends = _ends(one, name)[0], _ends(other, name)[0]
                        null = chance_level(measure, *ends, permutations=20)
                        chance = f"{float(null.mean):.2f} ± {float(null.deviation):.2f}"
                        rows.append(
                            [
                                one.title,
                                other.title,
                                layer_words(name),
                                words_of(measure),
                                median_range(values.reshape(-1)),
                                chance,
                                values.size,
                            ]
                        )
    words = (
        "Every network of one with every network of the other, on the same samples, at their last "
        "steps: median (smallest to largest). Chance: of the first of each, samples paired at "
        "random."
    )
    return Table("Between populations", columns, rows, words)


def _figures(
    populations: Sequence[Population],
    within: dict[str, list[Agreeing]],
    groups: Sequence[Sequence[Population]],
    measures: Sequence[str],
) -> Iterator[PageFigure]:
    several = [i for i, one in enumerate(populations) if len(one.ensemble.seeds) > 1]
    for measure, found in within.items():
        title = f"Seeds of each population: {words_of(measure)}"
        if several:
            labels = [populations[i].title for i in several]
            draw = partial(_within_figure, found, several, labels, title, f"seeds_{measure}")
            yield figure_per_choice(labels, draw)
    for number, group in enumerate(groups, 1):
        names = _shared(group)
        if not names:
            continue
        choices = [layer_words(name) for name in names]
        for measure in measures:
            title = f"Every network with every other one: {words_of(measure)}"
            key = f"networks_{measure}_{number}"
            draw = partial(_network_figure, group, names, measure, title, key)
            yield figure_per_choice(choices, draw)
        title, key = "A map of all networks", f"map_{number}"
        draw = partial(_map_figure, group, names, measures, title, key)
        yield figure_per_choice(choices, draw)


def _within_figure(found, several, labels, title, key, index) -> Figure:
    figure = agreement_figure(found[several[index]], title, key)
    return figure._replace(caption=f"{labels[index]}. {figure.caption}")


def _network_figure(group, names, measure, title, key, index) -> Figure:
    """All networks of a group against each other, in one layer."""
    name = names[index]
    blocks = [[_across(one, other, name, measure) for other in group] for one in group]
    whole = np.block(blocks)
    counts = [len(one.ensemble.seeds) for one in group]
    labels = [f"{n}" for one in group for n in one.ensemble.names]
    figure, (axes,) = panels(1, 7, 6)
    limits = (0, 1) if measure in BOUNDED else None
    draw_similarity(axes, whole, labels, labels, words_of(measure), limits=limits)
    edges = np.cumsum(counts)[:-1] - 0.5
    for edge in edges:
        axes.axhline(edge, color="white", lw=1.5)
        axes.axvline(edge, color="white", lw=1.5)
    axes.set(xlabel="network (seed)", ylabel="network (seed)")
    axes.set_title(layer_words(name))
    lists = ", ".join(f"{one.title} ({c})" for one, c in zip(group, counts, strict=True))
    words = f"{layer_words(name)}, last step. In this order: {lists}; white lines between them."
    return Figure(key, title, words, figure)


def _map_figure(group, names, measures, title, key, index) -> Figure:
    """All networks of a group by a metric between their representations, first and last step."""
    name = names[index]
    metrics = [measure for measure in measures if measure_named(measure).metric]
    metric = metrics[0] if metrics else "angular"
    each = max(1, MAP_NETWORKS // (2 * len(group)))
    stacks, labels = [], []
    for one in group:
        values = one.ensemble.layers[name][:each]
        ends = values[:, [0, -1]] if values.shape[1] > 1 else values[:, [-1]].repeat(2, 1)
        stacks.append(ends)
        labels += [one.title] * len(ends)
    wide = max(stack.shape[-1] for stack in stacks)
    padded = [np.pad(s, [(0, 0)] * 3 + [(0, wide - s.shape[-1])]) for s in stacks]
    both = np.concatenate(padded)
    flat = both.reshape(-1, *both.shape[2:])
    places, share = network_map(flat, metric)
    palette = Palette([one.title for one in group])
    figure, (axes,) = panels(1, 7, 6)
    unit = "rad" if metric.endswith(("angular", "angle")) else "units of the layer"
    draw_network_map(
        axes,
        places.reshape(len(both), 2, 2),
        np.array([0, 1]),
        unit,
        groups=labels,
        colours=[palette[label] for label in labels],
    )
    axes.legend(fontsize=7)
    axes.set_title(f"{layer_words(name)}: {words_of(metric)}, {share:.0%} of the variance shown")
    words = (
        f"Classical scaling of {words_of(metric)} between all networks of {layer_words(name)}; "
        "circles: the first step kept, discs: the last. At most "
        f"{each} networks of each population."
    )
    return Figure(key, title, words, figure)
