"""In which order is structure learned? Modes, similarity, illusory correlations, exact theory.

    python -m experiments.deep_linear                             # the tutorial's setting, 32 seeds
    python -m experiments.deep_linear --preset shark              # a fish without bones
    python -m experiments.deep_linear --scale 1e-12 1e-3 1 10     # a sweep: one call
    python -m experiments.deep_linear --preset depths --sweep depth=1,2,3,4
    python -m experiments.deep_linear --data FILE.csv --trace Shark:bones

Expected of the quick preset: the eight modes are half learned near steps 93, 116, 137, 137,
186, 186, 188 and 189, within 2.5 steps of the parameter-free prediction; loss below 1e-20 is
reached by step 249 (in float64; 1e-13 in float32).

Sources: Neuromatch Academy, Deep Learning W1D2, tutorial 3; Saxe, McClelland and Ganguli
(2013, ICLR; 2019, PNAS).
"""

from jaxrep.engine import Run
from jaxrep.study import Analysis, Plan, Study, diverged_tables, first_line, kept

from .analysis import labelled_results
from .checks import check, warn
from .config import PRESET_WORDS, PRESETS, Config
from .figures import draw_report
from .problem import build, resolve
from .tables import mode_table, summary

__all__ = ["PRESETS", "STUDY", "Config", "build", "resolve"]


def analyse(run: Run, plan: Plan, config: Config) -> Analysis:
    """Theory beside every replica, transitions, similarity across seeds, lazy to rich."""
    results, shown = labelled_results(run, plan, config)
    tables = [mode_table(shown), *diverged_tables(shown.replicas, shown.finite)]
    return Analysis(results, summary(shown), tables, shown)


STUDY = Study(
    "deep_linear",
    first_line(__doc__),
    Config,
    PRESETS,
    build,
    analyse,
    kept(draw_report),
    check,
    warn,
    words=PRESET_WORDS,
    resolve=resolve,
)
