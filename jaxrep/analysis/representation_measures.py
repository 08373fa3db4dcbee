"""Every pairwise measure of representations in one table: what it means, what it is blind to.

A measure is a function of two arrays ``[sample, unit]`` of the same samples. Beside each stand
whether large values mean alike, whether it is a metric, what it does not change with, and what it
is by chance: `chance_level`.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.analysis import kernel_alignment as kernels
from jaxrep.analysis.dissimilarity import correlation_dissimilarity as correlation
from jaxrep.analysis.dissimilarity import squared_euclidean_dissimilarity as euclidean
from jaxrep.analysis.dissimilarity_comparison import compare_dissimilarities, comparison_features
from jaxrep.analysis.kernels import linear_kernel, rbf_kernel
from jaxrep.analysis.matching import (
    neighbour_overlap,
    permutation_distance,
    soft_matching_correlation,
    soft_matching_distance,
)
from jaxrep.analysis.regression_similarity import (
    canonical_basis,
    canonical_of,
    canonical_similarity,
    cross_validated_predictivity,
    linear_predictivity,
    pwcca,
    svcca,
)
from jaxrep.analysis.shape_distance import (
    angle_of,
    angular_distance,
    procrustes_distance,
    procrustes_of,
    unit_shape,
)
from jaxrep.analysis.spaces import entered_representations
from jaxrep.typing import Array

INVARIANCES = ("orthogonal", "scale", "unit_scale", "invertible", "permutation", "translation")
"""What may be done to the units of one representation: rotation, one factor for all, a factor for
each, an invertible linear map, another order, a constant added to each."""


class RepresentationMeasure(NamedTuple):
    """One measure of how alike two representations of the same samples are.

    Attributes:
      name: in `REPRESENTATION_MEASURES`.
      function: two arrays ``[..., sample, unit]`` to ``[...]``.
      large_is_alike: whether large values mean alike (a similarity) or unlike (a distance).
      metric: whether it obeys the triangle inequality, so that scaling and clustering by it are
        legitimate.
      symmetric: whether both orders give the same.
      invariances: of `INVARIANCES`, which may be done to the first without changing the value.
      chance: its exact mean over all pairings of the samples, from both arrays; None where there
        is no closed form.
      features: of each representation a vector of length 1, the inner products of which are the
        measure (after `finish`): all pairs are then one matrix product. None where there are none.
      finish: what is done to the inner products.
      prepare: what the measure needs of each representation, rows ``[sample, dimension]`` and a
        number, computed once for many pairs; None where it is the representation itself.
      combine: the product ``X'Y`` of two such rows and their numbers to the measure.
      by_products: whether the function needs ``X'Y`` alone, which is cheaper than features where
        units are few.
      on_host: whether it cannot be compiled.
    """

    name: str
    function: Callable[[Any, Any], Any]
    large_is_alike: bool
    metric: bool
    symmetric: bool
    invariances: tuple[str, ...]
    chance: Callable[[Any, Any], Any] | None = None
    features: Callable[[Any], Any] | None = None
    finish: Callable[[Any], Any] | None = None
    prepare: Callable[[Any], Any] | None = None
    combine: Callable[[Any, Any, Any], Any] | None = None
    by_products: bool = False
    on_host: bool = False


class Chance(NamedTuple):
    """A measure of samples paired at random.

    Attributes:
      mean: over pairings.
      deviation: standard deviation over the pairings drawn.
      exact: whether the mean is that over all pairings, in closed form, or over those drawn.
    """

    mean: Float[Array, ""]
    deviation: Float[Array, ""]
    exact: bool


def chance_level(
    measure: RepresentationMeasure | str,
    first: Shaped[Array, "sample unit"],
    second: Shaped[Array, "sample other"],
    *,
    permutations: int = 100,
    seed: int = 0,
) -> Chance:
    """What a measure says of the same two representations with samples paired at random.

    >>> rows = np.random.default_rng(0).normal(size=(20, 30))
    >>> found = chance_level("linear_cka", rows, rows[::-1], permutations=50)
    >>> bool(found.exact), found.mean.round(1).item()
    (True, 0.6)

    Args:
      measure: or its name.
      first, second: activations; JAX arrays are computed with in one compiled call.
      permutations: of the rows of the second, drawn for the deviation and, where there is no
        closed form, for the mean; 2 at least.
      seed: of the permutations.

    Raises:
      ValueError: an unknown measure, fewer than two permutations; as the measure.
    """
    measure = measure_named(measure)
    if permutations < 2:
        raise ValueError(f"permutations: {permutations} given; at least 2 are needed")
    space, (one, other) = entered_representations(first=first, second=second)
    draw = np.random.default_rng(seed)
    orders = np.stack([draw.permutation(one.shape[0]) for _ in range(permutations)])
    if space is np or measure.on_host:
        found = np.array([float(measure.function(one, other[order])) for order in orders])
        space = np
    else:
        found = jax.lax.map(lambda order: measure.function(one, other[order]), jnp.asarray(orders))
    mean = found.mean() if measure.chance is None else measure.chance(one, other)
    return Chance(space.asarray(mean), space.asarray(found.std(ddof=1)), measure.chance is not None)


def measure_named(measure: RepresentationMeasure | str) -> RepresentationMeasure:
    """A measure of the table, or one of your own as it is.

    >>> measure_named("procrustes").metric
    True

    Raises:
      ValueError: no measure has this name.
    """
    if not isinstance(measure, str):
        return measure
    if measure not in REPRESENTATION_MEASURES:
        known = ", ".join(REPRESENTATION_MEASURES)
        raise ValueError(f"measure: {measure} given; {known} are possible")
    return REPRESENTATION_MEASURES[measure]


def _zero(first: Any, second: Any) -> Any:
    """0, and NaN of what is not known."""
    return 0 * kernels.linear_cka(first, second)


def _angle(cosine: Any) -> Any:
    space = jnp if isinstance(cosine, jax.Array) else np
    return space.arccos(space.clip(cosine, -1, 1))


def _cka_angle(first: Any, second: Any) -> Any:
    return _angle(kernels.linear_cka(first, second))


def _kernel_chance(kernel: Callable, first: Any, second: Any) -> Any:
    return kernels.kernel_cka_chance(kernel(first), kernel(second))


def _kernel_features(kernel: Callable, debiased: bool, hidden: Any) -> Any:
    return kernels.alignment_features(kernel(hidden), debiased=debiased)


def _compared(dissimilarity: Callable, comparison: str, first: Any, second: Any) -> Any:
    return compare_dissimilarities(dissimilarity(first), dissimilarity(second), comparison)


def _compared_features(dissimilarity: Callable, comparison: str, hidden: Any) -> Any:
    return comparison_features(dissimilarity(hidden), comparison)


def _cosine_chance(first: Any, second: Any) -> Any:
    """Each pair of items is as often paired with every other: product of means over their rms."""
    shares = []
    for values in (euclidean(first), euclidean(second)):
        shares.append(values.mean(-1) / (values**2).mean(-1) ** 0.5)
    return shares[0] * shares[1]


def _rank(hidden: Any) -> Any:
    """How many directions vary; NaN of what is not known."""
    return (
        linear_predictivity(hidden, hidden)
        * canonical_similarity(hidden, hidden)
        * (hidden.shape[-1])
    )


def _canonical_chance(first: Any, second: Any) -> Any:
    units = min(first.shape[-1], second.shape[-1])
    return _rank(first) * _rank(second) / (first.shape[-2] - 1) / units


def _predictivity_chance(first: Any, second: Any) -> Any:
    return _rank(first) / (first.shape[-2] - 1) + _zero(first, second)


def _predicted(first: Any, second: Any) -> Any:
    return cross_validated_predictivity(first, second).forward.r_squared


def _overlap_chance(neighbours: int, first: Any, second: Any) -> Any:
    return neighbours / (first.shape[-2] - 1) + _zero(first, second)


SHAPE = ("orthogonal", "scale", "permutation", "translation")
SIZE_AND_SHAPE = ("orthogonal", "permutation", "translation")
NEIGHBOURS = 10
_COSINE = partial(neighbour_overlap, neighbours=NEIGHBOURS)
_EUCLIDEAN = partial(neighbour_overlap, neighbours=NEIGHBOURS, metric="euclidean")


def _similarity(name: str, function: Callable, invariances: tuple[str, ...], **more: Any) -> Any:
    given = {"large_is_alike": True, "metric": False, "symmetric": True, **more}
    return RepresentationMeasure(name, function, invariances=invariances, **given)


def _distance(name: str, function: Callable, invariances: tuple[str, ...], **more: Any) -> Any:
    return _similarity(name, function, invariances, large_is_alike=False, metric=True, **more)


def _aligned(name: str, function: Callable, kernel: Callable, debiased: bool) -> Any:
    chance = partial(_kernel_chance, kernel)
    return _similarity(
        name,
        function,
        SHAPE,
        chance=_zero if debiased else chance,
        features=partial(_kernel_features, kernel, debiased),
        by_products=kernel is linear_kernel,
    )


def _dissimilar(name: str, unlike: Callable, comparison: str, chance: Callable | None) -> Any:
    return _similarity(
        name,
        partial(_compared, unlike, comparison),
        SHAPE if unlike is euclidean else ("scale", "permutation"),
        chance=chance,
        features=None if comparison == "tau_a" else partial(_compared_features, unlike, comparison),
    )


REPRESENTATION_MEASURES: dict[str, RepresentationMeasure] = {
    measure.name: measure
    for measure in (
        _aligned("linear_cka", kernels.linear_cka, linear_kernel, False),
        _aligned("debiased_cka", partial(kernels.linear_cka, debiased=True), linear_kernel, True),
        _aligned("rbf_cka", kernels.rbf_cka, rbf_kernel, False),
        _aligned("debiased_rbf_cka", partial(kernels.rbf_cka, debiased=True), rbf_kernel, True),
        _distance(
            "cka_angle",
            _cka_angle,
            SHAPE,
            features=partial(_kernel_features, linear_kernel, False),
            finish=_angle,
            by_products=True,
        ),
        _dissimilar("rsa_cosine", euclidean, "cosine", _cosine_chance),
        _dissimilar("rsa_pearson", euclidean, "pearson", _zero),
        _dissimilar("rsa_spearman", euclidean, "spearman", _zero),
        _dissimilar("rsa_tau_a", euclidean, "tau_a", _zero),
        _dissimilar("rsa_whitened", euclidean, "whitened_cosine", kernels.cka_chance),
        _dissimilar("rsa_correlation_spearman", correlation, "spearman", _zero),
        _distance(
            "procrustes",
            procrustes_distance,
            SIZE_AND_SHAPE,
            prepare=unit_shape,
            combine=procrustes_of,
        ),
        _distance("angular", angular_distance, SHAPE, prepare=unit_shape, combine=angle_of),
        _distance(
            "whitened_angular",
            partial(angular_distance, alpha=0.0),
            INVARIANCES,
            prepare=partial(unit_shape, alpha=0.0),
            combine=angle_of,
        ),
        _similarity(
            "cca",
            canonical_similarity,
            INVARIANCES,
            prepare=canonical_basis,
            combine=canonical_of,
        ),
        _similarity(
            "cca_squared",
            partial(canonical_similarity, squared=True),
            INVARIANCES,
            chance=_canonical_chance,
            prepare=canonical_basis,
            combine=partial(canonical_of, squared=True),
        ),
        _similarity("svcca", svcca, SHAPE),
        _similarity("pwcca", pwcca, ("scale", "permutation", "translation"), symmetric=False),
        _similarity(
            "linear_predictivity",
            linear_predictivity,
            INVARIANCES,
            chance=_predictivity_chance,
            symmetric=False,
        ),
        _similarity("ridge_predictivity", _predicted, SIZE_AND_SHAPE, symmetric=False),
        _similarity(
            "neighbours_cosine",
            _COSINE,
            ("orthogonal", "scale", "permutation"),
            chance=partial(_overlap_chance, NEIGHBOURS),
        ),
        _similarity(
            "neighbours_euclidean", _EUCLIDEAN, SHAPE, chance=partial(_overlap_chance, NEIGHBOURS)
        ),
        _distance("soft_matching", soft_matching_distance, ("permutation",), on_host=True),
        _similarity(
            "soft_matching_correlation",
            soft_matching_correlation,
            ("scale", "unit_scale", "permutation", "translation"),
            on_host=True,
        ),
        _distance(
            "permutation_angular",
            permutation_distance,
            ("scale", "permutation", "translation"),
            on_host=True,
        ),
    )
}
"""By name: CKA, comparisons of dissimilarities, shape metrics, regression, units, neighbours."""
