"""Axes of a drawing as Plotly's: places, limits, scales, ticks, words."""

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.text import Annotation
from matplotlib.ticker import Formatter, LogFormatter, ScalarFormatter

from jaxrep.study.plotly_places import Panel, on_axis
from jaxrep.study.plotly_words import NotTranslated, css, numbers, words_html

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.text import Text

MOST_PANELS = 60
"""Of a figure, colour bars among them."""


def panels_of(shown: "list[Axes]") -> list[Panel]:
    """Names of Plotly's axes for all Axes; twins share one.

    Raises:
      NotTranslated: one is not of two straight axes, or they overlap without being twins.
    """
    panels: list[Panel] = []
    if len(shown) > MOST_PANELS:
        raise NotTranslated("very many panels")
    for number, axes in enumerate(shown, 1):
        if axes.name != "rectilinear" or axes.child_axes:
            raise NotTranslated(f"axes of kind {axes.name}, or with others inside")
        suffix = str(number) if number > 1 else ""
        x, y = f"x{suffix}", f"y{suffix}"
        for panel in panels:
            if _overlap(panel.axes, axes):
                if panel.axes.get_shared_x_axes().joined(panel.axes, axes):
                    x = panel.x
                elif panel.axes.get_shared_y_axes().joined(panel.axes, axes):
                    y = panel.y
                else:
                    raise NotTranslated("panels that overlap")
                break
        panels.append(Panel(axes, x, y))
    return panels


def _overlap(one: "Axes", other: "Axes") -> bool:
    first, second = one.get_position(), other.get_position()
    wide = min(first.x1, second.x1) - max(first.x0, second.x0)
    high = min(first.y1, second.y1) - max(first.y0, second.y0)
    return bool(wide > 1e-3 and high > 1e-3)


def axes_layout(panels: list[Panel]) -> dict[str, Any]:
    """Plotly's axes of all panels, by their names in its layout."""
    layout: dict[str, Any] = {}
    for panel in panels:
        bar = panel.axes.get_label() == "<colorbar>"
        for side, name, other in (("x", panel.x, panel.y), ("y", panel.y, panel.x)):
            entry = f"{side}axis{name[1:]}"
            if entry in layout:
                continue
            described = _axis(panel, side) | {"anchor": other}
            if bar:
                described["fixedrange"] = True
            first = next(p for p in panels if getattr(p, "x" if side == "y" else "y") == other)
            if getattr(first, side) != name:  # a twin
                described["overlaying"] = getattr(first, side)
            elif not bar and (match := _matched(panel, side, panels)):
                described["matches"] = match
            layout[entry] = described
        if panel.axes.get_aspect() != "auto" and not bar:
            ratio = float(panel.axes.get_aspect())
            upright = layout[f"yaxis{panel.y[1:]}"]
            if "matches" not in upright and not upright.get("overlaying"):
                upright |= {"scaleanchor": panel.x, "scaleratio": ratio, "constrain": "domain"}
                layout[f"xaxis{panel.x[1:]}"]["constrain"] = "domain"
    return layout


def _matched(panel: Panel, side: str, panels: list[Panel]) -> str:
    """The first axis that moves with this one: shared, of the same limits, not of fixed aspect."""
    axes = panel.axes
    group = axes.get_shared_x_axes() if side == "x" else axes.get_shared_y_axes()
    for other in panels:
        if other.axes is axes or axes.get_aspect() != "auto" or other.axes.get_aspect() != "auto":
            return ""
        if group.joined(axes, other.axes) and getattr(other, side) != getattr(panel, side):
            return getattr(other, side)
    return ""


def _axis(panel: Panel, side: str) -> dict[str, Any]:
    axes = panel.axes
    axis = axes.xaxis if side == "x" else axes.yaxis
    where = axes.get_position()
    domain = (where.x0, where.x1) if side == "x" else (where.y0, where.y1)
    limits = np.array(axes.get_xlim() if side == "x" else axes.get_ylim(), float)
    scale = axis.get_scale()
    drawn = np.log10(limits) if scale == "log" else on_axis(panel, side, limits)
    described: dict[str, Any] = {
        "type": "log" if scale == "log" else "linear",
        "domain": [round(float(np.clip(end, 0, 1)), 5) for end in domain],
        "range": [float(f"{end:.7g}") for end in drawn],
        "zeroline": False,
        "showgrid": any(line.get_visible() for line in axis.get_gridlines()),
        "gridcolor": "#dddddd",
    }
    if not axes.axison or not axis.get_visible():
        return described | {"visible": False}
    position = axis.get_ticks_position()
    far = "right" if side == "y" else "top"
    described["side"] = far if position == far else ("left" if side == "y" else "bottom")
    near, opposite = ("left", "right") if side == "y" else ("bottom", "top")
    spines = [axes.spines[name].get_visible() for name in (near, opposite)]
    described |= {
        "showline": any(spines),
        "linecolor": "#222222",
        "linewidth": 1,
        "mirror": all(spines),
        "ticks": "outside",
        "ticklen": 4,
    }
    described |= _ticks(panel, side, axis)
    if label := axis.get_label().get_text():
        described["title"] = {
            "text": words_html(label),
            "standoff": 4,
            "font": {"size": axis.get_label().get_fontsize()}
            | _coloured(axis.get_label().get_color()),
        }
    return described


def _coloured(colour: Any) -> dict[str, str]:
    return {} if css(colour) == "#000000" else {"color": css(colour)}


def _ticks(panel: Panel, side: str, axis: "Axis") -> dict[str, Any]:
    """Ticks that Plotly chooses where they are plain numbers, else those of the picture."""
    ticks = axis.get_major_ticks()
    places = np.asarray(axis.get_majorticklocs(), float)
    labels = [tick.label1 if tick.label1.get_visible() else tick.label2 for tick in ticks]
    labels = labels[: len(places)]
    seen = [label for label in labels if label.get_visible() and label.get_text()]
    shown: dict[str, Any] = {"showticklabels": bool(seen)}
    if not len(places):
        return shown | {"ticks": ""}
    if labels:
        font = labels[0]
        shown["tickfont"] = {"size": font.get_fontsize()} | _coloured(font.get_color())
    formatter: Formatter = axis.get_major_formatter()
    kind, scale = type(formatter), axis.get_scale()
    low, high = np.sort(panel.axes.get_xlim() if side == "x" else panel.axes.get_ylim())
    base = getattr(axis.get_transform(), "base", None)
    if scale == "log" and isinstance(formatter, LogFormatter) and base == 10:
        return shown | {"nticks": 7, "exponentformat": "power", "showexponent": "all"}
    if scale == "linear" and kind is ScalarFormatter:
        return shown | {"nticks": max(3, len(places)), "exponentformat": "power", "minexponent": 5}
    words = [words_html(label.get_text()) if label.get_visible() else "" for label in labels]
    inside = [i for i, at in enumerate(places) if low <= at <= high and i < len(words)]
    if angle := (labels[0].get_rotation() if labels else 0):
        shown["tickangle"] = -angle if angle <= 180 else 360 - angle
    return shown | {
        "tickmode": "array",
        "tickvals": numbers(on_axis(panel, side, places[inside])),
        "ticktext": [words[i] for i in inside],
    }


def words_of_panel(panel: Panel) -> list[dict[str, Any]]:
    """Titles and texts as Plotly's annotations.

    Raises:
      NotTranslated: a text has what Plotly cannot show.
    """
    axes, shown = panel.axes, []
    for where, x in (("left", 0), ("center", 0.5), ("right", 1)):
        if title := axes.get_title(loc=where):  # pyright: ignore[reportArgumentType]
            shown.append(
                {
                    "text": words_html(title),
                    "xref": f"{panel.x} domain",
                    "yref": f"{panel.y} domain",
                    "x": x,
                    "y": 1,
                    "xanchor": where,
                    "yanchor": "bottom",
                    "yshift": 2,
                    "showarrow": False,
                    "align": where,
                    "font": {"size": axes.title.get_fontsize()},
                }
            )
    return shown + [_text(panel, text) for text in axes.texts if _seen(text)]


def _seen(text: "Text") -> bool:
    return bool(text.get_visible() and text.get_text())


def _text(panel: Panel, text: "Text") -> dict[str, Any]:
    """A text of a panel; what lies at data moves with them."""
    axes, shift = panel.axes, {}
    if text.get_bbox_patch() is not None:
        raise NotTranslated("a text in a box")
    transform, position = text.get_transform(), text.get_position()
    if isinstance(text, Annotation):
        if text.arrow_patch is not None:
            raise NotTranslated("an arrow")
        if text.xycoords != "data" or text.anncoords not in ("data", "offset points"):
            raise NotTranslated("a text with a place of its own")
        transform = axes.transData
        if text.anncoords == "offset points":
            shift = dict(zip(("xshift", "yshift"), position, strict=True))
            position = text.xy
    pixels = transform.transform(position)
    at_data = transform == axes.transData
    described = _written(text)
    if at_data:
        x, y = axes.transData.inverted().transform(pixels)
        places = on_axis(panel, "x", [x])[0], on_axis(panel, "y", [y])[0]
        logs = axes.get_xscale() == "log", axes.get_yscale() == "log"
        x, y = (np.log10(v) if log else v for v, log in zip(places, logs, strict=True))
        refs = {"xref": panel.x, "yref": panel.y}
    else:
        x, y = axes.transAxes.inverted().transform(pixels)
        refs = {"xref": f"{panel.x} domain", "yref": f"{panel.y} domain"}
    if not np.isfinite([x, y]).all():
        raise NotTranslated("a text at no place")
    return described | refs | shift | {"x": float(f"{x:.6g}"), "y": float(f"{y:.6g}")}


def _written(text: "Text") -> dict[str, Any]:
    vertical = {"bottom": "bottom", "baseline": "bottom", "top": "top"}
    angle = text.get_rotation()
    return {
        "text": words_html(text.get_text()),
        "showarrow": False,
        "xanchor": text.get_horizontalalignment(),
        "yanchor": vertical.get(text.get_verticalalignment(), "middle"),
        "align": text.get_horizontalalignment(),
        "borderpad": 0,
        "font": {"size": text.get_fontsize(), "color": css(text.get_color(), text.get_alpha())},
    } | ({"textangle": -angle} if angle else {})


def words_of_figure(figure: Any) -> list[dict[str, Any]]:
    """Texts of the figure itself: its title, labels of all its panels."""
    shown = []
    for text in figure.texts:
        if _seen(text):
            x, y = figure.transFigure.inverted().transform(
                text.get_transform().transform(text.get_position())
            )
            places = {"x": round(float(x), 4), "y": round(float(y), 4)}
            shown.append(_written(text) | places | {"xref": "paper", "yref": "paper"})
    return shown
