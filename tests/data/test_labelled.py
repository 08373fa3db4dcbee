"""Labelled inputs from files that the tests write."""

import gzip
import struct

import numpy as np
import pytest

from jaxrep.data.labelled import (
    read_idx,
    read_idx_folder,
    read_labelled_npz,
    split_at_random,
)
from jaxrep.data.labelled_text import read_labelled_csv, read_labelled_text
from jaxrep.errors import InputError
from tests.data.test_text_table import ZOO

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


MUSHROOMS = """p,x,s,n,t,p,e
e,x,s,y,t,a,c
e,b,s,w,t,l,c
p,x,y,w,t,p,e
e,x,s,g,f,n,?
"""
"""The first lines of agaricus-lepiota.data, and first columns; of the last one the stalk-root."""


def test_mushrooms_as_published(tmp_path):
    """No line of names, the class first, letters for categories, ``?`` among them."""
    path = tmp_path / "agaricus-lepiota.data"
    path.write_text(MUSHROOMS)
    found = read_labelled_text(path, class_column="1")
    assert found.class_names == ("e", "p") and found.classes.tolist() == [1, 0, 0, 1, 0]
    # shape 2, surface 2, colour 4, bruises 2, odour 4, root 3
    assert found.inputs.shape == (5, 17) and (found.inputs.sum(1) == 6).all()
    assert found.features[:2] == ("column 2=b", "column 2=x") and "column 7=?" in found.features
    assert found.inputs[:, 0].tolist() == [0, 0, 1, 0, 0]
    assert "without a line of names" in found.notes[0]
    assert "the class is column 1: e is 0, p is 1" in found.notes[1]
    with pytest.raises(InputError, match="the class .column 7. is [?]"):
        read_labelled_text(path)


def test_the_zoo_as_published_with_its_two_frogs(tmp_path):
    path = tmp_path / "zoo.data"
    path.write_text(ZOO)
    found = read_labelled_text(path)
    assert found.inputs.shape == (8, 16) and found.class_names == tuple("1234567")
    assert found.classes.tolist() == [0, 3, 1, 5, 4, 4, 6, 2]
    assert "column 1 of" in found.notes[1] and "the class is column 18" in found.notes[2]


def test_the_class_and_names_are_found_or_told(tmp_path):
    path = tmp_path / "zoo.csv"
    rows = ["animal,hair,legs,type", "aardvark,true,4,1", "bass,false,0,4", "clam,false,0,7"]
    path.write_text("\n".join(rows))
    found = read_labelled_text(path)
    assert found.features == ("hair", "legs") and found.class_names == ("1", "4", "7")
    assert found.inputs.tolist() == [[1, 4], [0, 0], [0, 0]] and found.classes.tolist() == [0, 1, 2]
    assert "column 1 of" in found.notes[0] and "1 is 0, 4 is 1, 7 is 2" in found.notes[1]
    found = read_labelled_text(path, class_column="hair", item="animal")
    assert found.features == ("legs", "type") and found.class_names == ("false", "true")
    with pytest.raises(InputError, match="class_column: 'kind' is no column"):
        read_labelled_text(path, class_column="kind")


@pytest.mark.parametrize(
    "text, message",
    [
        ("a,b,class\n1,2,0\n1,NA,1\n", "line 3, feature 'b' is NA; a finite number"),
        ("a,b,class\n1,2,0\n1,3,?\n", "line 3: the class .column 'class'. is [?]"),
        ("a,b,class\n1,2,0.5\n1,3,1\n", "are not whole numbers"),
        ("a\n1\n", "has one column"),
        ("a,b,c\n" + "".join(f"1,x{i},{i % 2}\n" for i in range(300)), "300 different texts"),
        ("a,b\n" + "".join(f"1,{i}\n" for i in range(300)), "too many for a class"),
    ],
)
def test_bad_text_gets_one_line(tmp_path, text, message):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_labelled_text(path)


def test_a_folder_of_idx_files(tmp_path):
    """MNIST's four names."""
    with pytest.raises(ValueError, match="no file train-images-idx3-ubyte"):
        read_idx_folder(tmp_path)
    for prefix in ("train", "t10k"):
        head = b"\0\0\x08\x03" + struct.pack(">3i", 3, 2, 2)
        (tmp_path / f"{prefix}-images-idx3-ubyte").write_bytes(head + IMAGES.tobytes())
        marks = b"\0\0\x08\x01" + struct.pack(">i", 3) + bytes([2, 0, 1])
        (tmp_path / f"{prefix}-labels.idx1-ubyte.gz").write_bytes(gzip.compress(marks))
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
