"""What of a page can be explored, within its share of bytes."""

import json
import re

import numpy as np
import plotly.offline
import pytest
from matplotlib.figure import Figure

from jaxrep.study import page_exploring
from jaxrep.study.page_exploring import FEWER_POINTS, Exploring, unpacked_text


def noise(rows, columns):
    return np.random.default_rng(0).random((rows, columns))


def drawn(image=None, curves=None):
    figure = Figure()
    axes = figure.subplots()
    if image is not None:
        axes.imshow(image)
    if curves is not None:
        axes.plot(curves)
    figure.draw_without_rendering()
    return figure


def held(element):
    return json.loads(unpacked_text(re.findall("class='packed'>(.*?)</script>", element)[0]))


def test_descriptions_and_the_library_are_unpacked_as_they_were():
    exploring = Exploring()
    assert exploring.library() == "" and exploring.bytes == 0
    picture = drawn(np.zeros((2, 2, 3)))
    assert exploring.pack([picture]) == "" and exploring.library() == ""
    first, second = held(exploring.pack([drawn(np.eye(2)), picture]))
    assert first["data"][0]["z"] == [[1, 0], [0, 1]] and second is None
    packed = re.findall("data-library='plotly'[^>]*>(.*?)</script>", exploring.library())[0]
    assert unpacked_text(packed) == plotly.offline.get_plotlyjs()
    assert abs(len(packed) * 3 / 4 / page_exploring.LIBRARY_BYTES - 1) < 0.05


def test_what_is_too_large_is_thinned_or_left_out():
    exploring = Exploring()
    (thin,) = held(exploring.pack([drawn(curves=noise(1000, 70))]))
    assert {len(trace["x"]) for trace in thin["data"]} == {FEWER_POINTS}
    assert thin["layout"]["meta"]["thinned"]
    assert exploring.pack([drawn(noise(300, 300))]) == ""


def test_a_page_has_so_many_bytes_of_descriptions(monkeypatch):
    monkeypatch.setattr(page_exploring, "PAGE_BYTES", 40_000)
    exploring, figure = Exploring(), drawn(noise(80, 80))
    packed = [len(exploring.pack([figure])) for _ in range(4)]
    assert packed[0] and not packed[3]
    assert sum(packed) * 3 / 4 < 41_000


def test_a_figure_that_cannot_be_read_costs_its_button_only(monkeypatch):
    def broken(*_):
        raise RuntimeError("no such artist")

    monkeypatch.setattr(page_exploring, "plotly_figure", broken)
    with pytest.warns(RuntimeWarning, match="no such artist"):
        assert Exploring().pack([drawn(np.eye(2))]) == ""
