"""Lines and cells of a text file whose encoding and separator nobody has told."""

import codecs
import csv
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

LARGEST_TEXT = 256 * 2**20
"""Bytes of the largest text file that is read; cells in memory take twenty times as much."""
SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars", "": "spaces"}
"""Separator, in order of preference, and its name; the empty one stands for runs of spaces."""
_SAMPLE = 200
_VALUE = re.compile(r"(?i)[+-]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d+)?|yes|no|true|false|[tfyn]|na|nan|")
_EXCEL = re.compile('"?sep=([\t;,|])"?\r?\n')
"""The first line of a file that tells Excel its separator."""
_WORD = re.compile(r'"([^"]*)"|(\S+)')
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


class Cells(NamedTuple):
    """Cells of a text file, without blanks around them.

    Attributes:
      rows: one list of cells for each line that is not empty.
      lines: its number in the file, from 1.
      separator: a key of `SEPARATORS`.
      encoding: UTF-8, UTF-16 or Latin-1.
    """

    rows: list[list[str]]
    lines: list[int]
    separator: str
    encoding: str


def read_text(path: str | Path, largest: int = LARGEST_TEXT) -> tuple[str, str]:
    """The text of a file, and its encoding: by its byte-order mark, else UTF-8, else Latin-1.

    UTF-16 without a mark is known by its zero bytes. Latin-1 is read as Windows has it (cp1252).

    Raises:
      ValueError: the file is too large, or is no text.
      OSError: it cannot be read.
    """
    size = Path(path).stat().st_size
    if size > largest:
        raise ValueError(f"{path} has {size:,} bytes; at most {largest:,} of text are read")
    data = Path(path).read_bytes()
    text, encoding = _decoded(data)
    found = _CONTROL.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        raise ValueError(f"{path} is no text file (byte {ord(found[0])} in line {line})")
    return text, encoding


def read_delimited(path: str | Path) -> Cells:
    """The cells of a text file; the separator is the one under which most is a value.

    Of separators that give the same number of cells in (almost) every line, the one under which
    the largest share of cells are values; among equals tabs, semicolons, commas, bars, then spaces.

    Raises:
      ValueError: as of `read_text`, or a quotation mark that is never closed.
      OSError: the file cannot be read.

    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "animals.txt")
    ...     _ = file.write_text("item;weight\\n\\nrobin;0,02\\n")
    ...     cells = read_delimited(file)
    >>> cells.rows
    [['item', 'weight'], ['robin', '0,02']]
    >>> cells.lines[1], SEPARATORS[cells.separator]
    (3, 'semicolons')
    """
    text, encoding = read_text(path)
    told = _EXCEL.match(text)
    if told:
        separator, text = told[1], "\n" + text[told.end() :]  # line numbers stay
    else:
        sample = "\n".join(text.splitlines()[: 2 * _SAMPLE])
        tried = {separator: _rank(sample, separator) for separator in SEPARATORS}
        separator = max(tried, key=lambda one: tried[one])  # the first of equals
        if not tried[separator][0]:
            separator = ","
    try:
        rows, lines = _split(text, separator)
    except csv.Error as error:
        raise ValueError(f"{path} cannot be split into cells ({error})") from None
    return Cells(rows, lines, separator, encoding)


def _decoded(data: bytes) -> tuple[str, str]:
    marks = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16"}
    marks[codecs.BOM_UTF16_BE] = "utf-16"
    for mark, codec in marks.items():
        if data.startswith(mark):
            return data.decode(codec), "UTF-16" if codec == "utf-16" else "UTF-8"
    head = data[:2000]
    zeros = head[0::2].count(0), head[1::2].count(0)
    if max(zeros) > 0.4 * len(head) / 2 and not len(data) % 2:
        return data.decode("utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"), "UTF-16"
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        # the five bytes that cp1252 has no character for are those of Latin-1
        return data.decode("cp1252", errors="replace"), "Latin-1"


def _split(text: str, separator: str) -> tuple[list[list[str]], list[int]]:
    if not separator:
        numbered = enumerate(text.splitlines(), 1)
        kept = [(_words(line), i) for i, line in numbered if line.strip()]
        return [row for row, _ in kept], [line for _, line in kept]
    rows, lines, line = [], [], 1
    reader = csv.reader(text.splitlines(), delimiter=separator, strict=True, skipinitialspace=True)
    for row in reader:
        if any(cell.strip() for cell in row):
            rows.append([cell.strip() for cell in row])
            lines.append(line)
        line = reader.line_num + 1
    return rows, lines


def _words(line: str) -> list[str]:
    """Words of a line; what stands in quotation marks is one (as R writes it)."""
    if '"' not in line:
        return line.split()
    return [quoted or word for quoted, word in _WORD.findall(line)]


def _rank(sample: str, separator: str) -> tuple[bool, bool, bool, float]:
    """Whether it separates at all, lines alike, the first one too, and the share of values."""
    try:
        rows = _split(sample, separator)[0][:_SAMPLE]
    except csv.Error:
        rows = []
    if not rows:
        return False, False, False, 0.0
    count, times = Counter(map(len, rows[1:] or rows)).most_common(1)[0]
    body = [cell for row in rows[1:] for cell in row[1:]]
    values = sum(_VALUE.fullmatch(cell) is not None for cell in body) / max(len(body), 1)
    return count > 1, times >= 0.9 * len(rows[1:] or rows), len(rows[0]) == count, values
