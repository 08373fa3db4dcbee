"""Figures at the size and in the type of a paper: one or two columns wide, 7 and 8 points.

The same drawings as on the screen, made smaller: text gets its size, lines and markers become
thinner, titles and labels are broken into lines that fit, and legends into fewer columns.
"""

# Matplotlib says only by private names where the text of a title, a legend's columns and the ticks
# that are drawn are; its types know neither these nor that what is asked for here is there.
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false
# pyright: reportOperatorIssue=false

import textwrap
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import ScaledTranslation

Style = Literal["screen", "paper"]

COLUMN = 3.4
"""Inches: the width of a column."""
PAGE = 7.0
"""Inches: the width of two columns."""
TEXT = 7
"""Points: of all text but titles."""
TITLE = 8
"""Points: of titles."""
ONE_PANEL = 8.5
"""Inches on the screen up to which a figure fits a column."""
LEAST_PANEL = 1.5
"""Inches that the labels of a figure in one column have to leave; else it takes both."""
TALLER = 1.25
"""Of the height in proportion: text is larger in a small figure."""
THINNER = 0.65
"""Of the width of lines and the size of markers."""
MARGIN = 0.25
"""Inches by which a title may be wider than its panel."""
GAP = 0.1
"""Inches between titles of neighbouring panels."""
MOST_HIDDEN = 0.6
"""Of a panel's width or height, beyond which its legend goes below it."""
LETTERS = 16
"""Of the text in an inch, about."""
DOTS = 220
"""Per inch of the picture: a line of 0.6 points is wider than one of them."""
ROUNDS = 5
"""Of breaking what does not fit yet."""


def paper_figure(figure: Figure) -> Figure:
    """The figure at the size of a paper; it is changed, and returned.

    One column for a figure of one panel, both columns for others. A figure of more rows than a
    page has room for is as high as they need.

    >>> axes = (figure := Figure((8, 4), layout="constrained")).subplots()
    >>> _ = axes.set_title("a title of many words " * 4, fontsize=12)
    >>> width, height = paper_figure(figure).get_size_inches()
    >>> float(width), float(axes.title.get_fontsize()), texts_outside(figure)
    (3.4, 8.0, [])
    """
    wide, high = figure.get_size_inches()
    figure.set_dpi(DOTS)
    _thin(figure)
    for width in (COLUMN, PAGE) if wide <= ONE_PANEL else (PAGE,):
        figure.set_size_inches(width, max(TALLER * high * width / wide, 0.6 * COLUMN))
        figure.draw_without_rendering()
        panels = [axes for axes in figure.axes if axes.get_visible() and axes.axison]
        if all(_inches(axes)[0] >= LEAST_PANEL for axes in panels[:1]):
            break
    whole: dict[Text, str] = {}
    for _ in range(ROUNDS):
        if not _fit(figure, whole):
            break
    if outside := _outside(figure):
        for text in outside:
            _break(text, 0.8 * _length(text), whole)
        _move_inside(figure)
    return figure


def texts_outside(figure: Figure) -> list[str]:
    """What of a figure's text is not wholly inside of its box; by more than a pixel.

    >>> figure = Figure((2, 2))
    >>> _ = figure.text(0.5, 0.5, "inside"), figure.text(0.9, 0.9, "a long way out")
    >>> texts_outside(figure)
    ['a long way out']
    """
    return [text.get_text() for text in _outside(figure)]


def _outside(figure: Figure) -> list[Text]:
    figure.draw_without_rendering()
    box, outside = figure.bbox.padded(1), []
    for text in _shown_texts(figure):
        own = text.get_window_extent()
        if min(own.x0 - box.x0, own.y0 - box.y0, box.x1 - own.x1, box.y1 - own.y1) < 0:
            outside.append(text)
    return outside


def _shown_texts(figure: Figure) -> list[Text]:
    """Texts that are drawn: ticks beyond the ends of an axis are there and are not."""
    hidden = set()
    for axes in figure.axes:
        if not axes.get_visible() or not axes.axison:
            kept = {axes.title, *axes.texts} if axes.get_visible() else set()
            hidden |= set(axes.findobj(Text)) - kept
            continue
        for axis in (axes.xaxis, axes.yaxis):
            drawn = set(axis._update_ticks()) if axis.get_visible() else set()
            for tick in {*axis.get_major_ticks(), *axis.get_minor_ticks()} - drawn:
                hidden |= {tick.label1, tick.label2}
    every = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    return [text for text in every if text not in hidden]


def _inches(axes: Axes) -> tuple[float, float]:
    """Width and height of a panel."""
    box, dots = axes.get_window_extent(), axes.get_figure(root=True).dpi
    return float(box.width / dots), float(box.height / dots)


def _thin(figure: Figure) -> None:
    """Sizes of text, lines and markers."""
    titles = {text for axes in figure.axes for text in (axes.title, axes._left_title)}
    titles |= {figure._suptitle, *(sub._suptitle for sub in figure.subfigs)}
    for text in figure.findobj(Text):
        text.set_fontsize(TITLE if text in titles else TEXT)
    for line in figure.findobj(Line2D):
        line.set_linewidth(THINNER * line.get_linewidth())
        line.set_markersize(THINNER * line.get_markersize())
    for cloud in figure.findobj(Collection):
        cloud.set_linewidth(THINNER * cloud.get_linewidth())
        if hasattr(cloud, "set_sizes"):
            cloud.set_sizes(THINNER**2 * cloud.get_sizes())
    for axes in figure.axes:
        axes.tick_params(which="both", labelsize=TEXT, length=2, width=0.6, pad=2)
        axes.xaxis.labelpad = axes.yaxis.labelpad = 2
        for spine in axes.spines.values():
            spine.set_linewidth(0.6)


def _fit(figure: Figure, whole: dict[Text, str]) -> bool:
    """Break titles, labels and legends that are too long; says whether there were any."""
    figure.draw_without_rendering()
    changed, higher = False, {}
    for axes in figure.axes:
        width, height = _inches(axes)
        room = max(width + MARGIN, _column(axes))
        for text, most in (
            (axes.title, room),
            (axes._left_title, room),
            (axes.xaxis.label, room),
            (axes.yaxis.label, height + MARGIN),
        ):
            changed |= _break(text, most, whole)
        if _hides(axes, width, height):
            row = place.rowspan.start if (place := axes.get_subplotspec()) else 0
            higher[row] = max(higher.get(row, 0.0), _put_below(axes, width))
    for part in (figure, *figure.subfigs):
        room = part.bbox.width / figure.dpi
        changed |= part._suptitle is not None and _break(part._suptitle, room, whole)
        for legend in list(part.legends):
            changed |= _narrow(part, legend, room)
    figure.set_figheight(figure.get_figheight() + sum(higher.values()))
    return changed or bool(higher)


def _column(axes: Axes) -> float:
    """Inches between the middles of the gaps on both sides of a panel in its grid."""
    place = axes.get_subplotspec()
    if place is None:
        return 0.0
    share = len(place.colspan) / place.get_gridspec().ncols
    return float(share * axes.figure.bbox.width / axes.get_figure(root=True).dpi) - GAP


def _length(text: Text) -> float:
    """Inches along its lines, of one that lies or stands."""
    box = text.get_window_extent()
    return float(max(box.width, box.height) / text.get_figure(root=True).dpi)


def _break(text: Text, most: float, whole: dict[Text, str]) -> bool:
    """Break a text that is longer than `most` (inches) into lines; formulas stay whole.

    Those that were broken before are broken anew, from their `whole` words.
    """
    words, length = text.get_text(), _length(text)
    if length <= most or "$" in words or " " not in words:
        return False
    longest = max(map(len, words.split("\n")))
    letters = max(int(longest * most / length), max(map(len, words.split())))
    lines = whole.setdefault(text, words).split("\n")
    broken = "\n".join(textwrap.fill(line, letters, break_long_words=False) for line in lines)
    text.set_text(broken)
    return broken != words


def _narrow(part: Figure, legend: Legend, room: float) -> bool:
    """A legend below the panels with a column less, where it is wider than the figure."""
    dots = part.get_figure(root=True).dpi
    if legend.get_window_extent().width / dots <= room or legend._ncols == 1:
        return False
    labels = [text.get_text() for text in legend.get_texts()]
    columns, handles = legend._ncols - 1, legend.legend_handles
    legend.remove()
    part.legend(handles, labels, loc="outside lower center", ncols=columns, fontsize=TEXT)
    return True


def _move_inside(figure: Figure) -> None:
    """Labels and titles beyond an edge slide along their axis until they are within."""
    outside, box = set(_outside(figure)), figure.bbox
    for axes in figure.axes:
        panel = axes.get_window_extent()
        for text in outside & {axes.title, axes.xaxis.label, axes.yaxis.label}:
            own, (x, y) = text.get_window_extent(), text.get_position()
            if text is axes.yaxis.label:
                over = max(own.y1 - box.y1, 0) + min(own.y0 - box.y0, 0)
                text.set_y(y - over / panel.height)
            else:
                over = max(own.x1 - box.x1, 0) + min(own.x0 - box.x0, 0)
                text.set_x(x - over / panel.width)


def _hides(axes: Axes, width: float, height: float) -> bool:
    """Whether a legend covers much of its panel (inches)."""
    legend = axes.get_legend()
    if legend is None or legend._bbox_to_anchor is not None or not axes.axison:
        return False
    dots, box = axes.get_figure(root=True).dpi, legend.get_window_extent()
    share = max(box.width / width, box.height / height) / dots
    return bool(share > MOST_HIDDEN)


def _put_below(axes: Axes, width: float) -> float:
    """The legend of a panel under its labels; its height in inches."""
    legend, figure = axes.get_legend(), axes.get_figure(root=True)
    box = legend.get_window_extent()
    said = [text.get_text() for text in legend.get_texts()]
    known = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    handles = known.values() if list(known) == said else legend.legend_handles
    columns = max(1, int((width + MARGIN) * figure.dpi / box.width * legend._ncols))
    labels, bottom = axes.xaxis.get_tightbbox(), axes.get_window_extent().y0
    drop = (bottom - labels.y0) / figure.dpi + 0.02 if labels else 0.02
    below = axes.legend(
        list(handles),
        said,
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        bbox_transform=axes.transAxes + ScaledTranslation(0, -drop, figure.dpi_scale_trans),
        ncols=min(columns, len(said)),
        fontsize=TEXT,
    )
    for text in below.get_texts():
        text.set_text(textwrap.fill(text.get_text(), max(int(LETTERS * width), 10)))
    return float(below.get_window_extent().height / figure.dpi)
