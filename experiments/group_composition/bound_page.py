"""Bi-equivariance and the accuracy it proves, on the page: a table and a sentence."""

from collections.abc import Sequence

import numpy as np
import xarray

from jaxrep.study.report import Table, Verdict, median_range

from .measures import joined

ENOUGH = 0.95
"""Accuracy that a bound has to prove to be counted (Wu et al. 2024)."""
PUBLISHED = (
    f"the 50 published networks on S5: at least {ENOUGH:g} certified in 50, by size alone in 41, "
    "bi-equivariant .978 (.587 to .998); Wu et al. (2024) bound 45 % of theirs by a shorter check"
)


def bound_table(results: xarray.Dataset, names: Sequence[str]) -> Table:
    """One row per network: bi-equivariant share of its logits, its nulls, and what it proves."""
    flat = joined(results)
    columns = {
        "bi-equivariant": "bi_equivariant",
        "memorised": "bi_equivariant_memorised",
        "untrained": "bi_equivariant_initial",
        "in irreps": "percent_logits_explained",
        "margin": "bi_equivariant_margin",
        "test accuracy": "test_acc",
        "certified": "certified_accuracy",
        "certified by size": "certified_by_size",
        "rank one, a": "rank_one_left",
        "rank one, b": "rank_one_right",
        "rank one, read-out": "rank_one_readout",
        "by chance": "rank_one_chance",
        "vectors agree": "rank_one_agreement",
    }
    rows = []
    for index, name in enumerate(names):
        network = flat.isel(replica=index)
        values = [network.get(f"final_{column}", np.nan) for column in columns.values()]
        rows.append([name, *(float(v) if np.isfinite(v) else None for v in values)])
    caption = (
        "Bi-equivariant: share of the squared norm of the centred logits that depends on "
        "a⁻¹cb⁻¹ alone, as those of a network of rho-sets do; memorised: of a memory of the "
        "training set, its share of the products; in irreps: the part of it that the characters "
        "make. Margin: of that part, between the right answer and the next (logits); not above 0 "
        "where it proves nothing. Certified: products that it proves right whatever the rest of "
        "the logits adds to other answers, and by no more than the size of the rest. All products "
        "are looked at for it: it scores the explanation, and is no shorter proof. Rank one: "
        "share of the squared coefficients in its main irrep that one rank explains, of what a "
        "neuron looks up for a and b and of its read-out, median over live neurons whose irrep is "
        "of real type and has several dimensions; by chance: of random coefficients; agree: |cos| "
        "of the vectors that a rho-set has in common. A member of a rho-set has 1 everywhere."
    )
    return Table("Bi-equivariance and the accuracy it proves", ["network", *columns], rows, caption)


def bound_verdict(own: xarray.Dataset) -> list[Verdict]:
    """What bi-equivariance proves of networks that generalise.

    Args:
      own: of them alone, ``replica`` in front.
    """
    if "final_certified_accuracy" not in own:
        return []
    share, memory = own.final_bi_equivariant.values, own.final_bi_equivariant_memorised.values
    certified, by_size = own.final_certified_accuracy.values, own.final_certified_by_size.values
    enough, count = int((certified >= ENOUGH).sum()), len(certified)
    initial = own.final_bi_equivariant_initial.values
    untrained = (
        f", before training {median_range(initial, 3)}" if np.isfinite(initial).any() else ""
    )
    text = (
        f"Logits depend on a⁻¹cb⁻¹ alone to {median_range(share, 3)} of their squared norm (a "
        f"memory of the training set {median_range(memory, 3)}{untrained}), which proves an "
        f"accuracy of {median_range(certified, 3)}: at least {ENOUGH:g} for {enough} of {count}, "
        f"by the size of the rest alone for {int((by_size >= ENOUGH).sum())}."
    )
    return [Verdict(text, enough == count, PUBLISHED)]
