"""The proving ground: every estimator on channels whose information is known; no training."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import jax
import numpy as np
import xarray
from jaxtyping import Float
from rich.progress import track

from jaxrep.analysis.pair_information import pair_estimate_names, pair_information
from jaxrep.data.known_channels import KnownChannel, known_channels

from .config import Config


class Proved(NamedTuple):
    """What the estimators made of the channels.

    Attributes:
      channels: those that were measured.
      estimates: names.
      sizes: numbers of samples, rising.
      bits: estimates; NaN where an estimator does not apply or measures nothing.
    """

    channels: list[KnownChannel]
    estimates: list[str]
    sizes: list[int]
    bits: Float[np.ndarray, "channel draw size estimate"]

    @property
    def truth(self) -> Float[np.ndarray, " channel"]:
        """The known information of every channel, bits."""
        return np.array([channel.information for channel in self.channels])

    @property
    def bias(self) -> Float[np.ndarray, "channel size estimate"]:
        """Median over draws less truth; NaN without an estimate."""
        known = np.isfinite(self.bits).any(1)
        middle = np.nanmedian(np.where(known[:, None], self.bits, 0), 1)
        return np.where(known, middle - self.truth[:, None, None], np.nan)


def chosen_channels(config: Config) -> list[KnownChannel]:
    """The channels of a configuration, in the order of the proving ground."""
    return [one for name, one in known_channels().items() if {"all", name} & set(config.channels)]


def measure_channels(config: Config) -> tuple[xarray.Dataset, Proved]:
    """All estimates of all channels, of draws of their own for every seed and size."""
    channels, sizes = chosen_channels(config), sorted(config.sizes)
    estimates = pair_estimate_names(config.estimators)
    seeds = range(config.first_seed, config.first_seed + config.seeds)
    bits = np.full((len(channels), len(seeds), len(sizes), len(estimates)), np.nan)

    def measure(place: int) -> None:
        for row, seed in enumerate(seeds):
            for column, size in enumerate(sizes):
                found = _measured(channels[place], seed, size, config)
                bits[place, row, column] = list(found.values())

    # Compiling, trees of neighbours and XLA leave Python's lock to each other.
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        done = pool.map(measure, range(len(channels)))
        shown = {"transient": True, "disable": not sys.stderr.isatty()}
        for _ in track(done, "channels", total=len(channels), **shown):
            pass
    proved = Proved(channels, estimates, sizes, bits)
    coordinates = {
        "channel": [one.name for one in channels],
        "seed": list(seeds),
        "size": sizes,
        "estimate": estimates,
        "kind": ("channel", [one.kind for one in channels]),
    }
    results = xarray.Dataset(
        {
            "bits": (("channel", "seed", "size", "estimate"), bits, {"units": "bits"}),
            "truth": ("channel", proved.truth, {"units": "bits"}),
        },
        coordinates,
    )
    return results, proved


def _measured(channel: KnownChannel, seed: int, size: int, config: Config) -> dict[str, float]:
    first, second = channel.draw(seed, size)
    return pair_information(
        first,
        second,
        config.estimators,
        classes=channel.kind == "classes",
        signal=channel.signal(first, second),
        noise=channel.noise,
        key=jax.random.key(seed),
    )
