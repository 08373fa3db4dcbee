"""What a configuration would take, in words; nothing is written."""

import math
from datetime import timedelta

from jaxrep.engine import Execution
from jaxrep.engine.memory import size_words
from jaxrep.engine.preview import Preview, preview
from jaxrep.study.study import Plan


def dry_run(study: str, plan: Plan | None, execution: Execution) -> None:
    """Print what a plan and its companions would take."""
    if plan is None:
        print(f"{study}: nothing is trained")
        return
    for name, part in {"": plan, **plan.companions}.items():
        print(f"{study}{f', beside it {name}' if name else ''}:")
        print(words(preview(part.problem, part.replicas, part.schedule, execution)))


def words(seen: Preview) -> str:
    """A preview as lines of text."""
    grid = " x ".join(f"{length} {name}" for name, length in seen.shape.items())
    arrays = ", ".join(
        name + (f" {list(shape)}" if shape else "") for name, (shape, _) in seen.measured.items()
    )
    time = "unknown: it does not fit"
    if not math.isnan(seen.seconds):
        time = f"{_duration(seen.seconds)} of training (from {seen.probed:,} steps)"
    return "\n".join(
        [
            f"  networks      {seen.replicas:,} ({grid}); {seen.form}",
            f"  steps         {seen.steps:,}, measured at {seen.measurements:,}",
            f"  measured      {arrays or 'nothing'}",
            f"  on disk       {size_words(seen.record_bytes)} of records, "
            f"{size_words(seen.snapshot_bytes)} of snapshots",
            f"  device memory {size_words(seen.replica_bytes)} a network, "
            f"{size_words(seen.device_bytes)} on the fullest device of "
            f"{size_words(seen.available_bytes)} free",
            f"  would fit     {seen.fitting:,} networks",
            f"  time          {time}",
        ]
    )


def _duration(seconds: float | int) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else str(timedelta(seconds=round(seconds)))
