"""What a configuration would take, in words; nothing is written."""

from datetime import timedelta

from jaxrep.engine import Execution
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
    time = "unknown: it does not fit" if seen.seconds != seen.seconds else _duration(seen.seconds)
    return "\n".join(
        [
            f"  networks      {seen.replicas:,} ({grid}); {seen.form}",
            f"  steps         {seen.steps:,}, measured at {seen.measurements:,}",
            f"  measured      {arrays or 'nothing'}",
            f"  on disk       {_size(seen.record_bytes)} of records, "
            f"{_size(seen.snapshot_bytes)} of snapshots",
            f"  device memory {_size(seen.replica_bytes)} a network, {_size(seen.device_bytes)} on "
            f"the fullest device of {_size(seen.available_bytes)} free",
            f"  would fit     {seen.fitting:,} networks",
            f"  time          {time} of training (from {seen.probed:,} steps)",
        ]
    )


def _duration(seconds: float | int) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else str(timedelta(seconds=round(seconds)))


def _size(size: float | int) -> str:
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
