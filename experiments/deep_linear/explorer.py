"""Modes and loss at any initial scale and rate, computed in the page, beside the trained runs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from jaxrep.analysis.modes import learnable_modes, mode_names
from jaxrep.plots.style import many_colours, panels
from jaxrep.study.report import Explorer, Slider
from jaxrep.theory.mode_dynamics import descend_modes, effective_rate, expected_start

from .shown import Shown

MOST_MODES = 8
LAYERS = 2
RATES = np.array([0.1, 0.2, 0.5, 0.8, 1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0])
"""Of the slider, in learning rates of the run."""
SCALES = np.logspace(-14, 0, 57)
# b <- b + rate b (s - b^2) for each layer of a mode: `jaxrep.theory.descend_modes` in the page.
PROGRAM = """
const [scale, rate] = values, step = rate * data.rate_of_one, all = data.strength;
const paths = all.map((strength, mode) => {
  const path = [];
  let entry = scale * Math.sqrt(data.start_of_one[mode]);
  for (let t = 0; t <= data.steps; t++) {
    path.push(Math.abs(entry) < 1e3 * Math.sqrt(all[0]) ? entry * entry : null);
    entry += step * entry * (strength - entry * entry);
  }
  return path;
});
const loss = paths[0].map((_, t) => paths.every((path) => path[t] !== null)
  ? (all.reduce((sum, s, mode) => sum + (s - paths[mode][t]) ** 2, 0) / data.entries) : null);
const steps = loss.map((_, t) => t);
const line = (x, y, name, color, more) => ({x, y, name, type: "scatter", mode: "lines",
  line: {color, width: 2, dash: more.dash}, legendgroup: name, showlegend: !more.dash,
  xaxis: more.xaxis || "x", yaxis: more.yaxis || "y",
  hovertemplate: "step %{x}: %{y:.3g}<extra>" + name + (more.dash ? ", theory" : "") + "</extra>"});
const traces = [];
data.names.forEach((name, mode) => {
  traces.push(line(data.seen_steps, data.seen[mode], name, data.colours[mode], {}));
  const relative = paths[mode].map((value) => value === null ? null : value / all[mode]);
  traces.push(line(steps, relative, name, data.colours[mode], {dash: "dash"}));
});
const right = {xaxis: "x2", yaxis: "y2"};
traces.push(line(data.seen_steps, data.seen_loss, "loss", "#222222", right));
traces.push(line(steps, loss, "loss", "#222222", {...right, dash: "dash"}));
return traces;
"""


def explorer(shown: Shown) -> Explorer | None:
    """Sliders over scale and rate; None where theory has no closed recursion for the network, or
    none of the first grid point's networks is finite."""
    if shown.setting.depth != LAYERS or not shown.points or not len(shown.points[0].finite):
        return None
    point = shown.points[0]
    rows, table, flat = point.finite, shown.data.tables[0], shown.flat
    modes = shown.modes[rows[0]]
    some = learnable_modes(modes.strength)
    _, hyper = shown.replicas.arrays()
    scale, rate = (float(hyper[name][rows[0]]) for name in ("scale", "learning_rate"))
    items, features = table.values.shape
    unit = np.asarray(
        expected_start(1.0, items, shown.setting.hidden, features, np.arange(len(some)))
    )
    one = float(effective_rate(1.0, items, features))
    steps = int(flat.step.values[-1])
    seen = np.median(flat.mode_strength.values[rows][..., some] / modes.strength[some], 0)
    loss = np.median(flat.loss.values[rows], 0)
    names = mode_names(modes.v, table.items, len(modes.strength))
    labels = [f"{mode + 1}: {names[mode]}" for mode in some[:MOST_MODES]]
    palette = many_colours(labels)
    colours = [palette[label] for label in labels]
    scales, first = _with(SCALES, scale)
    rates, second = _with(RATES * rate, rate)
    data = {
        "strength": modes.strength[some].tolist(),
        "start_of_one": unit.tolist(),
        "rate_of_one": one,
        "entries": items * features,
        "steps": steps,
        "names": labels,
        "colours": colours,
        "seen_steps": flat.step.values.tolist(),
        "seen": seen.T[:MOST_MODES].tolist(),
        "seen_loss": loss.tolist(),
    }
    axes = {"zeroline": False, "showgrid": False, "ticks": "outside", "showline": True}
    layout = {
        "margin": {"l": 60, "r": 20, "t": 20, "b": 50},
        "legend": {"orientation": "h", "y": -0.18},
        "xaxis": {**axes, "title": {"text": "step (updates)"}, "domain": [0, 0.57]},
        "yaxis": {
            **axes,
            "title": {"text": "strength / singular value"},
            "range": [-0.05, 1.3],
        },
        "xaxis2": {**axes, "title": {"text": "step (updates)"}, "domain": [0.66, 1]},
        "yaxis2": {
            **axes,
            "title": {"text": "mean squared error"},
            "type": "log",
            "anchor": "x2",
            "exponentformat": "power",
        },
        "plot_bgcolor": "#fff",
        "paper_bgcolor": "#fff",
    }
    start = scale**2 * unit
    path = np.asarray(descend_modes(start, modes.strength[some], rate * one, steps, LAYERS))
    words = f" of {point.title}" if len(shown.points) > 1 else ""
    return Explorer(
        "explorer",
        "Any scale, any rate",
        "Dashed: gradient descent of balanced, aligned layers from the mean start of random "
        "weights, computed in the page for the sliders' scale and rate (exact at any rate; "
        f"without the scatter of seeds). Solid: medians of {len(rows)} trained networks{words}, "
        f"which stay as they are (scale {scale:.3g}, learning rate {rate:.3g}). Left: modes over "
        "their singular values; right: loss. A click on a name hides it.",
        _drawing(data, path),
        [Slider("initial scale", scales, first), Slider("learning rate", rates, second)],
        PROGRAM,
        data,
        layout,
    )


def _with(values: np.ndarray, own: float) -> tuple[list[float], int]:
    """The slider's values with the run's own among them, and where that is."""
    values = np.unique(np.append(values[np.abs(values / own - 1) > 1e-6], own))
    return values.tolist(), int(np.flatnonzero(values == own)[0])


def _drawing(data: Mapping[str, Any], path: Float[np.ndarray, "step mode"]) -> Figure:
    """The same at the sliders' first values."""
    figure, (left, right) = panels(2, 5.5, 4.4)
    whole, strength = np.arange(len(path)), np.array(data["strength"])
    for mode, (label, colour) in enumerate(zip(data["names"], data["colours"], strict=True)):
        left.plot(data["seen_steps"], data["seen"][mode], color=colour, label=label)
        left.plot(whole, path[:, mode] / strength[mode], "--", color=colour, lw=1)
    left.set(xlabel="step (updates)", ylabel="strength / singular value", ylim=(-0.05, 1.3))
    left.legend(fontsize=7)
    right.plot(data["seen_steps"], data["seen_loss"], color="#222222", label="trained, median")
    theory = ((strength - path) ** 2).sum(1) / data["entries"]
    right.plot(whole, theory, "--", color="#222222", label="theory")
    right.set(xlabel="step (updates)", ylabel="mean squared error", yscale="log")
    right.legend(fontsize=8)
    return figure
