"""Trainings that cannot fit are refused in one line before anything is compiled."""

import numpy as np
import pytest

from jaxrep.engine import Execution, Replicas, memory
from jaxrep.engine.replicas import MOST_NETWORKS
from jaxrep.errors import InputError
from jaxrep.study.running import main
from tests import toys
from tests.study.toy_study import STUDY

STATE = 3 * 4 * (5 * 16 + 16 + 16) + 4
"""Weights of a toy and Adam's two moments, in float32, and its count."""
KEPT = 4 * 4
"""One loss and three outputs."""


def test_free_memory_is_the_limit(monkeypatch):
    """To the byte: the variables of three networks in a group of eight, then what is measured."""
    whole = {"seeds": (0, 1, 2), "steps": 60}
    for free, words in ((8 * STATE - 1, "their variables"), (8 * STATE, None)):
        monkeypatch.setattr(memory, "available_bytes", lambda device, devices, free=free: free)
        if words is None:
            assert np.isfinite(toys.run(**whole).records.loss).all()
        else:
            with pytest.raises(InputError, match=f"memory: of 3 networks {words} alone take 11 K"):
                toys.run(**whole)
    measured = 5 * 3 * KEPT  # at 0, 1, 7, 30 and 60
    monkeypatch.setattr(memory, "main_memory", lambda: measured - 1)
    with pytest.raises(InputError, match="what is measured of them alone take 240 bytes"):
        toys.run(**whole)


def test_more_networks_than_can_be_named():
    with pytest.raises(InputError, match="seeds: 1,000,000,000 given; at most 10,000,000"):
        Replicas.consecutive(0, 10**9, {})
    rates = np.linspace(0.1, 1, 5)
    with pytest.raises(InputError, match="seeds: 2,500,000 x 5 networks asked for"):
        Replicas(range(MOST_NETWORKS // 4), {"learning_rate": rates})


@pytest.mark.parametrize(
    "error", [MemoryError(), MemoryError("Unable to allocate 7 EiB for an array")]
)
def test_what_no_check_foresaw_is_one_line(error, tmp_path, capsys, monkeypatch):
    def fail(*given):
        raise error

    monkeypatch.setattr(Execution, "__init__", fail)
    assert main(STUDY, ["--out", str(tmp_path), "--quiet"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: memory: ") and said.count("\n") == 1
