"""``python -m experiments.deep_linear``."""

from jaxrep.study import main

from . import STUDY

if __name__ == "__main__":
    raise SystemExit(main(STUDY))
