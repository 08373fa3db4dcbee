"""Irreps or cosets, on the page: a table, a figure and the sentences of the answer."""

from collections.abc import Iterator, Sequence

import numpy as np
import xarray

from jaxrep.analysis.coset_concentration import CONCENTRATED
from jaxrep.analysis.neuron_explanations import EXPLANATIONS
from jaxrep.plots import group_composition as plots
from jaxrep.plots.style import panel_grid
from jaxrep.study import GridPoint, figure_per_point
from jaxrep.study.page_types import Figure, PageFigure, Table, Verdict, median_range

from .measures import joined

PUBLISHED = (
    "published (Stander et al. 2024): cosets; of the 50 published networks on S5, 98.5 % of the "
    "5,905 live neurons are on cosets for both factors"
)
_CLAIMS = {"on_cosets": "on cosets", "in_irrep": "in one irrep"}
_WORDS = (
    f"Live neurons: what they look up for both factors varies. A description holds where it has "
    f"more than {100 * CONCENTRATED:.0f} % of the variance of both; of two that hold the one with "
    "fewer numbers is counted: d²/w for an irrep of dimension d and type w, n/|K| - 1 for the "
    "cosets of a subgroup K, and either where these are equal (sign and the even elements)."
)


def has_neurons(results: xarray.Dataset) -> bool:
    """Whether the subgroups were listed, so that there is something to say of cosets."""
    return "final_share_by_cosets" in results


def explanation_table(results: xarray.Dataset, names: Sequence[str]) -> list[Table]:
    """One row per network: what explains its neurons, with the nulls."""
    if not has_neurons(results):
        return []
    flat = joined(results)
    columns = {
        "by cosets, %": "by_cosets",
        "by chance": "by_cosets_chance",
        "by an irrep": "by_irrep",
        "either": "by_either",
        "neither": "by_neither",
        "on cosets": "on_cosets",
        "chance given irreps": "on_cosets_chance",
        "cosets untrained": "on_cosets_initial",
        "conjugate": "conjugate",
        "wrong side": "on_wrong_side",
        "in one irrep": "in_irrep",
        "chance given cosets": "in_irrep_chance",
        "irrep untrained": "in_irrep_initial",
    }
    rows = []
    for index, name in enumerate(names):
        network = flat.isel(replica=index)
        shares = [_percent(float(network[f"final_share_{key}"])) for key in columns.values()]
        rows.append([name, int(network.final_live_neurons), *shares, _orders(network)])
    caption = (
        f"{_WORDS} On cosets: constant on the cosets of a subgroup that is not trivial, Kx for the "
        "left factor and xK for the right one; conjugate: of conjugate subgroups; wrong side: the "
        "left factor on xK. Chance: of random functions in the irrep that each neuron lies in most "
        "(for cosets), or constant on its cosets (for an irrep). Orders: elements of the largest "
        "such subgroup for the left factor, and neurons. Of a transformer's neurons it is the mean "
        "activation given one factor: a nonlinearity keeps cosets and mixes irreps, to the "
        "advantage of cosets."
    )
    heads = ["network", "live neurons", *columns, "orders: neurons"]
    return [Table("Irreps or cosets?", heads, rows, caption)]


def explanation_verdicts(results: xarray.Dataset) -> list[Verdict]:
    """What explains the neurons of networks that generalise better, and is it more than chance."""
    if not has_neurons(results):
        return []
    living = _living(joined(results))
    own = living.isel(replica=np.flatnonzero(living.final_generalises.values))
    if not own.sizes["replica"]:
        return []

    def share(name: str) -> np.ndarray:
        return 100 * own[f"final_share_{name}"].values

    cosets, chance, irreps = share("by_cosets"), share("by_cosets_chance"), share("by_irrep")
    beyond = np.median(cosets - chance)
    better = "cosets" if beyond > np.median(irreps) else "irreps"
    words = {
        "cosets": "Cosets explain their neurons better than irreps",
        "irreps": "Irreps explain their neurons better than cosets",
    }
    text = (
        f"{words[better]}: the shortest description of a live neuron is a function of cosets for "
        f"{median_range(cosets, 0)} % (random functions of the same irreps "
        f"{median_range(chance, 0)} %), an irrep for {median_range(irreps, 0)} %, either for "
        f"{median_range(share('by_either'), 0)} %, none for {median_range(share('by_neither'), 0)} "
        f"% ({len(cosets)} network{'s' if len(cosets) > 1 else ''})."
    )
    lines = [Verdict(text, better == "cosets", PUBLISHED)]
    text = (
        f"Constant on cosets for both factors are {median_range(share('on_cosets'), 0)} % "
        f"({median_range(share('on_cosets_chance'), 0)} % by chance, given their irreps), in one "
        f"irrep {median_range(share('in_irrep'), 0)} % "
        f"({median_range(share('in_irrep_chance'), 0)} % by chance, given their cosets)."
    )
    return [*lines, Verdict(text)]


def draw_explanations(results: xarray.Dataset, points: Sequence[GridPoint]) -> Iterator[PageFigure]:
    """What describes the neurons of each grid point; nothing where none are live."""
    if not has_neurons(results):
        return
    flat = joined(results)
    living = np.flatnonzero(flat.final_live_neurons.values > 0)
    shown = [point._replace(finite=np.intersect1d(point.finite, living)) for point in points]
    if any(len(point.finite) for point in shown):
        yield figure_per_point(
            shown,
            lambda point: explanation_figure(
                flat.isel(replica=point.finite), point.title if len(points) > 1 else ""
            ),
        )


def explanation_figure(flat: xarray.Dataset, which: str = "") -> Figure:
    """Shares of neurons by description, each claim with its nulls, and orders of the subgroups.

    `flat` is of networks with live neurons, ``[replica, ...]``; `which` says of which.
    """

    def shares(names: Sequence[str]) -> np.ndarray:
        return np.stack([flat[f"final_share_{name}"].values for name in names], 1)

    figure, grid = panel_grid(1, 3, 4.2, 3.9)
    left, middle, right = grid.flat
    plots.draw_bars(
        left, {"networks": shares([f"by_{w}" for w in EXPLANATIONS])}, EXPLANATIONS, _SHARE
    )
    left.set_title("shortest description", fontsize=10)
    claims = {"networks": shares(list(_CLAIMS))}
    claims["by chance, given the other"] = shares([f"{claim}_chance" for claim in _CLAIMS])
    untrained = shares([f"{claim}_initial" for claim in _CLAIMS])
    if np.isfinite(untrained).any():
        claims["before training"] = untrained
    plots.draw_bars(middle, claims, list(_CLAIMS.values()), _SHARE)
    middle.set_title("both claims, and their nulls", fontsize=10)
    orders = flat.final_neuron_left_order.values
    live = flat.final_neuron_live.values.astype(bool)
    present = np.unique(orders[live]).astype(int)
    count = np.maximum(live.sum(1), 1)
    of_order = np.stack([((orders == o) & live).sum(1) / count for o in present], 1)
    plots.draw_bars(right, {"networks": of_order}, [str(o) for o in present], _SHARE)
    right.set_title("constant on the cosets of a subgroup", fontsize=10)
    right.set_xlabel("order of the largest one (elements)")
    for axes in (left, middle, right):
        axes.set_ylim(0, 1.3)  # room for the legend
        axes.set_yticks(np.linspace(0, 1, 6))
        if axes is not middle:
            axes.get_legend().remove()
    networks = flat.sizes["replica"]
    title = f"{which}. " if which else ""
    return Figure(
        "neurons",
        "Irreps or cosets: what describes a neuron",
        f"{title}{_WORDS} Middle: by chance means random functions of the same irreps (for "
        "cosets), or of the same cosets (for an irrep). Bars: median over "
        f"{networks} network{'s' if networks > 1 else ''}; whiskers: minimum to maximum.",
        figure,
    )


_SHARE = "share of live neurons"


def _living(flat: xarray.Dataset) -> xarray.Dataset:
    """The networks that did not diverge and have neurons that are live."""
    chosen = flat.final_live_neurons.values > 0
    if "finite" in flat:
        chosen = chosen & flat.finite.values.astype(bool)
    return flat.isel(replica=np.flatnonzero(chosen))


def _percent(share: float) -> float | None:
    return round(100 * share, 1) if np.isfinite(share) else None


def _orders(network: xarray.Dataset) -> str:
    live = network.final_neuron_live.values.astype(bool)
    orders = network.final_neuron_left_order.values[live].astype(int)
    values, counts = np.unique(orders, return_counts=True)
    pairs = sorted(zip(counts, values, strict=True), reverse=True)
    return ", ".join(f"{order}: {count}" for count, order in pairs)
