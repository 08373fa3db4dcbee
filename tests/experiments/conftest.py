"""What the studies' tests share."""

import pytest

from jaxrep.study import figure_files


@pytest.fixture(scope="package", autouse=True)
def pictures_only():
    """Vector files have tests of their own (`tests/study`); here nobody looks at them."""
    before, figure_files.VECTORS = figure_files.VECTORS, ()
    yield
    figure_files.VECTORS = before
