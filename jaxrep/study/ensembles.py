"""Ensembles of a run: the networks of each grid point, their layers, and what they share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from jaxrep.analysis.ensembles import Agreement, agreement, layer_similarity, target_alignment
from jaxrep.analysis.matching import soft_matching_correlation
from jaxrep.analysis.representation_measures import measure_named
from jaxrep.analysis.spaces import reduced
from jaxrep.engine.network import Inside
from jaxrep.engine.run import Run
from jaxrep.errors import InputError
from jaxrep.study.grid import GridPoint, grid_points

SAMPLES, NETWORKS, STEPS, UNIT_PAIRS = 256, 32, 12, 15
"""At most so many samples, networks and steps of a grid point, and pairs of networks whose units
are matched: what a page needs, in seconds."""
WIDEST = 256
"""Units of a layer that are matched one by one."""


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The networks of one grid point, that differ in their seed.

    Attributes:
      point: name and networks.
      seeds: of the networks.
      steps: that they are compared after.
      layers: layer -> ``[network, step, sample, dimension]``; where the measure allows it,
        rotated to at most as many dimensions as samples, inner products between them exact.
      last: layer -> ``[network, sample, unit]`` as they are, after the last step.
      targets: ``[sample, ...]``, or None.
      samples: what they are compared on, in words.
    """

    point: GridPoint
    seeds: Sequence[int]
    steps: Int[np.ndarray, " step"]
    layers: Mapping[str, Float[np.ndarray, "network step sample _"]]
    last: Mapping[str, Float[np.ndarray, "network sample _"]]
    targets: np.ndarray | None
    samples: str

    @property
    def names(self) -> list[str]:
        """Of the networks, by their seeds."""
        return [str(seed) for seed in self.seeds]


@dataclass(frozen=True, eq=False)
class Agreeing:
    """What the networks of one grid point have in common.

    Attributes:
      ensemble: the networks.
      measure: its name in `REPRESENTATION_MEASURES`.
      layers: layer -> the measure over training.
      across: ``[layer, layer, network, network]`` at the end.
      matched: layer -> correlation of matched units ``[pair]``, at the end.
      unmatched: the same with samples paired at random.
      aligned: layer -> debiased CKA with the targets, ``[network]``; empty without targets.
    """

    ensemble: Ensemble
    measure: str
    layers: Mapping[str, Agreement]
    across: Float[np.ndarray, "layer layer network network"]
    matched: Mapping[str, Float[np.ndarray, " pair"]]
    unmatched: Mapping[str, Float[np.ndarray, " pair"]]
    aligned: Mapping[str, Float[np.ndarray, " network"]]


def ensembles(
    run: Run,
    inside: Inside,
    samples: int = SAMPLES,
    *,
    name: str | None = None,
    layers: Sequence[str] | None = None,
    networks: int = NETWORKS,
    steps: int = STEPS,
    rotate: bool = True,
    least: int = 2,
) -> list[Ensemble]:
    """The networks of every grid point, on samples of the study.

    Args:
      run: finished or not; what it has kept is compared.
      inside: its problem and replicas.
      samples: at most so many, drawn once for all networks.
      name: the set of inputs; None is the study's first.
      layers: which layers; None is all.
      networks, steps: at most so many of each grid point, the steps evenly among those kept.
      rotate: to as many dimensions as samples; for measures that rotations do not change.
      least: finite networks that a grid point needs.

    Raises:
      InputError: no such set or layer.
    """
    points = [p for p in grid_points(inside.replicas, run.finite) if len(p.finite) >= least]
    if not points:
        return []
    kept, name = run.steps, inside.network.set_named(name)
    times = np.array([kept[i] for i in spread_steps(len(kept), steps)])
    rows = np.concatenate([point.finite[:networks] for point in points])
    shapes = inside.shapes(run.states(int(times[-1])), name, None)
    layers = list(shapes) if layers is None else list(layers)
    for layer in layers:
        if layer not in shapes:
            raise InputError(f"layers: {layer!r} is not known; allowed are {', '.join(shapes)}")
    count = shapes[layers[0]].shape[0]
    some = np.sort(np.random.default_rng(0).permutation(count)[:samples])
    states = [run.states(step) for step in times.tolist()]
    stacked = inside.activations_over_training(states, name, None, rows, layers, some)
    last = {layer: values[:, -1] for layer, values in stacked.items()}
    stacked = {layer: values.astype(float) for layer, values in stacked.items()}
    if rotate:
        stacked = {layer: reduced(np, values) for layer, values in stacked.items()}
    seeds, _ = inside.replicas.arrays()
    wanted = inside.targets(name) if name in inside.network.targets else None
    shape, found, start = tuple(inside.replicas.shape.values()), [], 0
    words = f"{len(some)} samples of the set “{name}”"
    for point in points:
        own = point.finite[:networks]
        part = slice(start, start + len(own))
        start += len(own)
        targets = None
        if wanted is not None:
            place = np.unravel_index(int(own[0]), shape)
            # those of a grid point's first network are those of all its seeds
            of_point = wanted.values[place] if "seed" in wanted.dims else wanted.values
            targets = of_point[some]
        found.append(
            Ensemble(
                point,
                [int(seeds[row]) for row in own],
                times,
                {layer: values[part] for layer, values in stacked.items()},
                {layer: values[part] for layer, values in last.items()},
                targets,
                words,
            )
        )
    return found


def spread_steps(there: int, most: int) -> list[int]:
    """At most `most` of so many places, evenly, the last one always among them.

    >>> spread_steps(5, 3), spread_steps(5, 1), spread_steps(2, 9)
    ([0, 2, 4], [4], [0, 1])
    """
    return sorted({there - 1 - round(i) for i in np.linspace(0, there - 1, most)})


def agreeing(ensemble: Ensemble, measure: str = "debiased_cka") -> Agreeing:
    """Compare the networks of one grid point with each other.

    Raises:
      ValueError: no such measure.
    """
    measure = measure_named(measure).name
    layers = {name: agreement(values, measure) for name, values in ensemble.layers.items()}
    ends = [values[:, -1] for values in ensemble.layers.values()]
    across = layer_similarity(ends, measure=measure)
    matched, unmatched, aligned = {}, {}, {}
    draw = np.random.default_rng(0)
    pairs = np.stack(np.triu_indices(len(ensemble.seeds), 1), 1)[:UNIT_PAIRS]
    for name, values in ensemble.last.items():
        if 1 < values.shape[-1] <= WIDEST:
            order = draw.permutation(values.shape[1])
            both = [(_varying(values[i]), _varying(values[j])) for i, j in pairs]
            both = [(a, b) for a, b in both if a.shape[1] and b.shape[1]]
            # equal numbers of units, so that every unit has one partner
            both = [pair for pair in both if pair[0].shape == pair[1].shape]
            matched[name] = np.array([float(soft_matching_correlation(a, b)) for a, b in both])
            unmatched[name] = np.array(
                [float(soft_matching_correlation(a, b[order])) for a, b in both]
            )
        if ensemble.targets is not None:
            last = ensemble.layers[name][:, -1]
            aligned[name] = target_alignment(last, ensemble.targets)
    return Agreeing(ensemble, measure, layers, across, matched, unmatched, aligned)


def _varying(values: np.ndarray) -> np.ndarray:
    """The units that answer differently to different samples: dead ones have no correlation."""
    return values[:, np.ptp(values, axis=0) > 0]
