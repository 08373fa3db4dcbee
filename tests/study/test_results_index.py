"""The index of a results folder: kept after every run that lies there, sound, and sortable."""

import dataclasses
import json
import re

from jaxrep.engine.run import Run
from jaxrep.study import Analysis, execute
from jaxrep.study.page_types import Verdict
from jaxrep.study.results_index import write_results_index
from jaxrep.study.running import main
from jaxrep.study.several import MOST_ANSWERS
from jaxrep.study.study import Study
from tests.study.pages import check_page, opened
from tests.study.toy_study import STUDY, Config, analyse, build


def answered(run, plan, config):
    found: Analysis = analyse(run, plan, config)
    return found._replace(verdicts=[Verdict("It learns <fast>.", True, "published"), Verdict("b")])


TOLD = Study("toy", "A toy.", Config, {"quick": Config()}, build, answered, lambda *given: ())
SMALL = ["--devices", "1", "--quiet"]


def test_the_index_is_kept_after_every_run_in_its_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(TOLD, [*SMALL, "--steps", "4"]) == 0
    assert main(TOLD, [*SMALL, "--steps", "6"]) == 0
    index = tmp_path / "results" / "index.html"
    parsed = check_page(index)
    assert len([link for link in parsed.all("a") if link["href"].startswith("toy/")]) == 2
    assert parsed.cells.count("✓ It learns <fast>.") == parsed.cells.count("finished") == 2
    assert {"steps 4", "steps 6"} < set(parsed.cells)
    before = index.read_text()
    assert main(TOLD, [*SMALL, "--steps", "8", "--out", "elsewhere"]) == 0
    assert index.read_text() == before
    run = Run.load("elsewhere")
    kept = json.loads((run.path / "verdict.json").read_text())
    assert kept[0] == {"text": "It learns <fast>.", "agrees": True, "compared": "published"}
    assert "verdict.json" in (run.path / "SHA256SUMS").read_text()
    check_page(run.path / "report.html")
    (tmp_path / "results" / "toy" / "broken").mkdir()
    (tmp_path / "results" / "toy" / "broken" / "config.json").write_text("{")
    script = """
    const column = (place) => [...document.querySelectorAll("tbody tr")].map(
      (row) => row.cells[place].innerText);
    const button = document.querySelectorAll("th button")[2], seen = [];
    for (const time of [1, 2]) { button.click(); seen.push(column(2)); }
    tell({seen, sorted: button.parentElement.getAttribute("aria-sort")});
    """
    page = write_results_index(tmp_path / "results")
    assert "damaged" in check_page(page).cells
    found = opened(page, tmp_path, script, 400)
    assert found["seen"] == [["–", "steps 4", "steps 6"], ["steps 6", "steps 4", "–"]]
    assert found["sorted"] == "descending" and found["scroll"] <= 400 and not found["errors"]


def test_a_sweep_and_a_page_without_a_run_have_a_row(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(STUDY, [*SMALL, "--steps", "4", "--sweep", "batches=full,shuffled"]) == 0
    (tmp_path / "results" / "compare" / "a").mkdir(parents=True)
    (tmp_path / "results" / "compare" / "a" / "report.html").write_text("<p>")
    cells = check_page(write_results_index(tmp_path / "results")).cells
    assert any(re.match("sweep: batches full; batches ", cell) for cell in cells)
    assert "several" in cells and "page" in cells and "compare" in cells
    for page in (tmp_path / "results" / "toy").rglob("report.html"):
        check_page(page)


def test_a_page_of_several_runs_opens_with_their_answers(tmp_path, capsys):
    out = tmp_path / "sweep"
    assert (
        main(TOLD, ["--devices", "1", "--sweep", "batches=full,shuffled", "--out", str(out)]) == 0
    )
    said = ["batches full: It learns <fast>.", "batches shuffled: It learns <fast>."]
    printed = capsys.readouterr().out.splitlines()
    assert {f"- {line}" for line in said} < set(printed)
    kept = json.loads((out / "verdict.json").read_text())
    assert [verdict["text"] for verdict in kept] == said and all(v["agrees"] for v in kept)
    parsed, page = check_page(out / "report.html"), (out / "report.html").read_text()
    (answer,) = re.findall(r"<ul class='answer'>(.*?)</ul>", page)
    assert re.findall(r"batches \w+: It learns &lt;fast&gt;\.", answer) == [
        line.replace("<fast>", "&lt;fast&gt;") for line in said
    ]
    assert parsed.cells.count("It learns <fast>.") == parsed.cells.count("✓") == 2
    assert {"batches full", "batches shuffled", "loss"} < set(parsed.cells)


def test_of_many_runs_it_says_how_many_are_as_expected(tmp_path):
    seeds = ",".join(str(seed) for seed in range(MOST_ANSWERS + 1))
    arguments = [*SMALL, "--steps", "2", "--sweep", f"first_seed={seeds}", "--out", str(tmp_path)]

    def told(run, plan, config):
        agrees = config.first_seed != 3
        return answered(run, plan, config)._replace(verdicts=[Verdict("It.", agrees)])

    assert main(dataclasses.replace(TOLD, analyse=told), arguments) == 0
    (verdict,) = json.loads((tmp_path / "verdict.json").read_text())
    assert verdict["text"] == "4 of 5 runs answer as expected; not: first seed 3."
    assert verdict["agrees"] is False


def test_an_index_that_cannot_be_written_is_no_fault_of_the_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results" / "index.html").mkdir(parents=True)
    assert execute(TOLD, Config(steps=4)) is not None
    assert "warning: results/index.html" in capsys.readouterr().err
