"""Text files of other people: what is found out, what is said, what is refused."""

import pytest

from jaxrep.data.delimited_text import read_text
from jaxrep.data.feature_files import read_feature_csv
from jaxrep.data.repeated_names import distinct_names
from jaxrep.data.text_table import read_text_table
from jaxrep.errors import InputError

ZOO = """aardvark,1,0,0,1,0,0,1,1,1,1,0,0,4,0,0,1,1
bass,0,0,1,0,0,1,1,1,1,0,0,1,0,1,0,0,4
dove,0,1,1,0,1,0,0,0,1,1,0,0,2,1,1,0,2
flea,0,0,1,0,0,0,0,0,0,1,0,0,6,0,0,0,6
frog,0,0,1,0,0,1,1,1,1,1,0,0,4,0,0,0,5
frog,0,0,1,0,0,1,1,1,1,1,1,0,4,0,0,0,5
clam,0,0,1,0,0,0,1,0,0,0,0,0,0,0,0,0,7
slowworm,0,0,1,0,0,0,1,1,1,1,0,0,0,1,0,0,3
"""
"""Eight lines of UCI's zoo.data: name, 15 truths and legs, type."""
SAME = [[1, 0.5], [0, 2.5]]


@pytest.mark.parametrize(
    "data",
    [
        b"item,flies,weight\nrobin,1,0.5\nbat,0,2.5\n",
        b"item;flies;weight\r\nrobin;1;0,5\r\nbat;0;2,5\r\n",
        b"item\tflies\tweight\nrobin\tyes\t.5\nbat\tNo\t2.5\n",
        b'"item","flies","weight"\n"robin","1","0,5"\n"bat","0","2,5"\n',
        b"  item flies weight\n robin   TRUE  5e-1\n  bat FALSE  2.5\n",
        b'"flies" "weight"\n"robin" 1 0.5\n"bat" 0 2.5\n'.replace(b'"', b""),  # as R writes it
        "\ufeffitem,flies,weight\nrobin,1,0.5\nbat,0,2.5\n".encode(),
        "item,flies,weight\nrobin,1,0.5\nbat,0,2.5\n".encode("utf-16"),
        "item,flies,weight\nrobin,1,0.5\nbat,0,2.5\n".encode("utf-16-be"),
        b'"flies" "weight"\n"robin" TRUE 0.5\n"bat" FALSE 2.5\n',
        b"item|flies|weight\nrobin|1|0.5\nbat|0|2.5\n",
        b"sep=;\nitem;flies;weight\nrobin;1;0.5\nbat;0;2.5\n",
        b"item;flies;weight;;\nrobin;1;0.5;;\nbat;0;2.5;;\n;;;;\n",  # as Excel may write it
        b"item,flies,weight\nrobin,1,0.5,\nbat,0,2.5,\n",
        b"item,flies,weight,group\nrobin,1,0.5,bird\nbat,0,2.5,mammal\n",
    ],
)
def test_one_table_written_in_many_ways(tmp_path, data):
    file = tmp_path / "table.txt"
    file.write_bytes(data)
    table = read_feature_csv(file)
    assert table.items == ("robin", "bat") and table.features == ("flies", "weight")
    assert table.values.tolist() == SAME
    plain = data.startswith((b"item,", b"\xef")) and b"group" not in data
    assert bool(table.notes) != plain, table.notes


def test_quoted_names_of_several_words_between_spaces(tmp_path):
    """As R's write.table has them."""
    file = tmp_path / "table.txt"
    file.write_text('"has wings" "is big"\n"black bear" FALSE TRUE\n"robin" TRUE FALSE\n')
    table = read_feature_csv(file)
    assert table.items == ("black bear", "robin") and table.features == ("has wings", "is big")
    assert table.values.tolist() == [[0, 1], [1, 0]]


def test_what_was_found_out_is_said(tmp_path):
    file = tmp_path / "table.csv"
    file.write_bytes("item;süß\nmöwe;0,5\n".encode("latin-1"))
    table = read_feature_csv(file)
    assert table.items == ("möwe",) and table.features == ("süß",)
    assert table.notes == (
        f"data: {file} is read as Latin-1 separated by semicolons, with decimal commas",
    )
    file.write_text("1,2\n3,4\n")
    table = read_feature_csv(file)
    assert table.values.tolist() == [[1, 2], [3, 4]] and table.items == ("item 1", "item 2")
    assert "without a line of names" in table.notes[0] and "no column of names" in table.notes[1]
    file.write_text("item,english,flies\nmerel,robin,1\nzalm,salmon,0\n")
    table = read_feature_csv(file, item="english")
    assert table.items == ("robin", "salmon") and table.values.tolist() == [[1], [0]]
    assert "columns of text are left out: item" in table.notes[0]
    file.write_text("item,1,2\n7,1,0\n8,0,1\n")  # numbers as names
    table = read_feature_csv(file)
    assert table.items == ("7", "8") and table.features == ("1", "2")


def test_the_zoo_as_published(tmp_path):
    """No names of columns, two frogs, the type last."""
    file = tmp_path / "zoo.data"
    file.write_text(ZOO)
    table = read_feature_csv(file, class_column="18")
    assert table.values.shape == (8, 16) and table.features[0] == "column 2"
    assert table.items[4:6] == ("frog", "frog (2)")
    assert table.values[:, 12].tolist() == [4, 0, 2, 6, 4, 4, 0, 0]  # legs
    assert "item 'frog' is in lines 5, 6; they are numbered" in table.notes[1]
    mean = read_feature_csv(file, duplicates="mean")
    assert mean.values.shape == (7, 17) and mean.values[4, 10] == 0.5  # one of them is venomous
    with pytest.raises(InputError, match="'frog' is there twice .lines 5 and 6"):
        read_feature_csv(file, duplicates="refuse")


def test_animals_with_attributes_as_published(tmp_path):
    """A matrix of spaces and numbers; names of both sides in files beside it."""
    (tmp_path / "classes.txt").write_text("     1\tantelope\n     2\tgrizzly+bear\n")
    (tmp_path / "predicates.txt").write_text("    1\tblack\n    2\tnew world\n    3\tbulbous\n")
    file = tmp_path / "predicate-matrix-binary.txt"
    file.write_text("0 0 1\n1 0 1\n")
    table = read_feature_csv(file)
    assert table.items == ("antelope", "grizzly+bear")
    assert table.features == ("black", "new world", "bulbous")
    assert table.values.tolist() == [[0, 0, 1], [1, 0, 1]] and "beside it" in table.notes[1]
    file = tmp_path / "predicate-matrix-continuous.txt"
    file.write_text("   -1.00     0.00    15.56\n   39.25     0.00     1.39\n")
    assert read_feature_csv(file).values[1, 0] == 39.25
    (tmp_path / "classes.txt").write_text("1\tantelope\n")
    table = read_feature_csv(file)
    assert table.items == ("item 1", "item 2") and "have 1 and 3 names" in table.notes[1]


def test_leuven_norms_as_published(tmp_path):
    """Features are lines, in two languages; exemplars are columns; counts of four people."""
    file = tmp_path / "type_I_birds.txt"
    text = "\t\tduif\tpinguïn\tstruis: groot\nkan vliegen\tcan fly\t4\t0\t0\n"
    text += "zingt: mooi\tsings\t3\t0\t0\n"
    file.write_bytes(text.encode("cp1252"))
    table = read_feature_csv(file, transpose=True)
    assert table.items == ("duif", "pinguïn", "struis: groot")
    assert table.values.tolist() == [[4, 3], [0, 0], [0, 0]]
    assert table.position("struis: groot:zingt: mooi") == (2, 1)
    assert table.position("duif:zingt: mooi") == (0, 1)


def test_a_colon_that_may_part_two_ways(tmp_path):
    file = tmp_path / "table.csv"
    file.write_text("item,c,b:c\na,1,2\na:b,3,4\n")
    with pytest.raises(InputError, match="may be item 'a', feature 'b:c' or item 'a:b', feature"):
        read_feature_csv(file).position("a:b:c")


@pytest.mark.parametrize(
    "text, message",
    [
        ("item,a,b\nx,1,\ny,2,NA\n", "line 2, item 'x', feature 'b' is empty; .*2 such cells"),
        ("item,a,b\nx,1,0\ny,2,?\n", "line 3, item 'y', feature 'b' is [?]; a finite number"),
        ("item,a\nx,1\n\ny,yes\n", "line 4, item 'y', feature 'a' is 'yes', in a column that has"),
        ("item,a\nx,1e999\n", "feature 'a' is '1e999'; a finite number"),
        ("item;a;b\nx;1,5;2\ny;1.5;3\n", "comma in line 2 and a decimal point in line 3"),
        ('item,a\nx,"1,500"\n', "may be thousands"),
        ('item,a\nx,"1\ny,2\n', "cannot be split"),
        ("a,b\nx,z\n", "no column of numbers"),
        ("item,a\n", "a line of names and nothing else"),
        ("\n \n", "is empty"),
        ("item,a\0\nx,1\n", "is no text file .byte 0 in line 1"),
    ],
)
def test_a_broken_table_is_named_with_its_line(tmp_path, text, message):
    file = tmp_path / "broken.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=message) as error:
        read_feature_csv(file)
    assert "\n" not in str(error.value)


def test_columns_are_found_by_name_or_number(tmp_path):
    file = tmp_path / "table.csv"
    file.write_text("item,a,a,7\nx,1,2,3\n")
    table = read_text_table(file)
    assert table.find("7", "item") == 3 and table.find("2", "item") == 1
    with pytest.raises(InputError, match="item: 2 columns of .* are called 'a'"):
        table.find("a", "item")
    with pytest.raises(InputError, match="'b' is no column of .*allowed are item, a, a, 7, or a"):
        table.find("b", "item")
    assert read_feature_csv(file).features == ("a", "a (2)", "7")
    assert read_text_table(file, header="no").names[0] == "column 1"


def test_new_names_do_not_meet_old_ones():
    names, notes = distinct_names(["a", "a", "a (2)", "a"], [1, 2, 3, 4], "feature", "number")
    assert len(set(names)) == 4 and names[0] == "a" and names[2] == "a (2)"
    assert notes == (
        "data: feature 'a' is in columns 1, 2, 4; they are numbered (duplicates number)",
    )


def test_a_file_too_large_is_not_read(tmp_path):
    (tmp_path / "a.csv").write_text("item,a\nx,1\n")
    with pytest.raises(ValueError, match="has 11 bytes; at most 10 of text are read"):
        read_text(tmp_path / "a.csv", 10)
    assert read_text(tmp_path / "a.csv", 11)[1] == "UTF-8"
