"""Figures of lazy and rich learning by the balance of two layers."""

import numpy as np

from jaxrep.plots import deep_linear as plots
from jaxrep.plots.curves import colour_of, draw_spread, draw_theory
from jaxrep.plots.style import panels, steps_axis
from jaxrep.study.report import Figure

from .balance import LAZY, RICH, balance_of, moved
from .shown import Shown, spread_words
from .theory import closed_change

LEAST = 1e-8
"""Movement of a kernel from which it is drawn."""


def balance_over_training(shown: Shown) -> Figure:
    """Loss, kernel and strongest mode over training, every lambda with its exact solution."""
    flat, steps = shown.flat, shown.flat.step.values
    points = [point for point in shown.points if len(point.finite)]
    names = [f"λ = {balance_of(shown, point):g}" for point in points]
    palette = plots.balance_colours(names)
    figure, (left, middle, right) = panels(3, 5, 4.2, columns=3)
    for name, point in zip(names, points, strict=True):
        one = flat.isel(replica=point.finite)
        strongest = one.task_strength.values[:, :1]
        curves = {
            left: (one.loss, one.theory_loss),
            middle: (one.kernel_distance, one.theory_kernel_distance),
            right: (
                one.mode_strength[..., 0] / strongest,
                one.theory_mode_strength[..., 0] / strongest,
            ),
        }
        for axes, (seen, theory) in curves.items():
            draw_spread(axes, steps, seen.values, name, palette[name], faint=False)
            draw_theory(axes, steps, theory.values, None)
    for axes in (left, middle, right):
        steps_axis(axes)
        axes.plot([], [], "k--", lw=1.3, label="exact solution")
    left.set_ylabel("mean squared error")
    middle.set_ylabel("movement of the tangent kernel (1 - cosine)")
    middle.set_yscale("log")
    middle.set_ylim(LEAST, 1.5)
    right.set_ylabel("strength of the first mode / singular value")
    left.legend(fontsize=7)
    share = largest_share(shown)
    return Figure(
        "balance",
        "Lazy or rich: training from balanced layers",
        f"{spread_words(shown)} λ in units of the largest singular value. Dashed: the exact "
        "solution of gradient flow from each seed's own weights, without a free parameter; it "
        f"knows no step, and the learning rate is up to {share:.1%} of the edge of stability.",
        figure,
    )


def balance_ends(shown: Shown) -> Figure:
    """How far every lambda moved from its start."""
    every = sorted(moved(shown), key=lambda m: m.balance)
    balance = np.array([m.balance for m in every])
    figure, (left, right) = panels(2, 6, 4.2)
    quantities = {
        "products of both layers": [m.products for m in every],
        "hidden similarity": [m.similarity for m in every],
    }
    for index, (label, values) in enumerate(quantities.items()):
        plots.draw_against_balance(left, balance, _even(values), label, colour_of(index))
    fine = np.concatenate([-np.geomspace(np.abs(balance).max() or 1, 1e-2, 60), [0.0]])
    fine = np.concatenate([fine, -fine[::-1][1:]])
    left.plot(fine, closed_change(shown.modes[0], fine), "k--", lw=1.3, label="closed form of it")
    for level, words in ((LAZY, "lazy below"), (RICH, "rich above")):
        left.axhline(level, color="0.6", ls=":", lw=1)
        left.annotate(words, (balance.max(), level), fontsize=7, ha="right", va="bottom")
    left.set_ylabel("change, start to end, relative")
    kernel = {
        "start to end": [m.kernel for m in every],
        "null: two starts": [m.null for m in every],
    }
    for index, (label, values) in enumerate(kernel.items()):
        plots.draw_against_balance(right, balance, _even(values), label, colour_of(2 + index))
    # linear below what rounding leaves of 0
    right.set_yscale("symlog", linthresh=LEAST)
    right.set(ylabel="distance of tangent kernels (1 - cosine)", ylim=(0, 1.5))
    for axes in (left, right):
        axes.legend(fontsize=8)
    return Figure(
        "balance_ends",
        "Lazy or rich: how far the layers move",
        f"{spread_words(shown)} Left: change of the products of the layers; the hidden similarity "
        "with its closed form for a small start. Right: movement of the tangent kernel, beside "
        "what the starts of two seeds differ by. Where features are many more than items the "
        "hidden similarity is most of the kernel, which then says little of a start near λ = 0.",
        figure,
    )


def largest_share(shown: Shown) -> float:
    """Of the edge of stability ``P N / sqrt(lambda^2 + 4 s_1^2)`` that a learning rate has."""
    _, hyper = shown.replicas.arrays()
    strongest = np.array([one.strength[0] for one in shown.modes])
    items, features = shown.data.tables[0].values.shape
    edge = items * features / (strongest * np.hypot(hyper["balance"], 2))
    return float((hyper["learning_rate"] / edge).max())


def _even(values: list[np.ndarray]) -> np.ndarray:
    """``[balance, seed]``, NaN where networks diverged."""
    most = max(map(len, values))
    return np.stack([np.pad(x, (0, most - len(x)), constant_values=np.nan) for x in values])
