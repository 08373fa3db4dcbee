"""The study deep_linear: how it is built, analysed and drawn."""

from collections.abc import Iterator

from jaxrep.engine import Run
from jaxrep.study import Analysis, Plan, Study, diverged_tables
from jaxrep.study.report import PageFigure

from .analysis import labelled_results
from .balance import balance_summary, balance_tables
from .checks import check, warn
from .config import Config
from .continual import continual_tables
from .figures import draw_report
from .menu import MENU
from .overfitting import overfitting_analysis
from .overfitting_figures import draw_overfitting
from .pathway_figures import draw_pathways
from .pathways import pathway_analysis
from .problem import build, resolve
from .regression_figures import draw_regression
from .regression_page import regression_analysis
from .saddle_page import saddle_tables
from .sharing_figures import draw_sharing
from .sharing_page import sharing_analysis
from .tables import mode_table, summary
from .verdict import verdicts


def analyse(run: Run, plan: Plan, config: Config) -> Analysis:
    """Theory beside every replica, transitions, similarity across seeds, lazy to rich."""
    if config.signal:
        return overfitting_analysis(run, plan, config)
    if config.inputs:
        return regression_analysis(run, plan, config)
    if config.gates:
        return sharing_analysis(run, plan)
    if config.contexts:
        return pathway_analysis(run, plan)
    results, shown = labelled_results(run, plan, config)
    tables = [*continual_tables(shown), *balance_tables(shown), *saddle_tables(shown)]
    tables.append(mode_table(shown))
    tables += diverged_tables(shown.replicas, shown.finite)
    figures = summary(shown) | balance_summary(shown)
    return Analysis(results, figures, tables, shown, verdicts(shown))


def draw(analysis: Analysis, config: Config) -> Iterator[PageFigure]:
    """The figures of layers, other inputs, gated paths, or students of a noisy teacher."""
    if config.signal:
        yield from draw_overfitting(analysis.drawings)
    elif config.inputs:
        yield from draw_regression(analysis.drawings)
    elif config.gates:
        yield from draw_sharing(analysis.drawings)
    else:
        yield from (draw_pathways if config.contexts else draw_report)(analysis.drawings)


STUDY = Study(
    **vars(MENU),
    build=build,
    analyse=analyse,
    draw=draw,
    check=check,
    warn=warn,
    resolve=resolve,
)
