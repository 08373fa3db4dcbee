"""A table from a text file of somebody else: what is a header, a number, a truth, a hole.

What was decided is said in the table's notes, for the study to print.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float

from jaxrep.data.delimited_text import SEPARATORS, read_delimited
from jaxrep.data.repeated_names import listed
from jaxrep.errors import InputError

Header = Literal["auto", "yes", "no"]

TRUE = frozenset({"true", "yes", "t", "y", "present"})
FALSE = frozenset({"false", "no", "f", "n", "absent"})
MISSING = frozenset({"", "?", "na", "n/a", "nan", "null", "none", "-"})
"""Cells without a value, whatever their case."""
_DIGITS = frozenset("0123456789+-.eE")
CORNERS = frozenset(
    {"", "item", "items", "name", "names", "id", "animal", "exemplar", "concept", "feature"}
)
"""First cell of a line of names over a column of names, whatever its case."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")
_DECIMAL_POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")


class TextTable(NamedTuple):
    """Cells by row and column.

    Attributes:
      path: the file.
      names: of the columns, as in the first line, or ``column 1 ...``.
      rows: cells of each row, as many as names; a decimal comma is a point already.
      lines: number of each row in the file, from 1.
      has_header: whether the first line has the names.
      notes: one line for each thing that had to be decided.
    """

    path: str
    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    has_header: bool
    notes: tuple[str, ...]

    def column(self, index: int) -> list[str]:
        """Cells of one column."""
        return [row[index] for row in self.rows]

    def find(self, asked: str, option: str) -> int:
        """Number of the column of that name, or of that number from 1.

        Raises:
          InputError: there is no such column, or there are several.
        """
        times = self.names.count(asked)
        if times == 1:
            return self.names.index(asked)
        if not times and asked.isdecimal() and 1 <= int(asked) <= len(self.names):
            return int(asked) - 1
        if times:
            raise InputError(f"{option}: {times} columns of {self.path} are called {asked!r}")
        raise InputError(
            f"{option}: {asked!r} is no column of {self.path}; allowed are {listed(self.names)}, "
            f"or a number 1 .. {len(self.names)}"
        )


def read_text_table(path: str | Path, header: Header = "auto") -> TextTable:
    """Read a text file; separator, encoding, decimal mark and header are found out.

    The first line is names if it has one cell fewer than the others (as R writes it), or its
    first cell is empty, item, name or the like (`CORNERS`), or none of its cells is a value while
    other lines have some. Where nothing but text is there, it is names unless one of its cells
    comes again in the same column.

    Raises:
      InputError: it cannot be read, lines differ in length, or both decimal marks occur.

    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "zoo.data")
    ...     _ = file.write_text("frog,0,1\\nnewt,1,1\\n")
    ...     table = read_text_table(file)
    >>> table.names, table.has_header
    (('column 1', 'column 2', 'column 3'), False)
    >>> table.column(0)
    ['frog', 'newt']
    """
    try:
        cells = read_delimited(path)
    except (OSError, ValueError) as error:
        words = str(error).removeprefix(f"{path} ")
        raise InputError(f"data: {path} cannot be read ({words})") from None
    rows, lines = cells.rows, cells.lines
    if not rows:
        raise InputError(f"data: {path} is empty; a table is needed")
    notes = []
    if header != "no" and len(rows) > 1 and {len(row) for row in rows[1:]} == {len(rows[0]) + 1}:
        # R leaves the corner out; a separator at the end of lines looks alike
        rows[0].insert(0 if any(row[-1] for row in rows[1:]) else len(rows[0]), "")
    _check_widths(path, rows, lines)
    rows = _without_empty_columns(rows)
    comma = _has_decimal_comma(path, rows, lines, cells.separator)
    if comma:
        rows = [[_with_point(cell) for cell in row] for row in rows]
    has_header = _is_header(rows) if header == "auto" else header == "yes"
    read = f"data: {path} is read as {cells.encoding} separated by {SEPARATORS[cells.separator]}"
    if comma:
        read += ", with decimal commas"
    if not has_header:
        read += ", without a line of names"
    if comma or not has_header or (cells.separator, cells.encoding) != (",", "UTF-8"):
        notes.append(read)
    if has_header:
        # a corner may be empty; another column without a name is called by its number
        named = [name or (f"column {i + 1}" if i else "") for i, name in enumerate(rows[0])]
        names, rows, lines = tuple(named), rows[1:], lines[1:]
    else:
        names = tuple(f"column {i + 1}" for i in range(len(rows[0])))
    if not rows:
        raise InputError(f"data: {path} has a line of names and nothing else")
    return TextTable(str(path), names, rows, lines, has_header, tuple(notes))


def is_missing(cell: str) -> bool:
    """Whether a cell stands for no value.

    >>> is_missing("NA"), is_missing("0")
    (True, False)
    """
    return cell.lower() in MISSING


def is_number(cell: str) -> bool:
    """Whether a cell is a decimal number (with a point).

    >>> is_number("-1.5e3"), is_number("1_000"), is_number("inf")
    (True, False, False)
    """
    return _NUMBER.fullmatch(cell) is not None


def column_kind(
    cells: Sequence[str], letters: bool = True
) -> Literal["numbers", "truths", "text", "empty"]:
    """What a column holds, holes left aside; one number makes it a column of numbers.

    Args:
      cells: of the column.
      letters: whether t, f, y and n are truths.

    >>> column_kind(["yes", "NA"]), column_kind(["1", "x"]), column_kind(["y", "n"], False)
    ('truths', 'numbers', 'text')
    """
    if _plain_numbers(cells) is not None:
        return "numbers"
    present = [cell for cell in cells if not is_missing(cell)]
    if not present:
        return "empty"
    words = {cell.lower() for cell in present}
    if words <= TRUE | FALSE and (letters or all(len(word) > 1 for word in words)):
        return "truths"
    return "numbers" if any(map(is_number, present)) else "text"


def numbers_of(
    table: TextTable, index: int, row_names: Sequence[str] = ()
) -> Float[np.ndarray, " row"]:
    """A column as numbers: true, yes, t, y and present are 1; false, no, f, n and absent are 0.

    Raises:
      InputError: a cell without a value, or that is no number; truths among numbers. The message
        names line and column.
    """
    cells = table.column(index)
    plain = _plain_numbers(cells)
    if plain is not None:
        return plain
    missing = [i for i, cell in enumerate(cells) if is_missing(cell)]
    if missing:
        first, several = missing[0], len(missing) > 1
        what = cells[first] if cells[first] else "empty"
        count = f" ({len(missing)} such cells in this column)" if several else ""
        place = _place(table, first, index, row_names)
        raise InputError(f"{place} is {what}; a finite number is needed{count}")
    if column_kind(cells) == "truths":
        return np.array([cell.lower() in TRUE for cell in cells], float)
    for i, cell in enumerate(cells):
        if not is_number(cell) or not np.isfinite(float(cell)):
            mixed = cell.lower() in TRUE | FALSE
            why = ", in a column that has numbers too" if mixed else ""
            place = _place(table, i, index, row_names)
            raise InputError(f"{place} is {cell!r}{why}; a finite number is needed")
    return np.array([float(cell) for cell in cells])


def _plain_numbers(cells: Sequence[str]) -> Float[np.ndarray, " row"] | None:
    """Cells as finite numbers at once, if they are of nothing else: large tables are."""
    if "" in cells or not set("".join(cells)) <= _DIGITS:
        return None
    try:
        values = np.array(cells, np.str_).astype(np.float64)
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None


def _check_widths(path: str | Path, rows: list[list[str]], lines: list[int]) -> None:
    width = len(rows[0])
    for row, line in zip(rows, lines, strict=True):
        if len(row) != width:
            raise InputError(
                f"data: {path}, line {line}: {row[0][:40]!r} has {len(row) - 1} values for "
                f"{width - 1} features"
            )


def _without_empty_columns(rows: list[list[str]]) -> list[list[str]]:
    """Without the last columns that nobody filled, name and all."""
    width = len(rows[0])
    while width > 1 and not any(row[width - 1] for row in rows):
        width -= 1
    return [row[:width] for row in rows] if width < len(rows[0]) else rows


def _has_decimal_comma(
    path: str | Path, rows: list[list[str]], lines: list[int], separator: str
) -> bool:
    """Of numbers: cells such as 0,5; both marks in one file are refused."""
    written = any("," in cell for row in rows for cell in row)
    commas = _first_line(_DECIMAL_COMMA, rows, lines) if written else None
    if commas is None:
        return False
    written = {cell for row in rows for cell in row if _DECIMAL_COMMA.fullmatch(cell)}
    if separator == "," and all(map(_THOUSANDS.fullmatch, written)):
        raise InputError(
            f"data: {path}, line {commas}: {min(written)!r} may be thousands or a decimal comma; "
            "a number without the comma is needed"
        )
    points = _first_line(_DECIMAL_POINT, rows, lines)
    if points is not None:
        raise InputError(
            f"data: {path} has a decimal comma in line {commas} and a decimal point in line "
            f"{points}; one of them is needed"
        )
    return True


def _first_line(pattern: re.Pattern, rows: list[list[str]], lines: list[int]) -> int | None:
    for row, line in zip(rows, lines, strict=True):
        if any(map(pattern.fullmatch, row)):
            return line
    return None


def _with_point(cell: str) -> str:
    return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell


def _is_header(rows: list[list[str]]) -> bool:
    first, body = rows[0], rows[1:]
    if first[0].lower() in CORNERS:
        return True
    if any(_is_value(cell) for cell in first):
        return False
    if not body:
        return True
    if any(_is_value(cell) for row in body for cell in row[1:] or row):
        return True
    return not any(cell == row[i] for i, cell in enumerate(first) for row in body)


def _is_value(cell: str) -> bool:
    long = len(cell) > 1  # single letters are as often categories
    return is_number(cell) or (long and cell.lower() in TRUE | FALSE | MISSING)


def _place(table: TextTable, row: int, index: int, row_names: Sequence[str]) -> str:
    item = f", item {row_names[row]!r}" if len(row_names) else ""
    column = f"feature {table.names[index]!r}" if table.has_header else f"column {index + 1}"
    return f"data: {table.path}, line {table.lines[row]}{item}, {column}"
