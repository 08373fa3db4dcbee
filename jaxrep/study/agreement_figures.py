"""The figure of an ensemble: agreement over training, between layers, and a map of networks."""

import numpy as np

from jaxrep.analysis.ensembles import across_networks, network_map, pair_values
from jaxrep.analysis.representation_measures import measure_named
from jaxrep.plots.ensembles import draw_agreement, draw_network_map, draw_similarity
from jaxrep.plots.style import colour_of, panels
from jaxrep.study.ensembles import Agreeing
from jaxrep.study.report import Figure
from jaxrep.study.words import layer_words

BOUNDED = {"debiased_cka", "linear_cka", "rbf_cka", "debiased_rbf_cka", "cca", "cca_squared"}
"""Measures whose colours run from 0 to 1, so that maps can be compared."""


def words_of(measure: str) -> str:
    """A measure's name as it is read.

    >>> words_of("debiased_cka"), words_of("angular"), words_of("rsa_tau_a")
    ('debiased CKA', 'angular (rad)', 'RSA tau a')
    """
    unit = " (rad)" if measure.endswith(("angular", "angle")) else ""
    upper = {"cka", "rbf", "cca", "rsa", "svcca", "pwcca"}
    parts = [part.upper() if part in upper else part for part in measure.split("_")]
    return " ".join(parts) + unit


def agreement_figure(point: Agreeing, title: str, name: str = "seeds") -> Figure:
    """When networks agree, when each is what it will be, layers against layers, the networks.

    Args:
      point: two networks or more.
      title: of the figure.
      name: of its file.
    """
    ensemble, names, words = point.ensemble, list(point.layers), words_of(point.measure)
    said = [layer_words(layer) for layer in names]
    figure, (curves, own, heat, where) = panels(4, 5, 4, columns=2)
    for index, found in enumerate(point.layers.values()):
        chance = (found.chance, found.chance_deviation) if index == 0 else None
        between = pair_values(found.between).T
        draw_agreement(
            curves, ensemble.steps, between, said[index], colour_of(index), chance=chance
        )
        draw_agreement(own, ensemble.steps, found.to_last.T, said[index], colour_of(index))
    curves.set(ylabel=f"{words} of two seeds", title="when do the seeds agree?")
    own.set(ylabel=f"{words} with the own end", title="when is a network what it will be?")
    curves.legend(loc="best")
    middle, spread = across_networks(point.across)
    limits = (0, 1) if point.measure in BOUNDED else None
    draw_similarity(heat, middle, said, said, words, limits=limits, spread=spread)
    heat.set_title("layers of two seeds: median ± half the range")
    inner = names[-2] if len(names) > 1 else names[0]
    values = ensemble.layers[inner]
    flat = values.reshape(-1, *values.shape[2:])
    varying = np.ptp(flat, axis=1).max(-1) > 0
    if varying.sum() > 2:
        metric = point.measure if measure_named(point.measure).metric else "cka_angle"
        places = np.full((len(flat), 2), np.nan)
        places[varying], share = network_map(flat[varying], metric)
        places = places.reshape(*values.shape[:2], 2)
        colours = [colour_of(i) for i in range(len(places))]
        unit = "rad" if metric.endswith(("angular", "angle")) else "units of the layer"
        draw_network_map(where, places, ensemble.steps, unit, names=ensemble.names, colours=colours)
        where.set_title(f"{layer_words(inner)}: networks by {words_of(metric)}, {share:.0%} shown")
    else:
        where.axis("off")
    count = len(ensemble.seeds)
    caption = (
        f"{count} networks ({ensemble.point.title}), {count * (count - 1) // 2} pairs, on "
        f"{ensemble.samples}. Lines: median, bands: smallest to largest; grey: samples of "
        f"{said[0]} paired at random, two standard deviations of one pair. The map goes from "
        "circles (first step kept) to discs (last); numbers are seeds."
    )
    return Figure(name, title, caption, figure)
