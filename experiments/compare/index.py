"""The index: studies x measures, the newest finished run of each study below a folder."""

import os
from collections.abc import Mapping
from pathlib import Path

from jaxrep.engine import Run, find_runs
from jaxrep.engine.provenance import command_line, environment
from jaxrep.errors import InputError
from jaxrep.study.report import Page, Table, write_report
from jaxrep.study.words import layer_words

KINDS = {
    "CKA between seeds": ("seed_cka_", "seed_cka_error_"),
    "participation ratio": ("participation_", None),
    "CKA with the targets": ("target_cka_", None),
}
"""Column -> prefix of the key figures, and of their errors over seeds."""
OTHERS = {
    "information_plane": ("bits lost from the peak", " lost_bits"),
    "face_angle": ("integral of Fisher information (1/rad)", "total_information"),
}
"""Study -> what its information is, and how the key figures that hold it end (medians over
seeds, one for each layer or grid point)."""


def write_index(folder: Path, out: Path | None) -> Path:
    """One row for every study and layer; returns the page.

    Raises:
      InputError: no finished run below the folder.
    """
    newest = newest_runs(folder)
    if not newest:
        raise InputError(f"index: no finished run below {folder}")
    table = measures_table(newest, out or folder)
    if not table.rows:
        raise InputError(f"index: the runs below {folder} have no networks that were compared")
    summary = f"{len(newest)} studies below {folder}."
    out = out or folder
    out.mkdir(parents=True, exist_ok=True)
    page = Page("index", summary, [], [table], {})
    write_report(page, out, {"folder": str(folder)}, {**environment(), "command": command_line()})
    return out / "report.html"


def newest_runs(folder: Path) -> dict[str, Run]:
    """The newest finished run of each study below a folder, by the study's name."""
    newest: dict[str, Run] = {}
    for run in find_runs(folder):
        try:
            finished = bool(run.summary) and not run.parts
        except InputError:
            continue
        if finished:
            known = newest.get(run.study)
            if known is None or _age(run) > _age(known):
                newest[run.study] = run
    return newest


def measures_table(newest: Mapping[str, Run], out: Path) -> Table:
    """Studies and their layers against measures that all studies have; links start at `out`."""
    columns, rows, links = ["study", "layer", *KINDS, "information"], [], []
    for study, run in sorted(newest.items()):
        numbers = run.summary
        for layer in _layers(numbers):
            cells = []
            for prefix, error in KINDS.values():
                values = _of(numbers, prefix + layer)
                spread = _of(numbers, error + layer) if error else {}
                cells.append(_cell(values, spread))
            first = layer == _layers(numbers)[0]
            rows.append(
                [study, layer_words(layer), *cells, _others(study, numbers) if first else ""]
            )
            links.append(_link(run, out))
    words = (
        "The newest finished run of each study. Mean over pairs of seeds ± error over seeds; of a "
        "sweep the smallest and the largest value over its points."
    )
    return Table("Studies and measures", columns, rows, words, links)


def _age(run: Run) -> str:
    return str(run.trained.get("written", ""))


def _layers(numbers: dict) -> list[str]:
    prefix = "seed_cka_"
    names = [n.removeprefix(prefix).partition("[")[0] for n in numbers if n.startswith(prefix)]
    return list(dict.fromkeys(n for n in names if not n.startswith("error_")))


def _of(numbers: dict, name: str) -> dict[str, float]:
    """The values of a key figure at every grid point."""
    return {k[len(name) :]: v for k, v in numbers.items() if k == name or k.startswith(name + "[")}


def _cell(values: dict[str, float], errors: dict[str, float]) -> str:
    if not values:
        return ""
    if len(values) == 1:
        point, value = next(iter(values.items()))
        error = errors.get(point)
        return f"{value:.3g}" + ("" if error is None else f" ± {error:.2g}")
    low, high = min(values, key=lambda k: values[k]), max(values, key=lambda k: values[k])
    words = [f"{values[k]:.3g}{_plus(errors.get(k))} {k}" for k in (low, high)]
    return " to ".join(words)


def _plus(error: float | None) -> str:
    return "" if error is None else f" ± {error:.2g}"


def _others(study: str, numbers: dict) -> str:
    """What a study says of information, by layer or grid point."""
    if study not in OTHERS:
        return ""
    words, ending = OTHERS[study]
    found = {k: v for k, v in numbers.items() if k.partition("[")[0].endswith(ending)}
    parts = [f"{name.replace(ending, '').strip() or 'all'} {v:.3g}" for name, v in found.items()]
    return f"{words}, median: {', '.join(parts)}" if parts else ""


def _link(run: Run, out: Path) -> str:
    return os.path.relpath(run.path / "report.html", out)
