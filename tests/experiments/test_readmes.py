"""The pages of the studies: their commands are understood, and what they name is there."""

import re
import shlex
from pathlib import Path

import pytest

from experiments import STUDIES
from jaxrep.study.command_line import parse

ROOT = Path(__file__).resolve().parents[2]


def commands(study: str) -> list[list[str]]:
    text = (ROOT / "experiments" / study / "README.md").read_text()
    lines = re.findall(rf"^python -m experiments\.{study}(.*)$", text, re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


@pytest.mark.parametrize("study", STUDIES)
def test_every_command_of_a_studys_page_is_understood(study):
    import importlib

    whole = importlib.import_module(f"experiments.{study}").STUDY
    first = {name: next(iter(runs.values())) for name, runs in whole.suites.items()}
    presets = {**whole.presets, **first}
    assert len(commands(study)) >= 3
    for words in commands(study):
        parse(study, whole.summary, whole.config, presets, words)


@pytest.mark.parametrize("study", STUDIES)
def test_a_studys_page_has_its_parts_and_names_files_that_are_there(study):
    text = (ROOT / "experiments" / study / "README.md").read_text()
    for part in ("Theory", "What to look for", "What was published", "Errors we met", "References"):
        assert f"\n## {part}" in text
    for path in re.findall(r"`(jaxrep/[\w/]+\.py)`", text):
        assert (ROOT / path).exists(), path
