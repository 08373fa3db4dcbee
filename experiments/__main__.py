"""List the studies: ``python -m experiments``."""

import importlib
import pkgutil

import experiments


def main() -> int:
    """Print every study with its line."""
    print("python -m experiments.<study> --help\n")
    for module in pkgutil.iter_modules(experiments.__path__):
        if not module.name.startswith("_"):
            documentation = importlib.import_module(f"experiments.{module.name}").__doc__
            print(f"  {module.name:20s} {documentation.splitlines()[0]}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
