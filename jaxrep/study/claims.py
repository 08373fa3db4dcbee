"""Published statements beside what a run found: one kind of claim, one check, one table."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from jaxrep.study.report import Table


class Claim(NamedTuple):
    """One published number, or statement.

    Attributes:
      where: the place it is about, a run or point of a grid, as the study names it.
      quantity: what it is a number of, with its unit.
      published: the number; None of a statement in words, which `statement` has.
      spread: standard deviation over networks that was published; None where none was.
      source: where it was published: finding, figure, table.
      networks: how many networks were published; 0 unknown.
      tolerance: by how much a mean may be off where no spread was published.
      statement: in words.
    """

    where: str
    quantity: str
    published: float | None
    spread: float | None = None
    source: str = ""
    networks: int = 0
    tolerance: float | None = None
    statement: str = ""


class Checked(NamedTuple):
    """A claim beside what was found.

    Attributes:
      claim: the claim.
      mean: of the networks that are finite; NaN without any.
      deviation: their standard deviation; NaN of a single one.
      networks: how many they are.
      errors: difference of the means in standard errors, with the spread found here where none
        was published; NaN of a single network.
      holds: whether it holds; None where nothing can be said.
      found: in words, of a statement.
    """

    claim: Claim
    mean: float
    deviation: float
    networks: int
    errors: float
    holds: bool | None
    found: str = ""


STANDARD_ERRORS = 3.0
"""Means that differ by less agree."""
ROUNDING = 1e-9
"""What arithmetic leaves of means that are the same."""


def check_claim(claim: Claim, values: Float[np.ndarray, " network"]) -> Checked:
    """A published mean against the networks of a run.

    With a published spread the means agree within `STANDARD_ERRORS` of their difference (the
    spreads of both sides, by their numbers of networks); without one, within the claim's
    tolerance.

    >>> check_claim(Claim("tanh", "accuracy", 0.9, 0.1, networks=4), np.array([0.8, 1.0])).holds
    True
    >>> check_claim(Claim("tanh", "accuracy", 0.9, tolerance=0.01), np.array([0.8, 0.8])).holds
    False
    """
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    count = len(values)
    if not count or claim.published is None:
        return Checked(claim, np.nan, np.nan, count, np.nan, None)
    mean = float(values.mean())
    deviation = float(values.std(ddof=1)) if count > 1 else np.nan
    difference = abs(mean - claim.published)
    theirs = deviation if claim.spread is None else claim.spread
    error = (theirs**2 / max(claim.networks, 1) + deviation**2 / count) ** 0.5
    if not error > ROUNDING:  # networks all alike
        errors = np.nan if np.isnan(error) else (np.inf if difference > ROUNDING else 0.0)
    else:
        errors = float(difference / error)
    if claim.spread is not None:
        holds = bool(errors <= STANDARD_ERRORS)
    else:
        holds = None if claim.tolerance is None else bool(difference <= claim.tolerance)
    return Checked(claim, mean, deviation, count, errors, holds)


def mark(holds: bool | None) -> str:
    """✓, ✗, or a question mark where nothing can be said."""
    return {True: "✓", False: "✗", None: "?"}[holds]


def claims_table(
    checked: Sequence[Checked], title: str = "Published numbers, and what is found", note: str = ""
) -> Table:
    """One row per claim: published and found, with spread and number of networks.

    >>> claim = Claim("tanh", "accuracy", 0.9, 0.1, networks=4)
    >>> claims_table([check_claim(claim, np.array([0.8, 1.0]))]).rows[0]
    ['', 'tanh', 'accuracy', '0.9 ± 0.1 (4)', '0.9 ± 0.14 (2)', 0.0, '✓']
    """

    def number(mean: float | None, spread: float | None, networks: int) -> str:
        if mean is None or not np.isfinite(mean):
            return "–"
        words = f"{mean:.4g}"
        if spread is not None and np.isfinite(spread):
            words += f" ± {spread:.2g}"
        return f"{words} ({networks})" if networks else words

    rows = [
        [
            c.claim.source,
            c.claim.where,
            c.claim.quantity or c.claim.statement,
            number(c.claim.published, c.claim.spread, c.claim.networks),
            c.found or number(c.mean, c.deviation, c.networks),
            float(c.errors) if np.isfinite(c.errors) else None,
            mark(c.holds),
        ]
        for c in checked
    ]
    held = sum(c.holds is True for c in checked)
    known = sum(c.holds is not None for c in checked)
    caption = (
        f"{held} of {known} hold. Mean ± standard deviation (number of networks); difference of "
        f"the means in standard errors, which may be {STANDARD_ERRORS:g}; without a published "
        f"spread a tolerance decides. {note}"
    )
    columns = ["source", "where", "quantity", "published", "found", "standard errors", "holds"]
    return Table(title, columns, rows, caption.strip())


def claims_summary(checked: Sequence[Checked]) -> Mapping[str, int]:
    """How many claims there are, and how many hold.

    >>> claim = Claim("tanh", "accuracy", 0.9, 0.1, networks=4)
    >>> claims_summary([check_claim(claim, np.array([0.8, 1.0]))])
    {'claims': 1, 'claims_held': 1}
    """
    return {
        "claims": sum(c.holds is not None for c in checked),
        "claims_held": sum(c.holds is True for c in checked),
    }
