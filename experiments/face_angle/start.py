"""The networks that fine-tuning starts from."""

from jaxrep.engine import Replicas, Variables
from jaxrep.engine.run import Run
from jaxrep.errors import InputError

from .config import Config


def started_run(config: Config) -> Run:
    """The run that `Config.start` names.

    Raises:
      InputError: it is no run of this study, or of other networks.
    """
    run = Run.load(config.start)
    if run.study != "face_angle":
        raise InputError(f"start: {config.start} holds a run of {run.study}, not of face_angle")
    for name in ("size", "code", "architecture", "activation", "loss", "seeds", "first_seed"):
        there, now = run.config[name], getattr(config, name)
        if there != (list(now) if isinstance(now, tuple) else now):
            raise InputError(f"start: {config.start} has {name} {there}, this run {now}")
    return run


def load_initial(config: Config, replicas: Replicas) -> Variables | None:
    """The networks that training starts from: those another run analyses, or None.

    Those that diverged there are NaN, and so diverge here.

    Raises:
      InputError: that run has not got them.
    """
    if not config.start:
        return None
    variables, _, finite = started_run(config).kept()
    if len(finite) != len(replicas):
        raise InputError(
            f"start: {config.start} has {len(finite)} networks; {len(replicas)} are needed"
        )
    return variables
