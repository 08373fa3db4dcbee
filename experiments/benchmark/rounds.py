"""Interleaved rounds of several measurements, as a table: a shared machine disturbs all alike."""

import statistics
from collections.abc import Callable, Mapping

from rich.table import Table


def measure_rounds(
    measures: Mapping[str, Callable[[], float]], rounds: int
) -> tuple[dict[str, float], Table]:
    """Median seconds of every measurement, and a table of them in milliseconds."""
    times: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            times[name].append(measure())
    middle = {name: statistics.median(values) for name, values in times.items()}
    table = Table("quantity", "median", "min .. max over rounds")
    for name, values in times.items():
        spread = f"{1e3 * min(values):.3g} .. {1e3 * max(values):.3g}"
        table.add_row(name, f"{1e3 * middle[name]:.3g} ms", spread)
    return middle, table
