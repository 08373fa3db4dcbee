"""The report: one self-contained HTML page per run, and the same figures as PNG files."""

import base64
import html
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jaxrep.engine.files import atomically, list_files

if TYPE_CHECKING:
    import matplotlib.figure


class Figure(NamedTuple):
    """One figure: file name, heading, what it shows, and the drawing itself."""

    name: str
    title: str
    caption: str
    drawing: "matplotlib.figure.Figure"


class Movie(NamedTuple):
    """A figure with a slider: one drawing that shows any of several frames.

    Attributes:
      name, title, caption: as of a `Figure`; ``figures/<name>.png`` is the last frame.
      drawing: what `show` changes.
      frames: what each frame is called beside the slider, e.g. ``step 120``.
      show: ``index -> None``, brings the drawing to that frame.
      first: the frame that is shown when the page is opened.
    """

    name: str
    title: str
    caption: str
    drawing: "matplotlib.figure.Figure"
    frames: Sequence[str]
    show: Callable[[int], None]
    first: int = 0


class Picker(NamedTuple):
    """Figures of one kind, one for each point of a sweep; the page shows the one that is chosen.

    Attributes:
      name: ``figures/<name>.png`` is the first, ``<name>_2.png`` the second, and so on.
      title: the heading.
      choices: what each figure is called in the list, e.g. ``learning_rate=0.1``.
      draw: ``index -> Figure``, made when it is written; its caption is shown with it.
    """

    name: str
    title: str
    choices: Sequence[str]
    draw: Callable[[int], Figure]


PageFigure = Figure | Movie | Picker
"""What a page shows under one heading."""


@dataclass(frozen=True)
class Table:
    """One table; `links` (one per row) makes its first column clickable."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    caption: str = ""
    links: Sequence[str] = ()


def median_range(values: np.ndarray, digits: int = 2) -> str:
    """A cell ``median (minimum to maximum)`` of the values that are finite.

    >>> median_range(np.array([1.0, 4.0, 2.0, np.nan]))
    '2.00 (1.00 to 4.00)'
    """
    values = values[np.isfinite(values)]
    if not len(values):
        return "none finite"
    low, middle, high = values.min(), np.median(values), values.max()
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


class Page(NamedTuple):
    """Everything a report shows."""

    study: str
    summary: str
    figures: Iterable[PageFigure]
    tables: Sequence[Table]
    key_figures: Mapping[str, float | int]
    warnings: Sequence[str] = ()


SHORT_CELL = 28
"""Characters of a cell that is kept on one line."""

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222}
h1{font-size:1.7rem}h2{font-size:1.25rem;margin-top:2.5rem}img{max-width:100%;height:auto}
figure{margin:1rem 0}figcaption,p.caption{color:#555;font-size:.92rem}
table{border-collapse:collapse;font-size:.92rem;display:block;overflow-x:auto}
th,td{padding:.25rem .6rem;border-bottom:1px solid #ddd;text-align:left}
th{vertical-align:bottom}td.prose{min-width:14rem}td.short{white-space:nowrap}
td.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
pre{background:#f6f6f6;padding:.8rem;overflow-x:auto;font-size:.85rem}
nav a{margin-right:1rem}
.warning{background:#fff3cd;border-left:4px solid #e0a800;padding:.5rem .8rem}
.control{display:flex;gap:.8rem;align-items:center;margin:.3rem 0}
.control input{flex:1;min-width:8rem}.control output{min-width:8rem}
"""

# Frames lie in the page as pictures; the slider only chooses which one is seen.
_SCRIPT = """
for (const movie of document.querySelectorAll("figure.movie")) {
  const frames = JSON.parse(movie.querySelector("script").textContent);
  const [picture, slider, label, button] =
    ["img", "input", "output", "button"].map((name) => movie.querySelector(name));
  const show = () => {
    const frame = frames[slider.value];
    picture.src = "data:image/webp;base64," + frame.picture;
    label.textContent = frame.label;
    slider.setAttribute("aria-valuetext", frame.label);
  };
  let timer = null;
  const stop = () => { clearInterval(timer); timer = null; button.textContent = "play"; };
  button.addEventListener("click", () => {
    if (timer) return stop();
    if (Number(slider.value) === frames.length - 1) slider.value = 0;
    button.textContent = "stop";
    show();
    timer = setInterval(() => {
      if (Number(slider.value) === frames.length - 1) return stop();
      slider.value = Number(slider.value) + 1;
      show();
    }, 150);
  });
  slider.addEventListener("input", () => { if (timer) stop(); show(); });
  show();
}
for (const picker of document.querySelectorAll("figure.picker")) {
  const figures = JSON.parse(picker.querySelector("script").textContent);
  const [picture, list, caption] =
    ["img", "select", "figcaption"].map((name) => picker.querySelector(name));
  list.addEventListener("change", () => {
    const chosen = figures[list.value];
    picture.src = "data:image/png;base64," + chosen.picture;
    picture.alt = chosen.alt;
    caption.textContent = chosen.caption;
  });
}
"""


def write_report(
    page: Page,
    directory: Path,
    config: Mapping[str, Any],
    environment: Mapping[str, Any],
    say: Callable[[str], None] = lambda part: None,
) -> None:
    """Write ``figures/*.png`` and ``report.html``; nothing in the page refers to another file.

    Args:
      page: what it shows.
      directory: of the run.
      config, environment: shown at its end.
      say: told the title of every figure before it is drawn.
    """
    import matplotlib.pyplot as plt

    (directory / "figures").mkdir(exist_ok=True)
    sections, contents = [], []
    for table in page.tables:
        sections.append(_table(table))
        contents.append(table.title)
    for figure in page.figures:
        say(figure.title)
        target = directory / "figures" / f"{figure.name}.png"
        if isinstance(figure, Picker):
            body = _picker(figure, target)
        else:
            body = _movie(figure, target) if isinstance(figure, Movie) else _still(figure, target)
            plt.close(figure.drawing)
        sections.append(f"<h2 id='{_anchor(figure.title)}'>{html.escape(figure.title)}</h2>{body}")
        contents.append(figure.title)
    if page.key_figures:
        rows = list(page.key_figures.items())
        sections.append(
            f"<details><summary>All {len(rows)} key figures</summary>"
            f"{_table(Table('Key figures', ['name', 'value'], rows))}</details>"
        )
    sections.append("<h2 id='configuration'>Configuration</h2>" + _pre(config))
    sections.append("<h2 id='provenance'>Provenance</h2>" + _pre(environment))
    links = "".join(
        f"<a href='#{_anchor(title)}'>{html.escape(title)}</a>"
        for title in [*contents, "Configuration", "Provenance"]
    )
    title = f"jaxrep: {page.study}"
    text = (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        f"<meta name='viewport' content='width=device-width,initial-scale=1'>"
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{html.escape(title)}</h1><p>{html.escape(page.summary)}</p>"
        + "".join(f"<p class='warning'>{html.escape(line)}</p>" for line in page.warnings)
        + f"<nav>{links}</nav>"
        + "".join(sections)
        + f"<script>{_SCRIPT}</script></body></html>"
    )
    with atomically(directory / "report.html") as temporary:
        temporary.write_text(text)
    list_files(directory / "report.html")


def _picture(figure: Figure, target: Path) -> str:
    """The drawing as a PNG file, and its base64 for the page."""
    with atomically(target) as temporary:
        figure.drawing.savefig(temporary, format="png", dpi=110)
    return base64.b64encode(target.read_bytes()).decode()


def _picker(picker: Picker, target: Path) -> str:
    """All figures as pictures, and the list that chooses one."""
    import matplotlib.pyplot as plt

    figures = []
    for index, choice in enumerate(picker.choices):
        figure = picker.draw(index)
        name = f"{target.stem}_{index + 1}.png" if index else target.name
        figures.append(
            {
                "picture": _picture(figure, target.with_name(name)),
                "caption": figure.caption,
                "alt": f"{figure.title}, {choice}",
            }
        )
        plt.close(figure.drawing)
    options = "".join(
        f"<option value='{index}'>{html.escape(choice)}</option>"
        for index, choice in enumerate(picker.choices)
    )
    first = figures[0]
    return (
        f"<figure class='picker'><div class='control'><label>networks: <select>{options}</select>"
        f"</label></div><img alt='{html.escape(first['alt'])}' "
        f"src='data:image/png;base64,{first['picture']}'>"
        f"<figcaption>{html.escape(first['caption'])}</figcaption>{_data(figures)}</figure>"
    )


def _data(value: Any) -> str:
    """JSON that lies in the page."""
    text = json.dumps(value).replace("<", chr(92) + "u003c")
    return f"<script type='application/json'>{text}</script>"


def _still(figure: Figure, target: Path) -> str:
    picture = _picture(figure, target)
    return (
        f"<figure><img alt='{html.escape(figure.title)}' src='data:image/png;base64,{picture}'>"
        f"<figcaption>{html.escape(figure.caption)}</figcaption></figure>"
    )


def _movie(movie: Movie, target: Path) -> str:
    """All frames as pictures in their true colours, and the slider; none is made in the browser."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas = FigureCanvasAgg(movie.drawing)
    movie.drawing.set_dpi(80)
    canvas.draw()
    movie.drawing.set_layout_engine("none")  # axes that move with their labels make a movie jump
    frames, pixels = [], Image.new("RGB", (1, 1))
    for index, label in enumerate(movie.frames):
        movie.show(index)
        canvas.draw()
        pixels = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
        file = io.BytesIO()
        pixels.save(file, "webp", lossless=True, quality=20, method=1)  # 3/4 of a PNG
        frames.append({"label": label, "picture": base64.b64encode(file.getvalue()).decode()})
    with atomically(target) as temporary:
        pixels.save(temporary, "png")
    title = html.escape(movie.title)
    return (
        f"<figure class='movie'><img alt='{title}' "
        f"src='data:image/webp;base64,{frames[movie.first]['picture']}'>"
        f"<div class='control'><button type='button'>play</button>"
        f"<input type='range' min='0' max='{len(frames) - 1}' value='{movie.first}' "
        f"aria-label='{title}'><output>{html.escape(movie.frames[movie.first])}</output></div>"
        f"<figcaption>{html.escape(movie.caption)}</figcaption>"
        f"{_data(frames)}</figure>"
    )


def _anchor(title: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in title.lower())


def _pre(value: Mapping[str, Any]) -> str:
    return f"<pre>{html.escape(json.dumps(value, indent=1))}</pre>"


def _table(table: Table) -> str:
    head = "".join(f"<th>{html.escape(column)}</th>" for column in table.columns)
    rows = []
    for index, row in enumerate(table.rows):
        cells = [_cell(value) for value in row]
        if table.links:
            link = html.escape(table.links[index])
            cells[0] = f"<td><a href='{link}'>{html.escape(str(row[0]))}</a></td>"
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f"<h2 id='{_anchor(table.title)}'>{html.escape(table.title)}</h2>"
        f"<p class='caption'>{html.escape(table.caption)}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"<td class='number'>{value:.4g}</td>"
    if isinstance(value, int):
        return f"<td class='number'>{value:,}</td>"
    text = "" if value is None else str(value)
    kind = "short" if len(text) <= SHORT_CELL else "prose"
    return f"<td class='{kind}'>{html.escape(text)}</td>"
