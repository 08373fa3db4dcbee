"""What the command line of group_composition offers."""

from jaxrep.study.menu import Menu, first_line

from . import __doc__ as documentation
from .config import PRESET_WORDS, PRESETS, Config

MENU = Menu(
    "group_composition",
    first_line(documentation),
    Config,
    PRESETS,
    words=PRESET_WORDS,
)
