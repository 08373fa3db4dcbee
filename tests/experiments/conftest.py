"""What the studies' tests share."""

import pytest

from jaxrep.plots import paper
from jaxrep.study import figure_files, page_parts


@pytest.fixture(scope="package", autouse=True)
def pictures_only():
    """Vector files have tests of their own (`tests/study`); here nobody looks at them."""
    before, figure_files.VECTORS = figure_files.VECTORS, ()
    yield
    figure_files.VECTORS = before


@pytest.fixture(scope="package", autouse=True)
def figures_of_papers_are_checked():
    """Every figure that a study's run with ``--style paper`` draws; one run of each study is."""

    def checked(figure):
        paper.paper_figure(figure)
        width = round(float(figure.get_figwidth()), 3)
        assert width in (paper.COLUMN, paper.PAGE), f"{width} inches wide"
        outside = paper.texts_outside(figure)
        assert not outside, f"beyond the figure's edge: {outside}"
        sizes = {text.get_fontsize() for text in figure.findobj(paper.Text) if text.get_text()}
        assert sizes <= {paper.TEXT, paper.TITLE}, f"sizes of text: {sizes}"
        return figure

    page_parts.paper_figure = checked
    yield
    page_parts.paper_figure = paper.paper_figure
