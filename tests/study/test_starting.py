"""Help and faults of the command line are said before JAX is imported."""

import subprocess
import sys
from pathlib import Path

import pytest

from experiments import STUDIES

ROOT = Path(__file__).parents[2]
WATCHED = """
import runpy, sys
sys.argv = ["experiments.{study}", *{arguments}]
try:
    runpy.run_module("experiments.{study}", run_name="__main__", alter_sys=True)
except SystemExit as ended:
    slow = [name for name in ("jax", "matplotlib", "xarray") if name in sys.modules]
    print("status", ended.code, "imported", slow)
"""


def watched(study: str, *arguments: str) -> subprocess.CompletedProcess:
    code = WATCHED.format(study=study, arguments=list(arguments))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)


@pytest.mark.parametrize("study", STUDIES)
def test_help_imports_no_jax(study):
    said = watched(study, "--help").stdout
    assert f"python -m experiments.{study}" in said and "--seeds" in said
    assert said.endswith("imported []\n") and "status 0" in said


@pytest.mark.parametrize("arguments", [["--seedz", "3"], ["--seeds", "many"], ["--preset", "no"]])
def test_a_wrong_option_imports_no_jax(arguments):
    ended = watched("deep_linear", *arguments)
    assert ended.stdout == "status 2 imported []\n"
    assert ended.stderr.startswith("error: ") and ended.stderr.count("\n") == 1


def test_help_whose_reader_has_gone():
    """As ``--help | head -1`` has it: the pipe is closed before all is written."""
    command = [sys.executable, "-m", "experiments.deep_linear", "--help"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, bufsize=0
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141
