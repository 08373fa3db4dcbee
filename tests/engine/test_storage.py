"""A disk that is full, read-only or gone: one line, and nothing that was computed is lost."""

import errno
import importlib
import json
import os
import shutil
import subprocess

import numpy as np
import pytest
import xarray

from jaxrep.engine import Checkpoints, Run, Schedule
from jaxrep.engine.files import SUMS, atomically, read_json, verify, write_json
from jaxrep.engine.storage import storage_error
from jaxrep.errors import Damaged, InputError, OtherRun, StorageError
from tests import toys
from tests.engine.test_resume import assert_same_bits

training = importlib.import_module("jaxrep.engine.train")  # the function has the same name
SCHEDULE = Schedule(12, (0, 4, 8, 12), (0,), (2, 4, 6, 8, 10))


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 3 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path):
    """Write until nothing goes in any more."""
    file = os.open(path, os.O_CREAT | os.O_WRONLY)
    with pytest.raises(OSError, match="No space left"):
        while True:
            os.write(file, bytes(4096))
    os.close(file)


def test_a_full_disk_costs_nothing_once_there_is_room_again(small_disk, monkeypatch, capsys):
    """Full from before the second checkpoint until training waits for room at its end."""
    filler = small_disk / "filler"
    monkeypatch.setattr(training, "_RETRY_SECONDS", 0.01)
    checkpoints = Checkpoints(small_disk / "checkpoints")
    save, seen = checkpoints.save, []

    def fill_and_save(checkpoint):
        if len(seen) == 1:
            fill(filler)
        if len(seen) == 7:  # the last step was tried once, and waits
            filler.unlink()
        seen.append(checkpoint.step)
        save(checkpoint)

    monkeypatch.setattr(checkpoints, "save", fill_and_save)
    trained = toys.run("shuffled", seeds=(0, 1), schedule=SCHEDULE, checkpoints=checkpoints)
    checkpoints.close()
    said = capsys.readouterr().err
    assert "no space left on device); make room" in said and "training goes on" in said
    assert "waiting up to" in said and seen == [2, 4, 6, 8, 10, 12, 12, 12]
    assert_same_bits(trained, toys.run("shuffled", seeds=(0, 1), schedule=SCHEDULE))
    reader = Checkpoints(small_disk / "checkpoints")
    assert reader.steps() == [2, 12] and not reader.survey().gaps
    again = toys.run("shuffled", seeds=(0, 1), schedule=SCHEDULE, checkpoints=reader)
    reader.close()
    assert again.finished
    assert_same_bits(again, trained)


def test_a_disk_that_stays_full_is_one_line(small_disk, monkeypatch):
    monkeypatch.setattr(training, "FULL_DISK_SECONDS", 0.1)
    monkeypatch.setattr(training, "_RETRY_SECONDS", 0.05)
    fill(small_disk / "filler")
    with pytest.raises(StorageError, match="no space left on device.; make room") as full:
        toys.run("full", schedule=SCHEDULE, checkpoints=Checkpoints(small_disk / "checkpoints"))
    assert full.value.temporary and "\n" not in str(full.value)


def test_a_read_only_disk_is_one_line_and_a_run_on_it_can_be_read(small_disk):
    folder = small_disk / "checkpoints"
    checkpoints = Checkpoints(folder)
    trained = toys.run("full", schedule=SCHEDULE, checkpoints=checkpoints)
    checkpoints.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StorageError, match="read-only file system"):
        toys.run("full", schedule=SCHEDULE, checkpoints=Checkpoints(folder))
    with pytest.raises(StorageError, match="read-only file system"):
        Run.open(small_disk / "new", "toys", {})
    survey = Checkpoints(folder, read_only=True).survey()
    np.testing.assert_array_equal(
        survey.last.state["variables/params/W"], trained.state.variables.params["W"]
    )


def test_a_directory_that_is_removed_under_training_is_one_line_or_made_anew(tmp_path):
    """Whichever it is, a later call ends with the same bits."""
    folder = tmp_path / "run" / "checkpoints"
    checkpoints = Checkpoints(folder)
    save, seen = checkpoints.save, []

    def remove_and_save(checkpoint):
        if len(seen) == 2:
            shutil.rmtree(folder.parent)
        seen.append(checkpoint.step)
        save(checkpoint)

    checkpoints.save = remove_and_save
    try:
        toys.run("full", schedule=SCHEDULE, checkpoints=checkpoints)
    except StorageError as error:
        assert "removed meanwhile" in str(error)
    again = toys.run("full", schedule=SCHEDULE, checkpoints=Checkpoints(folder))
    plain = toys.run("full", schedule=SCHEDULE)
    np.testing.assert_array_equal(
        again.state.variables.params["W"], plain.state.variables.params["W"]
    )


@pytest.mark.parametrize(
    "error, words, temporary",
    [
        (OSError(errno.ENOSPC, "full"), "no space left", True),
        (OSError(errno.EROFS, "ro"), "read-only file system", False),
        (ValueError("RESOURCE_EXHAUSTED: Error writing x: No space left on device"), "space", True),
        (RuntimeError("unable to write (errno = 28, ...)"), "no space left", True),
        (ValueError("not about disks"), None, None),
    ],
)
def test_what_libraries_raise_about_a_disk_is_told_from_other_errors(
    tmp_path, error, words, temporary
):
    known = storage_error(error, tmp_path)
    if words is None:
        assert known is None
    else:
        assert words in str(known) and known.temporary is temporary
        try:
            raise KeyError("outer") from error
        except KeyError as outer:
            assert words in str(storage_error(outer, tmp_path))


# -- files that verify themselves ----------------------------------------------------------


def test_files_are_whole_or_not_there_and_listed(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"x": 1.5})
    write_json(tmp_path / "b.json", [1])
    assert read_json(path) == {"x": 1.5}
    with pytest.raises(ZeroDivisionError), atomically(path) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert json.loads(path.read_text()) == {"x": 1.5}
    check = subprocess.run(["sha256sum", "--check", SUMS], cwd=tmp_path, capture_output=True)
    assert check.returncode == 0 and check.stdout.count(b"OK") == 2


@pytest.fixture(scope="module")
def finished_run(tmp_path_factory):
    """A run directory with everything in it."""
    folder = tmp_path_factory.mktemp("run") / "run"
    config = {"rate": 4.0, "count": 4, "flag": True, "rates": [0.1, 0.2], "unset": float("nan")}
    run = Run.open(folder, "toys", config)
    checkpoints = run.checkpoints(read_only=False)
    toys.run("full", schedule=SCHEDULE, checkpoints=checkpoints)
    checkpoints.close()
    numbers = np.random.default_rng(0).normal(size=(4, 5))
    results = xarray.Dataset(
        {"a": (("x", "y"), numbers), "n": 3, "names": ("x", ["a", "b", "c", "d"])},
        {"y": np.arange(5)},
    )
    run.save_results(results, {"mean": 1.5, "count": 3})
    return folder, config, results


def test_any_flipped_bit_of_any_file_is_named_and_never_a_number(finished_run, tmp_path):
    """Of every file of a run but the checkpoints, twelve bits each, drawn at random."""
    source, config, results = finished_run
    rng = np.random.default_rng(1)
    for name in ("config.json", "environment.json", "summary.json", "results.nc"):
        content = (source / name).read_bytes()
        for bit in rng.choice(8 * len(content), size=12, replace=False):
            folder = tmp_path / f"{name}{bit}"
            shutil.copytree(source, folder, ignore=shutil.ignore_patterns("checkpoints"))
            flipped = bytearray(content)
            flipped[bit // 8] ^= 1 << (bit % 8)
            (folder / name).write_bytes(bytes(flipped))
            with pytest.raises(Damaged, match=name) as damaged:
                run = Run.load(folder)
                run.environment, run.summary, run.results  # noqa: B018
            assert "\n" not in str(damaged.value)
            verify(folder / ("summary.json" if name != "summary.json" else "results.nc"))
    whole = Run.load(source)
    assert whole.summary == {"mean": 1.5, "count": 3}
    assert whole.results.equals(results)


def test_results_carry_their_own_checksum(finished_run):
    import h5py

    with h5py.File(finished_run[0] / "results.nc") as file:
        assert file["a"].fletcher32 and file["y"].fletcher32


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # files Orbax left
def test_any_flipped_bit_of_a_checkpoint_is_found(finished_run, tmp_path):
    """What a flip leaves is exactly what was saved, or is named; drawn over all files by size."""
    source = finished_run[0] / "checkpoints"
    whole = Checkpoints(source, read_only=True).survey()
    files = [path for path in sorted(source.rglob("*")) if path.is_file() and path.stat().st_size]
    rng = np.random.default_rng(2)
    named = 0
    for number in range(24):
        path = files[rng.integers(len(files))]
        folder = tmp_path / str(number)
        shutil.copytree(source, folder)
        content = bytearray(path.read_bytes())
        bit = int(rng.integers(8 * len(content)))
        content[bit // 8] ^= 1 << (bit % 8)
        (folder / path.relative_to(source)).write_bytes(bytes(content))
        reader = Checkpoints(folder, read_only=True)
        survey = reader.survey()
        reader.close()
        named += bool(survey.complaints)
        kept = {checkpoint.step: checkpoint for checkpoint in whole.whole}
        for checkpoint in survey.whole:
            for name, array in checkpoint.records.items():
                np.testing.assert_array_equal(array, kept[checkpoint.step].records[name])
        assert survey.last is not None
        if survey.last.step == whole.last.step:
            assert survey.last.about == whole.last.about
            for name, array in survey.last.state.items():
                np.testing.assert_array_equal(array, whole.last.state[name])
        else:
            assert survey.complaints
    assert named  # most flips are in bytes that nobody reads, such as copies of shapes


def test_a_damaged_configuration_is_restored_from_the_same_command(finished_run, tmp_path, capsys):
    folder = tmp_path / "copy"
    shutil.copytree(finished_run[0], folder)
    text = (folder / "config.json").read_text()
    (folder / "config.json").write_text(text.replace("4.0", "5.0"))
    with pytest.raises(Damaged, match="config.json"):
        Run.open(folder, "toys", {**finished_run[1], "rate": 5.0})
    assert Run.open(folder, "toys", finished_run[1]).config["rate"] == 4.0
    assert "written anew" in capsys.readouterr().err
    assert (folder / "config.json").read_text() == text


@pytest.mark.parametrize(
    "change", [{"rate": 4}, {"count": 4.0}, {"flag": 1}, {"rates": [0.2, 0.1]}, {"new": None}]
)
def test_a_run_is_opened_by_the_same_values_of_the_same_types(finished_run, change):
    folder, config, _ = finished_run
    Run.open(folder, "toys", config)  # NaN equals itself
    (name,) = change
    with pytest.raises(OtherRun, match=f"another configuration: {name}"):
        Run.open(folder, "toys", {**config, **change})


def test_files_of_other_content_are_another_configuration(tmp_path):
    Run.open(tmp_path / "run", "toys", {"data": "a.csv"}, files={"data": "123"})
    Run.open(tmp_path / "run", "toys", {"data": "a.csv"}, files={"data": "123"})
    with pytest.raises(OtherRun, match=r"the content of data \(a.csv\)"):
        Run.open(tmp_path / "run", "toys", {"data": "a.csv"}, files={"data": "456"})


def test_what_an_unfinished_run_lacks_is_said(tmp_path):
    run = Run.open(tmp_path / "run", "toys", {})
    with pytest.raises(InputError, match="no summary.json yet .nothing is trained"):
        run.summary  # noqa: B018
    checkpoints = run.checkpoints(read_only=False)
    toys.run("full", schedule=SCHEDULE, checkpoints=checkpoints)
    checkpoints.close()
    with pytest.raises(InputError, match="trained, not analysed"):
        Run.load(tmp_path / "run").results  # noqa: B018
