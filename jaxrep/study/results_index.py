"""``results/index.html``: all runs of a results folder, what differs, what they found."""

import html
import sys
from pathlib import Path
from typing import Any

from jaxrep.engine import hosts
from jaxrep.engine.files import atomically, read_json
from jaxrep.engine.finding import differing, state_of
from jaxrep.engine.run import VERDICT, Run
from jaxrep.errors import InputError, StorageError
from jaxrep.study.command_line import Options
from jaxrep.study.page_cells import NOTHING, cell
from jaxrep.study.page_style import SCRIPT
from jaxrep.study.report import page_head
from jaxrep.study.words import in_words

RESULTS_FOLDER = Path("results")
"""Where runs go without ``--out``."""
COLUMNS = ("study", "run", "what differs", "answer", "state", "date")
MOST_WORDS = 240
"""Characters of what differs."""


def keep_index(options: Options) -> None:
    """Bring the index up to date after a run that has its place in the results folder.

    A folder that cannot be written, or a run there that cannot be read, is no fault of the run
    that has just ended: it is said on standard error.
    """
    if options.out is not None or options.report_to is not None or not hosts.is_first():
        return
    try:
        write_results_index(RESULTS_FOLDER)
    except (StorageError, OSError) as error:
        print(f"warning: {RESULTS_FOLDER / 'index.html'}: {error}", file=sys.stderr)


def write_results_index(root: Path) -> Path:
    """Write ``index.html`` of the runs at ``<root>/<study>/<run>``; returns it.

    Its table is sorted by study and by date, the newest first; a click on a heading sorts it anew.

    Raises:
      StorageError: it cannot be written.
    """
    studies: dict[str, dict[Path, Run | None]] = {}
    for path in sorted({f.parent for n in ("config.json", "report.html") for f in _found(root, n)}):
        studies.setdefault(path.parent.name, {})[path] = _run(path)
    rows = []
    for study, runs in studies.items():
        single = [run for run in runs.values() if run is not None and not run.parts]
        columns = differing(single) if len(single) > 1 else {}
        for path, run in runs.items():
            values = {}
            if run is not None and not run.parts:
                values = {key: column[single.index(run)] for key, column in columns.items()}
            rows.append(_row(study, path, run, values))
    rows.sort(key=lambda row: row[-1], reverse=True)
    rows.sort(key=lambda row: row[0])
    body = "".join(_line(root, *row) for row in rows)
    head = "".join(f"<th scope='col'><button type='button'>{n}</button></th>" for n in COLUMNS)
    text = (
        f"{page_head('jaxrep: runs')}<body><header><h1>jaxrep: runs</h1>"
        f"<p>{len(rows)} runs of {len(studies)} studies.</p></header><main>"
        "<div class='scroll' tabindex='0' role='region' aria-label='runs'>"
        f"<table class='sortable'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        f"</main><script>{SCRIPT}</script></body></html>"
    )
    with atomically(root / "index.html") as temporary:
        temporary.write_text(text)
    return root / "index.html"


def _found(root: Path, name: str) -> list[Path]:
    return list(root.glob(f"*/*/{name}"))


def _run(path: Path) -> Run | None:
    """The run of a folder; None where a page is all there is, or nothing can be read."""
    try:
        return Run.load(path)
    except (InputError, OSError):
        return None


def _row(study: str, path: Path, run: Run | None, values: dict[str, Any]) -> tuple[str | Path, ...]:
    """Study, folder, what differs, answer, state, date."""
    if run is None:
        return study, path, "", "", "damaged" if (path / "config.json").exists() else "page", ""
    words = ", ".join(in_words(f"{key}={_plain(value)}") for key, value in values.items())
    if run.parts:
        kind = f"suite {run.config['suite']}" if "suite" in run.config else "sweep"
        words = f"{kind}: {'; '.join(map(in_words, run.parts))}"
    if len(words) > MOST_WORDS:
        words = words[: MOST_WORDS - 1] + "…"
    return study, path, words, _answer(run), state_of(run), _date(run)


def _line(root: Path, study: str, path: Path, words: str, *others: str) -> str:
    page = path / "report.html"
    name = html.escape(path.name)
    place = html.escape(page.relative_to(root).as_posix())
    link = f"<a href='{place}'>{name}</a>" if page.exists() else name
    cells = "".join(cell(text or NOTHING) for text in (words, *others))
    return f"<tr>{cell(study)}<td class='short'>{link}</td>{cells}</tr>"


def _answer(run: Run) -> str:
    """The first sentence of the answer, and whether it is as published."""
    try:
        verdicts = read_json(run.written / VERDICT)
    except (InputError, OSError):
        return ""
    if not verdicts:
        return ""
    mark = {True: "✓ ", False: "✗ "}.get(verdicts[0].get("agrees"), "")
    return mark + verdicts[0]["text"]


def _date(run: Run) -> str:
    try:
        known = run.environment
    except InputError:
        return ""
    worked = known.get("worked") or [{}]
    return str(worked[-1].get("ended", known.get("time", "")))[:16]


def _plain(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
