"""Irreps or cosets: what explains every neuron of a network, with its nulls, as named arrays."""

import numpy as np
from jaxtyping import PyTree

from jaxrep.analysis.coset_concentration import CONCENTRATED, conjugate_subgroups
from jaxrep.analysis.group_microscope import Microscope
from jaxrep.analysis.neuron_explanations import EXPLANATIONS, NeuronExplanations
from jaxrep.analysis.rho_set_fits import rank_one_chance

Variables = dict[str, tuple[tuple[str, ...], np.ndarray]]
_NEURON = ("neuron",)


def neuron_variables(scope: Microscope, params: PyTree, initial: PyTree | None) -> Variables:
    """Name → dimensions and values; none where the group has too many subgroups to list.

    Shares are of the neurons that are live, with the share that is expected of random functions:
    of cosets given the irrep of each neuron, of an irrep given its cosets.

    Args:
      scope: analyses of the network.
      params: the network.
      initial: before training; None where it is not known.
    """
    if scope.lattice is None:
        return {}
    neurons = scope.explain(params)
    values = _of_neurons(scope, neurons)
    live = values["neuron_live"]
    shares = {f"share_by_{words}": neurons.explanation == k for k, words in enumerate(EXPLANATIONS)}
    shares |= {
        "share_on_cosets": values["neuron_on_cosets"],
        "share_on_cosets_chance": values["neuron_cosets_chance"],
        "share_by_cosets_chance": values["neuron_by_cosets_chance"],
        "share_on_wrong_side": neurons.control > 1,
        "share_conjugate": values["neuron_conjugate"] & values["neuron_on_cosets"],
        "share_in_irrep": neurons.irrep_share > CONCENTRATED,
        "share_in_irrep_chance": values["neuron_irrep_chance"],
    }
    scalars = {name: _mean(share, live) for name, share in shares.items()}
    scalars["live_neurons"] = float(live.sum())
    scalars |= _rho_sets(scope, params, neurons)
    before = dict.fromkeys(("share_on_cosets_initial", "share_in_irrep_initial"), np.nan)
    if initial is not None:
        untrained = scope.explain(initial)
        on_cosets = _of_neurons(scope, untrained)["neuron_on_cosets"]
        # Small initial weights are not live: what counts is that they vary.
        varies = np.isfinite(untrained.irrep_share)
        before = {
            "share_on_cosets_initial": _mean(on_cosets, varies),
            "share_in_irrep_initial": _mean(untrained.irrep_share > CONCENTRATED, varies),
        }
    scalars |= before
    named: Variables = {name: ((), np.asarray(value)) for name, value in scalars.items()}
    return named | {name: (_NEURON, array) for name, array in values.items()}


def _of_neurons(scope: Microscope, neurons: NeuronExplanations) -> dict[str, np.ndarray]:
    lattice, chance = scope.lattice, scope.chance
    assert lattice is not None
    irrep, subgroups = neurons.irrep, np.stack([neurons.left, neurons.right])
    orders = np.where(subgroups >= 0, lattice.orders[subgroups], 0)
    same = conjugate_subgroups(neurons.left, neurons.right, lattice.classes)
    # both embeddings have to, and they are independent under the null
    pure = neurons.irrep_share > CONCENTRATED
    within = chance.irrep[neurons.left] * chance.irrep[neurons.right]
    return {
        "neuron_live": neurons.live,
        "neuron_irrep": irrep,
        "neuron_irrep_share": neurons.irrep_share,
        "neuron_concentration": neurons.concentration,
        "neuron_left_order": orders[0],
        "neuron_right_order": orders[1],
        "neuron_on_cosets": orders.min(0) > 1,
        "neuron_conjugate": same,
        "neuron_explanation": neurons.explanation,
        "neuron_cosets_chance": chance.cosets[irrep] ** 2,
        # Where the irrep does not hold, cosets need not be shorter to be counted.
        "neuron_by_cosets_chance": np.where(pure, chance.shorter[irrep], chance.cosets[irrep]) ** 2,
        "neuron_irrep_chance": within.sum(1),
    }


def _rho_sets(scope: Microscope, params: PyTree, neurons: NeuronExplanations) -> dict[str, float]:
    """Medians over live neurons of what a member of a rho-set has as 1; NaN if none can be asked.

    Those can whose main irrep is of real type and has several dimensions.
    """
    fit = scope.rho_sets(params, neurons.irrep)
    asked = neurons.live & np.isfinite(fit.left) & np.isfinite(fit.readout)
    dimensions = [scope.group.irreps[number].dimension for number in neurons.irrep[asked]]
    chance = {d: rank_one_chance(d) for d in set(dimensions)}
    values = {
        "rank_one_left": fit.left[asked],
        "rank_one_right": fit.right[asked],
        "rank_one_readout": fit.readout[asked],
        "rank_one_agreement": np.minimum(fit.left_agreement, fit.right_agreement)[asked],
        "rank_one_chance": np.array([chance[d] for d in dimensions]),
    }
    return {n: float(np.median(v)) if asked.any() else np.nan for n, v in values.items()}


def _mean(share: np.ndarray, live: np.ndarray) -> float:
    return float(share[live].mean()) if live.any() else np.nan
