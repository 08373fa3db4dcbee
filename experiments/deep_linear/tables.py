"""The tables and key figures of deep_linear."""

import numpy as np

from jaxrep.analysis.modes import learnable_modes, mode_names
from jaxrep.study import figure_key, median_by_point
from jaxrep.study.report import Table

from .shown import Shown, data_set_of, points, population_of


def mode_table(shown: Shown) -> Table:
    """One row per mode and grid point."""
    flat, rows = shown.flat, []
    indices = data_set_of(shown.replicas, shown.data)
    for name, replicas in points(shown):
        modes = shown.modes[replicas[0]]
        population = population_of(shown, int(indices[replicas[0]]))
        names = mode_names(modes.v, shown.data.tables[0].items, len(modes.strength))
        for mode in learnable_modes(modes.strength):
            words = names[mode]
            found = flat.transition.values[replicas, mode]
            predicted = float(flat.predicted_transition.values[replicas[0], mode])
            some = np.isfinite(found).any()
            rows.append(
                [
                    f"{mode + 1}",
                    words,
                    *([name] if name else []),
                    float(modes.strength[mode]),
                    None if population is None else float(population[mode]),
                    predicted if np.isfinite(predicted) else None,
                    float(np.nanmedian(found)) if some else None,
                    f"{np.nanmin(found):.1f}\u00a0–\u00a0{np.nanmax(found):.1f}"
                    if some
                    else "not learned",
                ]
            )
    columns = ["mode", "tells apart", *(["networks"] if shown.points[0].name else [])]
    columns += ["singular value", "in the population", "predicted step", "measured step", "range"]
    caption = "Step at which a mode is half learned, median and range over seeds. "
    if not shown.setting.kernel:
        caption += (
            "Predicted from scale, learning rate, sizes and singular value alone, without a free "
            "parameter. "
        )
    caption += "Modes of nearly equal strength are linear combinations of one another."
    return Table("Modes of the task and when they are learned", columns, rows, caption)


def summary(shown: Shown) -> dict[str, float]:
    """Key figures of every grid point: medians over its finite networks."""
    flat, points = shown.flat, shown.points
    with np.errstate(invalid="ignore"):
        difference = np.abs(flat.transition - flat.predicted_transition)
        deviation = np.abs(flat.mode_strength - flat.theory_mode_strength).max(("step", "mode"))
    values = {
        "median_final_loss": flat.loss.values[:, -1],
        "median_theory_deviation": (deviation / flat.task_strength.isel(mode=0)).values,
    }
    for mode in flat.mode.values:
        values[f"median_transition_step_mode_{mode}"] = flat.transition.sel(mode=mode).values
    if "similarity_to_theory" in flat:
        last = flat.isel(step=-1)
        values["median_similarity_to_theory"] = last.similarity_to_theory.values
        values["median_distance_to_theory"] = last.distance_to_theory.values
        values["median_change_of_similarity"] = last.change_of_similarity.values
        between = flat.similarity_between_seeds.values
        between = np.where(np.isfinite(between).any(1, keepdims=True), between, 0.0)
        values["median_similarity_between_seeds"] = np.nanmedian(between, 1)  # finite ones count
    figures: dict[str, float] = {
        "networks": len(shown.replicas),
        "networks_diverged": int((~shown.finite).sum()),
    }
    for point in points:
        of_modes = difference.values[point.finite]
        some = np.isfinite(of_modes).any(0) if len(of_modes) else np.zeros(0, bool)
        if some.any():
            worst = float(np.nanmedian(of_modes[:, some], 0).max())
            figures[figure_key("largest_transition_error_steps", point)] = worst
    medians = median_by_point(values, points)
    return figures | {name: value for name, value in medians.items() if np.isfinite(value)}
