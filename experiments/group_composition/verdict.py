"""The answer of group_composition, from its numbers."""

import numpy as np
import xarray

from jaxrep.analysis.group_microscope import GENERALISED, RELABELLINGS
from jaxrep.study.report import Verdict, median_range

from .bound_page import bound_verdict
from .irrep_words import irrep_words
from .measures import joined
from .neuron_page import explanation_verdicts


def verdicts(results: xarray.Dataset, chance: float) -> list[Verdict]:
    """Do the networks generalise, by which irreps, and is that more than their nulls.

    Args:
      results: of the study.
      chance: accuracy of guessing, one over the order of the group.
    """
    flat = joined(results)
    finite = np.ones(flat.sizes["replica"], bool)
    if "finite" in flat:
        finite = flat.finite.values.astype(bool)
    generalises = flat.final_generalises.values.astype(bool) & finite
    count, total = int(generalises.sum()), len(finite)
    accuracy = median_range(flat.final_test_acc.values[finite], 3)
    text = (
        f"{count} of {total} networks generalise: accuracy on unseen products {accuracy}; guessing "
        f"has {chance:.3f}."
    )
    lines = [Verdict(text, count == total, f"published: all do (at least {GENERALISED:g})")]
    if not count:
        words = "What irreps these networks use cannot be said: they know their products by heart."
        return [*lines, Verdict(words)]
    own = flat.isel(replica=np.flatnonzero(generalises))
    key = own.final_key.values.astype(bool)
    names = [
        f"{irrep_words(str(irrep))} in {int(n)}"
        for irrep, n in zip(own.irrep.values, key.sum(0), strict=True)
        if n and irrep != "trivial"
    ]
    used = median_range(key.sum(1).astype(float), 0)
    text = (
        f"They use {used} irreps each ({', '.join(names) or 'none'}, of {count} networks): logits "
        f"on unseen products follow the characters by more than three times the root mean square "
        f"of {RELABELLINGS} relabelled tables."
    )
    lines.append(Verdict(text, bool(key.any(1).all()), "published: every network has key irreps"))
    logits = median_range(100 * own.final_percent_logits_explained.values, 0)
    hidden = median_range(100 * own.final_percent_hidden_explained.values, 0)
    excluded = median_range(own.final_total_hidden_excluded_loss.values, 2)
    small = own.final_total_hidden_restricted_loss.values
    restricted = f"{np.median(small):.1e} ({small.min():.1e} to {small.max():.1e})"
    lines.append(
        Verdict(
            f"Key irreps explain {logits} % of the logits and {hidden} % of the hidden layer; loss "
            f"is {excluded} nats without them in the hidden layer and {restricted} with them alone."
        )
    )
    return [*lines, *explanation_verdicts(results), *bound_verdict(own)]
