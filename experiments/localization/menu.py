"""What the command line of localization offers."""

from jaxrep.study.menu import Menu, first_line

from . import __doc__ as documentation
from .config import PRESET_WORDS, PRESETS, SINGLE, Config
from .suites import suites

MENU = Menu(
    "localization",
    first_line(documentation),
    Config,
    PRESETS,
    suites(SINGLE, Config()),
    words=PRESET_WORDS,
)
