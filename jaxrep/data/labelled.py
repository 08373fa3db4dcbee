"""Labelled inputs from files of arrays: .npz as Keras has them, and IDX as of MNIST."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from jaxrep.data.idx_files import read_idx_array
from jaxrep.safe_arrays import npz_names, read_npz
from jaxrep.typing import Array

MOST_CLASSES = 100_000
"""The greatest class; a network has an output for each."""
SPLIT_NAMES = ("x_train", "y_train", "x_test", "y_test")


class Labelled(NamedTuple):
    """Inputs with classes, in two sets.

    Attributes:
      train_inputs, test_inputs: one row per input.
      train_classes, test_classes: 0, 1, ...
    """

    train_inputs: Float[Array, "train feature"]
    train_classes: Int[Array, " train"]
    test_inputs: Float[Array, "test feature"]
    test_classes: Int[Array, " test"]


def read_labelled_npz(path: str | Path) -> Labelled | tuple[np.ndarray, np.ndarray]:
    """Arrays ``x_train, y_train, x_test, y_test`` (as in Keras's mnist.npz), or ``x, y``.

    Inputs are flattened; bytes are scaled to -1 .. 1, of training and test alike.

    Raises:
      ValueError: a damaged file (`read_npz`), other names, bytes in one set only, lengths that
        differ, classes that are not whole numbers from 0 on, or inputs that are not finite.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "data.npz")
    ...     np.savez(file, x=np.array([[0.5, 1.0], [2.0, 3.0]]), y=np.array([0, 1]))
    ...     inputs, classes = read_labelled_npz(file)
    >>> inputs.tolist(), classes.tolist()
    ([[0.5, 1.0], [2.0, 3.0]], [0, 1])
    """
    names = npz_names(path)
    if set(SPLIT_NAMES) <= set(names):
        arrays = read_npz(path, SPLIT_NAMES)
        x_train, x_test = _alike(arrays["x_train"], arrays["x_test"])
        train = checked_inputs(x_train, arrays["y_train"])
        test = checked_inputs(x_test, arrays["y_test"])
        if train[0].shape[1] != test[0].shape[1]:
            raise ValueError("x_train and x_test differ in their number of features")
        return Labelled(*train, *test)
    if {"x", "y"} <= set(names):
        arrays = read_npz(path, ("x", "y"))
        return checked_inputs(arrays["x"], arrays["y"])
    raise ValueError(
        f"arrays {sorted(names)[:8]} given; x_train, y_train, x_test and y_test, or x and y are "
        "needed"
    )


def read_idx(images: str | Path, labels: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """A pair of IDX files (LeCun's format of MNIST, also Fashion-MNIST), .gz or plain.

    Raises:
      ValueError: not an IDX file, or as of `read_labelled_npz`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     images, labels = Path(folder, "images"), Path(folder, "labels")
    ...     head = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2]  # bytes, 2 x 1 x 2
    ...     _ = images.write_bytes(bytes([*head, 0, 255, 255, 0]))
    ...     _ = labels.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 2, 1, 0]))
    ...     inputs, classes = read_idx(images, labels)
    >>> inputs.tolist(), classes.tolist()
    ([[-1.0, 1.0], [1.0, -1.0]], [1, 0])
    """
    return checked_inputs(read_idx_array(images), read_idx_array(labels))


def read_idx_folder(folder: str | Path) -> Labelled:
    """A folder with MNIST's four files, ``train-images-idx3-ubyte`` or ``train-images.idx3-ubyte``
    and so on, .gz or plain.

    Raises:
      ValueError: a file is missing or is not an IDX file, or as of `read_labelled_npz`.

    >>> import tempfile
    >>> images = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 255])
    >>> labels = bytes([0, 0, 8, 1, 0, 0, 0, 2, 1, 0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for part in ("train", "t10k"):
    ...         _ = Path(folder, f"{part}-images-idx3-ubyte").write_bytes(images)
    ...         _ = Path(folder, f"{part}-labels-idx1-ubyte").write_bytes(labels)
    ...     found = read_idx_folder(folder)
    >>> found.train_inputs.tolist(), found.test_classes.tolist()
    ([[-1.0], [1.0]], [1, 0])
    """
    sets = []
    for prefix in ("train", "t10k"):
        pair = []
        for kind, dimensions in (("images", 3), ("labels", 1)):
            names = [f"{prefix}-{kind}{mark}idx{dimensions}-ubyte" for mark in "-."]
            ways = [Path(folder) / f"{name}{end}" for name in names for end in ("", ".gz")]
            found = next((path for path in ways if path.is_file()), None)
            if found is None:
                raise ValueError(f"no file {names[0]} (or {names[1]}; plain or .gz)")
            pair.append(found)
        sets += read_idx(*pair)
    return Labelled(*sets)


def split_at_random(
    inputs: Float[Array, "input feature"],
    classes: Int[Array, " input"],
    train_share: float,
    seed: int,
) -> Labelled:
    """A random split; a share of 1 trains and tests on all.

    Raises:
      ValueError: a share that leaves a set empty.

    >>> inputs, classes = np.arange(4.0)[:, None], np.array([0, 1, 0, 1])
    >>> found = split_at_random(inputs, classes, 0.75, seed=0)
    >>> len(found.train_inputs), len(found.test_inputs)
    (3, 1)
    >>> sorted([*found.train_inputs.ravel().tolist(), *found.test_inputs.ravel().tolist()])
    [0.0, 1.0, 2.0, 3.0]
    """
    if not 0 < train_share <= 1:
        raise ValueError(f"train_share: {train_share} is outside (0, 1]")
    order = np.random.default_rng(seed).permutation(len(classes))
    size = round(train_share * len(classes))
    if size < 1:
        raise ValueError(f"train_share: {train_share} leaves no input to train on")
    train, test = order[:size], order[size:] if size < len(classes) else order
    return Labelled(inputs[train], classes[train], inputs[test], classes[test])


def _alike(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as bytes, if one of them is and the other is whole numbers 0 .. 255."""
    kinds = train.dtype == np.uint8, test.dtype == np.uint8
    if kinds[0] == kinds[1]:
        return train, test
    other = test if kinds[0] else train
    numbers = other.dtype.kind in "biuf"
    if not numbers or not ((other == np.round(other)) & (other >= 0) & (other <= 255)).all():
        raise ValueError(
            f"x_train are {train.dtype} and x_test {test.dtype} of other values; both must be "
            "scaled alike"
        )
    return train.astype(np.uint8), test.astype(np.uint8)


def checked_inputs(inputs: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inputs as rows of float32, bytes scaled to -1 .. 1, and classes as integers.

    Raises:
      ValueError: lengths that differ, classes that are not whole numbers from 0 on, or inputs
        that are not finite.
    """
    inputs, classes = np.asarray(inputs), np.asarray(classes).reshape(-1)
    for name, array in (("inputs", inputs), ("classes", classes)):
        if array.dtype.kind not in "biuf" or not array.ndim or not array.size:
            raise ValueError(f"{name} are {array.dtype} {array.shape}; numbers are needed")
    if len(inputs) != len(classes) or not len(classes):
        raise ValueError(f"{len(inputs)} inputs and {len(classes)} classes given")
    if classes.dtype.kind == "f" and not (classes == np.round(classes)).all():  # NaN too
        raise ValueError("the classes are not whole numbers")
    if classes.min() < 0:
        raise ValueError(f"class {classes.min()} is below 0")
    if classes.max() > MOST_CLASSES:
        raise ValueError(f"class {classes.max()} is above {MOST_CLASSES}")
    flat = inputs.reshape(len(inputs), -1)
    scaled = flat / 127.5 - 1 if flat.dtype == np.uint8 else flat
    with np.errstate(over="ignore"):
        scaled = scaled.astype(np.float32)
    if not np.isfinite(scaled).all():
        raise ValueError("some inputs are not finite")
    return scaled, classes.astype(int)
