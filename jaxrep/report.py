"""The report: one self-contained HTML page per run, and the same figures as PNG files."""

import base64
import html
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jaxrep.engine.run import atomically

if TYPE_CHECKING:
    import matplotlib.figure


class Figure(NamedTuple):
    """One figure: file name, heading, what it shows, and the drawing itself."""

    name: str
    title: str
    caption: str
    drawing: "matplotlib.figure.Figure"


@dataclass(frozen=True)
class Table:
    """One table; `links` (one per row) makes its first column clickable."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    caption: str = ""
    links: Sequence[str] = ()


class Page(NamedTuple):
    """Everything a report shows."""

    study: str
    summary: str
    figures: Iterable[Figure]
    tables: Sequence[Table]
    key_figures: Mapping[str, float | int]


_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222}
h1{font-size:1.7rem}h2{font-size:1.25rem;margin-top:2.5rem}img{max-width:100%;height:auto}
figure{margin:1rem 0}figcaption,p.caption{color:#555;font-size:.92rem}
table{border-collapse:collapse;font-size:.92rem;display:block;overflow-x:auto}
th,td{padding:.25rem .6rem;border-bottom:1px solid #ddd;text-align:left}
th{vertical-align:bottom}td:nth-child(2):not(.number){min-width:14rem}
td.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
pre{background:#f6f6f6;padding:.8rem;overflow-x:auto;font-size:.85rem}
nav a{margin-right:1rem}
"""


def write_report(
    page: Page, directory: Path, config: Mapping[str, Any], environment: Mapping[str, Any]
) -> None:
    """Write ``figures/*.png`` and ``report.html``; nothing in the page refers to another file."""
    import matplotlib.pyplot as plt

    sections, contents = [], []
    for table in page.tables:
        sections.append(_table(table))
        contents.append(table.title)
    for figure in page.figures:
        target = directory / "figures" / f"{figure.name}.png"
        with atomically(target) as temporary:
            figure.drawing.savefig(temporary, format="png", dpi=110)
        plt.close(figure.drawing)
        picture = base64.b64encode(target.read_bytes()).decode()
        sections.append(
            f"<h2 id='{_anchor(figure.title)}'>{html.escape(figure.title)}</h2><figure>"
            f"<img alt='{html.escape(figure.title)}' src='data:image/png;base64,{picture}'>"
            f"<figcaption>{html.escape(figure.caption)}</figcaption></figure>"
        )
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
        f"<h1>{html.escape(title)}</h1><p>{html.escape(page.summary)}</p><nav>{links}</nav>"
        + "".join(sections)
        + "</body></html>"
    )
    with atomically(directory / "report.html") as temporary:
        temporary.write_text(text)


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
    return f"<td>{html.escape('' if value is None else str(value))}</td>"
