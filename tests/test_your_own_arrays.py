"""A user's own arrays, drawn with nothing but jaxrep: the script of the README."""

import re
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

README = Path(__file__).resolve().parents[1] / "README.md"


def test_the_readmes_script_draws_a_plane_fields_and_a_curve(tmp_path, monkeypatch):
    text = README.read_text().split("### Your own arrays")[1]
    script = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    assert len(script.strip().splitlines()) <= 25
    imports = re.findall(r"^(?:from|import) (\w+)", script, re.MULTILINE)
    assert set(imports) <= {"jaxrep", "numpy", "matplotlib"}
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(compile(script, "README.md", "exec"), names)
    figure = names["figure"]
    assert isinstance(figure, Figure) and (tmp_path / "arrays.png").stat().st_size > 10_000
    plane, curve = names["plane"], names["curve"]
    assert (plane.get_xlabel(), plane.get_ylabel()) == ("I(X;M) (bits)", "I(Y;M) (bits)")
    assert "rad" in curve.get_xlabel()
    information = names["fisher"].mean_term.ravel()
    assert np.isfinite(information).all() and (information > 0).all()
