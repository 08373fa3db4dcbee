"""The tour: what is finished is kept, what fails is said, one page shows it all."""

import re

from experiments.soak.commands import SMALL
from experiments.tour.__main__ import main
from experiments.tour.cards import write_tour
from tests.study.pages import check_page

STUDY = "deep_linear"


def test_the_page_has_a_card_for_every_study(tmp_path, capfd):
    arguments = ["--out", str(tmp_path), "--studies", STUDY, *SMALL[STUDY].split()]
    assert main(arguments) == 0
    said = capfd.readouterr().out
    assert "== 1 of 1" in said and f"tour: {tmp_path / 'index.html'}" in said
    page = (tmp_path / "index.html").read_text()
    answers = re.findall(r"networks learn|network learns", page)
    assert answers and f"figure transitions of {STUDY}. " in page and "1 of 1 studies" in page
    check_page(tmp_path / "index.html")
    before = (tmp_path / STUDY / "report.html").stat().st_mtime_ns
    assert main(arguments) == 0
    assert f"{STUDY}: finished already" in capfd.readouterr().out
    assert (tmp_path / STUDY / "report.html").stat().st_mtime_ns == before
    write_tour(tmp_path, {STUDY: "In which order?", "localization": "Why <local>?"})
    cells = check_page(tmp_path / "index.html").cells
    assert STUDY in cells and "hidden 1" in cells
    page = (tmp_path / "index.html").read_text()
    assert "Not run yet." in page and "Why &lt;local&gt;?" in page and "1 of 2 studies" in page


def test_a_study_that_fails_gives_its_status(tmp_path, capfd):
    assert main(["--out", str(tmp_path), "--studies", STUDY, "--seeds", "-1"]) == 2
    assert "error: seeds" in capfd.readouterr().err
    assert "0 of 1 studies" in (tmp_path / "index.html").read_text()
