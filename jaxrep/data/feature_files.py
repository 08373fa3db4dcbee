"""Tables of items and features from files: text of any kind, and arrays."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from jaxrep.data.delimited_text import read_text
from jaxrep.data.feature_table import FeatureTable, make_feature_table
from jaxrep.data.repeated_names import Duplicates, distinct_names, listed, mean_over_names
from jaxrep.data.text_table import (
    CORNERS,
    Header,
    TextTable,
    column_kind,
    is_missing,
    is_number,
    numbers_of,
    read_text_table,
)
from jaxrep.errors import InputError
from jaxrep.safe_arrays import read_npy

NAMES_BESIDE = ("classes.txt", "predicates.txt")
"""Files beside a matrix without names that hold them, as of Animals with Attributes."""


def read_feature_csv(
    path: str | Path,
    *,
    item: str = "",
    class_column: str = "",
    header: Header = "auto",
    duplicates: Duplicates = "number",
    transpose: bool = False,
) -> FeatureTable:
    """A table from a text file: one line for each item, one column for each feature.

    Separator, encoding, decimal mark and header are found out (`read_text_table`). The first
    column has the names of the items if a cell of it is no number, or if the line of names calls
    it so, or if it counts the lines. Truths become 0 and 1 (`numbers_of`); columns of text are
    left out. A matrix without names has those of ``classes.txt`` and ``predicates.txt`` beside
    it. All this is in the table's notes.

    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "animals.csv")
    ...     _ = file.write_text("item;flies;weight\\nrobin;yes;0,02\\nsalmon;no;4,5\\n")
    ...     table = read_feature_csv(file)
    >>> table.items, table.features
    (('robin', 'salmon'), ('flies', 'weight'))
    >>> table.values.tolist()
    [[1.0, 0.02], [0.0, 4.5]]

    Args:
      path: of the file.
      item: column of the names of the items, by name or by number from 1.
      class_column: column that is a class, and so no feature.
      header: whether the first line has names; auto finds out.
      duplicates: names that come again are numbered, averaged or refused.
      transpose: items are columns, and features lines.

    Raises:
      InputError: no such file or column, a hole, lines of different lengths, a cell that is no
        number, nothing left.
    """
    table = read_text_table(path, header)
    column = table.find(item, "item") if item else _item_column(table)
    left_out = {column} | ({table.find(class_column, "class_column")} if class_column else set())
    others = [i for i in range(len(table.names)) if i not in left_out]
    numbers = [i for i in others if column_kind(table.column(i)) != "text"]
    notes = list(table.notes)
    if len(numbers) < len(others):
        text = [table.names[i] for i in others if i not in numbers]
        notes.append(f"data: of {path} columns of text are left out: {listed(text)}")
    if not numbers:
        raise InputError(
            f"data: {path} has no column of numbers beside the names of the items; "
            f"columns found: {listed(table.names)}"
        )
    items = table.column(column) if column is not None else []
    values = np.stack([numbers_of(table, i, items) for i in numbers], 1)
    features = [table.names[i] for i in numbers]
    if column is None:
        items, features, found = _names_beside(table, features)
        notes.append(found)
    values, items, more = _distinct(values, items, table.lines, "item", duplicates)
    columns = [i + 1 for i in numbers]
    turned, features, further = _distinct(values.T, features, columns, "feature", duplicates)
    notes += [*more, *further]
    if transpose:
        return FeatureTable(features, items, turned, tuple(notes))
    return FeatureTable(items, features, turned.T, tuple(notes))


def read_feature_array(path: str | Path) -> FeatureTable:
    """A table from a ``.npy`` file of numbers, items x features; names are made up.

    Raises:
      InputError: no such file, no array, or not two-dimensional numbers.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(Path(folder, "table.npy"), np.eye(2))
    ...     table = read_feature_array(Path(folder, "table.npy"))
    >>> table.items, table.values.tolist()
    (('item 0', 'item 1'), [[1.0, 0.0], [0.0, 1.0]])
    """
    try:
        values = read_npy(path)
    except OSError as error:
        raise InputError(f"data: {path} cannot be read ({error})") from None
    except ValueError as error:
        raise InputError(f"data: {error}") from None
    if values.ndim != 2 or values.dtype.kind not in "biuf":
        raise InputError(f"data: {path} is not an array of numbers, items x features")
    return make_feature_table(values)


def _item_column(table: TextTable) -> int | None:
    """The first column, if it names its lines: by a cell that is no number, its name, or by
    counting them."""
    cells = table.column(0)
    if column_kind(cells) == "truths" or len(table.names) < 2:
        return None
    if any(not (is_number(cell) or is_missing(cell)) for cell in cells):
        return 0
    counts = [str(i) for i in range(len(cells) + 1)]
    counting = cells in (counts[:-1], counts[1:]) and len(cells) > 1
    return 0 if table.has_header and (table.names[0].lower() in CORNERS or counting) else None


def _names_beside(table: TextTable, features: list[str]) -> tuple[list[str], list[str], str]:
    """Names for lines without any: those of files beside a bare matrix, or made up; and a note."""
    folder = Path(table.path).parent
    made_up = [f"item {i + 1}" for i in range(len(table.rows))]
    said = f"data: {table.path} has no column of names; items are numbered"
    if table.has_header or not all((folder / name).is_file() for name in NAMES_BESIDE):
        return made_up, features, said
    both = [_name_list(folder / name) for name in NAMES_BESIDE]
    counts = tuple(map(len, both))
    if counts != (len(made_up), len(features)):
        return (
            made_up,
            features,
            f"{said}: {' and '.join(NAMES_BESIDE)} beside it have {counts[0]} and "
            f"{counts[1]} names, it has {len(made_up)} lines of {len(features)} numbers",
        )
    return *both, f"data: names of {table.path} are those of {' and '.join(NAMES_BESIDE)} beside it"


def _name_list(path: Path) -> list[str]:
    """Names of a file with one on each line, behind its number or not."""
    try:
        lines = [line.strip() for line in read_text(path)[0].splitlines()]
    except (OSError, ValueError) as error:
        raise InputError(f"data: names in {path} cannot be read ({error})") from None
    return [re.sub(r"^\d+\s+", "", line) for line in lines if line]


def _distinct(
    values: Float[np.ndarray, "name other"],
    names: Sequence[str],
    places: Sequence[int],
    what: str,
    duplicates: Duplicates,
) -> tuple[Float[np.ndarray, "distinct other"], tuple[str, ...], tuple[str, ...]]:
    distinct, notes = distinct_names(names, places, what, duplicates)
    if duplicates == "mean":
        values, distinct = mean_over_names(values, distinct)
    return values, distinct, notes
