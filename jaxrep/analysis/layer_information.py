"""Information that every layer of a network keeps of its input and of the class.

Activations are ``[input, unit]``, of any model; the estimators are those of
`jaxrep.analysis.information`, `jaxrep.analysis.edge` and `jaxrep.analysis.neighbours`.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, PyTree, Shaped

from jaxrep.analysis.class_geometry import class_distances
from jaxrep.analysis.coded_information import quantile_information, quantised_information
from jaxrep.analysis.edge import edge_layer_information
from jaxrep.analysis.information import Information, binned_information, kernel_information
from jaxrep.analysis.matrix_entropy import matrix_layer_information
from jaxrep.analysis.neighbours import neighbour_class_information, neighbour_information
from jaxrep.arrays import class_indices, native_tree, real_array
from jaxrep.typing import Array

PLAIN = ("binning", "kernel", "edge", "neighbours")
ADAPTIVE = ("own_range", "quantiles", "scaled_kernel", "renyi")
INFORMATION_ESTIMATORS = PLAIN + ADAPTIVE
"""Estimators of mutual information, the cheap one first; those that follow the layer last."""
ADAPTIVE_BINS = 30
"""Of `own_range` and `quantiles`."""
NOISE_SHARE = 1e-3**0.5
"""Deviation of the noise that `scaled_kernel` assumes, in the layer's largest activation: that of
the variance 1e-3 where it is 1, as of saturated tanh units."""
MATRIX_INPUTS = 400
"""Inputs that `renyi` looks at, evenly taken; its cost grows with their cube."""

Layers = Sequence[Shaped[Array, "input _unit"]]


def estimate_names(
    estimators: Sequence[str], widths: Sequence[float] = (0.07,), variances: Sequence[float] = ()
) -> list[str]:
    """Names of all estimates, in the order in which `layer_information` returns them.

    >>> estimate_names(("binning", "kernel"), (0.07,), (1e-3,))
    ['binning 0.07', 'lower 0.001', 'upper 0.001']

    Raises:
      ValueError: an estimator is not known.
    """
    unknown = [name for name in estimators if name not in INFORMATION_ESTIMATORS]
    if unknown:
        raise ValueError(
            f"estimators: {unknown[0]!r} is not known; allowed are {INFORMATION_ESTIMATORS}"
        )
    names = [f"binning {width:g}" for width in widths] if "binning" in estimators else []
    if "kernel" in estimators:
        names += [f"{side} {v:g}" for v in variances for side in ("lower", "upper")]
    names += [
        name for name in ("edge", "neighbours", "own_range", "quantiles") if name in estimators
    ]
    if "scaled_kernel" in estimators:
        names += ["scaled lower", "scaled upper"]
    return names + (["renyi"] if "renyi" in estimators else [])


def layer_information(
    layers: Layers,
    inputs: Shaped[Array, "input feature"],
    classes: Shaped[Array, " input"],
    estimators: Sequence[str] = ("binning",),
    widths: Sequence[float] = (0.07,),
    variances: Sequence[float] = (),
) -> Float[np.ndarray, "kind estimate layer"]:
    """I(X; M) and I(Y; M) in bits of every layer, by several estimators.

    >>> layers = [np.array([[0.0], [0.0], [1.0], [1.0]])]
    >>> layer_information(layers, np.eye(4), np.array([0, 0, 1, 1]))[:, 0, 0].tolist()
    [1.0, 1.0]

    Args:
      layers: activations of every layer.
      inputs: what the network saw; edge and neighbours need it.
      classes: of every input.
      estimators: of `INFORMATION_ESTIMATORS`. Those that follow the layer, so that its growth alone
        changes nothing: own_range, 30 equal bins from the least to the largest activation;
        quantiles, 30 bins with equal numbers of distinct activations; scaled_kernel, the kernel
        bounds for noise of 0.03 times the largest activation (Chelombiev et al. 2019); renyi, of
        400 inputs at most, at order 1.01, not Shannon's bits.
      widths: of bins.
      variances: of the Gaussian noise that kernel bounds assume.

    Returns:
      Kind 0 is with the input, 1 with the class; estimates as `estimate_names` has them. NaN for
      a layer that is not finite, and where an estimator measures nothing: `neighbours` with
      inputs that are all equally far apart (bits, one-hot rows).

    Raises:
      ValueError: see the estimators.
    """
    names = estimate_names(estimators, widths, variances)
    values = np.full((2, len(names), len(layers)), np.nan)
    for index, activations in enumerate(layers):
        activations = np.asarray(real_array(activations, "layers"))
        if not np.isfinite(activations).all():
            continue
        estimates = []
        if "binning" in estimators:
            estimates += [binned_information(activations, classes, width) for width in widths]
        if "kernel" in estimators:
            for variance in variances:
                estimates += list(kernel_information(activations, classes, variance))
        if "edge" in estimators:
            estimates.append(edge_layer_information(activations, inputs, classes))
        if "neighbours" in estimators:
            with_input = neighbour_information(activations, inputs)
            with_class = neighbour_class_information(activations, classes)
            estimates.append(Information(with_input, with_class))
        estimates += _adaptive(activations, classes, estimators)
        values[:, :, index] = np.array([[float(x) for x in pair] for pair in estimates]).T
    return values


def _adaptive(activations, classes, estimators: Sequence[str]) -> list[Information]:
    """By the estimators that follow the layer."""
    found = []
    if "own_range" in estimators:
        span = float(np.ptp(activations))
        # the least activation at an edge; the largest would be alone in a bin of its own
        width = np.nextafter(np.float32(span / ADAPTIVE_BINS), np.float32(np.inf))
        moved = activations - activations.min()
        found.append(binned_information(moved, classes, float(width) if span > 0 else 1.0))
    if "quantiles" in estimators:
        found.append(quantile_information(activations, classes, ADAPTIVE_BINS))
    if "scaled_kernel" in estimators:
        deviation = NOISE_SHARE * float(np.abs(activations).max())
        # a layer that is 0 everywhere says nothing at any noise
        found += list(kernel_information(activations, classes, deviation**2 or 1.0))
    if "renyi" in estimators:
        count = min(len(activations), MATRIX_INPUTS)
        rows = np.linspace(0, len(activations) - 1, count).astype(int)
        labels = np.asarray(classes)[rows]
        if (labels == labels[0]).all():
            found.append(Information(np.nan, np.nan))  # pyright: ignore[reportArgumentType]
        else:
            found.append(matrix_layer_information(activations[rows], labels))
    return found


@functools.lru_cache(maxsize=16)
def binning_program(
    layers_of: Callable[[PyTree, Array], Layers], widths: tuple[float, ...]
) -> Callable[[PyTree, Array, Array], Float[jax.Array, "record width layer kind"]]:
    """Binned information of one network at every record, traceable, in constant memory.

    The same function for the same arguments, so that it is compiled once.

    >>> program = binning_program(lambda gain, x: [x, jnp.tanh(gain * x)], (0.07,))
    >>> gains, x = jnp.array([1.0, 100.0]), jnp.array([[-1.0], [-0.5], [0.5], [1.0]])
    >>> bits = jax.jit(program)(gains, x, jnp.array([0, 1, 1, 1]))
    >>> bits[:, 0, 1, 0].tolist()  # I(X; M) of the second layer
    [2.0, 1.0]

    Args:
      layers_of: ``(variables, inputs) -> [[input, unit], ...]``.
      widths: of bins.

    Returns:
      ``(variables [record, ...], inputs, classes) -> [record, width, layer, kind]``, kind 0 with
      the input, 1 with the class.
    """

    def at_record(variables, inputs, classes):
        layers = layers_of(variables, inputs)
        rows = [
            jnp.stack([jnp.stack(binned_information(a, classes, width)) for a in layers])
            for width in widths
        ]
        return jnp.stack(rows)

    def program(variables, inputs, classes):
        return jax.lax.map(lambda record: at_record(record, inputs, classes), variables)

    return program


@functools.lru_cache(maxsize=16)
def counted_program(
    layers_of: Callable[[PyTree, Any], Layers],
    bits: int,
    ranges: tuple[tuple[float | None, float | None], ...],
) -> Callable[[PyTree, Any, Array], Float[jax.Array, "record layer kind"]]:
    """`quantised_information` of one network at every record, like `binning_program`.

    >>> program = counted_program(lambda gain, x: [jnp.tanh(gain * x)], 1, ((-1.0, 1.0),))
    >>> gains, x = jnp.array([1.0, -9.0]), jnp.array([[-1.0], [-0.5], [0.5], [1.0]])
    >>> jax.jit(program)(gains, x, jnp.array([0, 1, 1, 1]))[:, 0, 0].tolist()  # I(X; M)
    [1.0, 1.0]

    Args:
      layers_of: ``(variables, inputs) -> [[input, unit], ...]``.
      bits: of every unit; a network of fewer levels than these bits tell apart is counted as well.
      ranges: ends of the codes of every layer; None is the layer's own least or largest value.
    """

    def of_layer(activations, classes, ends):
        return jnp.stack(quantised_information(activations, classes, bits, *ends))

    return _over_records(layers_of, ranges, of_layer)


@functools.lru_cache(maxsize=16)
def distances_program(
    layers_of: Callable[[PyTree, Any], Layers], layers: int
) -> Callable[[PyTree, Any, Array], Float[jax.Array, "record layer distance"]]:
    """`class_distances` of one network at every record, like `binning_program`.

    >>> program = distances_program(lambda gain, x: [gain * x], 1)
    >>> x = jnp.array([[-1.0], [-0.5], [0.5], [1.0]])
    >>> jax.jit(program)(jnp.ones(1), x, jnp.array([0, 0, 1, 1]))[0, 0, :2].tolist()
    [0.25, 2.375]
    """

    def of_layer(activations, classes, ends):
        del ends
        return jnp.stack(class_distances(activations, classes))

    return _over_records(layers_of, ((None, None),) * layers, of_layer)


def _over_records(layers_of: Callable, ranges: Sequence, of_layer: Callable) -> Callable:
    """``(variables [record, ...], inputs, classes) -> [record, layer, ...]``, record by record."""

    def program(variables, inputs, classes):
        def at_record(record):
            layers = layers_of(record, inputs)
            pairs = zip(layers, ranges, strict=True)
            return jnp.stack([of_layer(layer, classes, ends) for layer, ends in pairs])

        return jax.lax.map(at_record, variables)

    return program


def spread_records(epochs: Shaped[Array, " record"], most: int) -> Shaped[np.ndarray, " picked"]:
    """Up to `most` record numbers, logarithmically spaced in epochs, first and last included.

    >>> spread_records(np.array([0, 1, 2, 3, 10, 100]), 4).tolist()
    [0, 1, 5]
    """
    epochs = np.asarray(real_array(epochs, "epochs"), float)
    wanted = np.geomspace(1, max(epochs[-1], 1), max(most - 2, 0))
    nearest = np.abs(epochs[:, None] - wanted).argmin(0)
    return np.unique([*([0] if most > 1 else []), *nearest, len(epochs) - 1])


def gradient_statistics(gradient: Callable[..., PyTree], batches: PyTree) -> tuple[PyTree, PyTree]:
    """Signal and noise of the gradient over minibatches, at fixed weights.

    >>> gradient = lambda x: {"w": x}
    >>> signal, noise = gradient_statistics(gradient, (jnp.array([[3.0, 1.0], [5.0, -1.0]]),))
    >>> float(signal["w"]), float(noise["w"])  # |mean|, |standard deviation|
    (4.0, 1.4142...)

    Args:
      gradient: ``(*batch) -> gradients``, a dictionary of arrays.
      batches: arrays ``[batch, ...]``.

    Returns:
      For every array of the gradient the norm of its mean and of its standard deviation over
      batches (Shwartz-Ziv and Tishby 2017: drift where the first is larger, else diffusion).
    """
    batches = native_tree(batches, "batches")
    every = jax.lax.map(lambda batch: gradient(*batch), batches)
    rows = jax.tree.map(lambda g: jnp.reshape(g, (len(g), -1)), every)
    signal = jax.tree.map(lambda g: jnp.linalg.norm(g.mean(0)), rows)
    return signal, jax.tree.map(lambda g: jnp.linalg.norm(g.std(0)), rows)


def share_of_most_common(classes: Shaped[Array, " input"]) -> float:
    """Accuracy of always naming one class.

    >>> share_of_most_common(np.array([0, 0, 0, 1]))
    0.75

    Raises:
      ValueError: a label that is NaN, or no labels.
    """
    labels = class_indices(classes, "classes")[1]
    if not len(labels):
        raise ValueError("classes: none given; one or more are needed")
    return float(np.bincount(labels).max() / len(labels))
