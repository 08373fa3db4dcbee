"""Inputs of several classes: one family for all, or a family, correlation and parameters for each.

A batch has fixed numbers of inputs of every class, whose labels need no random numbers; or the
class of each input is drawn, as it has to be where a batch is smaller than the number of classes
(Ingrosso and Goldt 2022 train on one input at a time).
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int, Key

from jaxrep.data.input_families import InputFamily, Parameters
from jaxrep.typing import Array, Real


class InputClass(NamedTuple):
    """What the inputs of one class are drawn from.

    Attributes:
      family: of `jaxrep.data.input_family`.
      correlation: as of `InputFamily.sample`; it may be traced, as the parameters may.
      parameters: the family's own.
    """

    family: InputFamily
    correlation: Real = 1.0
    parameters: Parameters = MappingProxyType({})

    def sample(
        self,
        key: Key[Array, ""],
        count: int,
        images: Float[Array, "image height width"] | None = None,
    ) -> Float[jax.Array, "count pixel"]:
        """Inputs of this class; arguments and errors as of `InputFamily.sample`."""
        own: Mapping = dict(self.parameters)
        return self.family.sample(key, count, self.correlation, images=images, **own)


def sample_classes(
    key: Key[Array, ""],
    family: InputFamily,
    counts: Sequence[int],
    correlations: Sequence[Real],
    *,
    images: Float[Array, "image height width"] | None = None,
    **parameters: Real,
) -> Float[jax.Array, "count pixel"]:
    """Inputs of several classes of one family, one after the other, each from a key of its own.

    >>> from jaxrep.data.input_families import input_family
    >>> family = input_family("normal", length=6)
    >>> sample_classes(jax.random.key(0), family, [2, 3], [0.5, 2.0]).shape
    (5, 6)

    Args:
      key: random key.
      family: of all classes.
      counts: inputs of each class, see `jaxrep.data.class_shares`.
      correlations: of each class.
      images, parameters: as of `InputFamily.sample`.

    Raises:
      ValueError: as `InputFamily.sample`; other numbers of counts and correlations.
    """
    if len(counts) != len(correlations):
        raise ValueError(f"counts: {len(counts)} given for {len(correlations)} correlations")
    classes = [InputClass(family, correlation, parameters) for correlation in correlations]
    return sample_each_class(key, classes, counts, images=images)


def sample_each_class(
    key: Key[Array, ""],
    classes: Sequence[InputClass],
    counts: Sequence[int],
    *,
    images: Float[Array, "image height width"] | None = None,
) -> Float[jax.Array, "count pixel"]:
    """Inputs of classes that may be of different families, one class after the other.

    >>> from jaxrep.data.input_families import input_family
    >>> edges = InputClass(input_family("nonlinear", 6), 2.0, {"gain": 100.0})
    >>> sample_each_class(
    ...     jax.random.key(0), [edges, InputClass(input_family("normal", 6), 2.0)], [2, 3]
    ... ).shape
    (5, 6)

    Args:
      key: random key; each class is drawn from a key of its own.
      classes: of inputs of as many pixels.
      counts: inputs of each class, see `jaxrep.data.class_shares`.
      images: that patches are cut from.

    Raises:
      ValueError: as `InputFamily.sample`; other numbers of counts and classes; no class.
    """
    if not classes or len(counts) != len(classes):
        raise ValueError(f"counts: {len(counts)} given for {len(classes)} classes, at least 1")
    keys = jax.random.split(key, len(counts))
    inputs = [
        one.sample(own, count, images)
        for own, one, count in zip(keys, classes, counts, strict=True)
    ]
    return jnp.concatenate(inputs)


class DrawnInputs(NamedTuple):
    """Inputs whose classes were drawn.

    Attributes:
      inputs: one row each.
      classes: which class each is from.
    """

    inputs: Float[Array, "count pixel"]
    classes: Int[Array, " count"]


def sample_drawn_classes(
    key: Key[Array, ""],
    classes: Sequence[InputClass],
    count: int,
    shares: Sequence[float] = (),
    *,
    images: Float[Array, "image height width"] | None = None,
) -> DrawnInputs:
    """Inputs whose class is drawn for each of them, with these probabilities.

    As many inputs of every class are drawn and one of each set is kept, so that shapes are fixed:
    meant for batches of a few inputs.

    >>> from jaxrep.data.input_families import input_family
    >>> pair = [InputClass(input_family("normal", 6), correlation) for correlation in (0.5, 2.0)]
    >>> found = sample_drawn_classes(jax.random.key(0), pair, 1)
    >>> found.inputs.shape, found.classes.shape
    ((1, 6), (1,))

    Args:
      key: random key.
      classes: as of `sample_each_class`.
      count: of all classes together.
      shares: probability of each class, in any unit; empty makes them equal.
      images: that patches are cut from.

    Raises:
      ValueError: as `sample_each_class`; shares of another number of classes, below 0, or all 0.
    """
    weights = np.asarray(tuple(shares) or (1.0,) * len(classes), float)
    if len(weights) != len(classes):
        raise ValueError(f"shares: {len(weights)} given for {len(classes)} classes")
    if not ((weights >= 0).all() and 0 < weights.sum() < np.inf):
        raise ValueError(f"shares: {list(shares)} given; none below 0 and one above 0 are needed")
    first, second = jax.random.split(key)
    which = jax.random.choice(first, len(classes), (count,), p=jnp.asarray(weights / weights.sum()))
    whole = sample_each_class(second, classes, [count] * len(classes), images=images)
    kept = whole.reshape(len(classes), count, -1)[which, jnp.arange(count)]
    return DrawnInputs(kept, which)
