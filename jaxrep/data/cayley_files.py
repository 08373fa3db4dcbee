"""A finite group from a file with its Cayley table."""

from pathlib import Path

import numpy as np
from jaxtyping import Int, Shaped

from jaxrep.data.delimited_text import read_delimited
from jaxrep.errors import InputError
from jaxrep.groups import FiniteGroup, table_group
from jaxrep.safe_arrays import read_npy


def read_group(path: str | Path) -> FiniteGroup:
    """The group whose Cayley table is in a file; its irreps are computed (`table_group`).

    A ``.npy`` array, or text with one line for each element x, the products xy in the order of y.
    Elements are numbers from 0 or from 1, or names; names have to stand beside and above the
    table, or the neutral element comes first, so that the first line has them in order.

    Args:
      path: of the file; its stem is the name of the group.

    Raises:
      InputError: it cannot be read, or is no table of a group; the first reason is named.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "klein.csv")
    ...     _ = file.write_text("e,a,b,c\\na,e,c,b\\nb,c,e,a\\nc,b,a,e\\n")
    ...     klein = read_group(file)
    >>> klein.name, klein.order, klein.labels
    ('klein', 4, ('e', 'a', 'b', 'c'))
    """
    path = Path(path)
    try:
        if path.suffix == ".npy":
            table, labels = _numbered(read_npy(path)), ()
        else:
            table, labels = _of_cells(read_delimited(path).rows, path)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        words = str(error).removeprefix(f"{path} ")
        raise InputError(f"table: {path} cannot be read ({words})") from None
    try:
        return table_group(table, path.stem, labels)
    except ValueError as error:
        raise InputError(f"{error} ({path})") from None


def _of_cells(rows: list[list[str]], path: Path) -> tuple[Int[np.ndarray, "n m"], tuple[str, ...]]:
    """The table of lines of cells, and the names of its elements, if it has any."""
    widths = {len(row) for row in rows}
    if len(widths) != 1 or widths != {len(rows)}:
        raise InputError(
            f"table: {path} has {len(rows)} lines of {' or '.join(map(str, sorted(widths)))} "
            "cells; a square table is needed"
        )
    cells = [[cell.strip() for cell in row] for row in rows]
    above, beside = cells[0][1:], [row[0] for row in cells[1:]]
    # The corner of a table that has names beside it is none of its elements.
    inside = {cell for row in cells[1:] for cell in row[1:]}
    named = above == beside and inside == set(above) and cells[0][0] not in inside
    if named and len(above) > 1:
        names, cells = above, [row[1:] for row in cells[1:]]
    elif all(_is_whole(cell) for row in cells for cell in row):
        return _numbered(np.array(cells).astype(np.int64)), ()
    else:
        names = cells[0]
    place = {name: index for index, name in enumerate(names)}
    unknown = next((cell for row in cells for cell in row if cell not in place), None)
    if unknown is not None:
        raise InputError(
            f"table: {unknown!r} in {path} is no element; they are {', '.join(names)[:200]}"
        )
    return np.array([[place[cell] for cell in row] for row in cells]), tuple(names)


def _numbered(table: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
    """From 0, also where the file counts from 1."""
    from_one = table.ndim == 2 and table.size and table.min() == 1 and table.max() == len(table)
    return table - 1 if from_one else table


def _is_whole(cell: str) -> bool:
    return cell.isascii() and cell.removeprefix("-").isdecimal() and len(cell) < 10
