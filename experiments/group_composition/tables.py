"""The tables and key figures of group_composition."""

from collections.abc import Sequence

import numpy as np
import xarray
from jaxtyping import Bool

from jaxrep.analysis.group_metrics import first_learned
from jaxrep.engine import Replicas
from jaxrep.study import figure_key, grid_points, median_by_point
from jaxrep.study.report import Table

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
    if not one.finite:
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


def summary(results: xarray.Dataset, replicas: Replicas) -> dict[str, float]:
    """Key figures of every grid point: medians over its finite networks, and when they
    generalised."""
    flat = joined(results)
    finite = flat.finite.values.astype(bool)
    accuracy = flat.test_acc.values
    ever = accuracy >= GENERALISED
    first = np.where(ever.any(1), flat.step.values[np.argmax(ever, axis=1)], np.nan)
    values = {
        "median_generalisation_step": first,
        "median_peak_test_loss": np.nanmax(np.nan_to_num(flat.test_loss.values, nan=-1), axis=1),
    }
    values |= {
        str(name).removeprefix("final_"): variable.values
        for name, variable in flat.data_vars.items()
        if str(name).startswith("final_") and variable.dims == ("replica",)
    }
    points = grid_points(replicas, finite)
    figures: dict[str, float] = {
        "networks": len(replicas),
        "networks_diverged": int((~finite).sum()),
    }
    for point in points:
        generalised = int((accuracy[point.finite, -1] >= GENERALISED).sum())
        figures[figure_key("networks_generalised", point)] = generalised
    return figures | median_by_point(values, points)


def diverged_table(names: Sequence[str], finite: Bool[np.ndarray, " replica"]) -> Table:
    """The networks that diverged, by name."""
    words = "Their parameters are not finite; they are part of no median, figure or fit."
    rows = [[name] for name, alive in zip(names, finite, strict=True) if not alive]
    return Table("Networks that diverged", ["network"], rows, words)
