"""Linear probes: which classes can be read from a representation, on held-out samples.

An accuracy says nothing by itself: beside it stand the share of the largest class, and accuracies
of the same probe trained on permuted labels. Units are standardised by the training samples, so
that a penalty means the same for all; a probe changes with rotations then, not with the scale,
shifts or order of units.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from jaxrep.arrays import class_indices, finite_array
from jaxrep.extras import extra
from jaxrep.typing import Array


class Probe(NamedTuple):
    """What a probe reads from held-out samples; large means that classes can be read.

    Attributes:
      accuracy: share of test samples whose class is named rightly.
      majority: that of always naming the most frequent class of the training samples.
      null: accuracies after training on permuted labels. They scatter widely where samples
        form few clusters, as a cluster is named as a whole.
    """

    accuracy: float
    majority: float
    null: Float[np.ndarray, " permutation"]


class _Split(NamedTuple):
    """Standardised rows, and classes as numbers."""

    train: Float[np.ndarray, "train unit"]
    train_labels: Shaped[np.ndarray, " train"]
    test: Float[np.ndarray, "test unit"]
    test_labels: Shaped[np.ndarray, " test"]
    classes: int


def ridge_probe(
    train: Shaped[Array, "train unit"],
    train_labels: Shaped[Array, " train"],
    test: Shaped[Array, "test unit"],
    test_labels: Shaped[Array, " test"],
    penalty: float = 1.0,
    *,
    permutations: int = 20,
    seed: int = 0,
) -> Probe:
    """Ridge regression on one-hot classes; the largest output is the class.

    ``(A'A + penalty I)^-1 A'Y`` of standardised units, as scikit-learn's `RidgeClassifier`. All
    permutations share one decomposition.

    >>> rows = np.array([[0.0], [1.0], [10.0], [11.0]])
    >>> words = np.array(["a", "a", "b", "b"])
    >>> probe = ridge_probe(rows, words, rows[1:3] + 1, words[1:3])
    >>> probe.accuracy, probe.majority
    (1.0, 0.5)

    Args:
      train, test: activations.
      train_labels, test_labels: classes of any kind, see `jaxrep.arrays.class_indices`.
      penalty: 0 or more.
      permutations: of the training labels; none if 0.
      seed: of the permutations.

    Raises:
      ValueError: fewer than two classes in training; other numbers of samples or units; values that
        are not finite; a penalty or number of permutations below 0.
    """
    split = _split(train, train_labels, test, test_labels, penalty, permutations)
    left, extent, right = np.linalg.svd(split.train, full_matrices=False)
    there = extent > max(split.train.shape) * np.finfo(float).eps * extent.max(initial=0)
    shrunk = np.where(there, extent / np.where(there, extent**2 + penalty, 1), 0)
    scores = (split.test @ right.T) * shrunk

    def read(labels: np.ndarray) -> np.ndarray:
        targets = np.eye(split.classes)[labels]
        return (scores @ (left.T @ (targets - targets.mean(0))) + targets.mean(0)).argmax(1)

    return _probe(split, read, permutations, seed)


def logistic_probe(
    train: Shaped[Array, "train unit"],
    train_labels: Shaped[Array, " train"],
    test: Shaped[Array, "test unit"],
    test_labels: Shaped[Array, " test"],
    penalty: float = 1.0,
    *,
    permutations: int = 20,
    seed: int = 0,
) -> Probe:
    """Multinomial logistic regression, by scikit-learn (extra ``probes``).

    Least sum of cross-entropies (nats) plus ``penalty / 2 |W|^2``, of standardised units.

    >>> rows = np.array([[0.0], [1.0], [10.0], [11.0]])
    >>> large = rows[:, 0] > 5
    >>> logistic_probe(rows, large, rows[1:3] + 1, large[1:3], permutations=0).accuracy
    1.0

    Args:
      train, test, train_labels, test_labels, permutations, seed: as of `ridge_probe`.
      penalty: above 0.

    Raises:
      ValueError: scikit-learn is not installed; a penalty that is not above 0; as `ridge_probe`.
    """
    with extra("probes"):
        from sklearn.linear_model import LogisticRegression

    if not penalty > 0:
        raise ValueError(f"penalty: {penalty} given; a number above 0 is needed")
    split = _split(train, train_labels, test, test_labels, penalty, permutations)

    def read(labels: np.ndarray) -> np.ndarray:
        model = LogisticRegression(C=1 / penalty, max_iter=10_000, tol=1e-6)
        return model.fit(split.train, labels).predict(split.test)

    return _probe(split, read, permutations, seed)


def _split(train, train_labels, test, test_labels, penalty, permutations) -> _Split:
    rows = [np.asarray(finite_array(v, n), float) for v, n in ((train, "train"), (test, "test"))]
    for name, values in zip(("train", "test"), rows, strict=True):
        if values.ndim != 2 or not values.size:
            raise ValueError(f"{name}: shape {values.shape} given; [sample, unit] is needed")
    if rows[0].shape[1] != rows[1].shape[1]:
        raise ValueError(f"test: {rows[1].shape[1]} units given; {rows[0].shape[1]} are needed")
    if not 0 <= penalty < np.inf:
        raise ValueError(f"penalty: {penalty} given; a finite number of 0 or more is needed")
    if permutations < 0:
        raise ValueError(f"permutations: {permutations} given; 0 or more are needed")
    names, labels = class_indices(train_labels, "train_labels")
    tested, test_indices = class_indices(test_labels, "test_labels")
    for name, values, found in zip(("train", "test"), rows, (labels, test_indices), strict=True):
        if len(values) != len(found):
            raise ValueError(f"{name}_labels: {len(found)} given for {len(values)} samples")
    if len(names) < 2:
        raise ValueError(f"train_labels: {len(names)} class given; at least 2 are needed")
    # a class that training has not shown is never named
    known = {name: place for place, name in enumerate(names.tolist())}
    places = np.array([known.get(name, -1) for name in tested.tolist()])[test_indices]
    near = rows[0] - rows[0][:1]
    mean = near.mean(0)
    deviation = (near - mean).std(0)
    safe = np.where(deviation > 0, deviation, 1)
    scaled = [(values - rows[0][:1] - mean) / safe * (deviation > 0) for values in rows]
    return _Split(scaled[0], labels, scaled[1], places, len(names))


def _probe(split: _Split, read: Callable, permutations: int, seed: int) -> Probe:
    def accuracy(labels: np.ndarray) -> float:
        return float(np.mean(read(labels) == split.test_labels))

    draw = np.random.default_rng(seed)
    null = [accuracy(draw.permutation(split.train_labels)) for _ in range(permutations)]
    frequent = np.bincount(split.train_labels).argmax()
    majority = float(np.mean(split.test_labels == frequent))
    return Probe(accuracy(split.train_labels), majority, np.array(null, float))
