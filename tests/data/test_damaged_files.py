"""Damaged files of every loader: a value, or one line (more of them by hand: `damage`)."""

import pytest

from tests.data.damage import loaders, outcome, try_all

LOADERS = loaders()


@pytest.mark.parametrize("name", LOADERS)
def test_a_damaged_file_gives_a_value_or_one_line(name):
    found = try_all(LOADERS[name], 60, seed=len(name))
    assert set(found) <= {"value", "refused"}, found


@pytest.mark.parametrize("name", LOADERS)
def test_whole_files_are_read(tmp_path, name):
    for file, data in LOADERS[name].files.items():
        (tmp_path / file).write_bytes(data)
        LOADERS[name].read(tmp_path / file)
        assert outcome(LOADERS[name], tmp_path / file) == "value"
        (tmp_path / file).unlink()
