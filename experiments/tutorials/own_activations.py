# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
# ---

# %% [markdown]
# # Your own activations: four libraries, one analysis
#
# Nothing has to be trained here. Whatever the library, a layer becomes an array `[sample, unit]`;
# `representations` labels the layers of several networks, and every function of
# `jaxrep.analysis` takes them: numpy, JAX, xarray, or PyTorch tensors that are detached.

# %%
import importlib.util

import jax
import numpy as np
from flax import linen as nn
from flax import nnx

from jaxrep.analysis import (
    chance_level,
    compare_all_pairs,
    fisher_information,
    participation_ratio,
    representations,
    responses,
    responses_from_codes,
)

SEEDS = (0, 1, 2)
inputs = np.random.default_rng(0).normal(size=(100, 10)).astype(np.float32)

# %% [markdown]
# ## Flax NNX: what a module sows


# %%
class Network(nnx.Module):
    def __init__(self, rngs):
        self.first = nnx.Linear(10, 32, rngs=rngs)
        self.last = nnx.Linear(32, 3, rngs=rngs)

    def __call__(self, x):
        hidden = nnx.relu(self.first(x))
        self.sow(nnx.Intermediate, "hidden", hidden)
        return self.last(hidden)


def of_nnx(seed):
    model = nnx.capture(Network(nnx.Rngs(seed)), nnx.Intermediate)
    output, seen = model(inputs)
    (hidden,) = seen["hidden"].get_value()
    return {"hidden": hidden, "output": output}


# %% [markdown]
# ## Flax Linen: `capture_intermediates`

# %%
linen = nn.Sequential([nn.Dense(32), nn.relu, nn.Dense(3)])


def of_linen(seed):
    variables = linen.init(jax.random.key(seed), inputs)
    _, seen = linen.apply(variables, inputs, capture_intermediates=True)
    (before,) = seen["intermediates"]["layers_0"]["__call__"]
    (output,) = seen["intermediates"]["layers_2"]["__call__"]
    return {"hidden": nn.relu(before), "output": output}


# %% [markdown]
# ## Equinox: layer by layer (its modules are functions of one sample)


# %%
def of_equinox(seed):
    import equinox

    first, last = equinox.nn.MLP(10, 3, 32, depth=1, key=jax.random.key(seed)).layers
    hidden = jax.nn.relu(jax.vmap(first)(inputs))
    return {"hidden": hidden, "output": jax.vmap(last)(hidden)}


# %% [markdown]
# ## PyTorch: forward hooks
#
# A tensor that still carries gradients is refused in one line: detach it, so that none are lost
# without your knowing.


# %%
def of_torch(seed):
    import torch

    torch.manual_seed(seed)
    layers = [torch.nn.Linear(10, 32), torch.nn.ReLU(), torch.nn.Linear(32, 3)]
    model, seen = torch.nn.Sequential(*layers), {}
    for name, module in model.named_children():

        def keep(module, given, output, name=name):
            seen[name] = output.detach().cpu()

        module.register_forward_hook(keep)
    model(torch.from_numpy(inputs))
    return {"hidden": seen["1"], "output": seen["2"]}


# %% [markdown]
# ## One analysis for all of them
#
# Do random networks of the same inputs agree? A measure by itself says little: beside it stands
# what it gives for samples that are paired at random.

# %%
libraries = {"flax.nnx": of_nnx, "flax.linen": of_linen}
libraries |= {"equinox": of_equinox} if importlib.util.find_spec("equinox") else {}
libraries |= {"torch": of_torch} if importlib.util.find_spec("torch") else {}
for name, of_library in libraries.items():
    networks = [of_library(seed) for seed in SEEDS]
    layers = {layer: [network[layer] for network in networks] for layer in networks[0]}
    hidden = representations(layers, seeds=SEEDS)["hidden"].sel(step=0)  # [seed, sample, unit]
    alike = compare_all_pairs("debiased_cka", hidden)
    chance = chance_level("debiased_cka", hidden[0], hidden[1])
    dimension = float(np.median(participation_ratio(hidden)))
    print(
        f"{name}: CKA {alike[0, 1]:.2f} (chance {chance.mean:.2f} ± {chance.deviation:.2f}), "
        f"{dimension:.0f} dimensions"
    )

# %% [markdown]
# ## Fisher information of a black box
#
# How precisely can a parameter of the stimulus be read from a layer? A JAX model is
# differentiated exactly. Of anything else (PyTorch, a simulator, recordings) give the codes a
# little below, at and above each parameter: arrays, detached.

# %%
angles = np.linspace(-1.0, 1.0, 5)
noise = np.random.default_rng(1).normal(size=(200, 2))


def codes(angle):
    """`[sample, code]`: noisy readings of an angle (rad) by a sine and a cosine."""
    return noise / 10 + jax.numpy.stack([jax.numpy.sin(angle), jax.numpy.cos(angle)])


exact = fisher_information(responses(codes, angles)).mean_term
step = 1e-2
around = [np.stack([codes(a + shift) for a in angles]) for shift in (-step, 0, step)]
by_difference = fisher_information(responses_from_codes(*around, 2 * step)).mean_term
print("Fisher information (1/rad²):", np.round(np.ravel(exact), 1))
print("the same, by differences:   ", np.round(np.ravel(by_difference), 1))
