"""How does a network multiply in a finite group? Irreps, logit attribution, grokking.

    python -m experiments.group_composition                    # quick: S4, 4 seeds, a minute
    python -m experiments.group_composition --preset paper     # S5 as published, hours
    python -m experiments.group_composition --weights FILE.npz # analyse somebody else's weights

Expected of the quick preset: train loss falls within 300 steps, test loss rises to 7-10,
and all seeds generalise between steps 8,000 and 13,000.

Source: Chughtai, Chan and Nanda, "A toy model of universality" (2023).
"""

from jaxrep.engine import Run
from jaxrep.study import Analysis, Plan, Study, diverged_tables, first_line, grid_points

from .analysis import labelled_results
from .checks import check, resolve
from .config import PRESET_WORDS, PRESETS, Config
from .figures import draw
from .measures import joined
from .problem import build
from .tables import evidence_table, irrep_table, network_table, summary
from .weights import labelled_weights

__all__ = ["PRESETS", "STUDY", "Config", "build"]


def analyse(run: Run, plan: Plan | None, config: Config) -> Analysis:
    """Trained networks, or the one of a file; one of them in detail."""
    if plan is None:
        results, figures, detail = labelled_weights(config)
        names, points = [detail.name], None
    else:
        results, detail = labelled_results(run, plan, config)
        figures = summary(results, plan.replicas)
        points = grid_points(plan.replicas, run.finite)
        names = [plan.replicas.name(r) for r in range(len(plan.replicas))]
    chosen = joined(results).isel(replica=detail.replica)
    tables = [network_table(results, names), evidence_table(results, points)]
    tables += [irrep_table(chosen, detail.name)]
    if plan is not None:
        tables += diverged_tables(plan.replicas, run.finite)
    return Analysis(results, figures, tables, detail)


STUDY = Study(
    "group_composition",
    first_line(__doc__),
    Config,
    PRESETS,
    build,
    analyse,
    draw,
    check,
    resolve=resolve,
    words=PRESET_WORDS,
)
