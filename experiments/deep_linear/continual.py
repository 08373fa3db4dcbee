"""The page on a task that is learned after another one: times, forgetting, the verdict."""

import numpy as np

from jaxrep.plots.curves import colour_of, draw_spread, draw_theory
from jaxrep.plots.deep_linear import balance_colours, draw_against_balance
from jaxrep.plots.style import panels, steps_axis
from jaxrep.study import GridPoint
from jaxrep.study.report import Figure, Table, Verdict, median_range

from .shown import Shown, spread_words

CLOSE = 0.05
"""Share of the closed form's time by which a median may differ from it: the flow knows no step."""
SAME = 1e-3
"""Share of the forgetting that theory says by which the loss on the first task may differ."""


def has_second_task(shown: Shown) -> bool:
    """Whether training went on from given weights, of two linear layers."""
    return shown.data.before is not None and "closed_transition" in shown.results


def _alive(shown: Shown) -> list[GridPoint]:
    return [point for point in shown.points if len(point.finite)]


def asked_mode(shown: Shown) -> int:
    """The strongest mode that is not half learned at the start; the first where all are."""
    steps = np.nanmedian(np.nan_to_num(shown.flat.transition.values, nan=np.inf), 0)
    return int(np.argmax(steps > 0))


def continual_tables(shown: Shown) -> list[Table]:
    """Half times of the first mode, measured and in theory; what is forgotten."""
    if not has_second_task(shown):
        return []
    rows, mode = [], asked_mode(shown)
    for point in _alive(shown):
        one = shown.flat.isel(replica=point.finite)
        row = [point.title, f"{np.median(one.start_balance):.3g}"]
        for name in ("transition", "closed_transition", "first_transition"):
            row.append(median_range(getattr(one, name).values[:, mode], 0))
        ratio = one.transition.values[:, mode] / one.first_transition.values[:, mode]
        row.append(median_range(ratio))
        if "loss_on_first" in one:
            row += [median_range(one.loss_on_first.values[:, -1], 4)]
            row += [f"{np.median(one.theory_loss_on_first):.4f}"]
        else:
            row += ["-", "-"]
        rows.append(row)
    columns = [
        "networks",
        "lambda at the start",
        f"mode {mode + 1} half learned at step",
        "closed form",
    ]
    columns += ["null: in the first task", "second / first task", "loss on the first task, end"]
    columns += ["theory"]
    caption = (
        "Median over seeds (minimum to maximum). Steps from the start of this task; lambda over "
        "the largest singular value, as the weights of the start have it. Closed form: gradient "
        "flow of one aligned mode from its strength at the start, no free parameter; none where "
        "the start is not aligned with the task. The null is how long the same networks took from "
        "their own start. Once the second task is learned the loss on the first is |Y1 - Y2|^2 "
        "over their entries, whatever the network."
    )
    return [Table("The second task, and what is left of the first", columns, rows, caption)]


def continual_verdicts(shown: Shown) -> list[Verdict]:
    """How long the second task takes, against the closed form, and what is forgotten."""
    flat, lines = shown.flat, []
    alive = _alive(shown)
    if not alive:
        return []
    seeds = min(len(point.finite) for point in alive)
    words, gaps, mode = [], [], asked_mode(shown)
    for point in alive:
        one = flat.isel(replica=point.finite)
        middle, closed, first = (
            _median(getattr(one, name).values[:, mode])
            for name in ("transition", "closed_transition", "first_transition")
        )
        if not np.isfinite(middle):
            words.append(f"never at lambda {np.median(one.start_balance):.2g}")
            continue
        beside = f" ({first:.0f} in the first task)" if np.isfinite(first) else ""
        words.append(f"{middle:.0f} at lambda {np.median(one.start_balance):.2g}{beside}")
        if np.isfinite(closed):
            gaps.append(abs(middle - closed) / closed)
    text = (
        f"Mode {mode + 1} of the second task is half learned at step {', '.join(words)}: "
        f"medians of {seeds} seeds, lambda over the largest singular value; null: the first task."
    )
    compared = f"the closed form of one mode, within {CLOSE:.0%}"
    if gaps:
        text += f" The closed form is off by {max(gaps):.1%} at most."
        lines.append(Verdict(text, max(gaps) <= CLOSE, compared))
    else:
        lines.append(Verdict(text))
    if "loss_on_first" in flat:
        end, theory = flat.loss_on_first.values[:, -1], flat.theory_loss_on_first.values
        learned = (flat.loss.values[:, -1] < SAME * theory) & shown.finite & np.isfinite(end)
        if learned.any():
            worst = float(np.abs(end / theory - 1)[learned].max())
            text = (
                f"Once the second task is learned the loss on the first is "
                f"{np.median(end[learned]):.4f} ({int(learned.sum())} networks), whatever lambda; "
                f"the difference of the two tasks is {np.median(theory[learned]):.4f}."
            )
            lines.append(Verdict(text, worst <= SAME, f"equal, within {SAME:g} of it"))
    return lines


def _median(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def continual_figure(shown: Shown) -> Figure:
    """Losses on both tasks and one mode over training; half times against lambda."""
    flat, steps, alive = shown.flat, shown.flat.step.values, _alive(shown)
    balance = np.array([_median(flat.start_balance.values[point.finite]) for point in alive])
    order, mode = np.argsort(balance), asked_mode(shown)
    names = [f"λ = {balance[index]:.2g}" for index in order]
    palette = balance_colours(names)
    figure, (left, middle, right) = panels(3, 5, 4.2, columns=3)
    for name, index in zip(names, order, strict=True):
        one = flat.isel(replica=alive[index].finite)
        draw_spread(left, steps, one.loss.values, name, palette[name], faint=False)
        draw_theory(left, steps, one.theory_loss.values, None)
        if "loss_on_first" in one:
            first = one.loss_on_first.values
            draw_spread(left, steps, first, None, palette[name], faint=False, line_style=":")
        own = one.task_strength.values[:, mode, None]
        relative = one.mode_strength.values[..., mode] / own
        draw_spread(middle, steps, relative, name, palette[name], faint=False)
        draw_theory(middle, steps, one.theory_mode_strength.values[..., mode] / own, None)
    left.plot([], [], "k--", lw=1.3, label="exact solution")
    left.plot([], [], "k:", lw=1.3, label="on the first task")
    for axes in (left, middle):
        steps_axis(axes)
    left.set_ylabel("mean squared error")
    left.legend(fontsize=7)
    middle.set_ylabel(f"strength of mode {mode + 1} / singular value")
    middle.axhline(0, color="0.8", lw=0.8, zorder=0)
    kinds = ("transition", "first_transition")
    for index, (kind, words) in enumerate(zip(kinds, ("second task", "first task"), strict=True)):
        times = [getattr(flat, kind).values[alive[at].finite, mode] for at in order]
        most = max(map(len, times))
        stacked = np.stack([np.pad(x, (0, most - len(x)), constant_values=np.nan) for x in times])
        draw_against_balance(right, balance[order], stacked, words, colour_of(index))
    closed = [_median(flat.closed_transition.values[alive[at].finite, mode]) for at in order]
    right.plot(balance[order], closed, "k--", lw=1.3, label="closed form")
    right.set_yscale("log")
    right.set_ylabel(f"mode {mode + 1} half learned (updates)")
    right.legend(fontsize=8)
    return Figure(
        "second_task",
        "One task after the other",
        f"{spread_words(shown)} Step 0 is the end of the first task. λ over the largest singular "
        "value, of the weights there. Dashed: exact solution of gradient flow from each seed's "
        "weights, where they are balanced; right: closed form of one aligned mode. Between the "
        "tasks a reversed mode passes through 0, a saddle that λ frees it from.",
        figure,
    )
