"""python -m experiments.compare: what is compared with what, and what is refused."""

import numpy as np
import pytest
from PIL import Image

from experiments.compare import main
from experiments.compare.index import write_index
from jaxrep.analysis import linear_cka, participation_ratio
from jaxrep.engine import Run
from jaxrep.plots import paper
from jaxrep.study import main as run_study

DRAW = np.random.default_rng(0)
SHARED = DRAW.normal(size=(40, 3))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two runs on the same eight items, with other seeds and another scale."""
    from experiments.deep_linear import STUDY

    folder = tmp_path_factory.mktemp("runs")
    for name, more in (("small", []), ("large", ["--first-seed", "5", "--scale", "1"])):
        words = ["--data", "toy", "--steps", "60", "--seeds", "3", *more]
        assert run_study(STUDY, [*words, "--out", str(folder / name), "--quiet"]) == 0
    return folder


def page_of(capsys, *arguments):
    status = main([str(word) for word in arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_runs_on_the_same_samples_are_compared_with_each_other(runs, tmp_path, capsys):
    out = tmp_path / "page"
    sources = runs / "small", runs / "large"
    measures = "debiased_cka", "procrustes"
    status, said, _ = page_of(capsys, *sources, "--measure", *measures, "--out", out)
    assert status == 0 and str(out / "report.html") in said
    text = (out / "report.html").read_text()
    for words in ("Between populations", "deep_linear large", "procrustes"):
        assert words in text
    assert "not compared with each other" not in text
    names = {path.name for path in (out / "figures").iterdir()}
    assert {"networks_procrustes_1.png", "map_1.png", "seeds_debiased_cka.png"} <= names
    small, large = (Run.load(path).activations("hidden_1") for path in sources)
    values = [
        linear_cka(small[i, 0].values, large[j, 0].values, debiased=True)
        for i in range(3)
        for j in range(3)
    ]
    assert f"{np.median(values):.2f} ({np.min(values):.2f} to {np.max(values):.2f})" in text


def test_files_of_other_peoples_layers(tmp_path, capsys):
    turned = np.stack([SHARED @ np.linalg.qr(DRAW.normal(size=(3, 3)))[0] for _ in range(4)])
    np.savez(tmp_path / "shared.npz", layer=turned)
    np.savez(tmp_path / "unrelated.npz", layer=DRAW.normal(size=(4, 40, 3)))
    files = tmp_path / "shared.npz", tmp_path / "unrelated.npz"
    status, _, _ = page_of(capsys, *files, "--out", tmp_path / "page")
    text = (tmp_path / "page" / "report.html").read_text()
    assert status == 0
    assert "agree most in layer of shared (1.00)" in text and "1 of 2 layers" in text
    ratio = participation_ratio(SHARED, "samples")
    assert f"{ratio:.1f} ({ratio:.1f} to {ratio:.1f})" in text
    assert "taken to be in the order of the others" in text


def test_what_has_other_samples_is_not_compared(runs, tmp_path, capsys):
    np.savez(tmp_path / "other.npz", layer=DRAW.normal(size=(2, 40, 3)))
    sources = runs / "small", tmp_path / "other.npz"
    status, _, _ = page_of(capsys, *sources, "--out", tmp_path / "page")
    text = (tmp_path / "page" / "report.html").read_text()
    assert status == 0 and "not compared with each other" in text
    assert "Between populations" not in text


def test_figures_for_a_paper(runs, tmp_path, capsys):
    out = tmp_path / "page"
    status, _, _ = page_of(capsys, runs / "small", "--style", "paper", "--out", out)
    assert status == 0
    for path in (out / "figures").glob("*.png"):
        with Image.open(path) as picture:
            assert picture.width in (
                round(paper.COLUMN * paper.DOTS),
                round(paper.PAGE * paper.DOTS),
            )


def test_runs_of_other_items_are_not_compared(runs, tmp_path, capsys):
    """As many items, one-hot, and all the same other ones."""
    from experiments.deep_linear import STUDY

    table = tmp_path / "table.csv"
    rows = [f"thing {i},{','.join(str(bit) for bit in np.eye(8, dtype=int)[i])}" for i in range(8)]
    table.write_text("item,a,b,c,d,e,f,g,h\n" + "\n".join(rows))
    words = ["--data", str(table), "--steps", "20", "--seeds", "2", "--quiet", "--out"]
    assert run_study(STUDY, [*words, str(tmp_path / "other")]) == 0
    sources = runs / "small", tmp_path / "other"
    status, _, _ = page_of(capsys, *sources, "--out", tmp_path / "page")
    text = (tmp_path / "page" / "report.html").read_text()
    assert status == 0 and "not compared with each other" in text
    assert "Between populations" not in text


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "sources: run directories or .npz files are needed"),
        (["nowhere"], "run: nowhere is not a run directory"),
        (["{small}", "--layers", "hiden"], "layers: 'hiden' is not known; allowed are hidden_1"),
        (["{small}", "--set", "train"], "set: 'train' is not known; allowed are items"),
        (["{small}", "--samples", "3"], "samples: 3 given; 4 or more are allowed"),
        (["{bad}"], "sources: words of {bad} is <U1 [2]; numbers [sample, unit]"),
        (["{text}"], "sources: {text} cannot be read"),
    ],
)
def test_what_cannot_be_compared_is_one_line(runs, tmp_path, capsys, words, line):
    bad, text = tmp_path / "bad.npz", tmp_path / "text.npz"
    np.savez(bad, words=np.array(["a", "b"]))
    text.write_text("no archive")
    names = {"small": runs / "small", "bad": bad, "text": text}
    status, _, said = page_of(capsys, *(word.format(**names) for word in words))
    assert status == 2 and said.startswith("error: " + line.format(**names))
    assert len(said.strip().splitlines()) == 1


def test_the_index_has_the_newest_run_of_a_study(runs, tmp_path):
    page = write_index(runs, tmp_path / "index")
    text = page.read_text()
    newest = max(
        (Run.load(runs / n) for n in ("small", "large")), key=lambda r: r.trained["written"]
    )
    value = newest.summary["seed_cka_hidden_1"]
    assert f"{value:.3g} ± " in text and "deep_linear" in text


def test_the_index_says_which_information_a_number_is(tmp_path):
    """Fisher information is not in bits, whatever the key figure is called."""
    from experiments.compare.index import _others

    fisher = {"total_information[linear]": 41.26, "train_error[linear]": 0.1}
    assert _others("face_angle", fisher) == (
        "integral of Fisher information (1/rad), median: [linear] 41.3"
    )
    bits = {"layer 4 lost_bits": 1.234, "test_accuracy": 0.9}
    assert _others("information_plane", bits) == "bits lost from the peak, median: layer 4 1.23"
    assert _others("localization", {"total_information": 1.0}) == ""


def test_everything_that_was_asked_is_in_the_place_of_the_page(tmp_path, monkeypatch, capsys):
    """One comparison does not write over another one that differs in a single option."""
    monkeypatch.chdir(tmp_path)
    np.savez("a.npz", layer=DRAW.normal(size=(3, 4, 20, 5)), other=DRAW.normal(size=(3, 4, 20, 2)))
    asked = [[], ["--steps", "2"], ["--samples", "10"], ["--networks", "2"], ["--layers", "layer"]]
    for words in [*asked, ["--measure", "angular"]]:
        assert main(["a.npz", *words]) == 0
    assert len(list((tmp_path / "results" / "compare").iterdir())) == len(asked) + 1
