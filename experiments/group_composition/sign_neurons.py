"""Neurons that depend on the signs of both factors alone: found in a network, and drawn."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, PyTree

from jaxrep.analysis.group_microscope import Microscope
from jaxrep.analysis.neurons import SignBlocks
from jaxrep.plots import group_composition as plots
from jaxrep.plots.style import panels
from jaxrep.study.page_types import Figure, median_range

BLOCKY = 0.05
"""Share of a neuron's variance inside the four blocks of signs, at most."""
LIVE = 0.05
"""Of the largest difference between blocks in the layer: neurons below it do nothing."""


class SignNeurons(NamedTuple):
    """The neurons of one network that depend on the signs of a and b alone.

    Attributes:
      neurons: their numbers, those that differ most between the blocks first.
      order: elements, the even ones first.
      activation: of the neuron with the largest difference between blocks, for a, b.
      means: of all of them in the blocks (even, even), (even, odd), (odd, even), (odd, odd).
      readout: their rows of the unembedding.
      within: share of their variance inside the blocks.
      correlation: of their read-out with the sign of the output.
    """

    neurons: Int[np.ndarray, " neuron"]
    order: Int[np.ndarray, " n"]
    activation: Float[np.ndarray, "n n"]
    means: Float[np.ndarray, "4 neuron"]
    readout: Float[np.ndarray, "neuron n"]
    within: Float[np.ndarray, " neuron"]
    correlation: Float[np.ndarray, " neuron"]


def sign_neurons(scope: Microscope, params: PyTree, blocks: SignBlocks) -> SignNeurons | None:
    """Those of a network; None where it has none, or where all elements are even."""
    signature = scope.group.signature
    height = np.ptp(blocks.means, axis=0)
    blocky = (np.asarray(blocks.within) < BLOCKY) & (height > LIVE * height.max(initial=0))
    chosen = np.flatnonzero(blocky)
    chosen = chosen[np.argsort(-height[chosen], kind="stable")]
    if not len(chosen) or (signature > 0).all():
        return None
    activation, readout = scope.some_neurons(params, chosen)
    return SignNeurons(
        chosen,
        np.argsort(-signature, kind="stable"),
        activation[..., 0],
        blocks.means[:, chosen],
        readout,
        blocks.within[chosen],
        blocks.unembed_correlation[chosen],
    )


def sign_figure(signs: SignNeurons, who: str) -> Figure:
    """One of the neurons for all pairs, all of them by blocks, and their read-out."""
    figure, (left, middle, right) = panels(3, 4.6, 4.2, columns=3)
    plots.draw_pair_activation(left, signs.activation, signs.order, "one neuron")
    plots.draw_sign_blocks(middle, signs.means)
    plots.draw_read_out(right, signs.readout, signs.order)
    left.set(xlabel="b (even elements first)", ylabel="a (even elements first)")
    right.set_xlabel("output c (even elements first)")
    count = len(signs.within)
    return Figure(
        "signs",
        "Neurons of signs: blocks, and their unembedding",
        f"{who}{count} neuron{'s' if count > 1 else ''} whose activation depends on the signs of "
        f"a and b alone: less than {BLOCKY:.0%} of the variance lies within the four blocks "
        f"({100 * np.median(signs.within):.2g} % in the median). Left: the one that differs most "
        "between them, elements sorted by sign, even ones first. Middle: mean activation of each "
        "in the blocks. Right: their rows of the unembedding; |correlation| with the sign of the "
        f"output {median_range(np.abs(signs.correlation), 4)}. Published of an S5 network: within "
        "less than 1e-6 %, correlation .9998.",
        figure,
    )
