"""What the command line of deep_linear offers."""

from jaxrep.study.menu import Menu, first_line

from . import __doc__ as documentation
from .config import PRESET_WORDS, PRESETS, SUITES, Config

MENU = Menu(
    "deep_linear",
    first_line(documentation),
    Config,
    PRESETS,
    SUITES,
    words=PRESET_WORDS,
)
