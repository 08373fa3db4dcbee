"""The report: one self-contained HTML page per run, and its figures as files beside it."""

import html
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jaxrep.engine.files import atomically, list_files
from jaxrep.plots.paper import Style
from jaxrep.study.page_exploring import EXPLORING_SCRIPT, EXPLORING_STYLE
from jaxrep.study.page_movies import MOVIE_SCRIPT
from jaxrep.study.page_parts import Parts, navigation, pre
from jaxrep.study.page_style import SCRIPT, STYLE
from jaxrep.study.page_types import (
    Explorer,
    Figure,
    Movie,
    Page,
    PageFigure,
    Picker,
    Slider,
    Table,
    Verdict,
    median_range,
)
from jaxrep.study.vector_files import VectorFiles
from jaxrep.study.words import FigureKey

__all__ = [
    "Explorer",
    "Figure",
    "Movie",
    "Page",
    "PageFigure",
    "Picker",
    "Slider",
    "Table",
    "Verdict",
    "median_range",
    "write_report",
]


def write_report(
    page: Page,
    directory: Path,
    config: Mapping[str, Any],
    environment: Mapping[str, Any],
    say: Callable[[str], None] = lambda part: None,
    style: Style = "screen",
) -> None:
    """Write ``figures/`` and ``report.html``; what the page shows lies in it, links lead to files.

    From top to bottom: the answer, figures, tables, how to do it again, terms, configuration,
    provenance.

    Args:
      page: what it shows.
      directory: of the run.
      config, environment: shown at its end; ``command`` of the latter does it again.
      say: told the title of every figure before it is drawn.
      style: of the figures: for the page, or at the size of a paper (`jaxrep.plots.paper`).

    Raises:
      StorageError: it cannot be written.
    """
    (directory / "figures").mkdir(exist_ok=True)
    with VectorFiles() as vectors:
        parts, sections = Parts(directory, vectors, style), []
        for figure in page.figures:
            say(figure.title)
            sections.append(parts.figure(figure))
        say("SVG and PDF")
        vectors.finish()
    sections += [parts.table(table) for table in page.tables]
    if page.key_figures:
        rows = [[FigureKey(name), value] for name, value in page.key_figures.items()]
        table = parts.table(Table("Key figures", ["name", "value"], rows), listed=False)
        heading = parts.heading("Key figures")
        words = f"<summary>All {len(rows)} key figures</summary>"
        sections.append(f"{heading}<details>{words}{table}</details>")
    if command := environment.get("command"):
        sections.append(parts.heading("Do it again") + _again(command, environment))
    if terms := parts.glossary.section():
        sections.append(parts.heading("Terms") + terms)
    sections.append(parts.heading("Configuration") + pre(config))
    sections.append(parts.heading("Provenance") + pre(environment))
    title = html.escape(f"jaxrep: {page.study}")
    text = (
        f"{page_head(title)}<body class='wide'><header>"
        f"<h1>{title}</h1><p>{html.escape(page.summary)}</p>"
        + "".join(f"<p class='warning'>{html.escape(line)}</p>" for line in page.warnings)
        + parts.answer(page.verdicts)
        + f"</header>{navigation(parts.contents)}<main>{''.join(sections)}</main>"
        + f"{parts.library()}<script>{SCRIPT}{EXPLORING_SCRIPT}{MOVIE_SCRIPT}</script>"
        "</body></html>"
    )
    with atomically(directory / "report.html") as temporary:
        temporary.write_text(text)
    list_files(directory / "report.html")


def page_head(title: str) -> str:
    """The beginning of a page, up to its body; the title is HTML."""
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width,initial-scale=1'>"
        f"<title>{title}</title><style>{STYLE}{EXPLORING_STYLE}</style></head>"
    )


def _again(command: str, environment: Mapping[str, Any]) -> str:
    """The command to paste, and with what it ran."""
    known, packages = environment.get("jaxrep", {}), environment.get("packages", {})
    with_what = [
        f"in {environment['folder']}" if environment.get("folder") else "",
        f"revision {known['revision']}" if known.get("revision") else "",
        str(environment.get("replicas_ran", "")),
        f"JAX {packages['jax']}" if packages.get("jax") else "",
    ]
    words = ", ".join(filter(None, with_what))
    same = "The same command on a finished run draws this page again and trains nothing."
    return (
        f"<p>{html.escape(same)}</p><pre class='paste'>{html.escape(command)}</pre>"
        f"<p class='caption'>It ran {html.escape(words)}.</p>"
    )
