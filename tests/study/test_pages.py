"""Whole pages: what every one owes its readers, wide and narrow, with and without a mouse."""

import csv
import re

import matplotlib.figure
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from jaxrep.plots import paper
from jaxrep.plots.style import figure_style
from jaxrep.study.report import Figure, Movie, Page, Picker, Table, Verdict, write_report
from tests.study.pages import check_page, opened

LONG = "a_very_long_name_without_any_place_to_break_" * 3


def curves(number):
    drawing, (left, right) = plt.subplots(1, 2, figsize=(9, 3))
    left.plot([0, 1, 2], [number, np.nan, 3], label="seed 0")
    left.fill_between([0, 1, 2], 0, 1)
    left.scatter([0.5], [0.25], label="a point")
    left.bar([0, 1], [2, 3], label="bars")
    left.set(xlabel="step", ylabel="loss", title="train, test")
    left.legend()
    image = right.imshow(np.arange(6.0).reshape(2, 3) + number)
    drawing.colorbar(image)
    return drawing


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page with everything that there is."""
    folder = tmp_path_factory.mktemp("page")

    def picked(index):
        return Figure("loss", "Losses", f"Loss {index} of the IPR.", curves(index))

    moving, axes = plt.subplots(figsize=(4, 3))
    line = axes.axvline(0.0)
    axes.set_xlim(-1, 3)
    show = lambda index: line.set_xdata([index] * 2)  # noqa: E731
    wide = [LONG, *range(20)]
    with figure_style():
        figures = [
            Figure("still", "Agreement?", "Debiased CKA, IPR & IPR. More.", curves(0)),
            Picker("loss", "Losses", ["rate=1", f"rate={LONG}"], picked),
            Movie("moving", "Moves", "It moves.", moving, ["step 0", "step 9"], show),
        ]
        tables = [
            Table("Agreement?", ["layer <IPR>", *(f"R² {i}" for i in range(20))], [wide], "IPR"),
            Table("Gaps", ["value"], [[None], [float("nan")], [1.5]]),
        ]
        verdicts = [Verdict("It does.", True, "published: it does"), Verdict("nan of 3 & 4.")]
        shown = Page("toy", "A summary.", figures, tables, {"loss": 1.0}, ["< warned"], verdicts)
        provenance = {"command": f"python -m toy --out '{LONG}'", "jaxrep": {"revision": "abc"}}
        write_report(shown, folder, {"width": LONG}, provenance)
    return folder / "report.html"


def test_a_page_is_sound(page):
    parsed = check_page(page)
    assert [cell for cell in parsed.cells if cell == "–"] == ["–", "–"]
    alts = [image["alt"] for image in parsed.all("img")]
    assert alts[0] == "Agreement? Debiased CKA, IPR & IPR." and alts[2] == "Moves. It moves."
    assert alts[1] == "Losses, rate=1. Loss 0 of the IPR."


def test_answer_figures_tables_command_configuration_and_provenance_in_this_order(page):
    text = page.read_text()
    marks = (
        "class='answer'",
        "<nav",
        "<b>Figure 1.</b>",
        "<b>Figure 3.</b>",
        "<b>Table 1.</b>",
        "All 1 key figures",
        "class='paste'>python -m toy",
        "class='terms'",
        "id='configuration'",
        "id='provenance'",
    )
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)


def test_terms_are_explained_once_a_block_and_never_inside_tags(page):
    text = page.read_text()
    caption = re.search(r"Figure 1.</b> <span class='words'>(.*?)</span>", text)[1]
    assert re.findall("<abbr title='[^']*'>(.*?)</abbr>", caption) == ["Debiased CKA", "IPR"]
    assert caption.count("IPR") == 2 and "&amp; IPR" in caption
    assert re.search(r"<th scope='col'>layer &lt;<abbr title='[^']*'>IPR</abbr>&gt;</th>", text)
    assert "<dt>IPR</dt>" in text and "<dt>EDGE</dt>" not in text


def test_every_figure_has_its_files_and_its_numbers(page):
    names = {path.name for path in (page.parent / "figures").iterdir()}
    for name in ("still", "loss", "moving"):
        assert {f"{name}{suffix}" for suffix in (".png", ".svg", ".pdf", ".csv")} <= names
    assert {"loss_2.png", "loss_2.csv"} <= names and "loss_2.svg" not in names
    svg = (page.parent / "figures" / "still.svg").read_text()
    assert ">train, test</text>" in svg  # words, not outlines
    with open(page.parent / "figures" / "still.csv") as file:
        rows = list(csv.DictReader(file))
    line = [row for row in rows if row["kind"] == "line"]
    assert [(row["x"], row["y"]) for row in line] == [("0", "0"), ("1", ""), ("2", "3")]
    assert line[0]["label"] == "seed 0" and line[0]["title"] == "train, test"
    assert line[0]["x_label"] == "step" and line[0]["panel"] == "1"
    assert {row["kind"] for row in rows} == {"line", "band", "point", "bar"}
    matrix = np.loadtxt(page.parent / "figures" / "still.matrices.csv", delimiter=",")
    np.testing.assert_array_equal(matrix, [[0, 1, 2], [3, 4, 5]])


@pytest.mark.parametrize("width", [1400, 400])
def test_a_browser_shows_the_page_without_errors_or_overflow(page, tmp_path, width):
    script = """
    const picker = document.querySelector("figure.picker"), list = picker.querySelector("select");
    const state = () => [picker.querySelector("img").src, picker.querySelector(".words").innerText,
      picker.querySelector("img").alt, picker.querySelector(".files").innerText];
    const first = state();
    list.value = "1";
    list.dispatchEvent(new Event("change"));
    const second = state();
    list.value = "0";
    list.dispatchEvent(new Event("change"));
    const again = state(), controls = [...document.querySelectorAll("select, input, button, a")];
    controls.forEach((control) => control.focus());
    tell({changed: first.map((value, index) => value !== second[index]), words: second[1],
      back: first.every((value, index) => value === again[index]),
      folded: !document.querySelector("nav details").open,
      reached: controls.every((control) => control.tabIndex >= 0)});
    """
    found = opened(page, tmp_path, script, width)
    assert found["errors"] == []
    assert found["width"] == width and found["scroll"] <= width
    assert found["changed"] == [True] * 4 and found["words"] == "Loss 1 of the IPR."
    assert found["back"]
    assert found["folded"] == (width == 400) and found["reached"]


@pytest.mark.parametrize("width", [1400, 400])
def test_a_figure_is_explored_in_place_of_its_picture(page, tmp_path, width):
    """In the page: traces as described, a legend that hides, values told, choices, and back."""
    script = """
    const until = async (ready) => {
      for (let tries = 0; tries < 100 && !ready(); tries++)
        await new Promise((go) => setTimeout(go, 50));
    };
    const requests = [], buttons = [...document.querySelectorAll("button.explore")];
    new PerformanceObserver((list) => requests.push(...list.getEntries().map((e) => e.name)))
      .observe({type: "resource", buffered: true});
    const [still, picker] = buttons.map((button) => button.closest("figure"));
    const plot = still.querySelector(".drawn"), seen = (element) => element.clientHeight > 0;
    const before = {plotly: "Plotly" in window, shown: buttons.map(seen)};
    buttons[0].click();
    await until(() => plot.querySelector(".legendtoggle"));
    const kinds = plot.data.map((trace) => [trace.type, trace.name]);
    const paths = plot.querySelectorAll(".cartesianlayer path").length;
    const state = [seen(still.querySelector("img")), seen(plot),
      buttons[0].getAttribute("aria-pressed")];
    const toggle = plot.querySelector(".legendtoggle");
    for (const kind of ["mousedown", "mouseup"]) toggle.dispatchEvent(new MouseEvent(kind));
    await until(() => plot.data.some((trace) => trace.visible === "legendonly"));
    const hidden = plot.data.filter((trace) => trace.visible === "legendonly").map((t) => t.name);
    buttons[0].click();
    await until(() => seen(still.querySelector("img")));
    const back = [seen(still.querySelector("img")), seen(plot)];
    const list = picker.querySelector("select"), chosen = picker.querySelector(".drawn");
    const start = () => chosen.data.find((t) => t.name === "seed 0" && !t.fill).y[0];
    buttons[1].click();
    await until(() => chosen.data);
    const zero = start();
    list.value = "1";
    list.dispatchEvent(new Event("change"));
    await until(() => start() !== zero);
    const one = start();
    tell({before, kinds, paths, state, hidden, back, zero, one, seen: seen(chosen), requests,
      libraries: document.querySelectorAll("script[data-library]").length});
    """
    found = opened(page, tmp_path, script, width)
    assert found["errors"] == [] and found["scroll"] <= width
    assert not [name for name in found["requests"] if name.startswith("http")]
    assert found["before"] == {"plotly": False, "shown": [True, True]}
    kinds = [("bar", "bars"), ("scatter", "a point"), *[("scatter", "seed 0")] * 2]
    shown = sorted([*kinds, ("heatmap", ""), ("heatmap", "")])
    assert sorted(map(tuple, found["kinds"])) == shown and found["paths"] >= 4
    assert found["state"] == [False, True, "true"] and found["back"] == [True, False]
    assert found["hidden"] == ["bars"]
    assert (found["zero"], found["one"], found["seen"]) == (0, 1, True)
    assert found["libraries"] == 1


def test_figures_of_a_paper_have_its_size_and_its_type(tmp_path):
    """3.4 inches are 244.8 points; fonts are embedded as TrueType, not as drawings."""
    drawing = matplotlib.figure.Figure((8, 4), layout="constrained")
    drawing.subplots().plot([0, 1], label="a curve")
    page = Page("toy", "A summary.", [Figure("line", "A line", "From 0 to 1.", drawing)], [], {})
    write_report(page, tmp_path, {}, {}, style="paper")
    with Image.open(tmp_path / "figures" / "line.png") as picture:
        assert picture.width == round(3.4 * paper.DOTS)
    pdf = (tmp_path / "figures" / "line.pdf").read_bytes()
    assert re.search(rb"/MediaBox \[ 0 0 244\.8", pdf)
    assert b"/FontFile2" in pdf and b"/Type3" not in pdf
    assert 'width="244.8pt"' in (tmp_path / "figures" / "line.svg").read_text()
