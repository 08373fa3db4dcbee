"""Movies: what lies in the page of each frame, and what a reader without scripts sees."""

import json
import re
from html import unescape

import matplotlib.figure
import numpy as np
from PIL import Image

from jaxrep.plots import paper
from jaxrep.study import page_exploring
from jaxrep.study.page_exploring import unpacked_text
from jaxrep.study.page_movies import PICTURES
from jaxrep.study.plotly_figure import plotly_figure
from jaxrep.study.report import Movie, Page, write_report
from tests.study.pages import check_page, opened

STEPS = 50
PATH = np.cumsum(np.random.default_rng(0).normal(size=(STEPS, 2)), 0)
MATRICES = np.random.default_rng(1).normal(size=(STEPS, 3, 3))


def movie(colours=False):
    """A matrix, and the path so far, whose panel is called by the step."""
    figure = matplotlib.figure.Figure((8, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    picture = left.imshow(MATRICES[0], vmin=-3, vmax=3)
    (line,) = right.plot([], [], label="path")
    right.set(xlim=PATH[:, 0].min() + np.array([0, 20]), ylim=(-20, 20), title="step 0")
    if colours:
        left.imshow(np.ones((3, 3, 3)), zorder=-1)

    def show(index):
        picture.set_data(MATRICES[index])
        line.set_data(*PATH[: index + 1].T)
        right.set_title(f"step {index}")

    labels = [f"step {index}" for index in range(STEPS)]
    return Movie("moving", "Moves", "It moves.", figure, labels, show, first=3)


def written(folder, shown):
    write_report(Page("toy", "Moves?", [shown], [], {}), folder, {}, {})
    check_page(folder / "report.html")
    return (folder / "report.html").read_text()


def restored(reference, change):
    """As the page's script does it."""
    values = {
        key: reference[key][: value["prefix"]]
        if isinstance(value, dict) and "prefix" in value
        else value
        for key, value in change.items()
    }
    return {key: value for key, value in (reference | values).items() if value is not None}


def test_every_frame_is_what_its_drawing_is(tmp_path):
    shown = movie()
    page = written(tmp_path, shown)
    labels = json.loads(unescape(re.search(r"data-labels='([^']*)'", page)[1]))
    assert labels == [f"step {index}" for index in range(STEPS)]
    held = json.loads(unpacked_text(re.search(r"class='packed'>(.*?)</script>", page)[1]))
    assert page.count("src='data:image/webp") == 1  # one picture, for readers without scripts
    for index in (0, 7, STEPS - 1):
        shown.show(index)
        described = plotly_figure(shown.drawing)
        change = held["changes"][index]
        traces = [
            restored(trace, change["data"].get(str(number), {}))
            for number, trace in enumerate(held["last"]["data"])
        ]
        assert traces == described["data"]
        assert restored(held["last"]["layout"], change["layout"]) == described["layout"]
    heat = next(trace for trace in traces if trace["type"] == "heatmap")
    np.testing.assert_allclose(np.array(heat["z"]), MATRICES[-1], rtol=1e-4)


def test_a_movie_for_a_paper_has_its_size(tmp_path):
    shown = movie()
    write_report(Page("toy", "Moves?", [shown], [], {}), tmp_path, {}, {}, style="paper")
    with Image.open(tmp_path / "figures" / "moving.png") as picture:
        assert picture.width == round(shown.drawing.get_figwidth() * paper.DOTS)
    assert shown.drawing.get_figwidth() in (paper.COLUMN, paper.PAGE)


def test_what_takes_too_many_bytes_has_fewer_frames_and_then_pictures(tmp_path, monkeypatch):
    whole = len(re.search(r"class='packed'>(.*?)<", written(tmp_path, movie()))[1]) * 3 // 4
    monkeypatch.setattr(page_exploring, "FEWEST", 10)
    monkeypatch.setattr(page_exploring, "MOVIE_BYTES", int(0.8 * whole))
    page = written(tmp_path, movie())
    labels = json.loads(unescape(re.search(r"data-labels='([^']*)'", page)[1]))
    assert len(labels) == STEPS // 2 and (labels[0], labels[-1]) == ("step 0", "step 49")
    monkeypatch.setattr(page_exploring, "MOVIE_BYTES", 100)
    page = written(tmp_path, movie())
    frames = json.loads(re.search(r"<script type='application/json'>(.*?)</script>", page)[1])
    assert len(frames) == PICTURES and frames[-1]["label"] == "step 49"
    assert "data-labels" not in page


def test_what_plotly_cannot_draw_is_pictures(tmp_path):
    page = written(tmp_path, movie(colours=True))
    assert "class='packed'" not in page and "data-library='plotly'" not in page
    assert len({*re.findall(r'"picture": "([^"]+)"', page)}) == PICTURES


def test_a_browser_draws_the_frame_that_the_slider_chooses(tmp_path):
    page = tmp_path / "run"
    page.mkdir()
    written(page, movie())
    script = """
    const figure = document.querySelector("figure.movie"), seen = [];
    const [slider, plot, picture, button] = ["input", ".drawn", "img", "button"].map(
      (name) => figure.querySelector(name));
    const until = async (ready) => {
      for (let tries = 0; tries < 200 && !ready(); tries++)
        await new Promise((go) => setTimeout(go, 50));
    };
    const before = ["Plotly" in window, picture.clientHeight > 0, plot.clientHeight > 0];
    const path = () => plot.data?.find((trace) => trace.name === "path")?.x.length;
    for (const at of [0, 49, 7]) {
      slider.value = at;
      slider.dispatchEvent(new Event("input"));
      await until(() => path() === at + 1);
      seen.push(path());
    }
    const after = [picture.clientHeight > 0, plot.clientHeight > 0];
    button.click();
    await until(() => path() > 8);
    const played = path() > 8;
    button.click();
    tell({before, seen, after, played, words: figure.querySelector("output").textContent});
    """
    found = opened(page / "report.html", tmp_path, script, 1400)
    assert found["errors"] == []
    assert found["before"] == [False, True, False]
    assert found["seen"] == [1, 50, 8] and found["after"] == [False, True] and found["played"]
    assert found["words"] == f"step {int(found['words'][5:])}"
