"""A table of items and their features, with names: sampled, made by hand, or read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Num

from jaxrep.errors import InputError


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """Which item has which feature, ``values[item, feature]``.

    Attributes:
      items: distinct names of the rows.
      features: distinct names of the columns.
      values: finite numbers, float64.
      notes: of how it was read from a file, a line each.

    Raises:
      InputError: names that repeat or do not fit the values, or values that are not finite.

    >>> shark = toy_table().renamed({"Goldfish": "Shark"})
    >>> shark.with_feature("has_bones", [-1, 1, 1, 1, -1, -1, -1, -1]).position("Shark:has_bones")
    (0, 10)
    """

    items: tuple[str, ...]
    features: tuple[str, ...]
    values: Float[np.ndarray, "item feature"]
    notes: tuple[str, ...] = ()

    def __post_init__(self):
        shape = np.shape(self.values)
        if shape != (len(self.items), len(self.features)) or 0 in shape:
            raise InputError(
                f"values: {list(shape)} numbers for {len(self.items)} items and "
                f"{len(self.features)} features; one for each pair is needed"
            )
        for name in ("items", "features"):
            repeated = _first_repeated(getattr(self, name))
            if repeated is not None:
                raise InputError(f"{name}: {repeated!r} is there twice; names must be distinct")
        if not np.isfinite(self.values).all():
            row, column = np.argwhere(~np.isfinite(self.values))[0]
            raise InputError(
                f"values: {self.values[row, column]} for item {self.items[row]!r} and feature "
                f"{self.features[column]!r}; a finite number is needed"
            )

    def with_feature(self, name: str, values: Sequence[float | int]) -> "FeatureTable":
        """The table with one more column.

        Raises:
          InputError: not one finite number per item, or a name that is there already.
        """
        if len(values) != len(self.items):
            raise InputError(
                f"feature: {name!r} has {len(values)} values for {len(self.items)} items"
            )
        column = np.asarray(values, float)[:, None]
        return replace(
            self, features=(*self.features, name), values=np.hstack([self.values, column])
        )

    def renamed(self, names: dict[str, str]) -> "FeatureTable":
        """The table with other item names.

        Raises:
          InputError: a name that is no item's.
        """
        for name in names:
            self.item(name)
        return replace(self, items=tuple(names.get(item, item) for item in self.items))

    def item(self, name: str) -> int:
        """Row of an item.

        Raises:
          InputError: no such item.
        """
        if name not in self.items:
            raise InputError(f"item: {name!r} is not there; allowed are {_listed(self.items)}")
        return self.items.index(name)

    def feature(self, name: str) -> int:
        """Column of a feature.

        Raises:
          InputError: no such feature.
        """
        if name not in self.features:
            raise InputError(
                f"feature: {name!r} is not there; allowed are {_listed(self.features)}"
            )
        return self.features.index(name)

    def position(self, pair: str) -> tuple[int, int]:
        """Row and column of ``item:feature``; both names may have colons.

        Raises:
          InputError: not of that form, no such item, no such feature, or several such pairs.
        """
        parts = pair.split(":")
        if len(parts) < 2:
            raise InputError(f"trace: {pair!r} is not of the form item:feature")
        splits = [(":".join(parts[:i]), ":".join(parts[i:])) for i in range(1, len(parts))]
        fitting = [(i, f) for i, f in splits if i in self.items and f in self.features]
        if len(fitting) > 1:
            meant = " or ".join(f"item {item!r}, feature {name!r}" for item, name in fitting)
            raise InputError(f"trace: {pair!r} may be {meant}; rename one of these items")
        item, feature = next(
            iter(fitting or [split for split in splits if split[0] in self.items] or splits)
        )
        return self.item(item), self.feature(feature)


def make_feature_table(
    values: Num[np.ndarray, "item feature"],
    items: Sequence[str] = (),
    features: Sequence[str] = (),
) -> FeatureTable:
    """A table from an array; names that are not given are ``item 0 ...``, ``feature 0 ...``.

    >>> table = make_feature_table(np.eye(2), items=["robin", "salmon"])
    >>> table.items, table.features
    (('robin', 'salmon'), ('feature 0', 'feature 1'))
    """
    rows, columns = np.shape(values)
    return FeatureTable(
        tuple(items) or tuple(f"item {i}" for i in range(rows)),
        tuple(features) or tuple(f"feature {i}" for i in range(columns)),
        np.asarray(values, float),
    )


def toy_table() -> FeatureTable:
    """The eight named items with ten features of the Neuromatch tutorial (-1 or +1).

    As printed there, the tuna is warm-blooded and the oak flowers.

    >>> table = toy_table()
    >>> trunk = table.values[:, table.features.index("has_trunk")]
    >>> table.values.shape, [table.items[row] for row in np.flatnonzero(trunk > 0)]
    ((8, 10), ['Pine', 'Oak'])
    """
    has = {
        "can_grow": "11111111",
        "is_mammal": "00000000",
        "has_leaves": "00001111",
        "can_move": "11110000",
        "has_trunk": "00000011",
        "can_fly": "00110000",
        "can_swim": "11000000",
        "has_stem": "00001100",
        "is_warmblooded": "01110000",
        "can_flower": "00001101",
    }
    values = 2.0 * np.array([[bit == "1" for bit in bits] for bits in has.values()]).T - 1
    return FeatureTable(TUTORIAL_ITEMS, tuple(has), values)


TUTORIAL_ITEMS = ("Goldfish", "Tuna", "Robin", "Canary", "Rose", "Daisy", "Pine", "Oak")


def _first_repeated(names: Sequence[str]) -> str | None:
    seen = set()
    return next((name for name in names if name in seen or seen.add(name)), None)


def _listed(names: Sequence[str], limit: int = 12) -> str:
    rest = f", ... ({len(names)} in all)" if len(names) > limit else ""
    return ", ".join(names[:limit]) + rest
