"""The plan of the house: arrows run downwards, and studies do not know each other."""

import ast
import tomllib
from pathlib import Path

import pytest

import jaxrep
from experiments import STUDIES

ROOT = Path(__file__).resolve().parents[1]
GROUND = {
    "arrays",
    "data",
    "groups",
    "losses",
    "models",
    "optimizers",
    "typing",
    "errors",
    "extras",
    "safe_arrays",
}
MAY_IMPORT = {
    "groups": {"errors", "typing", "extras"},
    "losses": {"typing", "errors"},
    "optimizers": {"typing", "errors"},
    "data": {"groups", "errors", "typing", "extras", "safe_arrays"},
    "models": {"groups", "losses", "errors", "typing", "extras", "safe_arrays"},
    "analysis": {"arrays", "groups", "losses", "errors", "typing", "extras"},
    "theory": {"arrays", "groups", "analysis", "data", "errors", "typing", "extras"},
    "plots": {"errors", "typing", "extras"},
    "engine": {"errors", "typing", "extras"},
    "problems": {*GROUND, "analysis", "engine"},
    "study": {*GROUND, "analysis", "engine", "plots", "report"},
}


def imported_rooms(path: Path) -> set[str]:
    """Rooms of jaxrep that a file imports from, at any depth."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            first, _, rest = node.module.partition(".")
            if first == "jaxrep":
                rooms |= {rest.split(".")[0]} if rest else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            rooms |= {a.name.split(".")[1] for a in node.names if a.name.startswith("jaxrep.")}
    return rooms


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_arrows_between_rooms_run_downwards(room):
    folder = ROOT / "jaxrep" / room
    files = folder.rglob("*.py") if folder.is_dir() else [folder.with_suffix(".py")]
    for file in files:
        extra = imported_rooms(file) - MAY_IMPORT[room] - {room}
        assert not extra, f"{file.relative_to(ROOT)} imports {extra}"


PAGE = {"comparison", "figures", "tables"}
ORDER = ("__main__", "study", "comparison", "figures", "tables", "analysis", "problem", "data")


@pytest.mark.parametrize("study", STUDIES)
def test_inside_a_study_every_arrow_points_down(study):
    folder, arrows = ROOT / "experiments" / study, {}
    for file in folder.glob("*.py"):
        arrows[file.stem] = set()
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.ImportFrom):
                continue
            assert not (node.module or "").startswith("experiments"), file
            assert node.level < 2, f"{file}: arrow between studies"
            if node.level == 1:
                names = [node.module] if node.module else [alias.name for alias in node.names]
                arrows[file.stem] |= {name for name in names if (folder / f"{name}.py").exists()}
    seen: dict[str, int] = {}

    def depth(name: str, path: tuple[str, ...] = ()) -> int:
        assert name not in path, f"{study}: a circle through {(*path, name)}"
        if name not in seen:
            steps = [depth(other, (*path, name)) for other in arrows[name]]
            seen[name] = 1 + max(steps, default=0)
        return seen[name]

    for name in arrows:
        depth(name)
    assert seen["config"] == 1
    for place, lower in enumerate(ORDER):
        above = arrows.get(lower, set()) & set(ORDER[:place])
        assert not above or {lower, *above} <= PAGE, f"{study}: {lower} imports {above}"


def test_no_signature_hides_a_configuration():
    for file in (ROOT / "experiments").rglob("*.py"):
        assert "config: Any" not in file.read_text(), file


def test_the_wheel_has_every_package():
    """A wheel's studies are `jaxrep.experiments`; a forgotten folder would be missing there."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    folders = {"jaxrep": "jaxrep", "experiments": "jaxrep.experiments"}
    present = {
        ".".join((name, *file.parent.relative_to(ROOT / top).parts))
        for top, name in folders.items()
        for file in (ROOT / top).rglob("__init__.py")
    }
    assert set(listed) == present


def test_rooms_are_imported_when_asked_for():
    for name in jaxrep.__all__:
        assert hasattr(jaxrep, name)
    with pytest.raises(AttributeError, match="no attribute 'no_such_room'"):
        _ = jaxrep.no_such_room
    assert set(jaxrep.__all__) <= set(dir(jaxrep))


@pytest.mark.parametrize("room", ["analysis", "data", "engine", "groups", "models", "theory"])
def test_a_room_lists_what_it_has(room):
    module = getattr(jaxrep, room)
    assert len(module.__all__) == len(set(module.__all__)) > 5
    for name in module.__all__:
        assert hasattr(module, name), name


def test_citation_and_package_name_the_same_version():
    text = (ROOT / "jaxrep" / "CITATION.cff").read_text()
    assert f"\nversion: {jaxrep.__version__}\n" in text and "license: MIT" in text
    assert f"## {jaxrep.__version__}" in (ROOT / "jaxrep" / "CHANGELOG.md").read_text()
