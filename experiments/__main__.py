"""List the studies and their presets: ``python -m experiments``."""

import ast
from pathlib import Path

from . import STUDIES

HERE = Path(__file__).parent


def studies() -> dict[str, tuple[str, dict[str, str]]]:
    """Study -> its line, and its presets with theirs; read from the sources, nothing is imported:
    a list should not take as long as JAX takes to start."""
    found = {}
    for name in STUDIES:
        whole = ast.parse((HERE / name / "__init__.py").read_text("utf-8"))
        line = (ast.get_docstring(whole) or "").partition("\n")[0]
        config = ast.parse((HERE / name / "config.py").read_text("utf-8"))
        words = next(
            ast.literal_eval(node.value)
            for node in config.body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PRESET_WORDS"
        )
        found[name] = line, words
    return found


def main() -> int:
    """Print every study with its line and its presets."""
    print(f"python -m {__package__}.<study> --help\n")
    for name, (line, presets) in studies().items():
        print(f"{name}\n  {line}")
        for preset, words in presets.items():
            print(f"    {preset:18s} {words}")
        print()
    print(f"python -m {__package__}.tour                     all of them, and one page")
    print(f"python -m {__package__}.compare RUN RUN ...   did the networks learn the same?")
    print(f"python -m {__package__}.soak --minutes N      do runs keep what they promise?")
    print(f"python -m {__package__}.benchmark             how fast is it?")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
