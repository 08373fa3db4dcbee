"""The study deep_linear: how it is built, analysed and drawn."""

from jaxrep.engine import Run
from jaxrep.study import Analysis, Plan, Study, diverged_tables, kept

from .analysis import labelled_results
from .balance import balance_summary, balance_tables
from .checks import check, warn
from .config import Config
from .continual import continual_tables
from .figures import draw_report
from .menu import MENU
from .problem import build, resolve
from .saddle_page import saddle_tables
from .tables import mode_table, summary
from .verdict import verdicts


def analyse(run: Run, plan: Plan, config: Config) -> Analysis:
    """Theory beside every replica, transitions, similarity across seeds, lazy to rich."""
    results, shown = labelled_results(run, plan, config)
    tables = [*continual_tables(shown), *balance_tables(shown), *saddle_tables(shown)]
    tables.append(mode_table(shown))
    tables += diverged_tables(shown.replicas, shown.finite)
    figures = summary(shown) | balance_summary(shown)
    return Analysis(results, figures, tables, shown, verdicts(shown))


STUDY = Study(
    **vars(MENU),
    build=build,
    analyse=analyse,
    draw=kept(draw_report),
    check=check,
    warn=warn,
    resolve=resolve,
)
