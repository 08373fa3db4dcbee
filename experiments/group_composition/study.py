"""The study group_composition: how it is built, analysed and drawn."""

import numpy as np

from jaxrep.engine import Run
from jaxrep.study import Analysis, GridPoint, Plan, Study, diverged_tables, grid_points
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

TABLES = 6
"""Grid points whose network has a table of its irreps; the results have them all."""


def analyse(run: Run, plan: Plan | None, config: Config) -> Analysis:
    """Trained networks, or those of a file; one of every grid point in detail."""
    if plan is None:
        results, figures, details, names = labelled_weights(config)
        points = [GridPoint("", np.arange(len(names)), np.arange(len(names)))]
    else:
        results, details = labelled_results(run, plan, config)
        figures = summary(results, plan.replicas)
        points = grid_points(plan.replicas, run.finite)
        names = [in_words(plan.replicas.name(r)) for r in range(len(plan.replicas))]
    tables = [
        network_table(results, names),
        evidence_table(results, None if plan is None else points),
    ]
    tables += [*explanation_table(results, names), bound_table(results, names)]
    flat = joined(results)
    tables += [irrep_table(flat.isel(replica=one.replica), one.name) for one in details[:TABLES]]
    if plan is not None:
        tables += diverged_tables(plan.replicas, run.finite)
    chance = 1 / len(details[0].order)
    return Analysis(results, figures, tables, (points, details), verdicts(results, chance))


STUDY = Study(
    **vars(MENU),
    build=build,
    analyse=analyse,
    draw=draw,
    check=check,
    warn=notes_of,
    resolve=resolve,
)
