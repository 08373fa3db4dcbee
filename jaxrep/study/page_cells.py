"""Cells of a page's tables as HTML: numbers, words, names of key figures."""

import html
import re
from typing import Any

import numpy as np

from jaxrep.study.words import FigureKey, figure_words

SHORT_CELL = 28
"""Characters of a cell that is kept on one line."""
NOTHING = "–"
"""A cell without a value."""
_NAN = re.compile(r"\b(?:nan|NaN)\b")


def cell(value: Any) -> str:
    """A cell of a table: four digits of a number, a dash for none.

    >>> cell(0.123456), cell(float("nan"))
    ("<td class='number'>0.1235</td>", "<td class='number'>–</td>")
    >>> cell("nan (a < b)")
    "<td class='short'>– (a &lt; b)</td>"
    """
    if isinstance(value, float | np.floating):
        return f"<td class='number'>{NOTHING if np.isnan(value) else f'{value:.4g}'}</td>"
    if isinstance(value, int | np.integer):
        return f"<td class='number'>{value:,}</td>"
    text = NOTHING if value is None else _NAN.sub(NOTHING, words_of(value))
    kind = "short" if len(text) <= SHORT_CELL else "prose"
    return f"<td class='{kind}'{key_attribute(value)}>{html.escape(text)}</td>"


def words_of(value: Any) -> str:
    """What a cell or heading says.

    >>> words_of(FigureKey("loss[gain=3.0]")), words_of(7)
    ('loss (gain 3)', '7')
    """
    return figure_words(value) if isinstance(value, FigureKey) else str(value)


def key_attribute(value: Any) -> str:
    """The attribute that shows a key figure's name on hover.

    >>> key_attribute(FigureKey("loss[gain=3.0]")), key_attribute("loss")
    (" title='loss[gain=3.0]'", '')
    """
    return f" title='{html.escape(value)}'" if isinstance(value, FigureKey) else ""
