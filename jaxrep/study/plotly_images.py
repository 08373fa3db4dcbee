"""Images of numbers as Plotly's heat maps, in the colours that they have."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float
from matplotlib.collections import QuadMesh
from matplotlib.colors import Normalize, to_hex
from matplotlib.image import AxesImage

from jaxrep.study.plotly_places import Mark, Panel, on_axis, plain
from jaxrep.study.plotly_words import NotTranslated, numbers

if TYPE_CHECKING:
    from matplotlib.cm import ScalarMappable

FEW = 32
"""Colours of a map up to which every one has its edges."""
TOLERANCE = 0.5 / 255
"""Of a colour between two places of a scale, where a browser interpolates."""
_SHARP = (None, "none", "nearest", "auto", "antialiased")


def colour_scale(mappable: "ScalarMappable") -> list[list[Any]]:
    """A colour map as Plotly's scale: places from 0 to 1 and colours.

    >>> from matplotlib.cm import ScalarMappable
    >>> colour_scale(ScalarMappable(cmap="gray"))
    [[0.0, '#000000'], [0.00195, '#000000'], [0.99805, '#ffffff'], [1.0, '#ffffff']]
    """
    most = mappable.get_cmap().N
    colours = mappable.get_cmap()(np.arange(most))
    if most <= FEW:
        edges = [(index / most, (index + 1) / most) for index in range(most)]
        return [[end, to_hex(c)] for c, ends in zip(colours, edges, strict=True) for end in ends]
    # A map's colours are exact in the middle of their shares of the scale.
    chosen = _corners(colours[:, :3], 0, most - 1)
    scale: list[list[Any]] = [[round((i + 0.5) / most, 5), to_hex(colours[i])] for i in chosen]
    return [[0.0, scale[0][1]], *scale, [1.0, scale[-1][1]]]


def _corners(colours: Float[np.ndarray, "colour 3"], first: int, last: int) -> list[int]:
    """Those colours between which all others are interpolated within `TOLERANCE`."""
    share = np.linspace(0, 1, last - first + 1)[:, None]
    between = colours[first] + share * (colours[last] - colours[first])
    errors = np.abs(colours[first : last + 1] - between).max(1)
    if errors.max() <= TOLERANCE:
        return [first, last]
    middle = first + int(errors.argmax())
    return _corners(colours, first, middle)[:-1] + _corners(colours, middle, last)


def images(panel: Panel) -> Iterator[Mark]:
    """The images of a panel.

    Raises:
      NotTranslated: one is of colours instead of numbers, or smoothed.
    """
    for image in panel.axes.images:
        if image.get_visible():
            yield _image(panel, image)
    for collection in panel.axes.collections:
        if isinstance(collection, QuadMesh) and collection.get_visible():
            yield _mesh(panel, collection)


def _image(panel: Panel, image: AxesImage) -> Mark:
    values = np.ma.filled(np.ma.asarray(image.get_array(), float), np.nan)
    if values.ndim != 2 or not plain(panel):
        raise NotTranslated("a picture of colours")
    if image.get_interpolation() not in _SHARP or image.get_transform() != panel.axes.transData:
        raise NotTranslated("a smoothed image")
    left, right, bottom, top = image.get_extent()
    if image.origin == "upper":
        bottom, top = top, bottom
    rows, columns = values.shape
    x = left + (right - left) * (np.arange(columns) + 0.5) / columns
    y = bottom + (top - bottom) * (np.arange(rows) + 0.5) / rows
    if "log" in (panel.axes.get_xscale(), panel.axes.get_yscale()):
        raise NotTranslated("an image on a logarithmic axis")
    return _heat_map(panel, image, values, x, y)


def _mesh(panel: Panel, mesh: QuadMesh) -> Mark:
    corners = np.asarray(mesh.get_coordinates(), float)
    x, y = corners[0, :, 0], corners[:, 0, 1]
    if not (np.allclose(corners[..., 0], x) and np.allclose(corners[..., 1], y[:, None])):
        raise NotTranslated("a mesh that is not of rectangles")
    values = np.ma.filled(np.ma.asarray(mesh.get_array(), float), np.nan)
    if mesh.get_transform() != panel.axes.transData or values.ndim > 2:
        raise NotTranslated("a mesh of colours")
    if values.ndim == 1:
        values = values.reshape(len(y) - 1, len(x) - 1)
    if values.shape != (len(y) - 1, len(x) - 1):
        raise NotTranslated("a mesh with shaded colours")
    return _heat_map(panel, mesh, values, on_axis(panel, "x", x), on_axis(panel, "y", y))


def _heat_map(
    panel: Panel,
    mappable: Any,
    values: Float[np.ndarray, "row column"],
    x: Float[np.ndarray, " across"],
    y: Float[np.ndarray, " up"],
) -> Mark:
    """Of a norm that is not linear, what is coloured is the norm of a value, and the value told."""
    norm, colours = mappable.norm, mappable.get_cmap()
    missing, outside = ~np.isfinite(values), (colours.get_over(), colours.get_under())
    if missing.any() and colours.get_bad()[3] > 0:
        raise NotTranslated("a colour of what is missing")
    inside = values[~missing]
    ends = colours(1.0), colours(0.0)
    for colour, end, beyond in zip(outside, ends, (norm.vmax, norm.vmin), strict=True):
        past = inside > beyond if end is ends[0] else inside < beyond
        if past.any() and not np.allclose(colour, end):
            raise NotTranslated("a colour of what is outside the scale")
    trace: dict[str, Any] = {
        "type": "heatmap",
        "xaxis": panel.x,
        "yaxis": panel.y,
        "x": numbers(x),
        "y": numbers(y),
        "colorscale": colour_scale(mappable),
        "showscale": False,
        "hoverongaps": False,
    }
    alpha = mappable.get_alpha()
    if alpha is not None:
        if np.ndim(alpha):
            raise NotTranslated("an image of several transparencies")
        trace["opacity"] = float(alpha)
    if type(norm) is Normalize:
        shown, trace["zmin"], trace["zmax"] = values, float(norm.vmin), float(norm.vmax)
        told = "%{z:.5~g}"
    else:
        shown, trace["zmin"], trace["zmax"] = np.ma.filled(norm(values), np.nan), 0, 1
        trace["customdata"], told = _rows(values), "%{customdata:.5~g}"
    trace["z"] = _rows(shown)
    trace["hovertemplate"] = f"%{{x}}, %{{y}}: {told}<extra></extra>"
    if panel.axes.get_label() == "<colorbar>":
        trace["hoverinfo"] = "skip"
        del trace["hovertemplate"]
    return Mark(trace, order=mappable.get_zorder())


def _rows(values: np.ndarray) -> list[list[Any]]:
    flat = numbers(values)
    return [flat[i : i + values.shape[1]] for i in range(0, len(flat), values.shape[1])]
