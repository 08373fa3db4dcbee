"""Figures at the size of a paper: sizes, type, and nothing beyond an edge."""

import doctest
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from jaxrep.plots.gallery import _figure_of, plot_functions
from jaxrep.plots.paper import COLUMN, PAGE, TEXT, TITLE, paper_figure, texts_outside
from jaxrep.plots.style import figure_style, legend_below, panels


def examples():
    """What every fourth plot function draws in its example, by name: others only repeat it."""
    finder = doctest.DocTestFinder(recurse=False)
    for name, function in list(plot_functions().items())[::4]:
        names = dict(vars(sys.modules[function.__module__]))
        for test in finder.find(function, name, globs=names):
            with figure_style():
                for example in test.examples:
                    exec(compile(example.source.replace(">>>", ""), name, "exec"), names)
        found = [one for value in names.values() if (one := _figure_of(value)) is not None]
        if found:
            yield name, found[-1]


def test_plots_fit_a_paper():
    """Figures of the gallery: text is 7 or 8 points, and inside of the figure's box."""
    count, beyond = 0, {}
    for name, figure in examples():
        paper_figure(figure)
        count += 1
        assert round(float(figure.get_figwidth()), 3) in (COLUMN, PAGE), name
        assert {text.get_fontsize() for text in figure.findobj(Text)} <= {TEXT, TITLE}, name
        if outside := texts_outside(figure):
            beyond[name] = outside
    assert count > 10 and not beyond


@pytest.mark.parametrize("count, width", [(1, COLUMN), (2, PAGE), (5, PAGE)])
def test_one_panel_is_a_column_wide(count, width):
    with figure_style():
        figure, every = panels(count)
    for axes in every:
        axes.plot(np.arange(3), label="a curve")
    thick = every[0].lines[0].get_linewidth()
    paper_figure(legend_below(figure, every[0]))
    assert figure.get_figwidth() == pytest.approx(width)
    assert every[0].lines[0].get_linewidth() < thick


def test_long_words_are_broken_and_legends_go_below():
    with figure_style():
        figure, (left, right) = panels(2)
    for index in range(6):
        left.plot(np.arange(3), label=f"a curve with a name that says a lot about it, {index}")
    left.legend()
    left.set(title="words " * 30, ylabel="a quantity of many words " * 4)
    right.set_title(r"$\alpha = 1$ and no more")
    before = [text.get_text() for text in left.get_legend().get_texts()]
    paper_figure(figure)
    assert "\n" in left.get_title() and "\n" in left.get_ylabel()
    assert left.get_title().split() == ["words"] * 30
    legend = left.get_legend()
    assert [text.get_text().replace("\n", " ") for text in legend.get_texts()] == before
    assert legend.get_window_extent().y1 <= left.get_window_extent().y0
    assert not texts_outside(figure)


def test_a_text_beyond_an_edge_is_found():
    figure = Figure((3, 2), layout="constrained")
    axes = figure.subplots()
    axes.set_title("a title that is much wider than the whole figure is, and says so at length")
    assert texts_outside(figure) == [axes.get_title()]
