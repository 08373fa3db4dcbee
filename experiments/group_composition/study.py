"""The study group_composition: how it is built, analysed and drawn."""

from jaxrep.engine import Run
from jaxrep.study import Analysis, Plan, Study, diverged_tables, grid_points
from jaxrep.study.words import in_words

from .analysis import labelled_results
from .bound_page import bound_table
from .checks import check, resolve
from .config import Config
from .figures import draw
from .measures import joined
from .menu import MENU
from .neuron_page import explanation_table
from .problem import build
from .tables import evidence_table, irrep_table, network_table, summary
from .verdict import verdicts
from .weights import labelled_weights, notes_of


def analyse(run: Run, plan: Plan | None, config: Config) -> Analysis:
    """Trained networks, or the one of a file; one of them in detail."""
    if plan is None:
        results, figures, detail, names = labelled_weights(config)
        points = None
    else:
        results, detail = labelled_results(run, plan, config)
        figures = summary(results, plan.replicas)
        points = grid_points(plan.replicas, run.finite)
        names = [in_words(plan.replicas.name(r)) for r in range(len(plan.replicas))]
    chosen = joined(results).isel(replica=detail.replica)
    tables = [network_table(results, names), evidence_table(results, points)]
    tables += [*explanation_table(results, names), bound_table(results, names)]
    tables += [irrep_table(chosen, detail.name)]
    if plan is not None:
        tables += diverged_tables(plan.replicas, run.finite)
    chance = 1 / len(detail.order)
    return Analysis(results, figures, tables, detail, verdicts(results, chance))


STUDY = Study(
    **vars(MENU),
    build=build,
    analyse=analyse,
    draw=draw,
    check=check,
    warn=notes_of,
    resolve=resolve,
)
