"""The study information_plane: how it is built, analysed and drawn."""

from collections.abc import Iterator

from jaxrep.engine import Run
from jaxrep.study import Analysis, Plan, Study
from jaxrep.study.report import PageFigure, Verdict

from .analysis import labelled_results
from .channel_page import channel_summary, channel_tables, draw_channels
from .channels import measure_channels
from .checks import check_config, warnings_of
from .comparison import compare
from .config import Config
from .exact_page import draw_exact, exact_summary, exact_tables
from .figures import draw_report
from .generalisation import (
    draw_generalisation,
    generalisation_summary,
    generalisation_tables,
    relations,
)
from .generalisation import verdict as relations_verdict
from .menu import MENU
from .problem import build
from .tables import summary, tables
from .verdict import verdicts, without_estimator


def analyse(run: Run, plan: Plan | None, config: Config) -> Analysis:
    """Information of every layer, compression, stuck networks; or of known channels."""
    if plan is None:
        results, proved = measure_channels(config)
        return Analysis(results, channel_summary(proved), channel_tables(proved), proved)
    results, found = labelled_results(run, plan, config)
    related = relations(found)
    shown = [
        *exact_tables(found),
        *generalisation_tables(found, related),
        *tables(found),
    ]
    key_figures = {
        **summary(found),
        **exact_summary(found),
        **generalisation_summary(found, related),
    }
    answers = [*without_estimator(found), *verdicts(found)]
    if related:
        answers.insert(0, Verdict(relations_verdict(related)))
    return Analysis(results, key_figures, shown, found, answers)


def draw(analysis: Analysis, config: Config) -> Iterator[PageFigure]:
    """Of networks, or of known channels."""
    if config.channels:
        yield from draw_channels(analysis.drawings)
        return
    for draw_some in (draw_exact, draw_generalisation, draw_report):
        yield from draw_some(analysis.drawings)


STUDY = Study(
    **vars(MENU),
    build=build,
    analyse=analyse,
    draw=draw,
    check=check_config,
    warn=warnings_of,
    compare=compare,
)
