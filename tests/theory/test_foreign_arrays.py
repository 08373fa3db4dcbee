"""Every function of `theory` takes tensors and labelled arrays wherever it takes numpy's."""

import pytest

from jaxrep import theory as T  # noqa: N812

from ..foreign_arrays import KINDS, TENSORS, call_everywhere, refused_gradients, run_example
from .test_properties import CASES, ELSEWHERE

WITHOUT_ARRAYS = {"tabulate_amplifier"}


def uses(name):
    """The example of a function, and its row in the table of properties."""

    def use(function):
        run_example(name, function)
        CASES[name].call(CASES[name].x.astype(float), 1.0)

    return use


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("kind", ["labelled", *TENSORS])
def test_what_it_takes(kind, name, monkeypatch):
    """The numbers of numpy's arrays; the table of properties names all functions."""
    replaced = call_everywhere(T, name, monkeypatch, uses(name), KINDS[kind])
    assert bool(replaced) != (name in WITHOUT_ARRAYS) and name not in ELSEWHERE


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("kind", TENSORS)
def test_gradients_are_not_lost_unnoticed(kind, name, monkeypatch):
    for line in refused_gradients(T, name, monkeypatch, uses(name), KINDS[kind]):
        assert line is not None and line.endswith(".detach()") and "\n" not in line
