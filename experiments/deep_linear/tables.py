"""The tables and key figures of deep_linear."""

import numpy as np
import xarray

from jaxrep.engine import Replicas, join_replicas
from jaxrep.report import Table

from .shown import Shown, data_set_of, learnable, mode_names, points, population_strengths


def mode_table(shown: Shown) -> Table:
    """One row per mode and grid point."""
    flat, rows = shown.flat, []
    indices = data_set_of(shown.replicas, shown.data)
    for name, replicas in points(shown):
        modes = shown.modes[replicas[0]]
        population = population_strengths(shown, indices[replicas[0]])
        names = mode_names(modes, shown.data.tables[0].items)
        for mode in learnable(modes):
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
    columns = ["mode", "tells apart", *(["network"] if points(shown)[0][0] else [])]
    columns += ["singular value", "in the population", "predicted step", "measured step", "range"]
    caption = (
        "Step at which a mode is half learned, median and range over seeds. Predicted from "
        "scale, learning rate, sizes and singular value alone, without a free parameter. "
        "Modes of nearly equal strength are linear combinations of one another."
    )
    return Table("Modes of the task and when they are learned", columns, rows, caption)


def summary(results: xarray.Dataset, replicas: Replicas) -> dict[str, float]:
    """Key figures: medians over networks."""
    flat = join_replicas(results, list(replicas.coordinates))
    final = flat.loss.values[:, -1]
    found = {
        "networks": len(replicas),
        "networks_diverged": int((~np.isfinite(final)).sum()),
        "median_final_loss": float(np.median(final)),
    }
    with np.errstate(invalid="ignore"):
        difference = np.abs(flat.transition - flat.predicted_transition)
        deviation = np.abs(flat.mode_strength - flat.theory_mode_strength).max(("step", "mode"))
        relative = deviation / flat.task_strength.isel(mode=0)
    if np.isfinite(difference).any():
        found["largest_transition_error_steps"] = float(np.nanmax(difference.median("replica")))
    found["median_theory_deviation"] = float(relative.median())
    for mode in flat.mode.values:
        steps = flat.transition.sel(mode=mode).values
        if np.isfinite(steps).any():
            found[f"median_transition_step_mode_{mode}"] = float(np.nanmedian(steps))
    if "similarity_to_theory" in flat:
        last = flat.isel(step=-1)
        found["median_similarity_to_theory"] = float(last.similarity_to_theory.median())
        found["median_distance_to_theory"] = float(last.distance_to_theory.median())
        found["median_similarity_between_seeds"] = float(flat.similarity_between_seeds.median())
        found["median_change_of_similarity"] = float(flat.change_of_similarity.median())
    return found
