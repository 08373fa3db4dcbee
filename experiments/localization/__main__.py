"""``python -m experiments.localization``."""

from jaxrep.study.starting import start

from .menu import MENU


def load():
    """The study: everything that it trains, measures and draws with."""
    from .study import STUDY

    return STUDY


if __name__ == "__main__":
    raise SystemExit(start(MENU, load))
