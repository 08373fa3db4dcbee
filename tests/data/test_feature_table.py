"""Tables of items and features: by hand, from arrays, from files."""

import numpy as np
import pytest

from jaxrep.data.feature_files import read_feature_array, read_feature_csv
from jaxrep.data.feature_table import FeatureTable, make_feature_table, toy_table
from jaxrep.errors import InputError


def test_the_toy_table_has_the_tutorials_singular_values():
    wanted = [5.8285, 5.0160, 3.0294, 2.9555, 1.2896, 1.1376, 0, 0]
    np.testing.assert_allclose(np.linalg.svd(toy_table().values)[1], wanted, atol=5e-5)
    assert toy_table().values[toy_table().position("Tuna:is_warmblooded")] == 1


def test_a_file_is_read_with_its_names(tmp_path):
    file = tmp_path / "animals.csv"
    file.write_text("\ufeffitem,flies,size\n robin ,1,-0.5\n\nsalmon,-1,2e-1\n", encoding="utf-8")
    table = read_feature_csv(file)
    assert table.items == ("robin", "salmon") and table.features == ("flies", "size")
    np.testing.assert_array_equal(table.values, [[1, -0.5], [-1, 0.2]])


@pytest.mark.parametrize(
    "text, message",
    [
        ("item,a,b\nx,1,\n", "item 'x', feature 'b' is empty"),
        ("item,a,b\nx,1,2\ny,1\n", "line 3: 'y' has 1 values for 2 features"),
        ("item,a\nx,nan\n", "feature 'a' is nan; a finite number"),
        ("item\n", "has a line of names and nothing else"),
        ("item\nx\n", "no column of numbers beside the names"),
    ],
)
def test_a_broken_file_is_named_with_the_place(tmp_path, text, message):
    file = tmp_path / "broken.csv"
    file.write_text(text)
    with pytest.raises(InputError) as error:
        read_feature_csv(file)
    assert message in str(error.value) and "\n" not in str(error.value)


def test_an_array_is_read(tmp_path):
    file = tmp_path / "values.npy"
    np.save(file, np.array([[1, -1], [0, 3]]))
    table = read_feature_array(file)
    assert table.items == ("item 0", "item 1") and table.values.tolist() == [[1, -1], [0, 3]]
    np.save(file, np.arange(3))
    with pytest.raises(InputError, match="is not an array of numbers, items x features"):
        read_feature_array(file)
    file.write_text("text")
    with pytest.raises(InputError, match="is not a whole .npy file"):
        read_feature_array(file)


def test_a_missing_file():
    with pytest.raises(InputError, match="cannot be read"):
        read_feature_csv("nowhere.csv")


def test_features_and_names_are_added():
    table = make_feature_table(np.ones((2, 3))).renamed({"item 1": "shark"})
    table = table.with_feature("bones", [1, -1])
    assert table.position("shark:bones") == (1, 3) and table.values[1, 3] == -1
    with pytest.raises(InputError, match="'bones' has 3 values for 2 items"):
        table.with_feature("bones", [1, 2, 3])
    with pytest.raises(InputError, match="item: 'eel' is not there; allowed are item 0, shark"):
        table.position("eel:bones")
    with pytest.raises(InputError, match="feature: 'fins' is not there"):
        table.position("shark:fins")
    with pytest.raises(InputError, match="form item:feature"):
        table.position("shark")
    with pytest.raises(InputError, match="item: 'eel'"):
        table.renamed({"eel": "x"})


def test_values_that_do_not_fit():
    with pytest.raises(InputError, match="values: \\[2, 2\\] numbers for 1 items"):
        FeatureTable(("a",), ("f", "g"), np.ones((2, 2)))
    with pytest.raises(InputError, match="values: inf for item 'item 0'"):
        make_feature_table(np.array([[np.inf]]))
