"""Weights of group networks from an npz file with the published study's array names."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from flax import linen as nn
from jaxtyping import Float, Int

from jaxrep.errors import InputError
from jaxrep.groups import FiniteGroup, Irrep, group
from jaxrep.models.group_networks import BilinearNet, OneLayerMLP, OneLayerTransformer


class PublishedNetwork(NamedTuple):
    """Somebody else's network.

    Attributes:
      group: the group it multiplies in.
      model: the Flax module.
      params: its parameters, float64.
      train, test: flat indices ``a n + b`` of its split.
    """

    group: FiniteGroup
    model: nn.Module
    params: dict[str, Float[np.ndarray, "..."]]
    train: Int[np.ndarray, " rows"]
    test: Int[np.ndarray, " others"]


def load_network(path: str | Path, group_name: str = "") -> PublishedNetwork:
    """Read weights and split from an npz file.

    Args:
      path: arrays with the study's names, and ``train_indices`` and ``test_indices``.
      group_name: by default the ``group`` entry of the JSON file beside it, or the part of
        the file name before the first underscore.

    Raises:
      InputError: the file cannot be read, names no known group, or an array is missing or
        of the wrong shape.
    """
    arrays = _read(Path(path))
    known = group(group_name or _guess_group(Path(path)))
    n = known.order
    model = _architecture(path, arrays, n)
    if "train_indices" not in arrays:
        raise InputError(f"weights: {path} has no train_indices; the split is needed")
    train = arrays["train_indices"]
    test = arrays.get("test_indices", np.setdiff1d(np.arange(n * n), train))
    if train.size and not 0 <= train.min() <= train.max() < n * n:
        raise InputError(f"weights: train_indices of {path} are outside 0 .. {n * n - 1}")
    params = {name: arrays[name].astype(np.float64) for name in _shapes(model) if name in arrays}
    for name, shape in _shapes(model).items():
        if name not in params and name.split(".")[-1].startswith("b_"):
            params[name] = np.zeros(shape)
        if name not in params or params[name].shape != shape:
            found = list(params[name].shape) if name in params else "missing"
            raise InputError(
                f"weights: {name} of {path} is {found}; {list(shape)} is needed for {known.name}"
            )
    return PublishedNetwork(known, model, params, train.astype(np.int32), test.astype(np.int32))


def load_representations(path: str | Path) -> list[Irrep]:
    """Matrices ``[n, d, d]`` by irrep name from an npz file.

    Raises:
      InputError: the file cannot be read, or an array is not a stack of square matrices.
    """
    irreps = []
    for name, matrices in _read(Path(path)).items():
        if matrices.ndim != 3 or matrices.shape[1] != matrices.shape[2]:
            raise InputError(f"representations: {name} of {path} is not [n, d, d]")
        irreps.append(Irrep(name, matrices.astype(np.float64)))
    return irreps


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, AttributeError):
        raise InputError(f"weights: {path} is not a readable npz file without pickles") from None


def _guess_group(path: Path) -> str:
    try:
        return json.loads(path.with_suffix(".json").read_text())["group"]
    except (OSError, ValueError, KeyError, TypeError):
        return path.stem.split("_")[0]


def _architecture(path: str | Path, arrays: dict[str, np.ndarray], n: int) -> nn.Module:
    if {"W_x", "W_y", "W", "W_U"} <= arrays.keys():
        return OneLayerMLP(n, arrays["W_x"].shape[1], arrays["W"].shape[1])
    if {"W_x", "W_y", "W_U"} <= arrays.keys():
        return BilinearNet(n, arrays["W_x"].shape[1])
    if {"embed.W_E", "blocks.0.attn.W_Q", "blocks.0.mlp.W_in"} <= arrays.keys():
        heads, width, head_dim = arrays["blocks.0.attn.W_Q"].shape
        return OneLayerTransformer(n, width, heads, head_dim, arrays["blocks.0.mlp.W_in"].shape[1])
    raise InputError(
        f"weights: {path} has arrays {', '.join(sorted(arrays))[:80]}; needed are "
        "those of the MLP (W_x, W_y, W, W_U), the bilinear net (W_x, W_y, W_U) or the "
        "transformer (embed.W_E, ...)"
    )


def _shapes(model: nn.Module) -> dict[str, tuple[int, ...]]:
    import jax
    import jax.numpy as jnp

    pair = jnp.zeros(1, jnp.int32)
    variables = jax.eval_shape(lambda key: model.init(key, pair, pair), jax.random.key(0))
    return {name: leaf.shape for name, leaf in variables["params"].items()}
