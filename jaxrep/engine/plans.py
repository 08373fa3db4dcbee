"""From a finished run back to its problem: which function makes it from the configuration."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from jaxrep.errors import InputError

PLANNERS: dict[str, Callable[[Mapping[str, Any]], Any]] = {}
"""Name of a study -> what makes its plan (problem, replicas, companions) of plain values; a study
enters itself here when it is made."""

PACKAGES = ("experiments", "jaxrep.experiments")
"""Where the studies of a name that is not known yet are looked for."""


def planned(study: str, config: Mapping[str, Any]) -> Any:
    """The plan of a run's configuration.

    Raises:
      InputError: the study is not known, takes no such configuration, or trains nothing.
    """
    for package in PACKAGES if study.isidentifier() else ():
        if study in PLANNERS:
            break
        try:
            # by name: a package may import its study only when asked for it
            getattr(importlib.import_module(f"{package}.{study}"), "STUDY", None)
        except ModuleNotFoundError as error:
            if error.name not in (package, f"{package}.{study}"):
                raise
    if study not in PLANNERS:
        known = ", ".join(sorted(PLANNERS)) or "none"
        raise InputError(f"study: {study!r} is not known; import it first (known are: {known})")
    plan = PLANNERS[study](config)
    if plan is None:
        raise InputError(f"study: this configuration of {study} trains nothing")
    return plan
