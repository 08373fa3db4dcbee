"""Why do receptive fields become local? Inputs with edges against their Gaussian clones.

    python -m experiments.localization                        # four gains and clones, 8 seeds
    python -m experiments.localization --preset which_data    # which families of inputs localize
    python -m experiments.localization --inputs ising --positive 0.7 --negative 0.3
    python -m experiments.localization --gain 0.1 1 10 --positive 2 4 8   # a phase diagram

Expected of the quick preset: at gain 100 the median inverse participation ratio rises to
0.25-0.27 and 70-80 % of the units localize (above 0.1); at gain 0.01 and for the Gaussian
clones it stays at 0.05-0.06, although all of them learn the task.

Sources: Lufkin, Saxe and Grant (2024); Ingrosso and Goldt (2022, PNAS).
"""

from jaxrep.engine import Run
from jaxrep.study import Analysis, Plan, Study, first_line, kept

from .analysis import labelled_results
from .checks import check_config, warnings_of
from .config import PRESET_WORDS, PRESETS, SINGLE, Config
from .figures import draw_report
from .problem import build
from .suites import compare, suites
from .tables import summary, tables

__all__ = ["PRESETS", "SINGLE", "STUDY", "Config", "build"]


def analyse(run: Run, plan: Plan, config: Config) -> Analysis:
    """Localized units by grid point, over training; populations, fits, theory."""
    results, found = labelled_results(run, plan, config)
    return Analysis(results, summary(found), tables(found), found)


STUDY = Study(
    "localization",
    first_line(__doc__),
    Config,
    PRESETS,
    build,
    analyse,
    kept(draw_report),
    check_config,
    warnings_of,
    suites(SINGLE),
    compare,
    words=PRESET_WORDS,
)
