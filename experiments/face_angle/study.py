"""The study face_angle: how it is built, analysed and drawn."""

from collections.abc import Iterator

from jaxrep.engine.run import Run
from jaxrep.study import Analysis, Plan, Study, kept
from jaxrep.study.report import PageFigure

from .analysis import labelled_results
from .checks import check_config, warnings_of
from .claims import check_claims
from .comparison import compare
from .config import Config
from .data import several
from .figures import draw_report
from .findings import Found
from .menu import MENU
from .parameter_figures import draw_parameters
from .parameter_page import analyse_parameters
from .parameters import ParametersFound
from .problem import build
from .tables import summary, tables
from .verdict import verdicts


def analyse(run: Run, plan: Plan, config: Config) -> Analysis:
    """Fisher information at every angle, its shape and what it follows; errors, biases.

    Of several parameters: the matrix of their information.
    """
    if several(config):
        return analyse_parameters(run, plan, config)
    results, found = labelled_results(run, plan, config)
    checked = check_claims(found)
    return Analysis(
        results, summary(found, checked), tables(found, checked), found, verdicts(found, checked)
    )


def draw(found: Found | ParametersFound) -> Iterator[PageFigure]:
    """The figures of either page."""
    if isinstance(found, ParametersFound):
        return draw_parameters(found)
    return draw_report(found)


STUDY = Study(
    **vars(MENU),
    build=build,
    analyse=analyse,
    draw=kept(draw),
    check=check_config,
    warn=warnings_of,
    compare=compare,
)
