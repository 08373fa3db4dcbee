"""How curves and markers look, as Plotly says it: lines, dashes, symbols."""

from typing import Any

import matplotlib as mpl
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D

from jaxrep.plots.style import Number
from jaxrep.study.plotly_words import NotTranslated, css

PIXELS = 1.25
"""Of a point (1/72 inch), for widths and sizes."""
DASHES = {"-": "solid", "--": "dashed", ":": "dotted", "-.": "dashdot"}
SHAPES = {"steps-post": "hv", "steps-pre": "vh", "steps": "vh", "steps-mid": "hvh"}
SYMBOLS = {
    "o": "circle", ".": "circle", ",": "circle", "s": "square", "^": "triangle-up",
    "v": "triangle-down", "<": "triangle-left", ">": "triangle-right", "D": "diamond",
    "d": "diamond-tall", "*": "star", "x": "x-thin", "+": "cross-thin", "|": "line-ns",
    "_": "line-ew", "P": "cross", "X": "x", "p": "pentagon", "h": "hexagon",
}  # fmt: skip


def look(line: Line2D) -> dict[str, Any]:
    """Mode, line and marker of a curve; empty where nothing is seen."""
    style: dict[str, Any] = {}
    modes, alpha = [], line.get_alpha()
    if line.get_linestyle() in DASHES and line.get_linewidth() > 0:
        modes.append("lines")
        style["line"] = {
            "color": css(line.get_color(), alpha),
            "width": round(PIXELS * line.get_linewidth(), 2),
            "dash": dash_of(line.get_linestyle(), line.get_linewidth()),
        }
        if line.get_drawstyle() in SHAPES:
            style["line"]["shape"] = SHAPES[line.get_drawstyle()]
    marker = line.get_marker()
    if marker not in (None, "None", "none", " ", ""):
        if not isinstance(marker, str) or marker not in SYMBOLS:
            raise NotTranslated(f"marker {marker}")
        modes.append("markers")
        face, edge = line.get_markerfacecolor(), line.get_markeredgecolor()
        size = line.get_markersize() * {".": 0.5, ",": 0.1}.get(marker, 1)
        shown = symbol_look(SYMBOLS[marker], to_rgba(face), to_rgba(edge), alpha)
        shown["size"] = round(PIXELS * size, 2)
        shown["line"]["width"] = round(PIXELS * line.get_markeredgewidth(), 2)
        style["marker"] = shown
    return {"mode": "+".join(modes), **style} if modes else {}


def symbol_look(symbol: str, face: Any, edge: Any, alpha: float | None = None) -> dict[str, Any]:
    """Symbol, face and rim of a marker; an open one where the face is not seen."""
    thin = symbol.endswith(("-thin", "line-ns", "line-ew"))
    if not thin and to_rgba(face)[3] == 0:
        shown = css(edge, alpha)
        return {"symbol": f"{symbol}-open", "color": shown, "line": {"color": shown}}
    rim = css(edge, alpha) if to_rgba(edge)[3] else css(edge)
    return {"symbol": symbol, "color": rim if thin else css(face, alpha), "line": {"color": rim}}


def dash_of(style: Any, width: Number) -> str:
    """A dash as wide as Matplotlib's; of a pattern of its own, that of ``--``.

    >>> dash_of("-", 2), dash_of("--", 2)
    ('solid', '9.25px,4px')
    """
    name = DASHES.get(style, style) if isinstance(style, str) else "dashed"
    if name not in DASHES.values():
        raise NotTranslated(f"line {style}")
    return (
        "solid" if name == "solid" else dash_pattern(mpl.rcParams[f"lines.{name}_pattern"], width)
    )


def dash_pattern(parts: Any, width: Number = 1) -> str:
    """Lengths of dashes and gaps in pixels."""
    return ",".join(f"{PIXELS * width * part:.4g}px" for part in parts)
