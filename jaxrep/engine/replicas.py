"""Replicas: seeds x a grid of numeric hyper-parameters, and the random streams of each."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Key

from jaxrep.errors import InputError

LARGEST_SEED = 2**31 - 1
MOST_NETWORKS = 10**7
"""Of one call: their names alone take gigabytes."""
TAKEN = ("seed", "step", "replica")
_COMMON = 2**31  # no seed reaches it, so the common stream is nobody's own
_STREAMS = {name: index for index, name in enumerate(("init", "own", "batch", "epoch"))}


def replica_key(root: int, seed: Array | np.integer | int) -> Key[Array, ""]:
    """The key of a seed: a function of nothing but the root and the seed."""
    return jax.random.fold_in(jax.random.key(root, impl="threefry2x32"), seed)


def common_key(root: int) -> Key[Array, ""]:
    """The key of the stream that all replicas share."""
    return replica_key(root, np.uint32(_COMMON))


def stream(key: Key[Array, ""], name: str, index: Array | np.integer | int = 0) -> Key[Array, ""]:
    """The key at position `index` of one of a replica's named streams."""
    return jax.random.fold_in(jax.random.fold_in(key, _STREAMS[name]), index)


def _check_count(*lengths: int) -> None:
    if (networks := math.prod(lengths)) > MOST_NETWORKS:
        raise InputError(
            f"seeds: {' x '.join(f'{length:,}' for length in lengths)} networks asked for; at most "
            f"{MOST_NETWORKS:,} are possible in one call"
            if len(lengths) > 1
            else f"seeds: {networks:,} given; at most {MOST_NETWORKS:,} are possible in one call"
        )


@dataclass(frozen=True)
class Replicas:
    """The replicas of one training call: the product of swept hyper-parameters and seeds.

    Attributes:
      seeds: distinct non-negative seeds.
      hyper: name -> a number, or a sequence of numbers that is swept.
      root: root of all random streams.

    Raises:
      InputError: more than `MOST_NETWORKS`, no seeds, ones that are repeated, negative or no
        whole numbers, an empty sweep, a value that is no number, or a hyper-parameter named like a
        dimension.

    >>> Replicas((0, 1), {"learning_rate": (1e-3, 1e-2), "weight_decay": 1.0}).shape
    {'learning_rate': 2, 'seed': 2}
    """

    seeds: Sequence[Any]
    hyper: Mapping[str, Any]
    root: int = 0

    def __post_init__(self):
        swept = [len(v) for v in self.hyper.values() if np.ndim(v)]
        _check_count(len(self.seeds), *swept)
        if not self.seeds:
            raise InputError("seeds: 0 seeds given; at least 1 is needed")
        for seed in self.seeds:
            if isinstance(seed, (bool, np.bool_)) or not isinstance(seed, (int, np.integer)):
                raise InputError(f"seeds: {seed!r} is no whole number")
        if not all(0 <= seed <= LARGEST_SEED for seed in self.seeds):
            raise InputError(f"seeds: {list(self.seeds)} is outside 0 .. {LARGEST_SEED}")
        object.__setattr__(self, "seeds", tuple(int(seed) for seed in self.seeds))
        if len(set(self.seeds)) < len(self.seeds):
            raise InputError(f"seeds: {list(self.seeds)} repeats a seed; they must be distinct")
        for name, values in self.hyper.items():
            if name in TAKEN:
                raise InputError(f"hyper: {name!r} names a dimension of every result already")
            if np.ndim(values) and not len(values):
                raise InputError(f"{name}: no values given; at least 1 is needed")
            for value in np.atleast_1d(np.asarray(values, object)):
                if isinstance(value, (str, bytes, bool, complex)) or np.ndim(value):
                    raise InputError(f"{name}: {value!r} is no number")
                try:
                    float(value)
                except (TypeError, ValueError):
                    raise InputError(f"{name}: {value!r} is no number") from None
            if np.ndim(values) and len({float(v) for v in values}) < len(values):
                raise InputError(f"{name}: {list(values)} repeats a value")

    @classmethod
    def consecutive(
        cls, first_seed: int, seeds: int, hyper: Mapping[str, Sequence[float | int]]
    ) -> "Replicas":
        """Seeds first_seed, first_seed + 1, ...; a hyper-parameter with one value is not swept.

        >>> Replicas.consecutive(3, 2, {"learning_rate": (0.1,)}).shape
        {'seed': 2}
        """
        _check_count(seeds)
        plain = {name: v[0] if len(v) == 1 else v for name, v in hyper.items()}
        return cls(tuple(range(first_seed, first_seed + seeds)), plain)

    @cached_property
    def grid(self) -> dict[str, tuple[float | int, ...]]:
        """The swept hyper-parameters with their values, in the order given."""
        return {name: tuple(values) for name, values in self.hyper.items() if np.ndim(values)}

    @property
    def coordinates(self) -> dict[str, list]:
        """Values along the leading dimensions of every result: the grid, then the seeds."""
        return {name: list(values) for name, values in self.grid.items()} | {
            "seed": list(self.seeds)
        }

    @property
    def shape(self) -> dict[str, int]:
        """Length of the leading dimensions of every result."""
        return {name: len(values) for name, values in self.coordinates.items()}

    def __len__(self) -> int:
        return int(np.prod(list(self.shape.values())))

    def arrays(self) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Seeds ``[replica]`` (uint32) and hyper-parameters ``{name: [replica]}`` (float64)."""
        points = list(itertools.product(*self.grid.values(), self.seeds))
        seeds = np.array([point[-1] for point in points], np.uint32)
        hyper = {
            name: np.full(len(points), value, float)
            for name, value in self.hyper.items()
            if name not in self.grid
        }
        for index, name in enumerate(self.grid):
            hyper[name] = np.array([point[index] for point in points], float)
        return seeds, hyper

    def points(self) -> list[tuple[str, np.ndarray]]:
        """The points of the grid: name (empty without a grid), and the replicas of its seeds.

        >>> Replicas((0, 1), {"rate": (0.1, 0.2)}).points()[1]
        ('rate=0.2', array([2, 3]))
        """
        rows = np.arange(len(self)).reshape(-1, len(self.seeds))
        names = [self.name(int(row[0])).rpartition("seed=")[0].strip() for row in rows]
        return list(zip(names, rows, strict=True))

    def name(self, replica: int) -> str:
        """One replica in words, e.g. ``learning_rate=0.1 seed=3``."""
        position = np.unravel_index(replica, tuple(self.shape.values()))
        return " ".join(
            f"{key}={values[i]}"
            for (key, values), i in zip(self.coordinates.items(), position, strict=True)
        )
