"""Labelled inputs from a text file: numbers, truths and categories, with a class."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from jaxrep.data.labelled import checked_inputs
from jaxrep.data.repeated_names import listed
from jaxrep.data.text_table import (
    Header,
    TextTable,
    column_kind,
    is_missing,
    is_number,
    numbers_of,
    read_text_table,
)
from jaxrep.errors import InputError
from jaxrep.safe_arrays import check_room

MOST_VALUES = 256
"""Different texts of a column that is a category."""
_CLASS = "class="


class LabelledText(NamedTuple):
    """Inputs with classes, and how they were read.

    Attributes:
      inputs: one row for each line; categories are columns of ones and zeros.
      classes: 0, 1, ...
      features: names of the columns of inputs.
      class_names: in the order of their numbers.
      notes: one line for each thing that was decided.
    """

    inputs: Float[np.ndarray, "input feature"]
    classes: Int[np.ndarray, " input"]
    features: tuple[str, ...]
    class_names: tuple[str, ...]
    notes: tuple[str, ...]


def read_labelled_text(
    path: str | Path, *, item: str = "", class_column: str = "", header: Header = "auto"
) -> LabelledText:
    """Read a text file of any separator and encoding (`read_text_table`).

    Columns of numbers stay so; words that are true or false are 1 and 0; any other text is a
    category, one column of ones and zeros for each of its values, ``?`` among them. The class is
    the last column, or several columns ``class=...`` of ones and zeros (as of the mushroom table
    of the deep-bottleneck project); classes are numbered in order. A first column of words of
    which less than a fifth come again, or that counts the lines, names them and is left out.

    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "agaricus-lepiota.data")
    ...     _ = file.write_text("p,x,1\\ne,x,2\\ne,?,1\\n")
    ...     found = read_labelled_text(file, class_column="1")
    >>> found.features, found.class_names
    (('column 2=?', 'column 2=x', 'column 3'), ('e', 'p'))
    >>> found.classes.tolist()
    [1, 0, 0]

    Args:
      path: of the file.
      item: column that names the lines and is left out, by name or by number from 1.
      class_column: column of the class.
      header: whether the first line has names; auto finds out.

    Raises:
      InputError: the file cannot be read, no such column, a hole among numbers or classes, a text
        with too many values, or class columns of which not exactly one is 1.
    """
    table, notes = read_text_table(path, header), []
    if len(table.names) < 2:
        raise InputError(f"data: {path} has one column; features and a class are needed")
    left_out = {table.find(item, "item")} if item else _names_of_lines(table)
    if left_out and not item:
        notes.append(f"data: column 1 of {path} names its lines and is left out")
    marked = [i for i, name in enumerate(table.names) if name.startswith(_CLASS)]
    if marked and not class_column:
        classes, names = _marked_classes(table, marked)
        left_out |= set(marked)
    else:
        column = table.find(class_column, "class_column") if class_column else -1
        column %= len(table.names)
        classes, names = _classes(table, column)
        left_out |= {column}
        chosen = "" if class_column else " (class_column names another)"
        values = listed([f"{name} is {i}" for i, name in enumerate(names)], 6)
        if not class_column or names != tuple(map(str, range(len(names)))):
            notes.append(f"data: the class is {_called(table, column)}: {values}{chosen}")
    columns, features = _inputs(table, left_out)
    inputs, classes = checked_inputs(np.stack(columns, 1), classes)
    # A line of numbers with the class behind them is the plain case; nothing was decided then.
    plain = not table.notes and not any("=" in name for name in features) and len(notes) < 2
    said = () if plain and names == tuple(map(str, range(len(names)))) else (*table.notes, *notes)
    return LabelledText(inputs, classes, features, names, said)


def read_labelled_csv(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and classes of `read_labelled_text`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "data.csv")
    ...     _ = file.write_text("height,weight,kind\\n1.5,2,cat\\n3,4.5,dog\\n")
    ...     inputs, classes = read_labelled_csv(file)
    >>> inputs.tolist(), classes.tolist()
    ([[1.5, 2.0], [3.0, 4.5]], [0, 1])
    """
    found = read_labelled_text(path)
    return found.inputs, found.classes


def _names_of_lines(table: TextTable) -> set[int]:
    """The first column, if it counts the lines, or has words of which few come again.

    Not if all are single letters, which are categories.
    """
    cells = table.column(0)
    if len(cells) < 3 or len(table.names) < 3:
        return set()
    counts = [str(i) for i in range(len(cells) + 1)]
    counted = cells in (counts[:-1], counts[1:])
    words = column_kind(cells, letters=False) == "text" and any(len(cell) > 1 for cell in cells)
    return {0} if counted or (words and len(set(cells)) > 0.8 * len(cells)) else set()


def _marked_classes(table: TextTable, columns: list[int]) -> tuple[np.ndarray, tuple[str, ...]]:
    marks = np.stack([numbers_of(table, i) for i in columns], 1)
    if not (np.isin(marks, (0, 1)).all() and (marks.sum(1) == 1).all()):
        wrong = int(np.argmax((marks.sum(1) != 1) | ~np.isin(marks, (0, 1)).all(1)))
        raise InputError(
            f"data: {table.path}, line {table.lines[wrong]}: columns class=...: not exactly one "
            "of them is 1"
        )
    return marks.argmax(1), tuple(table.names[i].removeprefix(_CLASS) for i in columns)


def _classes(table: TextTable, column: int) -> tuple[np.ndarray, tuple[str, ...]]:
    cells = table.column(column)
    for cell, line in zip(cells, table.lines, strict=True):
        if is_missing(cell):
            raise InputError(
                f"data: {table.path}, line {line}: the class ({_called(table, column)}) is "
                f"{cell or 'empty'}"
            )
    if all(map(is_number, cells)):
        whole = np.array([float(cell) for cell in cells])
        if not (np.isfinite(whole).all() and (whole == np.round(whole)).all()):
            raise InputError(
                f"data: {table.path}: the classes ({_called(table, column)}) are not whole numbers"
            )
        cells = whole.astype(object).tolist()
    values = sorted(set(cells))
    if len(values) > max(MOST_VALUES, 2):
        raise InputError(
            f"data: {table.path}: {_called(table, column)} has {len(values)} different values, too "
            f"many for a class; at most {MOST_VALUES} are allowed (class_column names another)"
        )
    number = {value: i for i, value in enumerate(values)}
    names = tuple(value if isinstance(value, str) else f"{value:.0f}" for value in values)
    return np.array([number[cell] for cell in cells]), names


def _inputs(table: TextTable, left_out: set[int]) -> tuple[list[np.ndarray], tuple[str, ...]]:
    columns, names, width = [], [], 0
    for i, name in enumerate(table.names):
        if i in left_out:
            continue
        cells = table.column(i)
        if column_kind(cells, letters=False) in ("numbers", "truths"):
            columns.append(numbers_of(table, i))
            names.append(name)
            continue
        values = sorted(set(cells))
        if len(values) > MOST_VALUES:
            raise InputError(
                f"data: {table.path}: {_called(table, i)} has {len(values)} different texts; at "
                f"most {MOST_VALUES} make a category (item leaves a column of names out)"
            )
        width += len(values)
        check_room(table.path, 8 * width * len(cells), f"{width:,} columns of ones and zeros")
        of_cell = np.array(cells)
        columns += [(of_cell == value).astype(float) for value in values]
        names += [f"{name}={value}" for value in values]
    if not columns:
        raise InputError(f"data: {table.path} has no feature beside the class")
    return columns, tuple(names)


def _called(table: TextTable, column: int) -> str:
    """A column, for a message."""
    return f"column {table.names[column]!r}" if table.has_header else table.names[column]
