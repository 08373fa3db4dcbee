"""Lazy or rich by the balance of two layers: how far they move, the table and the verdict."""

from typing import NamedTuple

import numpy as np

from jaxrep.analysis.modes import learnable_modes
from jaxrep.study import GridPoint, figure_key
from jaxrep.study.report import Table, Verdict, median_range

from .shown import Shown

LAZY, RICH = 0.1, 0.5
"""Change of the layers' products, relative, below which they are lazy and above which rich."""
ROUNDING = 1e-12
"""Below it a distance of kernels is 0 but for rounding."""
CLOSE = 0.02
"""How near to its closed form the change of the hidden similarity has to be."""


class Moved(NamedTuple):
    """The networks of one lambda, medians over them unless ``[network]``.

    Attributes:
      balance: lambda over the strongest singular value.
      products: relative change of both layers' products, start to end, ``[network]``.
      similarity: of the hidden similarity alone, ``[network]``.
      kernel: distance of the tangent kernel, start to end, ``[network]``.
      null: distance of the start's kernel to those of other seeds' starts, ``[network]``.
      learned: whether all learn the task.
    """

    balance: float
    products: np.ndarray
    similarity: np.ndarray
    kernel: np.ndarray
    null: np.ndarray
    learned: bool

    @property
    def word(self) -> str:
        """lazy, rich or between."""
        middle = float(np.median(self.products))
        return "lazy" if middle < LAZY else "rich" if middle > RICH else "between"


def has_balance(shown: Shown) -> bool:
    """Whether lambda of the start was asked for, of networks that begin with it."""
    if shown.data.before is not None:
        return False
    return "balance" in shown.replicas.hyper and "change_of_products" in shown.results


def balance_of(shown: Shown, point: GridPoint) -> float:
    """lambda of a grid point, over the strongest singular value."""
    return float(shown.replicas.arrays()[1]["balance"][point.rows[0]])


def moved(shown: Shown) -> list[Moved]:
    """Every grid point with networks that did not diverge."""
    flat, every = shown.flat, []
    for point in shown.points:
        rows = point.finite
        if not len(rows):
            continue
        start, end = flat.loss.values[rows, 0], flat.loss.values[rows, -1]
        every.append(
            Moved(
                balance_of(shown, point),
                flat.change_of_products.values[rows],
                flat.change_of_similarity.values[rows],
                flat.kernel_distance.values[rows, -1],
                flat.kernel_of_other_seeds.values[rows],
                bool((end < 1e-3 * start).all()),
            )
        )
    return every


def balance_tables(shown: Shown) -> list[Table]:
    """How far every lambda moved, beside theory and the null."""
    if not has_balance(shown):
        return []
    flat, rows, every = shown.flat, [], iter(moved(shown))
    for point in shown.points:
        if not len(point.finite):
            continue
        one = flat.isel(replica=point.finite)
        found = next(every)
        steps, first = one.step.values, learnable_modes(shown.modes[point.rows[0]].strength)
        half = [one.transition.values[:, mode] for mode in (first[0], first[-1])]
        strongest = one.task_strength.values[:, :1, None]
        apart = np.abs(one.mode_strength.values - one.theory_mode_strength.values)
        rows.append(
            [
                point.title,
                found.word,
                median_range(found.products, 3),
                median_range(found.similarity, 3),
                f"{np.nanmedian(one.theory_change_of_similarity):.3f}",
                _small(found.kernel),
                _small(one.theory_kernel_distance.values[:, -1]),
                _small(found.null),
                median_range(_half_steps(steps, one.loss.values[:, :1] - one.loss.values), 0),
                median_range(_half_steps(steps, one.kernel_distance.values), 0),
                " / ".join(median_range(values, 0) for values in half),
                f"{np.nanmax(apart / strongest.squeeze(-1)[..., None]):.3f}",
            ]
        )
    columns = ["networks", "learn", "products change", "hidden similarity changes"]
    columns += ["closed form", "kernel moves", "exact solution", "null"]
    columns += [
        "half of the loss at step",
        "half of the kernel's way",
        "first / last mode half learned",
    ]
    columns += ["largest deviation of a mode"]
    caption = (
        "Median over seeds (minimum to maximum), start to end. Products: W1 W1' and W2' W2 "
        "together, |end - start| / |end|; hidden similarity: W1 W1' alone, with its closed form "
        "from a small start. Kernel: 1 - cosine of the tangent kernels of all outputs. Null: the "
        "same between the starts of two seeds. Deviation: of "
        "training from the exact solution of gradient flow, over the strongest singular value; "
        "the flow knows no learning rate, so that it grows with the rate's share of the edge of "
        "stability."
    )
    return [Table("Lazy or rich, by the balance of the layers", columns, rows, caption)]


def balance_verdicts(shown: Shown) -> list[Verdict]:
    """Which lambda are lazy and which rich, against what was published."""
    every = moved(shown)
    if not every:
        return []
    words = {word: [m.balance for m in every if m.word == word] for word in WORDS}
    said = "; ".join(
        f"{word} at lambda {', '.join(f'{value:g}' for value in values)}"
        for word, values in words.items()
        if values
    )
    seeds = min(len(m.products) for m in every)

    def medians(name: str) -> str:
        return ", ".join(brief(float(np.median(getattr(m, name)))) for m in every)

    text = (
        f"In units of the strongest singular value: {said}. At lambda "
        f"{', '.join(f'{m.balance:g}' for m in every)} the layers' products change by "
        f"{medians('products')} of their size (medians of {seeds} seeds), and the tangent kernel "
        f"moves by {medians('kernel')}; null, between the starts of two seeds: {medians('null')}."
    )
    items, features = shown.data.tables[0].values.shape
    lines = [Verdict(text, *_published(every, items, features))]
    flat = shown.flat
    gap = np.abs(flat.change_of_similarity - flat.theory_change_of_similarity).values
    done = np.isfinite(gap) & shown.finite & (flat.loss[:, -1] < 1e-3 * flat.loss[:, 0]).values
    if done.any():
        worst = float(gap[done].max())
        text = (
            "The hidden similarity ends where the closed form of lambda and the singular values "
            f"says: its change is off by {worst:.2g} at most, over {int(done.sum())} networks that "
            "learn the task."
        )
        lines.append(Verdict(text, worst <= CLOSE, f"within {CLOSE:g}"))
    late = [m.balance for m in every if not m.learned]
    if late:
        listed = ", ".join(f"{value:g}" for value in late)
        lines.append(Verdict(f"Not all networks at lambda {listed} have learned the task yet."))
    return lines


WORDS = ("lazy", "between", "rich")


def _published(every: list[Moved], items: int, features: int) -> tuple[bool | None, str]:
    """What large lambda of either sign should do, by the widths of the network."""
    lazy = {-1: features >= items, 1: items >= features}
    sides = {-1: "lazy" if lazy[-1] else "rich", 1: "lazy" if lazy[1] else "rich"}
    compared = (
        f"published (Dominé et al. 2024), {items} items and {features:,} features: {sides[-1]} at "
        f"large negative lambda, rich near 0, {sides[1]} at large positive lambda"
    )
    ends = {np.sign(m.balance): m for m in (every[0], every[-1]) if abs(m.balance) >= 3}
    wanted = [m.word == sides[int(sign)] for sign, m in ends.items()]
    wanted += [m.word == "rich" for m in every if m.balance == 0]
    return (all(wanted) if wanted else None), compared if wanted else ""


def balance_summary(shown: Shown) -> dict[str, float]:
    """Key figures: how far kernel and products moved."""
    if not has_balance(shown):
        return {}
    figures = {}
    for point, found in zip([p for p in shown.points if len(p.finite)], moved(shown), strict=True):
        for name in ("products", "kernel"):
            key = figure_key(f"median_change_of_{name}", point)
            figures[key] = float(np.median(getattr(found, name)))
    return figures


def _half_steps(steps: np.ndarray, rising: np.ndarray) -> np.ndarray:
    """First recorded step with half of the end's value, ``[network]``."""
    return steps[(rising >= rising[:, -1:] / 2).argmax(1)].astype(float)


def _small(values: np.ndarray) -> str:
    values = values[np.isfinite(values)]
    if not len(values):
        return "none finite"
    low, high = brief(float(values.min())), brief(float(values.max()))
    return f"{brief(float(np.median(values)))} ({low} to {high})"


def brief(value: float) -> str:
    """Two digits; what rounding leaves of 0 is 0."""
    return "0" if abs(value) < ROUNDING else f"{value:.2g}"
