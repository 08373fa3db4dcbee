"""How does a code divide its precision? Networks that read the angle of a face.

    python -m experiments.face_angle                       # uniform and concentrated angles
    python -m experiments.face_angle --preset losses       # six losses, both densities
    python -m experiments.face_angle --preset paper        # Olivetti faces, both codes, all losses
    python -m experiments.face_angle --faces FOLDER --size 64 --density normal

Expected of the quick preset: trained on angles around pi/4, 60-75 % of the square root of the
Fisher information lie within 0.4 rad of it (27-33 % for uniform angles, 25 % if it were flat), and
information grows with the first power of the density, as minimal absolute errors ask for.

Sources: lrast/angleFinetuning; Morais and Pillow (2018); Ganguli and Simoncelli (2014).
"""

from jaxrep.engine.run import Run
from jaxrep.study import Analysis, Plan, Study, first_line, kept

from .analysis import labelled_results
from .checks import check_config, warnings_of
from .claims import check_claims
from .config import PRESET_WORDS, PRESETS, STANDARD, Config
from .figures import draw_report
from .problem import build
from .suites import compare, suites
from .tables import summary, tables

__all__ = ["PRESETS", "STANDARD", "STUDY", "Config", "build"]


def analyse(run: Run, plan: Plan, config: Config) -> Analysis:
    """Fisher information at every angle, its shape and what it follows; errors, biases."""
    results, found = labelled_results(run, plan, config)
    checked = check_claims(found)
    return Analysis(results, summary(found, checked), tables(found, checked), found)


STUDY = Study(
    "face_angle",
    first_line(__doc__),
    Config,
    PRESETS,
    build,
    analyse,
    kept(draw_report),
    check_config,
    warnings_of,
    suites(STANDARD),
    compare,
    default="quick",
    words=PRESET_WORDS,
)
