"""Names that come again in somebody else's table: numbered, averaged, or refused."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float

from jaxrep.errors import InputError

Duplicates = Literal["number", "mean", "refuse"]


def distinct_names(
    names: Sequence[str], lines: Sequence[int], what: str, duplicates: Duplicates
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names made distinct, and a note for each that came again.

    With ``mean`` the names stay as they are: `mean_over_names` is to follow.

    >>> distinct_names(["frog", "frog"], [27, 28], "item", "number")[0]
    ('frog', 'frog (2)')

    Raises:
      InputError: a name comes again, and that is refused.
    """
    places: dict[str, list[int]] = {}
    for name, line in zip(names, lines, strict=True):
        places.setdefault(name, []).append(line)
    repeated = {name: where for name, where in places.items() if len(where) > 1}
    unit = "lines" if what == "item" else "columns"
    for name, where in repeated.items():
        if duplicates == "refuse":
            raise InputError(
                f"{what}s: {name!r} is there twice ({unit} {where[0]} and {where[1]}); names must "
                "be distinct, or duplicates number or mean"
            )
    done = "they are averaged" if duplicates == "mean" else "they are numbered"
    notes = [
        f"data: {what} {name!r} is in {unit} {', '.join(map(str, where[:6]))}"
        f"{' ...' if len(where) > 6 else ''}; {done} (duplicates {duplicates})"
        for name, where in repeated.items()
    ]
    if len(notes) > 4:
        notes = [*notes[:3], f"data: and {len(notes) - 3} more {what}s that are there twice"]
    if duplicates == "mean":
        return tuple(names), tuple(notes)
    taken, seen, found = set(names), dict.fromkeys(names, 0), []
    for name in names:
        seen[name] += 1
        new = name
        while seen[name] > 1 and new in taken:
            new = f"{name} ({seen[name]})"
            seen[name] += new in taken
        taken.add(new)
        found.append(new)
    return tuple(found), tuple(notes)


def mean_over_names(
    values: Float[np.ndarray, "row ..."], names: Sequence[str]
) -> tuple[Float[np.ndarray, "name ..."], tuple[str, ...]]:
    """Means of the rows that share a name, in the order of first appearance.

    >>> means, names = mean_over_names(np.array([1.0, 5.0, 3.0]), ["a", "b", "a"])
    >>> means.tolist()
    [2.0, 5.0]
    """
    place = {name: i for i, name in enumerate(dict.fromkeys(names))}
    group = np.array([place[name] for name in names])
    total = np.zeros((len(place), *values.shape[1:]))
    np.add.at(total, group, values)
    count = np.bincount(group).reshape(-1, *(1,) * (values.ndim - 1))
    return total / count, tuple(place)


def listed(names: Sequence[str], limit: int = 12) -> str:
    """Names for a message, not too many."""
    rest = f", ... ({len(names)} in all)" if len(names) > limit else ""
    return ", ".join(names[:limit]) + rest
