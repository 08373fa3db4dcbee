"""Labelled inputs from files that the tests write."""

import gzip
import struct

import numpy as np
import pytest

from jaxrep.data.labelled import (
    read_idx,
    read_idx_folder,
    read_labelled_csv,
    read_labelled_npz,
    split_at_random,
)

IMAGES = np.arange(2 * 3 * 2, dtype=np.uint8).reshape(3, 2, 2) * 20


def test_npz_as_keras_has_them(tmp_path):
    path = tmp_path / "images.npz"
    np.savez(path, x_train=IMAGES, y_train=[0, 1, 2], x_test=IMAGES[:2], y_test=[[1], [0]])
    found = read_labelled_npz(path)
    assert found.train_inputs.shape == (3, 4) and found.test_classes.tolist() == [1, 0]
    np.testing.assert_allclose(found.train_inputs[0], np.array([0, 20, 40, 60]) / 127.5 - 1)


def test_npz_and_csv_without_a_split(tmp_path):
    path = tmp_path / "one.npz"
    np.savez(path, x=[[0.5, 1.0], [2.0, 3.0], [1.0, 1.0], [0.0, 1.0]], y=[0, 1, 1, 0])
    inputs, classes = read_labelled_npz(path)
    table = tmp_path / "one.csv"
    table.write_text("a,b,class\n0.5,1,0\n2,3,1\n1,1,1\n0,1,0\n")
    again = read_labelled_csv(table)
    np.testing.assert_array_equal(again[0], inputs)
    np.testing.assert_array_equal(again[1], classes)
    split = split_at_random(inputs, classes, 0.5, 0)
    assert len(split.train_classes) == len(split.test_classes) == 2
    joined = np.concatenate([split.train_inputs, split.test_inputs])
    assert sorted(map(tuple, joined)) == sorted(map(tuple, inputs))
    with pytest.raises(ValueError, match="leaves no input"):
        split_at_random(inputs, classes, 0.01, 0)


def test_classes_may_be_columns_of_ones_and_zeros(tmp_path):
    """As the mushroom table of the deep-bottleneck project has them, at the front."""
    path = tmp_path / "mushroom.csv"
    path.write_text('"class=e","class=p","cap=b","cap=c"\n1,0,0,1\n0,1,1,0\n0,1,0,1\n')
    inputs, classes = read_labelled_csv(path)
    assert classes.tolist() == [0, 1, 1] and inputs.tolist() == [[0, 1], [1, 0], [0, 1]]
    path.write_text("class=e,class=p,cap=b\n1,1,0\n")
    with pytest.raises(ValueError, match="not exactly one of them is 1"):
        read_labelled_csv(path)


def test_a_folder_of_idx_files(tmp_path):
    """MNIST's four names."""
    with pytest.raises(ValueError, match="no file train-images-idx3-ubyte"):
        read_idx_folder(tmp_path)
    for prefix in ("train", "t10k"):
        head = b"\0\0\x08\x03" + struct.pack(">3i", 3, 2, 2)
        (tmp_path / f"{prefix}-images-idx3-ubyte").write_bytes(head + IMAGES.tobytes())
        marks = b"\0\0\x08\x01" + struct.pack(">i", 3) + bytes([2, 0, 1])
        (tmp_path / f"{prefix}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(marks))
    found = read_idx_folder(tmp_path)
    assert found.train_inputs.shape == (3, 4) and found.test_classes.tolist() == [2, 0, 1]


def test_idx_files_plain_and_compressed(tmp_path):
    images, labels = tmp_path / "images", tmp_path / "labels.gz"
    images.write_bytes(b"\0\0\x08\x03" + struct.pack(">3i", 3, 2, 2) + IMAGES.tobytes())
    labels.write_bytes(gzip.compress(b"\0\0\x08\x01" + struct.pack(">i", 3) + bytes([2, 0, 1])))
    inputs, classes = read_idx(images, labels)
    assert inputs.shape == (3, 4) and classes.tolist() == [2, 0, 1]
    images.write_bytes(b"\0\0\x08\x03" + struct.pack(">3i", 3, 2, 2) + b"\0")
    with pytest.raises(ValueError, match="1 values for shape"):
        read_idx(images, labels)
    images.write_text("no")
    with pytest.raises(ValueError, match="not an IDX file"):
        read_idx(images, labels)


@pytest.mark.parametrize(
    "arrays, message",
    [
        ({"a": [1]}, "x_train, y_train, x_test and y_test, or x and y are needed"),
        ({"x": [[1.0]], "y": [0, 1]}, "1 inputs and 2 classes"),
        ({"x": [[1.0], [2.0]], "y": [0.5, 1.0]}, "not whole numbers"),
        ({"x": [[1.0], [2.0]], "y": [-1, 1]}, "class -1 is below 0"),
        ({"x": [[np.nan], [2.0]], "y": [0, 1]}, "not finite"),
        (
            {"x_train": [[1.0]], "y_train": [0], "x_test": [[1.0, 2.0]], "y_test": [0]},
            "differ in their number of features",
        ),
    ],
)
def test_bad_files_get_one_line(tmp_path, arrays, message):
    path = tmp_path / "bad.npz"
    np.savez(path, **{name: np.array(values) for name, values in arrays.items()})
    with pytest.raises(ValueError, match=message):
        read_labelled_npz(path)
