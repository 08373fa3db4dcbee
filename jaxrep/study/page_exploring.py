"""Figures that can be explored in a page: their descriptions and Plotly, packed, and what unpacks.

A button below a picture puts a plot by Plotly in its place. Plotly's script (4.8 MB) and the
descriptions lie in the page compressed; the browser unpacks them when they are first needed.
"""

import base64
import json
import warnings
import zlib
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from jaxrep.arrays import spaced_places
from jaxrep.study.page_movies import FEWEST, MOST_FRAMES, described_frames, frames_text
from jaxrep.study.page_types import Movie
from jaxrep.study.plotly_figure import plotly_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LIBRARY_BYTES = 1_480_000
"""Of Plotly's script, compressed."""
FIGURE_BYTES = 200_000
"""Of the descriptions under one heading, compressed; a larger one is thinned, or not there."""
MOVIE_BYTES = 350_000
"""Of the frames of a movie, compressed; of a larger one there are fewer."""
PAGE_BYTES = 750_000
"""Of all descriptions of a page, compressed: 1 MB in base64."""
FEWER_POINTS = 300
"""Of a curve in a figure that is too large with `MOST_POINTS`."""

PLOT = "<div class='drawn' role='group' hidden></div>"
"""Where the plot is drawn, beside the picture."""
BUTTON = (
    "<p class='control'><button type='button' class='explore' aria-pressed='false' hidden>"
    "explore</button><small class='told' hidden>values under the pointer; drag to zoom, "
    "double click to zoom out; click a name to hide it</small></p>"
)
"""Hidden until the page's script has seen that the browser can unpack."""


class Exploring:
    """What of a page can be explored, within its share of bytes.

    Attributes:
      bytes: of the library, if it is needed, and of all descriptions, compressed.
    """

    def __init__(self) -> None:
        self.bytes, self._needed, self._described = 0, False, 0

    def need(self) -> None:
        """Have Plotly's script in the page."""
        if not self._needed:
            self._needed, self.bytes = True, self.bytes + LIBRARY_BYTES

    def describe(self, drawing: "Figure") -> list[dict[str, Any] | None]:
        """Descriptions of a drawing for `pack_described`, with more and with fewer points.

        Anyone's figure may come here: what cannot be read costs its button, not the page.
        """
        try:
            full = plotly_figure(drawing)
            large = full and len(json.dumps(full)) > 2 * FIGURE_BYTES
            return [full, plotly_figure(drawing, FEWER_POINTS) if large else full]
        except Exception as error:
            warnings.warn(f"a figure cannot be explored: {error!r}", RuntimeWarning, stacklevel=2)
            return [None, None]

    def pack(self, drawings: "Sequence[Figure]") -> str:
        """Descriptions of drawings under one heading as an element; empty where there are none."""
        return self.pack_described([self.describe(drawing) for drawing in drawings])

    def pack_described(self, described: Sequence[Sequence[dict[str, Any] | None]]) -> str:
        """As `pack`, of what `describe` returned for each of them."""
        for choices in zip(*described, strict=True):
            if not any(choices):
                return ""
            element = self._element(json.dumps(choices, separators=(",", ":"), allow_nan=False))
            if element:
                return element
        return ""

    def pack_frames(self, movie: Movie) -> tuple[str, list[int]]:
        """The frames of a movie that has been drawn as an element, and which ones they are.

        All, or, where these take more bytes than a page has for them, evenly fewer; none where
        Plotly cannot draw them, or `FEWEST` do not fit.
        """
        try:
            chosen = spaced_places(len(movie.frames), MOST_FRAMES).tolist()
            described = described_frames(movie, chosen)
        except Exception as error:
            warnings.warn(f"a movie cannot be explored: {error!r}", RuntimeWarning, stacklevel=2)
            chosen, described = [], []
        count = len(described)
        while count >= min(FEWEST, len(movie.frames)) and count:
            kept = spaced_places(len(described), count).tolist()
            text = frames_text([described[place] for place in kept])
            element = self._element(text, MOVIE_BYTES)
            if element:
                return element, [chosen[place] for place in kept]
            count //= 2
        return "", []

    def _element(self, text: str, most: int = FIGURE_BYTES) -> str:
        """A text packed, if there is room for it."""
        packed = packed_text(text)
        size = len(packed) * 3 // 4
        if size > min(most, PAGE_BYTES - self._described):
            return ""
        self.need()
        self._described += size
        self.bytes += size
        return f"<script type='text/plain' class='packed'>{packed}</script>"

    def library(self) -> str:
        """Plotly's script, packed; empty in a page that has no use for it."""
        if not self._needed:
            return ""
        return f"<script data-library='plotly' type='text/plain'>{_library()}</script>"


def packed_text(text: str) -> str:
    """A text as zlib's bytes in base64.

    >>> unpacked_text(packed_text("loss, loss, loss"))
    'loss, loss, loss'
    """
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def unpacked_text(packed: str) -> str:
    """What `packed_text` packed; the page's script does the same."""
    return zlib.decompress(base64.b64decode(packed)).decode()


@cache
def _library() -> str:
    import plotly.offline

    return packed_text(plotly.offline.get_plotlyjs())


EXPLORING_STYLE = """
[hidden]{display:none!important}
.drawn{background:#fff;border-radius:3px;width:100%}
button.explore{font:inherit;font-size:.85rem;padding:.1rem .7rem;border:1px solid var(--accent);
border-radius:1rem;color:var(--link);background:none;cursor:pointer}
button.explore[aria-pressed=true]{background:var(--accent);color:#fff}
.told{color:var(--soft)}
@media(max-width:40rem){.seen .drawn{min-width:34rem}}
"""

# Plotly is unpacked once. A plot has the place of its picture; its words keep their size on paper
# where there is room, and can be read where there is less.
EXPLORING_SCRIPT = """
const unpack = async (element) => {
  const bytes = Uint8Array.from(atob(element.textContent), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
};
const canUnpack = "DecompressionStream" in window;
let library = null;
const plotly = () => library ??= (async () => {
  const script = document.createElement("script");
  script.textContent = await unpack(document.querySelector("script[data-library]"));
  document.head.append(script);
})();
const sized = (value, factor, inFont) => {
  if (Array.isArray(value)) return value.map((entry) => sized(entry, factor, false));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name,
    inFont && name === "size" ? Math.max(9, entry * factor)
      : sized(entry, factor, name.endsWith("font"))]));
};
const drawPlot = (plot, description) => {
  const {inches: [wide, high], names} = description.layout.meta;
  plot.style.maxWidth = Math.max(110 * wide, 600) + "px";
  const width = plot.clientWidth, factor = width / (72 * wide);
  const layout = sized(description.layout, factor, false);
  const entry = 45 + 0.6 * layout.legend.font.size * Math.max(0, ...names);
  const columns = Math.max(1, Math.floor(width / entry));
  const rows = layout.showlegend ? Math.ceil(names.length / columns) : 0;
  layout.margin.t = 28;  // of the tools
  layout.margin.b = rows ? Math.round(12 + 1.6 * layout.legend.font.size * rows) : 0;
  plot.style.height = Math.round(Math.max(220, width * high / wide)
    + layout.margin.t + layout.margin.b) + "px";
  return Plotly.react(plot, description.data, layout, {responsive: true, displaylogo: false});
};
for (const button of document.querySelectorAll("button.explore")) {
  if (!canUnpack) break;
  const figure = button.closest("figure"), told = button.nextElementSibling;
  const [picture, plot, list, packed] =
    ["img", ".drawn", "select", "script.packed"].map((name) => figure.querySelector(name));
  let descriptions = null;
  const place = () => list ? Number(list.value) : 0;
  const show = async () => {
    const pressed = button.getAttribute("aria-pressed") === "true";
    if (pressed) {
      button.disabled = true;
      try {
        await plotly();
        descriptions ??= JSON.parse(await unpack(packed));
      } finally { button.disabled = false; }
    }
    const description = pressed && descriptions[place()];
    picture.hidden = Boolean(description);
    plot.hidden = told.hidden = !description;
    if (!description) return;
    plot.setAttribute("aria-label", picture.alt);
    told.textContent = told.dataset.words + (description.layout.meta.thinned ?
      "; long curves are thinned: all points are in the data" : "");
    await drawPlot(plot, description);
  };
  told.dataset.words = told.textContent;
  button.hidden = false;
  button.addEventListener("click", () => {
    const pressed = button.getAttribute("aria-pressed") === "true";
    button.setAttribute("aria-pressed", String(!pressed));
    show();
  });
  if (list) list.addEventListener("change", show);
}
for (const explorer of document.querySelectorAll("figure.explorer")) {
  if (!canUnpack) {
    explorer.querySelector(".control").hidden = true;
    continue;
  }
  const given = JSON.parse(explorer.querySelector("script").textContent);
  const compute = new Function("values", "data", given.program);
  const [picture, plot] = [".seen", ".plot"].map((name) => explorer.querySelector(name));
  const sliders = [...explorer.querySelectorAll("input")];
  const show = () => {
    const values = sliders.map((slider, index) => given.values[index][slider.value]);
    sliders.forEach((slider, index) => {
      const words = String(Number(values[index].toPrecision(3)));
      slider.nextElementSibling.textContent = words;
      slider.setAttribute("aria-valuetext", words);
    });
    Plotly.react(plot, compute(values, given.data), given.layout,
      {responsive: true, displaylogo: false});
  };
  plotly().then(() => {
    picture.hidden = true;
    plot.hidden = false;
    sliders.forEach((slider) => slider.addEventListener("input", show));
    show();
  });
}
"""
