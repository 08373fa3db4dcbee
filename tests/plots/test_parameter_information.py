"""Matrices with their numbers written in: colours and words."""

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from jaxrep.plots.parameter_information import draw_written_matrix

NAMES = ["angle", "size"]
WORDS = [["a", "b"], ["c", "d"]]


def drawn(values, **limits):
    return draw_written_matrix(
        Figure().subplots(), np.array(values), WORDS, NAMES, NAMES, "part", **limits
    )


def test_0_is_white_and_opposite_numbers_have_opposite_colours():
    axes = drawn([[1.0, 0.0], [-1.0, np.nan]])
    (image,) = axes.images
    colours = image.to_rgba(np.array([1.0, 0.0, -1.0]))[:, :3]
    assert colours[1].min() > 0.95  # white, of the middle of the map
    assert colours[0, 0] > colours[0, 2] and colours[2, 2] > colours[2, 0]  # red and blue
    letters = [to_rgb(text.get_color()) for text in axes.texts]
    assert letters == [(1, 1, 1), (0, 0, 0), (1, 1, 1), (0, 0, 0)]
    assert [text.get_text() for text in axes.texts] == ["a", "b", "c", "d"]


def test_shares_begin_at_white_and_end_at_the_red_of_1():
    share, signed = (drawn([[1.0, 0.0], [0.5, 0.2]], **limits) for limits in ({"least": 0}, {}))
    for value in (0.0, 0.5, 1.0):
        one, other = (axes.images[0].to_rgba(np.array([value])) for axes in (share, signed))
        np.testing.assert_allclose(one, other, atol=0.02)
    assert share.images[0].get_clim() == (0, 1)
