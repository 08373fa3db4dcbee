"""Labelled inputs from files: .npz as Keras has them, .csv, and IDX as of MNIST."""

import csv
import gzip
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from jaxrep.typing import Array

_IDX_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


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

    Inputs are flattened; bytes are scaled to -1 .. 1.

    Raises:
      ValueError: other names, lengths that differ, classes that are not whole numbers from 0 on,
        or inputs that are not finite.
    """
    with np.load(path) as file:
        names = set(file.files)
        if {"x_train", "y_train", "x_test", "y_test"} <= names:
            train = _checked(file["x_train"], file["y_train"])
            test = _checked(file["x_test"], file["y_test"])
            if train[0].shape[1] != test[0].shape[1]:
                raise ValueError("x_train and x_test differ in their number of features")
            return Labelled(*train, *test)
        if {"x", "y"} <= names:
            return _checked(file["x"], file["y"])
    raise ValueError(
        f"arrays {sorted(names)} given; x_train, y_train, x_test and y_test, or x and y are needed"
    )


def read_labelled_csv(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Numbers with one line of names; the class is the last column, or several of ones and zeros.

    The latter are named ``class=...`` (one column for each class, as of the mushroom table of
    the deep-bottleneck project) and may stand anywhere.

    Raises:
      ValueError: as of `read_labelled_npz`, cells that are not numbers, or class columns
        of which not exactly one is 1.
    """
    with open(path, newline="") as file:
        names = next(csv.reader(file), [])
    table = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)
    if table.shape[1] < 2:
        raise ValueError("one column given; features and a class are needed")
    of_class = np.array([name.strip().strip('"').startswith("class=") for name in names])
    if not of_class.any():
        return _checked(table[:, :-1], table[:, -1])
    marks = table[:, of_class]
    if not (np.isin(marks, (0, 1)).all() and (marks.sum(1) == 1).all()):
        raise ValueError("columns class=...: not exactly one of them is 1 in every row")
    return _checked(table[:, ~of_class], marks.argmax(1))


def read_idx(images: str | Path, labels: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """A pair of IDX files (LeCun's format of MNIST, also Fashion-MNIST), .gz or plain.

    Raises:
      ValueError: not an IDX file, or as of `read_labelled_npz`.
    """
    return _checked(_idx(Path(images)), _idx(Path(labels)))


def read_idx_folder(folder: str | Path) -> Labelled:
    """A folder with MNIST's four files, ``train-images-idx3-ubyte`` ..., .gz or plain.

    Raises:
      ValueError: a file is missing or is not an IDX file, or as of `read_labelled_npz`.
    """
    sets = []
    for prefix in ("train", "t10k"):
        pair = []
        for kind in ("images-idx3-ubyte", "labels-idx1-ubyte"):
            found = sorted(Path(folder).glob(f"{prefix}-{kind}*"))
            if not found:
                raise ValueError(f"no file {prefix}-{kind} or {prefix}-{kind}.gz")
            pair.append(found[0])
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
    """
    if not 0 < train_share <= 1:
        raise ValueError(f"train_share: {train_share} is outside (0, 1]")
    order = np.random.default_rng(seed).permutation(len(classes))
    size = round(train_share * len(classes))
    if size < 1:
        raise ValueError(f"train_share: {train_share} leaves no input to train on")
    train, test = order[:size], order[size:] if size < len(classes) else order
    return Labelled(inputs[train], classes[train], inputs[test], classes[test])


def _checked(inputs: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    classes = np.asarray(classes).reshape(-1)
    if len(inputs) != len(classes) or not len(classes):
        raise ValueError(f"{len(inputs)} inputs and {len(classes)} classes given")
    if classes.dtype.kind == "f" and not (classes == np.round(classes)).all():
        raise ValueError("the classes are not whole numbers")
    if classes.min() < 0:
        raise ValueError(f"class {classes.min()} is below 0")
    flat = np.asarray(inputs).reshape(len(inputs), -1)
    scaled = flat / 127.5 - 1 if flat.dtype == np.uint8 else flat
    if not np.isfinite(scaled).all():
        raise ValueError("some inputs are not finite")
    return scaled.astype(np.float32), classes.astype(int)


def _idx(path: Path) -> np.ndarray:
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in _IDX_TYPES:
        raise ValueError(f"{path} is not an IDX file")
    dimensions = data[3]
    shape = np.frombuffer(data, ">i4", dimensions, 4)
    values = np.frombuffer(data, _IDX_TYPES[data[2]], offset=4 + 4 * dimensions)
    if values.size != np.prod(shape):
        raise ValueError(f"{path} has {values.size} values for shape {shape.tolist()}")
    return values.reshape(shape).astype(values.dtype.newbyteorder("="))
