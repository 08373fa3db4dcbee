"""A drawn figure as Plotly takes it: plain traces and layout, or nothing where it would differ."""

from typing import TYPE_CHECKING, Any

from matplotlib.collections import Collection, PathCollection
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from jaxrep.study.plotly_axes import axes_layout, panels_of, words_of_figure, words_of_panel
from jaxrep.study.plotly_images import images
from jaxrep.study.plotly_looks import look
from jaxrep.study.plotly_marks import marks
from jaxrep.study.plotly_places import Mark, Panel
from jaxrep.study.plotly_words import NotTranslated, css, solid, words_html

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

MOST_POINTS = 2000
"""Of a curve; longer ones are thinned."""
MOST_TEXTS = 400


def plotly_figure(figure: "Figure", most: int = MOST_POINTS) -> dict[str, Any] | None:
    """Traces and layout of a figure that has been drawn (``savefig``); None where it cannot be.

    Nothing is shown otherwise than in the picture: a figure with something that Plotly does not
    have (arrows, pictures of colours, axes in three dimensions) has no description at all. Scales
    that Plotly lacks are drawn at their transform, with the picture's ticks and the true values
    told. Numbers have five digits. ``layout["meta"]`` has width and height in inches, how many
    points a curve may have, and how long names in the legend are.

    >>> import matplotlib.figure
    >>> figure = matplotlib.figure.Figure()
    >>> _ = figure.subplots().plot([0, 1], [2.0, 0.5], label="seed 0", color="red")
    >>> figure.draw_without_rendering()
    >>> trace = plotly_figure(figure)["data"][0]
    >>> trace["y"], trace["name"], trace["line"]["color"]
    ([2, 0.5], 'seed 0', '#ff0000')

    Args:
      figure: as drawn; it is only read.
      most: points of a curve or band; longer ones are thinned evenly.
    """
    try:
        return _described(figure, most)
    except NotTranslated:
        return None


def why_not(figure: "Figure") -> str:
    """What a figure has that Plotly cannot show; empty where there is nothing.

    >>> import matplotlib.figure
    >>> figure = matplotlib.figure.Figure()
    >>> _ = figure.subplots().imshow([[[1.0, 0.0, 0.0]]])
    >>> why_not(figure)
    'a picture of colours'
    """
    try:
        _described(figure, MOST_POINTS)
    except NotTranslated as error:
        return str(error)
    return ""


def _described(figure: "Figure", most: int) -> dict[str, Any]:
    if figure.subfigs or figure.images or figure.patches or figure.lines:
        raise NotTranslated("something beside the panels")
    shown = [axes for axes in figure.axes if axes.get_visible() and _filled(axes)]
    panels = panels_of(shown)
    found: list[tuple[Panel, Mark]] = []
    for panel in panels:
        if panel.axes.artists or panel.axes.tables:
            raise NotTranslated("an artist of its own")
        drawn = [*images(panel), *marks(panel, most)]
        if panel.axes.get_label() == "<colorbar>":
            drawn = [mark for mark in drawn if mark.trace["type"] == "heatmap"]
        found += [(panel, mark) for mark in sorted(drawn, key=lambda mark: mark.order)]
    if not found:
        raise NotTranslated("nothing is drawn")
    words = [text for panel in panels for text in words_of_panel(panel)] + words_of_figure(figure)
    if len(words) > MOST_TEXTS:
        raise NotTranslated("very many texts")
    legends = [legend for axes in shown if (legend := axes.get_legend())] + figure.legends
    data = _named(found, legends)
    names = [trace["name"] for trace in data if trace["showlegend"]]
    width, height = figure.get_size_inches()
    titles = {legend.get_title().get_text() for legend in legends} - {""}
    layout: dict[str, Any] = {
        **axes_layout(panels),
        "annotations": words,
        "showlegend": bool(names),
        "hovermode": "closest",
        "barmode": "overlay",
        "paper_bgcolor": "#fff",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "#222", "size": 9},
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0, "pad": 0},
        "legend": {"orientation": "h", "x": 0, "y": 0, "font": {"size": 8}}
        | {
            "xref": "container",
            "yref": "container",
            "yanchor": "bottom",
            "tracegroupgap": 0,
            "itemsizing": "constant",
        },
        "meta": {
            "inches": [round(float(width), 2), round(float(height), 2)],
            "names": [len(name) for name in names],
            "thinned": _longest(figure) > most,
        },
    }
    if len(titles) == 1:
        layout["legend"]["title"] = {"text": words_html(titles.pop()), "side": "left"}
    return {"data": data, "layout": layout}


def _filled(axes: Any) -> bool:
    return bool(axes.axison or axes.has_data() or axes.texts)


def _longest(figure: "Figure") -> int:
    lengths = [
        len(line.get_xdata(orig=False))
        for axes in figure.axes
        for line in axes.lines
        if line.get_marker() in (None, "None", "none", " ", "")
    ]
    return max(lengths, default=0)


def _named(found: list[tuple[Panel, Mark]], legends: "list[Legend]") -> list[dict[str, Any]]:
    """Traces with their names; of those in a legend, each name and look is listed once.

    What has no label of its own, a band for instance, goes with the one name in a legend that has
    its colour.
    """
    entries = [entry for legend in legends for entry in _entries(legend)]
    known = {name for name, _, _ in entries}
    listed: set[tuple[str, str, str]] = set()
    data = []
    for panel, mark in found:
        name = mark.label if mark.label in known else _name_by_colour(panel, mark, found, entries)
        told = mark.label or name
        trace = mark.trace | {"name": words_html(told), "showlegend": False}
        if name:
            trace["legendgroup"] = name
            key = (name, mark.colour, mark.dash)
            trace["showlegend"] = mark.label == name and key not in listed
            listed |= {key} if trace["showlegend"] else set()
        if "hovertemplate" in trace and "<extra>" not in trace["hovertemplate"]:
            trace["hovertemplate"] += f"<extra>{trace['name']}</extra>"
        data.append(trace)
    return data + _only_listed(found, entries, {name for name, _, _ in listed})


def _name_by_colour(
    panel: Panel, mark: Mark, found: list[tuple[Panel, Mark]], entries: list[tuple[str, str, Any]]
) -> str:
    if not mark.colour or mark.label:
        return ""
    here = [m for p, m in found if p is panel and m.label and m.colour == mark.colour]
    listed = {name for name, _, _ in entries}
    same_dash = {m.label for m in here if m.dash == mark.dash} & listed
    for names in (same_dash, {m.label for m in here} & listed):
        if len(names) == 1:
            return next(iter(names))
    names = {name for name, colour, _ in entries if colour == mark.colour}
    return names.pop() if len(names) == 1 and not here else ""


def _entries(legend: "Legend") -> list[tuple[str, str, Any]]:
    """Name, colour and handle of every line of a legend."""
    entries = []
    for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True):
        colour = ""
        if isinstance(handle, Line2D):
            colour = solid(handle.get_color())
        elif isinstance(handle, Patch):
            colour = solid(handle.get_facecolor())
        elif isinstance(handle, Collection):
            colours = [*handle.get_facecolor(), *handle.get_edgecolor()]
            colour = solid(colours[0]) if colours else ""
        entries.append((text.get_text(), colour, handle))
    return entries


def _only_listed(
    found: list[tuple[Panel, Mark]], entries: list[tuple[str, str, Any]], listed: set[str]
) -> list[dict[str, Any]]:
    """Lines of legends whose handle is not in a panel: a key without points, for all its marks."""
    data = []
    for name, _, handle in entries:
        if name in listed:
            continue
        listed.add(name)
        style: dict[str, Any] = {"mode": "markers", "marker": {"symbol": "square"}}
        if isinstance(handle, Line2D):
            style = look(handle)
        elif isinstance(handle, Patch):
            style["marker"]["color"] = css(handle.get_facecolor())
        elif isinstance(handle, PathCollection) and len(handle.get_facecolor()):
            style["marker"] = {"color": css(to_rgba(handle.get_facecolor()[0]))}
        if style and name:
            places = {"x": [None], "y": [None], "xaxis": found[0][0].x, "yaxis": found[0][0].y}
            names = {"name": words_html(name), "legendgroup": name, "showlegend": True}
            data.append({"type": "scatter", **style, **places, **names})
    return data
