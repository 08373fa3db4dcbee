"""Cayley tables from files: numbers, names, and what is no table of a group."""

import numpy as np
import pytest

from jaxrep.data import read_group
from jaxrep.errors import InputError
from jaxrep.groups import dicyclic_table, group

S3 = group("S3").table
NAMES = list("xyzuvw")


def write(tmp_path, text, name="mine.csv"):
    file = tmp_path / name
    file.write_text(text)
    return file


def lines(rows, separator=","):
    return "".join(separator.join(map(str, row)) + "\n" for row in rows)


@pytest.mark.parametrize("separator", [",", ";", "\t", " "])
@pytest.mark.parametrize("first", [0, 1])
def test_numbers_from_0_or_1(tmp_path, separator, first):
    known = read_group(write(tmp_path, lines(S3 + first, separator)))
    np.testing.assert_array_equal(known.table, S3)
    assert known.name == "mine" and len(known.irreps) == 3
    assert sorted(irrep.dimension for irrep in known.irreps) == [1, 1, 2]


def test_arrays(tmp_path):
    np.save(tmp_path / "q8.npy", dicyclic_table(2) + 1)
    known = read_group(tmp_path / "q8.npy")
    np.testing.assert_array_equal(known.table, dicyclic_table(2))
    assert known.irrep_names[-1] == "4d_quaternionic_1"


def test_names_beside_the_table_or_in_its_first_line(tmp_path):
    rows = [["*", *NAMES]] + [[NAMES[x], *(NAMES[y] for y in row)] for x, row in enumerate(S3)]
    known = read_group(write(tmp_path, lines(rows)))
    np.testing.assert_array_equal(known.table, S3)
    assert known.labels == tuple(NAMES)
    c3 = [["e", "r", "s"], ["r", "s", "e"], ["s", "e", "r"]]
    assert read_group(write(tmp_path, lines(c3))).labels == ("e", "r", "s")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0,1\n1,0\n2,2\n", "has 3 lines of 2 cells; a square table is needed"),
        ("e,a\na,b\n", "'b' in .* is no element; they are e, a"),
        ("0,1\n1,1\n", r"table: row 1 has element 1 twice; .*mine.csv"),
        ("0,1\n1,9\n", r"table: element 9 given"),
    ],
)
def test_what_is_no_table_gets_one_line(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as caught:
        read_group(write(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(InputError, match="table: .*none.csv cannot be read"):
        read_group(tmp_path / "none.csv")
    (tmp_path / "broken.npy").write_bytes(b"\x93NUMPY\x01")
    with pytest.raises(InputError, match="table: .*broken.npy cannot be read"):
        read_group(tmp_path / "broken.npy")
