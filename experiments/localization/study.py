"""The study localization: how it is built, analysed and drawn."""

from jaxrep.engine import Run
from jaxrep.study import Analysis, Plan, Study, kept

from .analysis import labelled_results
from .checks import check_config, warnings_of
from .comparison import compare
from .config import Config
from .figures import draw_report
from .menu import MENU
from .problem import build
from .tables import summary, tables
from .verdict import verdicts


def analyse(run: Run, plan: Plan, config: Config) -> Analysis:
    """Localized units by grid point, over training; populations, fits, theory."""
    results, found = labelled_results(run, plan, config)
    return Analysis(results, summary(found), tables(found), found, verdicts(found))


STUDY = Study(
    **vars(MENU),
    build=build,
    analyse=analyse,
    draw=kept(draw_report),
    check=check_config,
    warn=warnings_of,
    compare=compare,
)
