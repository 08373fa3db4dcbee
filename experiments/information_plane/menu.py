"""What the command line of information_plane offers."""

from jaxrep.study.menu import Menu, first_line

from . import __doc__ as documentation
from .config import PRESET_WORDS, PRESETS, STANDARD, Config
from .suites import suites

MENU = Menu(
    "information_plane",
    first_line(documentation),
    Config,
    PRESETS,
    suites(STANDARD),
    default="quick",
    words=PRESET_WORDS,
)
