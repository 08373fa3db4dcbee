"""The page of a tour: a card for each study, and the studies against common measures."""

import base64
import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from jaxrep.engine.files import atomically, list_files, read_json
from jaxrep.engine.run import VERDICT, Run
from jaxrep.errors import InputError
from jaxrep.study.figure_files import webp
from jaxrep.study.page_parts import Parts
from jaxrep.study.page_types import Verdict
from jaxrep.study.report import page_head
from jaxrep.study.vector_files import VectorFiles

from ..compare.index import measures_table, newest_runs

PICTURES = {
    "group_composition": "grokking",
    "deep_linear": "transitions",
    "localization": "fields",
    "information_plane": "planes",
    "face_angle": "shapes",
}
"""Study -> the figure of its card; where its page has none of that name, the first one."""
PAGE = "index.html"


def write_tour(out: Path, studies: Mapping[str, str]) -> Path:
    """Write the page of what there is by now; returns it.

    Args:
      out: folder of the tour; the run of a study lies in ``<out>/<study>``.
      studies: name -> its question, in the order of the cards.

    Raises:
      StorageError: it cannot be written.
    """
    with VectorFiles(()) as vectors:
        parts = Parts(out, vectors)
        cards = [_card(out, study, question, parts) for study, question in studies.items()]
        table = measures_table(newest_runs(out), out)
        measures = parts.table(table) if table.rows else ""
    there = sum((out / study / "report.html").exists() for study in studies)
    text = (
        f"{page_head('jaxrep: the tour')}<body><header><h1>jaxrep: the tour</h1><p>How do "
        f"representations form in neural networks? {there} of {len(studies)} studies are here."
        f"</p></header><main>{''.join(cards)}{measures}</main></body></html>"
    )
    with atomically(out / PAGE) as temporary:
        temporary.write_text(text)
    list_files(out / PAGE)
    return out / PAGE


def _card(out: Path, study: str, question: str, parts: Parts) -> str:
    """Question, answer, figure, what it took, and where to read on."""
    folder, page = out / study, f"{study}/report.html"
    head = f"{parts.heading(study)}<p>{html.escape(question)}</p>"
    if not (out / page).exists():
        return f"{head}<p class='caption'>Not run yet.</p>"
    answer = parts.answer(_verdicts(folder))
    return (
        f"{head}{answer}{_picture(folder, study)}<p class='caption'>{html.escape(_took(folder))}"
        f" <a href='{html.escape(page)}'>The whole page.</a></p>"
    )


def _verdicts(folder: Path) -> Sequence[Verdict]:
    try:
        return [Verdict(**verdict) for verdict in read_json(folder / VERDICT)]
    except (InputError, OSError):
        return []


def _picture(folder: Path, study: str) -> str:
    drawn = sorted(path.stem for path in (folder / "figures").glob("*.png"))
    if not drawn:
        return ""
    name = PICTURES.get(study, "")
    name = name if name in drawn else drawn[0]
    with Image.open(folder / "figures" / f"{name}.png") as picture:
        encoded = base64.b64encode(webp(picture.convert("RGB"))).decode()
    told = " ".join(verdict.text for verdict in _verdicts(folder)[:1])
    return (
        f"<figure><div class='seen'><a href='{html.escape(f'{study}/report.html')}'>"
        f"<img src='data:image/webp;base64,{encoded}' "
        f"alt='{html.escape(f'figure {name} of {study}. {told}')}'></a></div></figure>"
    )


def _took(folder: Path) -> str:
    """What the last command on each of the runs took."""
    try:
        run = Run.load(folder)
        runs = list(run.runs.values()) if run.parts else [run]
        spent = [_seconds(one.environment) for one in runs]
        networks = sum(one.summary.get("networks", 0) for one in runs)
    except InputError as error:
        return str(error)
    words = [f"{len(runs)} runs" if len(runs) > 1 else "1 run"]
    if networks:
        words.append(f"{networks:g} networks")
    return f"{', '.join(words)}, {sum(spent):.0f} s."


def _seconds(environment: Mapping[str, Any]) -> float:
    """Of the longest command on a run: the one that trained it."""
    worked = environment.get("worked", [])
    return max((sum(command.get("seconds", {}).values()) for command in worked), default=0.0)
