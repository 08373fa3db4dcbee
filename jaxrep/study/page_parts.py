"""The parts of a page as HTML: answer, figures, tables, their numbers and anchors."""

import base64
import html
import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jaxrep.arrays import spaced_places
from jaxrep.plots.paper import Style, paper_figure
from jaxrep.study.figure_files import number_files, shown_picture, smaller
from jaxrep.study.glossary import Glossary
from jaxrep.study.page_cells import cell, key_attribute, words_of
from jaxrep.study.page_exploring import BUTTON, PLOT, Exploring
from jaxrep.study.page_movies import PICTURES, drawn_once, still_frames
from jaxrep.study.page_types import (
    Explorer,
    Figure,
    Movie,
    PageFigure,
    Picker,
    Table,
    Verdict,
)
from jaxrep.study.vector_files import VectorFiles

FIGURE_BYTES = 1_000_000
"""Of the pictures under one heading, beyond which the page shows them with loss."""
PAGE_BYTES = 5_200_000
"""Of all pictures, and of what `Exploring` packs: pictures that come later are shown with loss.
PNG files are always without. In base64 they are a third more."""
_WORDS = {
    ".svg": "SVG",
    ".pdf": "PDF",
    ".png": "PNG",
    ".csv": "data (CSV)",
    ".matrices.csv": "images as matrices (CSV)",
}


class Parts:
    """Parts of one page, which share a count of figures and tables, anchors and a glossary.

    Attributes:
      glossary: terms met so far.
      contents: group, anchor and title of all headings, in their order.
    """

    def __init__(self, directory: Path, vectors: VectorFiles, style: Style = "screen"):
        """Args: `directory` is that of the page; files go to its ``figures``."""
        self._paper = style == "paper"
        self.glossary, self._vectors = Glossary(), vectors
        self.contents: list[tuple[str, str, str]] = []
        self._figures, self._tables = directory / "figures", 0
        self._drawn, self._bytes, self._exploring = 0, 0, Exploring()
        self._anchors: set[str] = set()

    def heading(self, title: str, group: str = "The run", number: int = 0) -> str:
        """A heading with an anchor that no other has; the contents list it in its group."""
        anchor = plain = _anchor(title)
        again = 2
        while anchor in self._anchors:
            anchor, again = f"{plain}-{again}", again + 1
        self._anchors.add(anchor)
        self.contents.append((group, anchor, f"{number} {title}" if number else title))
        return f"<h2 id='{html.escape(anchor)}'>{html.escape(title)}</h2>"

    def figure(self, figure: PageFigure) -> str:
        """A figure under its heading, numbered; its files are written.

        Raises:
          StorageError: they cannot be.
        """
        import matplotlib.pyplot as plt

        self._drawn += 1
        target = self._figures / f"{figure.name}.png"
        head = self.heading(figure.title, "Figures", self._drawn)
        if isinstance(figure, Picker):
            return head + self._picker(figure, target)
        self._styled(figure.drawing)
        if isinstance(figure, Explorer):
            body = self._explorer(figure, target)
        elif isinstance(figure, Movie):
            body = self._movie(figure, target)
        else:
            body = self._still(figure, target)
        plt.close(figure.drawing)
        return head + body

    def table(self, table: Table, *, listed: bool = True) -> str:
        """A numbered table in a box of its own, in which it scrolls; `listed` in the contents."""
        self._tables += 1
        places = range(len(table.columns))
        numeric = [_numeric([row[i] for row in table.rows if i < len(row)]) for i in places]
        head = "".join(
            f"<th scope='col'{_RIGHT if right else ''}{key_attribute(column)}>"
            f"{self.glossary.explain(html.escape(words_of(column)))}</th>"
            for column, right in zip(table.columns, numeric, strict=True)
        )
        rows = []
        for index, row in enumerate(table.rows):
            values = itertools.zip_longest(row, numeric)
            cells = [cell(np.nan if v is None and right else v) for v, right in values]
            if table.links:
                link = html.escape(table.links[index])
                cells[0] = f"<td><a href='{link}'>{html.escape(str(row[0]))}</a></td>"
            rows.append(f"<tr>{''.join(cells)}</tr>")
        title, caption = html.escape(table.title), html.escape(table.caption)
        heading = self.heading(table.title, "Tables", self._tables) if listed else ""
        return (
            f"{heading}<p class='caption'><b>Table {self._tables}.</b> "
            f"<span class='words'>{self.glossary.explain(caption)}</span></p>"
            f"<div class='scroll' tabindex='0' role='region' aria-label='{title}'><table>"
            f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
        )

    def answer(self, verdicts: Sequence[Verdict]) -> str:
        """What the page says first: a sentence a line, and whether it is as published."""
        lines = []
        for verdict in verdicts:
            mark = {True: "✓", False: "✗", None: ""}[verdict.agrees]
            told = {True: "as expected", False: "not as expected", None: ""}[verdict.agrees]
            sign = (
                f"<span class='mark' role='img' aria-label='{told}' title='{told}'>{mark}</span> "
                if mark
                else ""
            )
            small = f" <small>{html.escape(verdict.compared)}</small>" if verdict.compared else ""
            lines.append(f"<li>{sign}{html.escape(verdict.text)}{small}</li>")
        return f"<ul class='answer'>{''.join(lines)}</ul>" if lines else ""

    def _styled(self, drawing: Any) -> None:
        if self._paper:
            paper_figure(drawing)

    def _caption(self, caption: str) -> str:
        return self.glossary.explain(html.escape(caption))

    def _numbered(self, caption: str) -> str:
        return (
            f"<figcaption><b>Figure {self._drawn}.</b> <span class='words'>{caption}</span>"
            "</figcaption>"
        )

    def _links(self, drawing: Any, target: Path, *, vectors: bool = True) -> str:
        """Links to the files of a figure, which are written."""
        paths = [target, *self._vectors.write(drawing, target)] if vectors else [target]
        paths += number_files(drawing, target)
        links = []
        for path in paths:
            kind = path.name.removeprefix(target.stem)
            place = html.escape(f"figures/{path.name}")
            links.append(f"<a href='{place}'>{_WORDS[kind]}</a>")
        return "".join(links)

    def _encoded(self, pictures: Sequence[bytes]) -> list[str]:
        """WebP pictures under one heading in base64, as large as the page can bear."""
        most = min(FIGURE_BYTES, PAGE_BYTES - self._bytes - self._exploring.bytes)
        pictures = smaller(pictures, most)
        self._bytes += sum(map(len, pictures))
        return [base64.b64encode(picture).decode() for picture in pictures]

    def _still(self, figure: Figure, target: Path) -> str:
        shown = shown_picture(figure.drawing, target)
        packed = self._exploring.pack([figure.drawing])
        picture = self._encoded([shown])[0]
        alt = html.escape(said(figure.title, figure.caption))
        return (
            f"<figure><div class='seen'><img alt='{alt}' "
            f"src='data:image/webp;base64,{picture}'>{PLOT if packed else ''}</div>"
            f"{BUTTON if packed else ''}{self._numbered(self._caption(figure.caption))}"
            f"<p class='files'>{self._links(figure.drawing, target)}</p>{packed}</figure>"
        )

    def _picker(self, picker: Picker, target: Path) -> str:
        """All figures as pictures, and the list that chooses one; vector files of the first."""
        import matplotlib.pyplot as plt

        figures, pictures, described = [], [], []
        for index, choice in enumerate(picker.choices):
            figure = picker.draw(index)
            self._styled(figure.drawing)
            place = target.with_name(f"{target.stem}_{index + 1}.png") if index else target
            pictures.append(shown_picture(figure.drawing, place))
            described.append(self._exploring.describe(figure.drawing))
            figures.append(
                {
                    "caption": self._caption(figure.caption),
                    "alt": said(f"{figure.title}, {choice}", figure.caption),
                    "files": self._links(figure.drawing, place, vectors=not index),
                }
            )
            plt.close(figure.drawing)
        packed = self._exploring.pack_described(described)
        encoded = self._encoded(pictures)
        for entry, picture in zip(figures, ["", *encoded[1:]], strict=True):
            entry["picture"] = picture  # the first lies in the page already
        options = "".join(
            f"<option value='{index}'>{html.escape(choice)}</option>"
            for index, choice in enumerate(picker.choices)
        )
        first = figures[0]
        return (
            f"<figure class='picker'><div class='control'><label>networks: "
            f"<select>{options}</select></label></div>"
            f"<div class='seen'><img alt='{html.escape(first['alt'])}' "
            f"src='data:image/webp;base64,{encoded[0]}'>{PLOT if packed else ''}</div>"
            f"{BUTTON if packed else ''}{self._numbered(first['caption'])}"
            f"<p class='files'>{first['files']}</p>{_data(figures)}{packed}</figure>"
        )

    def library(self) -> str:
        """Plotly's script, packed, once, in a page that has something to explore."""
        return self._exploring.library()

    def _explorer(self, explorer: Explorer, target: Path) -> str:
        """The picture, which the page's script replaces by a plot, and its sliders."""
        self._exploring.need()
        picture = self._encoded([shown_picture(explorer.drawing, target)])[0]
        alt = html.escape(said(explorer.title, explorer.caption))
        controls = "".join(
            f"<label>{html.escape(label)} <input type='range' min='0' max='{len(values) - 1}' "
            f"value='{first}' aria-label='{html.escape(label)}'>"
            f"<output>{values[first]:.3g}</output></label>"
            for label, values, first in explorer.sliders
        )
        given = {
            "values": [list(slider.values) for slider in explorer.sliders],
            "program": explorer.program,
            "data": dict(explorer.data),
            "layout": dict(explorer.layout),
        }
        return (
            f"<figure class='explorer'><div class='control'>{controls}</div>"
            f"<div class='seen'><img alt='{alt}' src='data:image/webp;base64,{picture}'></div>"
            f"<div class='plot' role='img' aria-label='{alt}' hidden></div>"
            f"{self._numbered(self._caption(explorer.caption))}"
            f"<p class='files'>as it starts: {self._links(explorer.drawing, target)}</p>"
            f"{_data(given)}</figure>"
        )

    def _movie(self, movie: Movie, target: Path) -> str:
        """A slider over frames that Plotly draws, all of them, or over pictures of some."""
        canvas = drawn_once(movie, paper=self._paper)
        packed, kept = self._exploring.pack_frames(movie)
        pictured = [] if packed else spaced_places(len(movie.frames), PICTURES).tolist()
        kept = kept or pictured
        first = min(range(len(kept)), key=lambda place: abs(kept[place] - movie.first))
        labels = [movie.frames[index] for index in kept]
        encoded = self._encoded(still_frames(movie, canvas, target, pictured or [kept[first]]))
        shown = encoded[first] if pictured else encoded[0]
        held = packed
        if pictured:
            pairs = zip(labels, encoded, strict=True)
            held = _data([{"label": label, "picture": picture} for label, picture in pairs])
        told = "" if pictured else f" data-labels='{html.escape(json.dumps(labels))}'"
        title, alt = html.escape(movie.title), html.escape(said(movie.title, movie.caption))
        return (
            f"<figure class='movie'><div class='seen'><img alt='{alt}' "
            f"src='data:image/webp;base64,{shown}'>{PLOT if packed else ''}</div>"
            f"<div class='control'><button type='button'>play</button>"
            f"<input type='range' min='0' max='{len(kept) - 1}' value='{first}' "
            f"aria-label='{title}'{told}><output>{html.escape(labels[first])}</output></div>"
            f"{self._numbered(self._caption(movie.caption))}"
            f"<p class='files'>last frame: {self._links(movie.drawing, target)}</p>"
            f"{held}</figure>"
        )


def navigation(contents: Iterable[tuple[str, str, str]]) -> str:
    """The contents; beside the page where it is wide, folded where it is narrow."""
    groups: dict[str, str] = {}
    for group, anchor, title in contents:
        entry = f"<li><a href='#{html.escape(anchor)}'>{html.escape(title)}</a></li>"
        groups[group] = groups.get(group, "") + entry
    lists = "".join(f"<p>{group}</p><ol>{entries}</ol>" for group, entries in groups.items())
    return (
        "<nav aria-label='contents'><details open><summary>Contents</summary>"
        f"{lists}</details></nav>"
    )


def pre(value: Mapping[str, Any]) -> str:
    """Plain values as indented JSON."""
    return f"<pre>{html.escape(json.dumps(value, indent=1))}</pre>"


def said(title: str, caption: str) -> str:
    """What a picture shows, for those who do not see it: title and first sentence of the caption.

    >>> said("Loss", "Median of 3.5 seeds, band: range. Dashed: chance.")
    'Loss. Median of 3.5 seeds, band: range.'
    """
    first = re.split(r"(?<=[.;])\s", caption.strip(), maxsplit=1)[0]
    title = title if title.endswith(("?", ".", "!")) else f"{title}."
    return f"{title} {first}".strip()


_RIGHT = " class='number'"


def _numeric(column: Sequence[Any]) -> bool:
    """Whether a column has numbers, and nothing else but gaps."""
    known = [value for value in column if value is not None]
    return bool(known) and all(isinstance(v, int | float | np.number) for v in known)


def _data(value: Any) -> str:
    """JSON that lies in the page."""
    text = json.dumps(value).replace("<", chr(92) + "u003c")
    return f"<script type='application/json'>{text}</script>"


def _anchor(title: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in title.lower())
