"""Activations of somebody else's model, labelled like those of a run (`Run.activations`)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Shaped

from jaxrep.arrays import native_array, real_array
from jaxrep.typing import Array

if TYPE_CHECKING:
    import xarray

Layer = Shaped[Array, "..."] | Sequence


def representations(
    layers: Mapping[str, Layer],
    *,
    seeds: Sequence | None = None,
    steps: Sequence | None = None,
    samples: Sequence | None = None,
    flatten: bool = False,
) -> "dict[str, xarray.DataArray]":
    """Layers of any model as arrays ``[seed, step, sample, unit]``, in the order given.

    Which axes stand before the samples is said by `seeds` and `steps`, never guessed: an axis
    that is not named has length 1, with coordinate 0. Every analysis takes the results, and so do
    ``.sel(seed=1, step=0)``, ``.to_dataset(name=...)`` and ``.to_netcdf()``.

    >>> from jaxrep.analysis import participation_ratio
    >>> rows = np.random.default_rng(0).normal(size=(2, 30, 5))  # two networks
    >>> found = representations({"hidden": rows, "output": rows[..., :2]}, seeds=[3, 7])
    >>> found["output"].sizes["unit"], found["hidden"].sel(seed=7).dims
    (2, ('step', 'sample', 'unit'))
    >>> participation_ratio(found["hidden"]).shape
    (2, 1)
    >>> pictures = np.zeros((30, 4, 8, 8))  # [sample, channel, row, column]
    >>> representations({"convolution": pictures}, flatten=True)["convolution"].shape
    (1, 1, 30, 256)

    Args:
      layers: name -> numpy or JAX array or detached tensor, or one of them per seed in a list:
        ``[sample, unit]`` without seeds and steps, ``[seed, sample, unit]`` with seeds,
        ``[step, sample, unit]`` with steps, ``[seed, step, sample, unit]`` with both.
      seeds: of the networks, or any names of them.
      steps: after how many updates.
      samples: names of the samples.
      flatten: all axes behind the samples (channels, places, tokens) become one of units, the
        last one fastest. What a unit is of a convolution is a choice: pool over places
        beforehand, or make places samples, where that is meant.

    Raises:
      ValueError: layers that are not one array ``[..., sample, unit]`` each, of the same samples;
        other numbers of seeds, steps or names than there are; the same name twice; types that are
        no real numbers.
    """
    import xarray

    if not layers:
        raise ValueError("layers: none given; at least one is needed")
    named = {"seed": seeds, "step": steps, "sample": samples}
    coordinates = {
        name: _names(name, values) for name, values in named.items() if values is not None
    }
    before = [name for name in ("seed", "step") if name in coordinates]
    found, count = {}, len(coordinates["sample"]) if "sample" in coordinates else None
    for layer, values in layers.items():
        array = np.asarray(real_array(values, layer))
        array = _with_units(array, layer, before, flatten)
        for name, length in zip([*before, "sample"], array.shape, strict=False):
            wanted = count if name == "sample" else len(coordinates[name])
            if wanted is not None and length != wanted:
                raise ValueError(f"{layer}: {length} {name}s given; {wanted} are needed")
        count = array.shape[-2]
        for axis, name in enumerate(("seed", "step")):
            if name not in before:
                array = np.expand_dims(array, axis)
        found[layer] = xarray.DataArray(
            array,
            {"seed": [0], "step": [0], **coordinates},
            ["seed", "step", "sample", "unit"],
            name=layer,
            attrs={"layer": layer, "set": "given", "coordinates": "those given"},
        )
    return found


def _names(name: str, values: Sequence) -> np.ndarray:
    names = np.asarray(native_array(values, f"{name}s"))
    if names.ndim != 1 or not len(names):
        raise ValueError(f"{name}s: shape {names.shape} given; one for each is needed")
    distinct, counts = np.unique(names, return_counts=True)
    if len(distinct) < len(names):
        raise ValueError(f"{name}s: {distinct[counts > 1][0]} given twice")
    return names


def _with_units(array: np.ndarray, layer: str, before: list[str], flatten: bool) -> np.ndarray:
    leading = len(before) + 1
    if flatten and array.ndim >= leading:
        array = array.reshape(*array.shape[:leading], -1) if array.size else array
    if array.ndim != leading + 1 or not array.size:
        axes = ", ".join([*before, "sample", "unit"])
        hint = "" if array.ndim <= leading else "; name seeds and steps, or give flatten=True"
        raise ValueError(f"{layer}: shape {array.shape} given; [{axes}] is needed{hint}")
    return array
