"""How near a training step of every study is to what this machine can do; one device.

Operations and bytes of a step come from the compiled program (`step_costs`); the rates of matrix
products, of element-wise work on arrays inside the cache and outside it, of tanh and of normal
random numbers are measured in the same rounds. A step cannot be faster than its operations at the
rate of matrix products, nor than its bytes at the rate of the cache: the slower of both binds, and
the share says how much of the step it takes. A step of a small network is far from either: it
is the time of starting its operations one after the other.
"""

import statistics
from collections.abc import Callable

import jax
import jax.numpy as jnp
from rich.console import Console
from rich.table import Table

from .trained import TRAINED_STUDIES, save, started, step_costs, step_seconds, study_plan, wait

SEEDS, ROUNDS = 8, 5


def machine_rates() -> dict[str, Callable[[], float]]:
    """Functions that measure rates of one device: per second, of operations, bytes or numbers."""
    square = jnp.ones((1024, 1024))
    product = jax.jit(lambda x: jnp.matmul(x, x, precision="highest"))
    small, large = jnp.ones(2**15), jnp.ones(2**25)

    def repeated(function, times):
        return jax.jit(lambda x: jax.lax.fori_loop(0, times, lambda _, y: function(y), x))

    times = 2000
    scaled = repeated(lambda x: 0.999 * x + 0.001, times)
    curved = repeated(jnp.tanh, times // 10)
    # in place: pages of a new array would have to be made first, which takes longer
    streamed = repeated(lambda x: 0.999 * x + 0.001, 10)
    drawn = jax.jit(lambda key: jax.random.normal(key, (2**22,)))
    key = jax.random.key(0)
    measures = {
        "matrix products, operations": lambda: 2 * 1024**3 / wait(product, square),
        "cache, bytes": lambda: 8 * small.size * times / wait(scaled, small),
        "memory, bytes": lambda: 10 * 8 * large.size / wait(streamed, large),
        "tanh, numbers": lambda: small.size * (times // 10) / wait(curved, small),
        "normal random numbers": lambda: 2**22 / wait(drawn, key),
    }
    for measure in measures.values():
        measure()
    return measures


def run() -> None:
    """Print the tables, and write the numbers as JSON."""
    plans = {name: study_plan(name, SEEDS) for name in TRAINED_STUDIES}
    costs = {name: step_costs(plan) for name, plan in plans.items()}
    sessions = {name: started(plan) for name, plan in plans.items()}
    rates = machine_rates()
    measured: dict[str, list[float]] = {name: [] for name in (*rates, *sessions)}
    for _ in range(ROUNDS):
        for name, measure in rates.items():
            measured[name].append(measure())
        for name, session in sessions.items():
            measured[name].append(step_seconds(session) / SEEDS)
    middle = {name: statistics.median(values) for name, values in measured.items()}
    console = Console(width=120)
    table = Table("this machine, one device", "median, 1e9 per second", "min .. max over rounds")
    for name in rates:
        spread = f"{min(measured[name]) / 1e9:.3g} .. {max(measured[name]) / 1e9:.3g}"
        table.add_row(name, f"{middle[name] / 1e9:.3g}", spread)
    console.print(table)
    table = Table(
        "study",
        "a step, us",
        "min .. max",
        "1e6 operations",
        "1e6 bytes",
        "products, share",
        "bytes, share",
        "binds",
        title=f"a network's step beside {SEEDS - 1} others",
    )
    shares = {}
    for name, counted in costs.items():
        seconds = middle[name]
        shares[name] = {
            "products": counted["operations"] / middle["matrix products, operations"] / seconds,
            "bytes": counted["bytes"] / middle["cache, bytes"] / seconds,
        }
        own = shares[name]
        spread = f"{1e6 * min(measured[name]):.3g} .. {1e6 * max(measured[name]):.3g}"
        table.add_row(
            name,
            f"{1e6 * seconds:.3g}",
            spread,
            f"{counted['operations'] / 1e6:.3g}",
            f"{counted['bytes'] / 1e6:.3g}",
            f"{own['products']:.0%}",
            f"{own['bytes']:.0%}",
            max(own, key=lambda part: own[part]),
        )
    console.print(table)
    console.print(f"written: {save('roofline', {'costs': costs, 'rounds': measured})}")
