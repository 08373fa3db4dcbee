"""What the command line of face_angle offers."""

from jaxrep.study.menu import Menu, first_line

from . import __doc__ as documentation
from .config import PRESET_WORDS, PRESETS, STANDARD, Config
from .suites import suites

MENU = Menu(
    "face_angle",
    first_line(documentation),
    Config,
    PRESETS,
    suites(STANDARD),
    default="quick",
    words=PRESET_WORDS,
)
