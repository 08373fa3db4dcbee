# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # Your study in one file
#
# A study is a configuration, a function that builds its training problem, one that analyses a
# finished run, and one that draws. Everything else comes with it: the command line with its help
# and presets, checks, sweeps, continuing, jobs on a cluster, the page that opens with its answer,
# "Do the seeds agree?", and a row in `results/index.html`.
#
# The question here: how wide must a network be to learn parity?
#
#     python -m experiments.tutorials.own_study --help
#     python -m experiments.tutorials.own_study --seeds 4 --hidden 2 8 --out parity
#     python -m experiments.tutorials.own_study --sweep depth=1,2

# %%
import sys
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray

from jaxrep.engine import Problem, Replicas, Run, Schedule, Variables, full_batch
from jaxrep.engine.network import Network
from jaxrep.errors import InputError
from jaxrep.plots import draw_spread
from jaxrep.study import Analysis, Plan, Replication, Study, grid_points, main
from jaxrep.study.report import Figure, Table, Verdict

# %% [markdown]
# ## What can be asked
#
# A frozen dataclass of plain values: every field is an option, its docstring the help. A tuple is
# swept in **one** compiled call (`--hidden 2 8`); a single value makes one run each
# (`--sweep depth=1,2`). `Replication` brings seeds and precision.


# %%
@dataclass(frozen=True)
class Config(Replication):
    """Parity of two bits of ten."""

    seeds: int = 8
    hidden: tuple[int, ...] = (1, 2, 4, 16)
    """Units of every hidden layer; several values are swept."""
    depth: int = 1
    """Hidden layers."""
    steps: int = 600
    """Updates of Adam."""


# %% [markdown]
# ## The problem
#
# Shapes must not depend on a swept value: every network has as many units as the widest, and those
# beyond its own number are multiplied by 0. Weights are kept as `[input, unit]`: a row of
# activations is a sample, `activations @ weights` the next layer.


# %%
def check(config: Config) -> None:
    if min(config.hidden) < 1:
        raise InputError(f"hidden: {min(config.hidden)} given; 1 or more is needed")
    if config.depth < 1:
        raise InputError(f"depth: {config.depth} given; 1 or more is needed")


def layers_of(params, inputs, hyper):
    """Activations of every layer, by name."""
    seen, hidden = {}, inputs
    for name, weights in params.items():
        hidden = hidden @ weights
        if name != "output":
            used = jnp.arange(hidden.shape[-1]) < hyper["hidden"]
            hidden = jax.nn.relu(hidden) * used
        seen[name] = hidden
    return seen


def build(config: Config) -> Plan:
    draw = np.random.default_rng(0)
    bits = draw.choice([-1.0, 1.0], (256, 10)).astype(np.float32)
    parity = bits[:, 0] * bits[:, 1]
    bits = np.append(bits, np.ones((256, 1), np.float32), 1)  # the bias
    names = [f"hidden_{i + 1}" for i in range(config.depth)]
    widths = [11, *[max(config.hidden)] * config.depth, 1]

    def init(key, hyper, data):
        keys = jax.random.split(key, config.depth + 1)
        shapes = zip(widths, widths[1:], strict=False)
        weights = [
            jax.random.normal(one, shape) / jnp.sqrt(shape[0])
            for one, shape in zip(keys, shapes, strict=True)
        ]
        return Variables(dict(zip([*names, "output"], weights, strict=True)))

    def outputs(variables, inputs, hyper):
        return layers_of(variables.params, inputs, hyper)["output"][:, 0]

    def loss(variables, batch, hyper):
        inputs, targets = batch
        return jnp.mean((outputs(variables, inputs, hyper) - targets) ** 2), variables.state

    def measure(variables, hyper, data):
        inputs, targets = data.shared
        given = outputs(variables, inputs, hyper)
        right = jnp.mean(jnp.sign(given) == targets)
        return {"loss": jnp.mean((given - targets) ** 2), "accuracy": right}

    inside = Network(
        lambda variables, inputs, replica: layers_of(variables.params, inputs, replica.hyper),
        {"train": lambda replica: replica.data.shared[0]},
        {"train": lambda replica: replica.data.shared[1]},
        common=("train",),
    )
    problem = Problem(
        init=init,
        loss=loss,
        optimizer=lambda hyper: optax.adam(0.01),
        measure=measure,
        shared=(bits, parity),
        batches=full_batch(lambda data: data.shared),
        headline="loss",
        network=inside,
    )
    replicas = Replicas.consecutive(config.first_seed, config.seeds, {"hidden": config.hidden})
    return Plan(problem, replicas, Schedule.standard(config.steps, 40, 6))


# %% [markdown]
# ## The answer
#
# Sentences are made from the numbers, so that they change with them; what was expected is said
# beside them, with whether it held.


# %%
def analyse(run: Run, plan: Plan, config: Config) -> Analysis:
    records: xarray.Dataset = run.records
    final = records.accuracy.isel(step=-1)
    points = grid_points(plan.replicas, run.finite)
    flat = final.values.reshape(-1)
    shares = {point.title: flat[point.finite] for point in points}
    learned = {title: int((values > 0.99).sum()) for title, values in shares.items()}
    enough = [title for title, count in learned.items() if count == len(shares[title])]
    words = ", ".join(f"{title}: {n} of {len(shares[title])}" for title, n in learned.items())
    text = f"Networks that learn parity by {words}; guessing is right in half of the inputs."
    verdict = Verdict(text, bool(enough), "expected: wide networks always do")
    rows = [
        [title, float(np.median(values)), float(values.min()), float(values.max()), len(values)]
        for title, values in shares.items()
    ]
    table = Table("Accuracy", ["network", "median", "least", "most", "seeds"], rows)
    summary = {f"learned_{title}": count for title, count in learned.items()}
    return Analysis(records, summary, [table], (records, points), [verdict])


def draw(analysis: Analysis, config: Config):
    import matplotlib.pyplot as plt

    records, points = analysis.drawings
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    curves = records.accuracy.values.reshape(-1, records.sizes["step"])
    for index, point in enumerate(points):
        draw_spread(axes, records.step.values, curves[point.finite], point.title, f"C{index}")
    axes.axhline(0.5, color="0.5", ls=":", label="guessing")
    axes.set(xlabel="step (updates)", ylabel="accuracy")
    axes.legend()
    yield Figure("accuracy", "Accuracy", "Median and range over seeds; dotted: guessing.", figure)


# %%
STUDY = Study(
    "parity",
    "How wide must a network be to learn parity?",
    Config,
    {"quick": Config(), "deep": Config(depth=2)},
    build,
    analyse,
    draw,
    check,
    words={"quick": "one hidden layer", "deep": "two"},
)

# %% [markdown]
# In a notebook the cell below trains a small one; as a script it is the command line.

# %%
if __name__ == "__main__":
    in_notebook = "ipykernel" in sys.modules
    small = ["--seeds", "4", "--hidden", "2", "8", "--steps", "300", "--quiet", "--out", "parity"]
    status = main(STUDY, small if in_notebook else None)
    if not in_notebook:
        raise SystemExit(status)
