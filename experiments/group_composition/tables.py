"""The tables and key figures of group_composition."""

from collections.abc import Sequence

import numpy as np
import xarray

from jaxrep.analysis.group_metrics import first_learned
from jaxrep.analysis.group_microscope import GENERALISED, RELABELLINGS
from jaxrep.analysis.irrep_populations import IrrepPopulation, irrep_population
from jaxrep.engine import Replicas
from jaxrep.study import GridPoint, figure_key, grid_points, median_by_point
from jaxrep.study.report import Table, median_range

from .irrep_words import irrep_words
from .measures import joined

LASTING = (
    "Key irreps: the network generalises (test accuracy at least 0.99), and the similarity of its "
    "logits on the test pairs exceeds the irrep's null: three root mean squares over "
    f"{RELABELLINGS} tables with relabelled elements, and what it was before training."
)
"""What a key irrep is."""


def learned(
    similarity: np.ndarray,
    steps: np.ndarray,
    key: np.ndarray,
    names: Sequence,
    threshold: np.ndarray,
) -> str:
    """Key irreps in the order in which they passed their nulls for good, with the step.

    Args:
      similarity: ``[step, irrep]``, on the test pairs.
      steps: measured steps.
      key: the key irreps.
      names: of the irreps.
      threshold: what the similarity has to exceed, one for each irrep.
    """
    first = first_learned(similarity, steps, threshold, lasting=True)
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
    generalised = int(flat.final_generalises.values.sum())
    caption = (
        f"{len(rows)} networks, {generalised} of which generalise. {LASTING} Their order is that "
        "of the first measured step (in brackets) from which the similarity on the test pairs "
        "stays above the null; a network that does not generalise has neither. Losses in nats; "
        "from 'logits' on, fraction of the squared norm that the key irreps explain."
    )
    return Table("Key irreps", ["network", "key irreps", *columns], rows, caption)


def _key_words(one: xarray.Dataset) -> str:
    """Key irreps of a network, in the order of learning where it was watched."""
    names = np.array([irrep_words(str(irrep)) for irrep in one.irrep.values])
    key = one.final_key.values.astype(bool)
    if "finite" in one and not one.finite:
        return "diverged"
    if not one.final_generalises:
        return "none: does not generalise"
    if "test_similarity" not in one:
        return ", ".join(names[key]) or "none"
    limits = one.final_test_similarity_threshold.values
    return learned(one.test_similarity.values, one.step.values, key, list(names), limits)


def evidence_table(results: xarray.Dataset, points: Sequence[GridPoint] | None = None) -> Table:
    """Every irrep with its similarity, its nulls and the number of networks it is key in.

    A row for each irrep but the trivial one and each grid point; without points one for all.
    """
    flat = joined(results)
    chosen = {"": np.arange(flat.sizes["replica"])}
    if points is not None:
        chosen = {point.title: point.finite for point in points}
    rows = []
    for title, members in chosen.items():
        here = flat.isel(replica=members)
        own = here.isel(replica=np.flatnonzero(here.final_generalises.values))
        used = population(own)
        for r, irrep in enumerate(flat.irrep.values[1:], 1):
            names = ("test_similarity", "test_similarity_threshold", "similarity")
            names += ("similarity_memorised", "similarity_initial", "readout", "readout_initial")
            values = [_range(own[f"final_{name}"].values[:, r]) for name in names]
            counted = _counted(used, r)
            rows.append(
                [*([title] if len(chosen) > 1 else []), irrep_words(str(irrep)), *counted, *values]
            )
    columns = [
        "irrep",
        "key in",
        "95 % interval",
        "learned first",
        "place",
        "similarity, test pairs",
        "null",
        "similarity, all pairs",
    ]
    columns += ["memorised", "untrained", "ρ(ab) read, R²", "R² untrained"]
    caption = (
        f"Only networks that generalise, of {flat.sizes['replica']}; median (minimum to maximum). "
        f"{LASTING} Interval: Wilson's, of the share of networks. Learned first: networks in which "
        "no key irrep was learned earlier; place: mean place in the order of learning among the "
        "key irreps of a network. Memorised: the similarity of the training set alone, which "
        "every network has that knows it by heart. R²: least squares from the hidden layer to the "
        "entries of ρ(ab) on the training pairs, scored on the test pairs."
    )
    columns = [*(["networks"] if len(chosen) > 1 else []), *columns]
    return Table("Evidence for each irrep", columns, rows, caption)


def population(own: xarray.Dataset) -> IrrepPopulation | None:
    """Which irreps networks use, how often, and in what order where that was watched.

    Args:
      own: of networks that generalise, ``replica`` in front; None is returned if there are none.
    """
    if not own.sizes["replica"]:
        return None
    steps = None
    if "test_similarity" in own:
        limits = own.final_test_similarity_threshold.values
        both = zip(own.test_similarity.values, limits, strict=True)
        steps = [first_learned(one, own.step.values, limit, lasting=True) for one, limit in both]
    return irrep_population(own.final_key.values, None if steps is None else np.array(steps))


def _counted(used: IrrepPopulation | None, r: int) -> list[str | int | float | None]:
    """Cells of an irrep: number of networks, interval, learned first in, place in the order."""
    if used is None:
        return ["0 of 0", None, None, None]
    known = np.isfinite(used.place[r])
    return [
        f"{used.count[r]} of {used.networks}",
        f"{used.low[r]:.2f} to {used.high[r]:.2f}",
        int(used.learned_first[r]) if np.isfinite(used.place).any() else None,
        round(float(used.place[r]), 2) if known else None,
    ]


def _range(values: np.ndarray) -> str | None:
    return median_range(values, 3) if np.isfinite(values).any() else None


def irrep_table(one: xarray.Dataset, name: str) -> Table:
    """One row per irrep of a single network."""
    columns = {
        "similarity, test pairs": "test_similarity",
        "null": "test_similarity_threshold",
        "similarity": "similarity",
        "memorised": "similarity_memorised",
        "OLS coefficient": "ols_coefficient",
        "ablate ρ(ab)": "ablation_loss_xy",
        "ablate ρ(a)": "ablation_loss_x",
        "ablate ρ(b)": "ablation_loss_y",
        "cosine ρ(ab)": "recovered_cosine",
        "untrained": "recovered_cosine_initial",
        "relabelled": "recovered_cosine_shuffled",
        "R² ρ(ab)": "readout",
        "R² untrained": "readout_initial",
        "cosine unembedding": "unembedding_cosine",
        "unembedding untrained": "unembedding_cosine_initial",
        "unembedding relabelled": "unembedding_cosine_shuffled",
        "cluster a": "cluster_fraction_x",
        "cluster b": "cluster_fraction_y",
        "cluster ab": "cluster_fraction_xy",
        "cluster mean": "cluster_fraction_mean",
    }
    size = (one.final_embedding_strength > 1).sum("embedding_column").values
    rows = [
        [
            irrep_words(str(irrep)),
            int(size[r]),
            *(float(one[f"final_{c}"][r]) for c in columns.values()),
        ]
        for r, irrep in enumerate(one.irrep.values)
    ]
    caption = (
        f"Network {name}. Null: what the similarity on the test pairs has to exceed; memorised: "
        "the similarity of its training set alone. Untrained, relabelled: the number before them "
        "for the network before training and for a table with relabelled elements (an irrep of "
        "one dimension always has cosine 1). R²: read from the hidden layer, on the test pairs. "
        "Cluster: columns of the embedding of a with squared norm above 1 in "
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
        figures |= _key_figures(flat.isel(replica=point.finite), point)
    return figures | median_by_point(values, points)


def _key_figures(here: xarray.Dataset, point: GridPoint) -> dict[str, float]:
    """Of irreps that are key somewhere: in how many networks, and median number and null."""
    own = here.isel(replica=np.flatnonzero(here.final_generalises.values))
    figures = {}
    for r in np.flatnonzero(own.final_key.values.any(0)):
        name = str(own.irrep.values[r])
        values = {
            "networks_with_key": own.final_key.values[:, r].sum(),
            "test_similarity": np.median(own.final_test_similarity.values[:, r]),
            "test_similarity_null": np.median(own.final_test_similarity_threshold.values[:, r]),
            "similarity_memorised": np.median(own.final_similarity_memorised.values[:, r]),
        }
        figures |= {figure_key(f"{k}_{name}", point): float(v) for k, v in values.items()}
    return figures
