"""``python -m experiments.compare RUN RUN ...``"""

from . import main

if __name__ == "__main__":
    raise SystemExit(main())
