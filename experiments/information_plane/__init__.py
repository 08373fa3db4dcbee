"""Does learning compress? The information every layer keeps of its input and of the class.

    python -m experiments.information_plane                        # tanh and relu, 10 seeds each
    python -m experiments.information_plane --preset paper         # one cohort at 8000 epochs
    python -m experiments.information_plane --preset findings      # what was published, checked
    python -m experiments.information_plane --preset estimators    # on known channels, a minute
    python -m experiments.information_plane --activation relu --initial-bias 0 0.1 1 5

Expected of the quick preset: with tanh the last hidden layers end bits below their peaks, in
every seed; with relu they do not, and only the output does.

Sources: Shwartz-Ziv and Tishby (2017); Saxe et al. (2018); the deep-bottleneck project.
"""

from collections.abc import Iterator

from jaxrep.engine import Run
from jaxrep.study import Analysis, Plan, Study, first_line
from jaxrep.study.report import PageFigure

from .analysis import labelled_results
from .channel_page import channel_summary, channel_tables, draw_channels
from .channels import measure_channels
from .checks import check_config, warnings_of
from .config import PRESET_WORDS, PRESETS, STANDARD, Config
from .figures import draw_report
from .problem import build
from .suites import compare, suites
from .tables import summary, tables

__all__ = ["PRESETS", "STANDARD", "STUDY", "Config", "build"]


def analyse(run: Run, plan: Plan | None, config: Config) -> Analysis:
    """Information of every layer, compression, stuck networks; or of known channels."""
    if plan is None:
        results, proved = measure_channels(config)
        return Analysis(results, channel_summary(proved), channel_tables(proved), proved)
    results, found = labelled_results(run, plan, config)
    return Analysis(results, summary(found), tables(found), found)


def draw(analysis: Analysis, config: Config) -> Iterator[PageFigure]:
    """Of networks, or of known channels."""
    draw_all = draw_channels if config.channels else draw_report
    yield from draw_all(analysis.drawings)


STUDY = Study(
    "information_plane",
    first_line(__doc__),
    Config,
    PRESETS,
    build,
    analyse,
    draw,
    check_config,
    warnings_of,
    suites(STANDARD),
    compare,
    default="quick",
    words=PRESET_WORDS,
)
