"""Ensembles: networks of one task that differ in their seed, compared on the same samples.

What do all of them share, in which layers, and from when on? A pair of networks is compared by a
measure of `jaxrep.analysis.representation_measures`. Pairs of the same networks are not
independent: errors are those over networks, by leaving one out at a time.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.analysis.dimension import participation_ratio
from jaxrep.analysis.kernel_alignment import linear_cka
from jaxrep.analysis.representation_measures import (
    RepresentationMeasure,
    chance_level,
    measure_named,
)
from jaxrep.analysis.representation_pairs import compare_all_pairs
from jaxrep.analysis.resampling import Estimate
from jaxrep.analysis.shape_distance import distance_scaling
from jaxrep.arrays import native_array, real_array
from jaxrep.typing import Array


class Agreement(NamedTuple):
    """How alike the networks of an ensemble are in one layer, over training.

    Attributes:
      between: of every two networks after the same number of steps.
      to_last: of each network with its own last state.
      to_first: of each network with its own first state.
      participation: participation ratio, corrected for the number of samples; NaN where that is
        more than there are samples: so few do not tell it.
      chance: the measure of two networks at the end whose samples are paired at random: mean over
        pairs of networks.
      chance_deviation: standard deviation over pairings, of one pair of networks.
    """

    between: Float[np.ndarray, "step network network"]
    to_last: Float[np.ndarray, "step network"]
    to_first: Float[np.ndarray, "step network"]
    participation: Float[np.ndarray, "step network"]
    chance: float
    chance_deviation: float


CHANCE_PAIRS = 6
"""Pairs of networks that chance is drawn for."""


def agreement(
    hidden: Shaped[Array, "network step sample unit"],
    measure: RepresentationMeasure | str = "debiased_cka",
    *,
    permutations: int = 20,
    seed: int = 0,
) -> Agreement:
    """Networks of one layer against each other, and against their own ends, at every step.

    Computed in float64 on the host. Networks that are not finite are NaN and change no other.

    >>> draw = np.random.default_rng(0)
    >>> shared = draw.normal(size=(30, 3))
    >>> start = draw.normal(size=(4, 30, 3))
    >>> turned = np.stack([shared @ np.linalg.qr(draw.normal(size=(3, 3)))[0] for _ in range(4)])
    >>> found = agreement(np.stack([start, turned], 1))
    >>> pair_values(found.between).mean(-1).round(1).tolist()  # learned, up to a rotation
    [0.0, 1.0]

    Args:
      hidden: activations of every network, in the order of training.
      measure: or its name.
      permutations: of the samples, for each of the first `CHANCE_PAIRS` pairs; 2 at least.
      seed: of the permutations.

    Raises:
      ValueError: an unknown measure, or too few samples for it.
    """
    measure = measure_named(measure)
    values = np.asarray(real_array(hidden, "hidden"), float)
    if values.ndim != 4:
        raise ValueError(f"hidden: shape {values.shape}; [network, step, sample, unit] is needed")
    count, steps = values.shape[:2]
    by_step = values.swapaxes(0, 1)
    between = np.asarray(compare_all_pairs(measure, by_step))
    if measure.features is None:
        ends = [
            np.array(
                [
                    [float(measure.function(values[n, t], values[n, end])) for n in range(count)]
                    for t in range(steps)
                ]
            )
            for end in (-1, 0)
        ]
    else:  # features of every step once, not one comparison for each
        own = np.asarray(compare_all_pairs(measure, values))
        ends = [own[:, :, end].T for end in (-1, 0)]
    rows, columns = np.triu_indices(count, 1)
    finite = np.isfinite(by_step[-1]).all((-2, -1))
    pairs = [(i, j) for i, j in zip(rows, columns, strict=True) if finite[i] and finite[j]]
    drawn = [
        chance_level(measure, by_step[-1, i], by_step[-1, j], permutations=permutations, seed=seed)
        for i, j in pairs[:CHANCE_PAIRS]
    ]
    chance = [
        float(np.mean([float(one[field]) for one in drawn])) if drawn else float("nan")
        for field in (0, 1)
    ]
    correction = "samples" if values.shape[-2] >= 4 else "none"
    ratio = np.asarray(participation_ratio(by_step, correction))
    ratio = np.where(ratio <= values.shape[-2], ratio, np.nan)
    return Agreement(between, *ends, ratio, *chance)


def target_alignment(
    hidden: Shaped[Array, "*batch sample unit"], targets: Shaped[Array, "sample ..."]
) -> Float[np.ndarray, "*batch"]:
    """Debiased `linear_cka` with the targets: classes as one-hot rows, numbers as they are.

    0 on average of unrelated ones. NaN where the targets do not vary.

    >>> target_alignment(np.eye(4), np.array([0, 1, 0, 1])).round(6).item()
    nan
    >>> target_alignment(np.repeat(np.eye(2), 3, 0), np.repeat([5, 7], 3)).round(6).item()
    1.0

    Raises:
      ValueError: other numbers of samples.
    """
    hidden = np.asarray(real_array(hidden, "hidden"), float)
    wanted = np.asarray(native_array(targets, "targets"))
    if wanted.ndim == 1 and wanted.dtype.kind in "iubOU":
        wanted = (wanted[:, None] == np.unique(wanted)).astype(float)
    wanted = np.asarray(wanted, float).reshape(len(wanted), -1)
    everywhere = np.broadcast_to(wanted, (*hidden.shape[:-2], *wanted.shape))
    return np.asarray(linear_cka(hidden, everywhere, debiased=True))


def layer_similarity(
    layers: Sequence[Shaped[Array, "network sample _"]],
    others: Sequence[Shaped[Array, "other sample _"]] | None = None,
    measure: RepresentationMeasure | str = "debiased_cka",
) -> Float[np.ndarray, "layer layer2 network other"]:
    """Every layer of every network against every layer of every other one.

    >>> draw = np.random.default_rng(0)
    >>> first = draw.normal(size=(2, 20, 3))
    >>> found = layer_similarity([first, first[..., ::-1]])
    >>> found.shape, found[0, 1, 0, 0].round(6).item()
    ((2, 2, 2, 2), 1.0)

    Args:
      layers: activations, a layer after the other.
      others: of other networks on the same samples; None compares the networks with each other.
      measure: or its name.

    Raises:
      ValueError: an unknown measure, layers of other samples.
    """
    ours = [np.asarray(real_array(x, "layers"), float) for x in layers]
    theirs = (
        ours if others is None else [np.asarray(real_array(x, "others"), float) for x in others]
    )
    rows = []
    for i, one in enumerate(ours):
        row = []
        for j, other in enumerate(theirs):
            if others is None and j < i and measure_named(measure).symmetric:
                row.append(np.swapaxes(rows[j][i], 0, 1))
            elif others is None and j == i:
                row.append(np.asarray(compare_all_pairs(measure, one)))
            else:
                row.append(np.asarray(compare_all_pairs(measure, one, other)))
        rows.append(row)
    return np.array(rows)


def pair_values(
    matrix: Float[Array, "*batch network network"],
) -> Float[np.ndarray, "*batch pair"]:
    """The values above the diagonal: of every two different networks, once.

    >>> pair_values(np.array([[1.0, 0.2], [0.2, 1.0]])).tolist()
    [0.2]
    """
    rows, columns = np.triu_indices(matrix.shape[-1], 1)
    return np.asarray(real_array(matrix, "matrix"))[..., rows, columns]


def across_networks(
    values: Float[Array, "layer layer2 network other"],
) -> tuple[Float[np.ndarray, "layer layer2"], Float[np.ndarray, "layer layer2"]]:
    """Median over pairs of different networks, and half of the range.

    >>> middle, spread = across_networks(np.array([[[[1.0, 0.4], [0.2, 1.0]]]]))
    >>> middle.round(6).tolist(), spread.round(6).tolist()
    ([[0.3]], [[0.1]])
    """
    values = np.asarray(real_array(values, "values"))
    off = ~np.eye(values.shape[-1], dtype=bool)
    pairs = values[..., off]
    return np.median(pairs, -1), (pairs.max(-1) - pairs.min(-1)) / 2


def mean_over_pairs(matrix: Float[Array, "network network"]) -> Estimate:
    """Mean over pairs of different networks, with its error over networks (jackknife).

    Leaving a network out takes all its pairs away: the error is of networks, not of pairs, which
    would make it too small (Arvesen 1969). NaN of fewer than three networks.

    >>> mean_over_pairs(np.full((4, 4), 0.5)).error.item()
    0.0
    """
    matrix = np.asarray(real_array(matrix, "matrix"), float)
    count = len(matrix)
    value = np.asarray(pair_values(matrix).mean() if count > 1 else np.nan)
    if count < 3:
        nothing = np.asarray(np.nan)
        return Estimate(value, nothing, nothing)
    without = np.array(
        [pair_values(np.delete(np.delete(matrix, k, 0), k, 1)).mean() for k in range(count)]
    )
    error = np.sqrt((count - 1) / count * ((without - without.mean()) ** 2).sum())
    return Estimate(value, np.asarray(error), np.asarray((count - 1) * (without.mean() - value)))


def network_map(
    hidden: Shaped[Array, "network sample unit"],
    measure: RepresentationMeasure | str = "cka_angle",
    dimensions: int = 2,
) -> tuple[Float[np.ndarray, "network dimension"], float]:
    """Networks as points, by classical scaling of a metric between their representations.

    >>> draw = np.random.default_rng(0)
    >>> points, share = network_map(draw.normal(size=(5, 20, 3)))
    >>> points.shape, 0 < share <= 1
    ((5, 2), True)

    Returns:
      Coordinates in the metric's units, and the share of the variance of the whole
      configuration that these dimensions show (of its positive eigenvalues).

    Raises:
      ValueError: a measure that is no metric: distances that break the triangle inequality have
        no map.
    """
    measure = measure_named(measure)
    if not measure.metric:
        raise ValueError(f"measure: {measure.name} is no metric; only a metric has a map")
    values = np.asarray(real_array(hidden, "hidden"), float)
    distances = np.asarray(compare_all_pairs(measure, values))
    distances = (distances + distances.T) / 2
    np.fill_diagonal(distances, 0)
    whole = np.asarray(distance_scaling(distances, max(len(distances), dimensions)))
    total = (whole**2).sum()
    share = float((whole[:, :dimensions] ** 2).sum() / total) if total > 0 else float("nan")
    return whole[:, :dimensions], share
