# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # Your problem: many seeds and a grid of rates in one call
#
# A network learns the parity of two of its ten bits. Which learning rate learns it, in how many
# seeds, and do the networks that learned agree inside?
#
# Everything below is written for **one** network; the engine maps it over seeds and rates,
# compiles it once, measures on the device, keeps checkpoints and continues from them.

# %%
import tempfile
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn

from jaxrep.analysis import agreement, mean_over_pairs
from jaxrep.engine import (
    Checkpoints,
    Label,
    Problem,
    Replicas,
    Schedule,
    Variables,
    full_batch,
    train,
)

# %% [markdown]
# ## Data and model
#
# What all networks see is `shared`: arrays, never copied per network. Flax's `Dense` keeps its
# kernel as `[input, unit]`, so that a layer is `inputs @ kernel`: samples are rows everywhere.

# %%
draw = np.random.default_rng(0)
bits = draw.choice([-1.0, 1.0], (256, 10)).astype(np.float32)
parity = bits[:, 0] * bits[:, 1]


class Network(nn.Module):
    """Ten inputs, 32 rectified units, one output."""

    @nn.compact
    def __call__(self, inputs):
        hidden = nn.relu(nn.Dense(32)(inputs))
        return nn.Dense(1)(hidden)[:, 0], hidden


network = Network()

# %% [markdown]
# ## The problem: pure functions of one network
#
# `hyper` holds this network's point of the grid as traced numbers. A loss returns the model's
# carried state beside it (batch statistics, say); without one, it hands back what it was given.
#
# A trap: without `batches` a loss is handed `Data(shared, own)`, not `shared`. Say what a batch
# is: here all rows, every step.


# %%
def init(key, hyper, data):
    inputs, _ = data.shared
    return Variables(network.init(key, inputs)["params"])


def loss(variables, batch, hyper):
    inputs, targets = batch
    outputs, _ = network.apply({"params": variables.params}, inputs)
    return jnp.mean((outputs - targets) ** 2), variables.state


def measure(variables, hyper, data):
    inputs, targets = data.shared
    outputs, hidden = network.apply({"params": variables.params}, inputs)
    return {
        "loss": jnp.mean((outputs - targets) ** 2),
        "accuracy": jnp.mean(jnp.sign(outputs) == targets),
        "hidden": hidden[:64],
    }


problem = Problem(
    init=init,
    loss=loss,
    optimizer=lambda hyper: optax.adam(hyper["learning_rate"]),
    measure=measure,
    shared=(bits, parity),
    batches=full_batch(lambda data: data.shared),
    labels={
        "loss": Label((), "1", "mean squared error"),
        "accuracy": Label((), "1", "share of the right sign"),
        "hidden": Label(("sample", "unit"), "1", "hidden layer on the first 64 inputs"),
    },
    headline="loss",
)

# %% [markdown]
# ## Seeds × rates, with checkpoints
#
# 8 seeds × 3 rates are 24 networks in one call. The schedule says when to look and when to save
# everything. Run this cell again: it finds the finished training and trains nothing. Stop it, and
# the same cell continues to the same bits.

# %%
STEPS = 400
replicas = Replicas(tuple(range(8)), {"learning_rate": (1e-4, 3e-3, 1e-1)})
schedule = Schedule(STEPS, measure=(0, 50, 100, 200, STEPS), checkpoints=(200,))
folder = Path(tempfile.gettempdir()) / "jaxrep-own-problem"
with Checkpoints(folder) as checkpoints:
    trained = train(problem, replicas, schedule, checkpoints=checkpoints, quiet=True)
records = trained.records
print(records)

# %% [markdown]
# ## What they learned
#
# Records are labelled `[learning_rate, seed, step, ...]`: no bookkeeping of rows.

# %%
final = records.isel(step=-1)
for rate in final.learning_rate.values:
    accuracy = final.accuracy.sel(learning_rate=rate)
    learned = int((accuracy > 0.99).sum())
    print(f"rate {rate:g}: {learned} of {accuracy.size} networks, median {accuracy.median():.2f}")

# %% [markdown]
# ## Do the networks agree?
#
# Debiased CKA between all pairs of seeds, at every step, with its error over networks and the
# level of samples that are paired at random.

# %%
best = records.sel(learning_rate=3e-3).hidden.transpose("seed", "step", "sample", "unit")
found = agreement(best.values)
for step, between in zip(records.step.values, found.between, strict=True):
    mean = mean_over_pairs(between)
    print(f"step {step}: CKA {mean.value:.2f} ± {mean.error:.2f} (chance {found.chance:.2f})")

# %% [markdown]
# Next: `own_study` puts a command line, a page and an index around such a problem.
