"""A page of all figures that the plot functions draw in their own examples.

``python -m jaxrep.plots.gallery FOLDER`` writes ``FOLDER/index.html``; a function whose example
draws nothing has its example alone.
"""

import contextlib
import doctest
import html
import io
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import jaxrep.plots as plots
from jaxrep.plots.style import figure_style


def plot_functions() -> dict[str, Callable]:
    """The public functions that draw, by name.

    >>> "draw_spread" in plot_functions()
    True
    """
    names = sorted(name for name in plots.__all__ if name.startswith("draw_"))
    return {name: getattr(plots, name) for name in names}


def drawn_example(function: Callable, target: Path) -> str | None:
    """Run the example of a function and write the figure that it leaves; its source, if any.

    Raises:
      RuntimeError: the example fails.
    """
    finder = doctest.DocTestFinder(recurse=False)
    tests = finder.find(
        function, function.__name__, globs=dict(vars(sys.modules[function.__module__]))
    )
    examples = [example for test in tests for example in test.examples]
    if not examples:
        return None
    names = {**tests[0].globs}
    for example in examples:
        try:
            with figure_style(), contextlib.redirect_stdout(io.StringIO()):
                exec(compile(example.source, function.__name__, "single"), names)
        except Exception as error:
            raise RuntimeError(f"the example of {function.__name__} fails: {error}") from error
    drawings = [figure for value in names.values() if (figure := _figure_of(value)) is not None]
    if drawings:
        drawings[-1].savefig(target, dpi=80, bbox_inches="tight")
    return "".join(example.source for example in examples)


def write_gallery(folder: Path) -> Path:
    """Write the page and its pictures; returns it.

    Raises:
      RuntimeError: an example fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for name, function in plot_functions().items():
        (folder / f"{name}.png").unlink(missing_ok=True)
        source = drawn_example(function, folder / f"{name}.png")
        said = (function.__doc__ or "").strip().splitlines()[0]
        picture = f"<img src='{name}.png' alt='{html.escape(said)}'>"
        parts.append(
            f"<h2 id='{name}'>{name}</h2><p>{html.escape(said)}</p>"
            + (picture if (folder / f"{name}.png").exists() else "")
            + (f"<pre>{html.escape(source)}</pre>" if source else "")
        )
    page = folder / "index.html"
    page.write_text(
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>jaxrep.plots</title>"
        "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;"
        "padding:0 1rem}img{max-width:100%}pre{background:#f5f6f7;padding:.8rem;overflow-x:auto}"
        f"</style></head><body><h1>jaxrep.plots</h1>{''.join(parts)}</body></html>"
    )
    return page


def _figure_of(value: object) -> Figure | None:
    """The figure that a name of an example stands for: itself, or the one that its Axes are on."""
    if isinstance(value, Figure):
        return value
    if isinstance(value, np.ndarray) and value.dtype == object and value.size:
        value = value.flat[0]
    return value.get_figure(root=True) if isinstance(value, Axes) else None


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m jaxrep.plots.gallery FOLDER")
    print(write_gallery(Path(sys.argv[1])))
