"""Whether trained codes err as an observer's law says, with its constant."""

import numpy as np

from jaxrep.study.report import Table, median_range
from jaxrep.theory.bias_law import bias_constant, fit_bias_constant

from .findings import OFTEN, Found, loss_of, theory_exponent
from .problem import power_of


def bias_table(found: Found) -> Table:
    """The fitted constant beside those of theory, loss by loss."""
    rows = []
    for point in found.points:
        fitted = [_fit(found, row) for row in point.finite]
        constants, explained = np.array(fitted).T
        exponent, power = theory_exponent(found.config, loss_of(found, point)), 2.0
        if found.config.error != "cosine":
            power = power_of(loss_of(found, point))
        known = np.isfinite(constants)
        rows.append(
            [
                point.title,
                median_range(constants[known]) if known.any() else None,
                median_range(explained[known]) if known.any() else None,
                bias_constant(exponent, power) if power else 0.0,
                bias_constant(2.0, 2.0),
                bias_constant(exponent, "likelihood"),
            ]
        )
    return Table(
        "Does the bias follow d/ds (1 / I)?",
        [
            "loss",
            "fitted c",
            "share of squared bias it explains",
            "c of code and decoder for that loss",
            "c of maximal information and mean",
            "c of greatest likelihood",
        ],
        rows,
        "bias = c d/ds (1 / I), training faces, angles that are often shown; median over seeds "
        "(minimum to maximum). Theory is for small Gaussian noise and decoders that know how often "
        "each angle comes (Wei and Stocker 2017; Morais and Pillow 2018); where little is "
        "explained, c means nothing.",
    )


def _fit(found: Found, row: int) -> tuple[float, float]:
    density = found.density[row]
    inside = found.inside & (density > OFTEN * density.max())
    information = found.information[row]
    # corrected for few faces, an information can be below 0: there is none to speak of
    information = np.where(information > 0, information, np.nan)
    bias = found.looks["train"].reading.bias[row]
    fitted = fit_bias_constant(bias, information, found.angles, inside)
    return float(fitted.constant), float(fitted.explained)
