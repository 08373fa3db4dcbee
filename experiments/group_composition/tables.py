"""The tables and key figures of group_composition."""

from collections.abc import Sequence

import numpy as np
import xarray

from jaxrep.analysis.group_metrics import first_learned
from jaxrep.report import Table

from .measures import joined

GENERALISED = 0.99
"""Test accuracy from which a network counts as generalising."""


def learned(similarity: np.ndarray, steps: np.ndarray, key: np.ndarray, names: Sequence) -> str:
    """Key irreps in the order in which they were learned, with the step."""
    first = first_learned(similarity, steps)
    order = sorted(np.flatnonzero(key), key=lambda r: (np.isnan(first[r]), first[r]))
    when = [f" ({int(first[r]):,})" if np.isfinite(first[r]) else "" for r in order]
    return ", ".join(names[r] + step for r, step in zip(order, when, strict=True)) or "none"


def network_table(results: xarray.Dataset, names: Sequence[str]) -> Table:
    """One row per network: key irreps and how much they explain."""
    flat = joined(results)
    columns = {
        "test loss": "test_loss",
        "test accuracy": "test_acc",
        "excluded loss": "total_hidden_excluded_loss",
        "restricted loss": "total_hidden_restricted_loss",
        "logits": "percent_logits_explained",
        "embed a": "percent_x_embed_explained",
        "embed b": "percent_y_embed_explained",
        "unembed": "percent_unembed_explained",
        "hidden": "percent_hidden_explained",
        "ρ(ab)": "percent_hidden_xy_explained",
    }
    rows = []
    for index, name in enumerate(names):
        one = flat.isel(replica=index)
        words = _key_words(one)
        rows.append([name, words, *(float(one[f"final_{c}"]) for c in columns.values())])
    caption = (
        "Key irreps (similarity above 0.005), in the order in which their similarity passed 0.05 "
        "(first measured step in brackets). Losses in nats; from 'logits' on, fraction of the "
        "squared norm that the key irreps explain."
    )
    return Table("Key irreps", ["network", "key irreps", *columns], rows, caption)


def _key_words(one: xarray.Dataset) -> str:
    """Key irreps of a network, in the order of learning where it was watched."""
    names, key = one.irrep.values, one.final_key.values.astype(bool)
    if "similarity" not in one:
        return ", ".join(names[key]) or "none"
    if not np.isfinite(one.train_loss.values[-1]):
        return "diverged"
    return learned(one.similarity.values, one.step.values, key, list(names))


def irrep_table(one: xarray.Dataset, name: str) -> Table:
    """One row per irrep of a single network."""
    columns = {
        "similarity": "similarity",
        "OLS coefficient": "ols_coefficient",
        "ablate ρ(ab)": "ablation_loss_xy",
        "ablate ρ(a)": "ablation_loss_x",
        "ablate ρ(b)": "ablation_loss_y",
        "cosine ρ(ab)": "recovered_cosine",
        "cosine unembedding": "unembedding_cosine",
        "cluster a": "cluster_fraction_x",
        "cluster b": "cluster_fraction_y",
        "cluster ab": "cluster_fraction_xy",
        "cluster mean": "cluster_fraction_mean",
    }
    size = (one.final_embedding_strength > 1).sum("embedding_column").values
    rows = [
        [str(irrep), int(size[r]), *(float(one[f"final_{c}"][r]) for c in columns.values())]
        for r, irrep in enumerate(one.irrep.values)
    ]
    caption = (
        f"Network {name}. Cluster: columns of the embedding of a with squared norm above 1 in "
        "the irrep, and the variance of these neurons in it as a function of a, of b, of ab, "
        "and their mean (not centred). Ablate: loss in nats over all pairs without that hidden "
        "direction."
    )
    return Table("Irreps of one network", ["irrep", "cluster size", *columns], rows, caption)


def summary(results: xarray.Dataset) -> dict[str, float]:
    """Key figures: medians over networks, and when they generalised."""
    flat = joined(results)
    accuracy_by_step = flat.test_acc.values
    generalised = accuracy_by_step[:, -1] >= GENERALISED
    ever = accuracy_by_step >= GENERALISED
    first = flat.step.values[np.argmax(ever, axis=1)][ever.any(1)]
    finals = [
        name
        for name, variable in flat.data_vars.items()
        if name.startswith("final_") and variable.dims == ("replica",)
    ]
    return {
        "networks": flat.sizes["replica"],
        "networks_generalised": int(generalised.sum()),
        "networks_diverged": int((~np.isfinite(flat.train_loss.values[:, -1])).sum()),
        "median_generalisation_step": float(np.median(first)) if len(first) else float("nan"),
        "median_peak_test_loss": float(np.median(np.nanmax(flat.test_loss.values, axis=1))),
        **{name.removeprefix("final_"): float(flat[name].median()) for name in finals},
    }
