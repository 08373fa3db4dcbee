"""Movies in a page: frames that Plotly draws, each as its changes, or else pictures of them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jaxrep.engine.files import atomically
from jaxrep.study.figure_files import webp
from jaxrep.study.page_types import Movie
from jaxrep.study.plotly_figure import plotly_figure

if TYPE_CHECKING:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

MOST_FRAMES = 400
"""Of more, evenly so many."""
PICTURES = 40
"""Frames of a movie of pictures, evenly of all."""
FEWEST = 30
"""Frames that Plotly has to be able to show within its share of bytes; else they are pictures."""
PICTURE_DOTS = 80
"""Per inch of a frame."""
Description = dict[str, Any]


def described_frames(movie: Movie, chosen: Sequence[int]) -> list[Description]:
    """Plotly's description of frames; empty where one has none, or other marks than the first.

    The drawing has to have been drawn once.
    """
    described: list[Description] = []
    for index in chosen:
        movie.show(index)
        description = plotly_figure(movie.drawing)
        first = described[0] if described else description
        if description is None or first is None or len(description["data"]) != len(first["data"]):
            return []
        described.append(description)
    return described


def changes(reference: Description, other: Description) -> Description:
    """What of a description differs from another: by trace and key, and keys of the layout.

    A list that the reference's begins with, as of a path so far, is ``{"prefix": its length}``.

    >>> still, end = {"type": "bar", "y": [1]}, {"title": "step 9"}
    >>> other = {"data": [still, {"x": [2], "y": [4]}], "layout": {"title": "step 0"}}
    >>> changes({"data": [still, {"x": [2, 3], "y": [5, 6]}], "layout": end}, other)
    {'data': {'1': {'x': {'prefix': 1}, 'y': [4]}}, 'layout': {'title': 'step 0'}}
    """
    pairs = zip(reference["data"], other["data"], strict=True)
    traces = {str(index): _differing(*pair) for index, pair in enumerate(pairs)}
    return {
        "data": {index: changed for index, changed in traces.items() if changed},
        "layout": _differing(reference["layout"], other["layout"]),
    }


def _differing(reference: Description, other: Description) -> Description:
    """Keys with another value; those that are not there any more have None."""
    keys = [key for key in reference | other if reference.get(key) != other.get(key)]
    return {key: _shortly(reference.get(key), other.get(key)) for key in keys}


def _shortly(reference: Any, value: Any) -> Any:
    lists = isinstance(value, list) and isinstance(reference, list)
    return {"prefix": len(value)} if lists and reference[: len(value)] == value else value


def frames_text(described: Sequence[Description]) -> str:
    """Frames as the page's script takes them: the last, and what is other in each."""
    last = described[-1]
    value = {"last": last, "changes": [changes(last, frame) for frame in described]}
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def still_frames(
    movie: Movie, canvas: "FigureCanvasAgg", target: Path, chosen: Sequence[int]
) -> list[bytes]:
    """Some frames as WebP pictures; the last one of all is written as a PNG.

    The canvas is that of `drawn_once`.

    Raises:
      StorageError: it cannot be written.
    """
    from PIL import Image

    def picture(index: int) -> "Image.Image":
        movie.show(index)
        canvas.draw()
        return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])

    pictures = [webp(picture(index)) for index in chosen]
    with atomically(target) as temporary:
        picture(len(movie.frames) - 1).save(temporary, "png")
    return pictures


def drawn_once(movie: Movie, *, paper: bool = False) -> "FigureCanvasAgg":
    """The canvas of a movie's drawing, whose axes stay where they are from now on.

    A drawing for a paper has its dots per inch already.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    drawing = movie.drawing
    canvas = FigureCanvasAgg(drawing)
    if not paper:
        drawing.set_dpi(PICTURE_DOTS)
    canvas.draw()
    drawing.set_layout_engine("none")  # axes that move with their labels make it jump
    return canvas


# Pictures lie in the page, and the slider chooses which one is seen; frames that Plotly draws take
# the place of the picture when the slider is first moved.
MOVIE_SCRIPT = """
const changed = (last, change) => ({...last, ...Object.fromEntries(
  Object.entries(change ?? {}).map(([key, value]) => [key, value?.prefix === undefined ? value
    : last[key].slice(0, value.prefix)]))});
for (const movie of document.querySelectorAll("figure.movie")) {
  const [picture, slider, label, button, plot, packed] = ["img", "input", "output", "button",
    ".drawn", "script.packed"].map((name) => movie.querySelector(name));
  if (packed && !canUnpack) {
    movie.querySelector(".control").hidden = true;
    continue;
  }
  const held = packed ? null : JSON.parse(movie.querySelector("script").textContent);
  const labels = held ? held.map((frame) => frame.label) : JSON.parse(slider.dataset.labels);
  const seen = picture.alt;
  let frames = null, wanted = null;
  const drawn = async () => {
    await plotly();
    frames ??= JSON.parse(await unpack(packed));
    picture.hidden = true;
    plot.hidden = false;
    while (wanted !== null) {  // the newest only: frames that come while one is drawn are left out
      const change = frames.changes[wanted];
      wanted = null;
      const data = frames.last.data.map((trace, index) => changed(trace, change.data[index]));
      await drawPlot(plot, {data, layout: changed(frames.last.layout, change.layout)});
    }
  };
  let drawing = null;
  const show = () => {
    const place = Number(slider.value), words = labels[place];
    label.textContent = words;
    slider.setAttribute("aria-valuetext", words);
    if (held) {
      picture.src = "data:image/webp;base64," + held[place].picture;
      picture.alt = seen + " (" + words + ")";
      return;
    }
    plot.setAttribute("aria-label", seen + " (" + words + ")");
    wanted = place;
    drawing ??= drawn().finally(() => { drawing = null; });
  };
  let timer = null;
  const stop = () => { clearInterval(timer); timer = null; button.textContent = "play"; };
  button.addEventListener("click", () => {
    if (timer) return stop();
    if (Number(slider.value) === labels.length - 1) slider.value = 0;
    button.textContent = "stop";
    show();
    timer = setInterval(() => {
      if (drawing) return;
      if (Number(slider.value) === labels.length - 1) return stop();
      slider.value = Number(slider.value) + 1;
      show();
    }, 150);
  });
  slider.addEventListener("input", () => { if (timer) stop(); show(); });
  if (held || slider.value !== slider.defaultValue) show();
}
"""
