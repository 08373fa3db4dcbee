"""The report's page: cells of tables, escaped words, pictures that lie in the page itself."""

import base64
import io
import json
import re

import matplotlib.figure
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from jaxrep.engine import Replicas
from jaxrep.errors import StorageError
from jaxrep.study import figure_per_point, grid_points
from jaxrep.study.figure_files import DOTS, VECTORS, vector_files
from jaxrep.study.report import Figure, Movie, Page, Picker, Table, median_range, write_report
from jaxrep.study.vector_files import VectorFiles


@pytest.fixture
def written(tmp_path):
    """Writes a page and returns its text."""
    (tmp_path / "figures").mkdir()

    def write(**parts):
        parts = {"figures": (), "tables": (), "key_figures": {}, **parts}
        write_report(Page("toy", "A summary.", **parts), tmp_path, {"width": 3}, {"jax": "1.2"})
        return (tmp_path / "report.html").read_text()

    return write


@pytest.mark.parametrize(
    "value, cell",
    [
        (0.123456, "<td class='number'>0.1235</td>"),
        (1234567.0, "<td class='number'>1.235e+06</td>"),
        (np.float64(2.0), "<td class='number'>2</td>"),
        (float("nan"), "<td class='number'>–</td>"),
        (1234567, "<td class='number'>1,234,567</td>"),
        (None, "<td class='short'>–</td>"),
        (np.int64(1234), "<td class='number'>1,234</td>"),
        ("nan ± nan", "<td class='short'>– ± –</td>"),
        ("a < b", "<td class='short'>a &lt; b</td>"),
        ("long " * 8, f"<td class='prose'>{'long ' * 8}</td>"),
    ],
)
def test_cells_have_four_digits_and_the_class_of_their_kind(written, value, cell):
    text = written(tables=[Table("One", ["name", "value"], [["it", value]])])
    assert f"<tr><td class='short'>it</td>{cell}</tr>" in text


def test_key_figures_are_a_table_of_the_same_cells(written):
    text = written(key_figures={"loss[gain=3.0]": 0.123456, "steps": 20_000})
    assert "All 2 key figures" in text
    said = "<td class='short' title='loss[gain=3.0]'>loss (gain 3)</td>"
    assert f"{said}<td class='number'>0.1235</td>" in text
    assert "<td class='short' title='steps'>steps</td><td class='number'>20,000</td>" in text


def test_tables_have_captions_links_and_an_entry_in_the_contents(written):
    table = Table("Runs & more", ["run"], [["<first>"]], "which & why", ["first/report.html"])
    text = written(tables=[table], warnings=["1 < 2"])
    assert "<td><a href='first/report.html'>&lt;first&gt;</a></td>" in text
    assert "<b>Table 1.</b> <span class='words'>which &amp; why</span></p>" in text
    assert "<th scope='col'>run</th>" in text
    assert "<p class='warning'>1 &lt; 2</p>" in text
    assert "<a href='#runs---more'>1 Runs &amp; more</a>" in text
    assert "<h2 id='runs---more'>" in text
    assert "&quot;width&quot;: 3" in text and "&quot;jax&quot;: &quot;1.2&quot;" in text


def test_pictures_and_frames_lie_in_the_page(written, tmp_path):
    still, axes = plt.subplots(figsize=(1, 1))
    axes.plot([0, 1])
    moving, axes = plt.subplots(figsize=(1, 1))
    line = axes.axvline(0.0)
    axes.set_xlim(-1, 3)
    axes.imshow(np.ones((2, 2, 3)))  # no curves: each frame is a picture
    movie = Movie(
        "moving", "Moves", "", moving, ["step 0", "step 9"], lambda i: line.set_xdata([2 * i] * 2)
    )
    text = written(figures=[Figure("still", "Stands", "", still), movie])
    assert not plt.get_fignums()
    files = {
        name: (tmp_path / "figures" / f"{name}.png").read_bytes() for name in ("still", "moving")
    }
    encoded = re.findall(r"base64,([\w+/=]+)'", text)
    frames = re.findall(r'"label": "([^"]*)", "picture": "([\w+/=]+)"', text)
    assert [label for label, _ in frames] == ["step 0", "step 9"]
    still = pixels_of(io.BytesIO(base64.b64decode(encoded[0])))
    np.testing.assert_array_equal(still, pixels_of(io.BytesIO(files["still"])))
    assert encoded[1] == frames[0][1]  # shown first
    first, last, saved = (
        np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        for data in (*(base64.b64decode(frame) for _, frame in frames), files["moving"])
    )
    np.testing.assert_array_equal(last, saved)  # true colours in the page and in the file
    assert (first != last).any()
    assert not re.search(r"src='(?!data:)", text)


def pixels_of(file):
    return np.asarray(Image.open(file).convert("RGB"))


def test_a_picker_holds_the_figure_of_every_choice(written, tmp_path):
    def draw(index):
        drawing, axes = plt.subplots(figsize=(1, 1))
        axes.plot([0, index])
        return Figure("loss", "Losses", f"caption {index} <", drawing)

    text = written(figures=[Picker("loss", "Losses", ["rate=1", "rate=<2"], draw)])
    assert not plt.get_fignums()
    assert re.findall(r"<option value='(\d)'>([^<]*)</option>", text) == [
        ("0", "rate=1"),
        ("1", "rate=&lt;2"),
    ]
    held = json.loads(re.search(r"<script type='application/json'>(.*?)</script>", text)[1])
    files = [pixels_of(tmp_path / "figures" / name) for name in ("loss.png", "loss_2.png")]
    encoded = [re.search(r"base64,([\w+/=]+)'", text)[1], held[1]["picture"]]
    shown = [pixels_of(io.BytesIO(base64.b64decode(one))) for one in encoded]
    np.testing.assert_array_equal(shown, files)
    assert (files[0] != files[1]).any()
    assert [one["caption"] for one in held] == ["caption 0 &lt;", "caption 1 &lt;"]
    assert "<b>Figure 1.</b> <span class='words'>caption 0 &lt;</span></figcaption>" in text
    assert "loss.pdf" in held[0]["files"] and "loss_2.pdf" not in held[1]["files"]
    assert "loss_2.csv" in held[1]["files"]


def test_every_point_with_a_finite_network_has_its_figure():
    draw = lambda point: Figure("a", "A", point.name, plt.figure())  # noqa: E731
    points = grid_points(Replicas((0,), {"rate": (1.0, 2.0, 3.0)}), np.arange(3) > 0)
    found = figure_per_point(points, draw)
    assert isinstance(found, Picker) and found.choices == ["rate 2", "rate 3"]
    assert [found.draw(index).caption for index in (0, 1, 0)] == [
        "rate=2.0",
        "rate=3.0",
        "rate=2.0",
    ]
    assert isinstance(figure_per_point(points[:2], draw), Figure)


def test_medians_of_nothing_finite():
    assert median_range(np.array([np.nan, np.inf])) == "none finite"
    assert median_range(np.array([3.0, 1.0, 8.0]), 1) == "3.0 (1.0 to 8.0)"


def test_vector_files_of_the_second_process_are_those_of_the_first(tmp_path):
    """Bytes; and a drawing that cannot be sent is written all the same."""
    drawings = []
    for place in ("here", "there", "unsent"):
        figure = matplotlib.figure.Figure(layout="constrained")
        axes = figure.subplots()
        axes.plot([0, 1], [1, 0], label="loss")
        axes.legend()
        figure.savefig(io.BytesIO(), format="png", dpi=DOTS)  # as a page does first
        (tmp_path / place).mkdir()
        drawings.append(figure)
    drawings[2].axes[0].xaxis.set_major_formatter(lambda x, _: f"{x:.1f} ")
    vector_files(drawings[0], tmp_path / "here" / "loss.png", VECTORS)
    with VectorFiles(VECTORS) as vectors:
        written = vectors.write(drawings[1], tmp_path / "there" / "loss.png")
        vectors.write(drawings[2], tmp_path / "unsent" / "loss.png")
        vectors.finish()
    assert [path.suffix for path in written] == [".svg", ".pdf"]
    for path in written:
        assert path.read_bytes() == (tmp_path / "here" / path.name).read_bytes()
        assert (tmp_path / "unsent" / path.name).is_file()


def test_a_full_disk_in_the_second_process_is_one_line(tmp_path):
    figure = matplotlib.figure.Figure()
    with VectorFiles(VECTORS) as vectors:
        vectors.write(figure, tmp_path / "removed" / "loss.png")
        with pytest.raises(StorageError, match="removed meanwhile"):
            vectors.finish()
