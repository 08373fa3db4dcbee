"""The study face_angle: how it is built, analysed and drawn."""

from jaxrep.engine.run import Run
from jaxrep.study import Analysis, Plan, Study, kept

from .analysis import labelled_results
from .checks import check_config, warnings_of
from .claims import check_claims
from .comparison import compare
from .config import Config
from .figures import draw_report
from .menu import MENU
from .problem import build
from .tables import summary, tables
from .verdict import verdicts


def analyse(run: Run, plan: Plan, config: Config) -> Analysis:
    """Fisher information at every angle, its shape and what it follows; errors, biases."""
    results, found = labelled_results(run, plan, config)
    checked = check_claims(found)
    return Analysis(
        results, summary(found, checked), tables(found, checked), found, verdicts(found, checked)
    )


STUDY = Study(
    **vars(MENU),
    build=build,
    analyse=analyse,
    draw=kept(draw_report),
    check=check_config,
    warn=warnings_of,
    compare=compare,
)
