"""What is built from the sources: the reference of all public names, the gallery of plots."""

import inspect
import re
import subprocess
import sys

import jaxrep
from jaxrep.plots.gallery import plot_functions, write_gallery
from tests.study.pages import Parsed

WITHOUT_EXAMPLE = {
    "jaxrep.study.execute": "trains and writes a run directory: experiments.tutorials.own_study",
    "jaxrep.study.start": "reads the arguments of the process: the __main__ of every study",
}
"""Public functions that no doctest shows, and why."""


def public_functions() -> dict[str, object]:
    """Every function that a room or a module beside the rooms offers, by its full name."""
    found = {}
    for room in set(jaxrep.__all__) - {"__version__"}:
        module = getattr(jaxrep, room)
        own = [n for n, value in vars(module).items() if inspect.isfunction(value) and n[0] != "_"]
        names = getattr(module, "__all__", own)
        for name in names:
            value = getattr(module, name)
            if inspect.isfunction(inspect.unwrap(value)) and value.__module__.startswith("jaxrep"):
                found[f"{module.__name__}.{name}"] = value
    return found


def test_every_public_function_has_an_example():
    """A new function comes with one; what had one keeps it."""
    functions = public_functions()
    assert len(functions) > 500
    lacking = {name for name, value in functions.items() if ">>>" not in str(value.__doc__)}
    assert lacking == set(WITHOUT_EXAMPLE)


def test_the_reference_is_built_without_a_warning(tmp_path):
    """By the README's command; every public function of every room is in it."""
    command = [
        sys.executable,
        "-m",
        "pdoc",
        "-o",
        str(tmp_path),
        "-d",
        "google",
        "--math",
        "jaxrep",
    ]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 0 and not ended.stderr, ended.stderr[-2000:]
    for room in set(jaxrep.__all__) - {"__version__"}:
        page = (tmp_path / "jaxrep" / f"{room}.html").read_text()
        for own in (tmp_path / "jaxrep" / room).glob("*.html"):  # a module of its function's name
            page += own.read_text()
        for name in getattr(getattr(jaxrep, room), "__all__", ()):
            assert f'id="{name}"' in page, (room, name)


def test_the_gallery_shows_what_every_example_draws(tmp_path):
    parsed = Parsed()
    parsed.feed(write_gallery(tmp_path).read_text())
    assert [head["id"] for head in parsed.all("h2")] == list(plot_functions())
    shown = [picture["src"] for picture in parsed.all("img")]
    assert len(shown) > 40 and all((tmp_path / name).stat().st_size > 2000 for name in shown)
    drawn = {re.sub(r"\.png$", "", name) for name in shown}
    without = [
        name for name, function in plot_functions().items() if ">>>" not in str(function.__doc__)
    ]
    assert drawn.isdisjoint(without)
