"""Where the seconds of every study's default command go, the first time and from then on.

Each command runs in a process of its own, twice on one new folder of compiled programs: the first
time everything is compiled, the second time read. In seconds of the clock: importing, tracing
(JAX's Python, from functions to programs), compiling or reading programs, and the stages as the
command counts them, compiling included. Stages of suites are summed over their runs.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from .. import STUDIES
from .. import __name__ as package

STAGES = ("training", "analysing", "comparing seeds", "drawing")
TRACED = ("/jax/core/compile/jaxpr_to_mlir_module_duration",)
COMPILED = (
    "/jax/core/compile/backend_compile_duration",
    "/jax/compilation_cache/cache_retrieval_time_sec",
)
_CHILD = """
import json, sys, time
began = time.perf_counter()
import importlib
import jax
study = importlib.import_module(sys.argv[1]).STUDY
from jaxrep.study import main
imported = time.perf_counter() - began
spent = {}
def listen(event, seconds, **_):
    spent[event] = spent.get(event, 0.0) + seconds
jax.monitoring.register_event_duration_secs_listener(listen)
status = main(study, ["--quiet", "--out", sys.argv[2]])
print(json.dumps({"import": imported, "events": spent}))
raise SystemExit(status)
"""


def command_seconds(study: str, out: Path, cache: Path) -> dict[str, float]:
    """Seconds of each part of one command, which writes to `out`; ``all`` is the whole process.

    Raises:
      subprocess.CalledProcessError: the command failed.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    began = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, "-c", _CHILD, f"{package}.{study}", str(out)],
        env={**kept, "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    whole = time.perf_counter() - began
    told = json.loads(ended.stdout.splitlines()[-1])
    parts = {"import": told["import"]}
    for name, events in (("lowering", TRACED), ("compiling", COMPILED)):
        parts[name] = sum(told["events"].get(event, 0.0) for event in events)
    return {**parts, **_stages(out), "all": whole}


def _stages(out: Path) -> Mapping[str, float]:
    """Seconds of the stages of a run, or of all runs of a suite."""
    spent = dict.fromkeys(STAGES, 0.0)
    for path in out.rglob("environment.json"):
        for command in json.loads(path.read_text()).get("worked", [])[-1:]:
            for stage, seconds in command.get("seconds", {}).items():
                spent[stage] += seconds
    return spent


def run() -> None:
    """Print the table; rows are studies, the first time and again."""
    table = Table("study", "time", "all", "import", "lowering", "compiling", *STAGES)
    with tempfile.TemporaryDirectory(prefix="seconds") as folder:
        for study in STUDIES:
            for time_ in ("first", "again"):
                out = Path(folder) / f"{study}-{time_}"
                parts = command_seconds(study, out, Path(folder) / "cache")
                shown = [
                    parts[name] for name in ("all", "import", "lowering", "compiling", *STAGES)
                ]
                table.add_row(study, time_, *(f"{seconds:.1f}" for seconds in shown))
                print(study, time_, json.dumps(parts), file=sys.stderr, flush=True)
    Console(width=120).print(table)
