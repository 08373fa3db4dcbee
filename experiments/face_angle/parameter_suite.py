"""Codes of several parameters side by side: what is concentrated, and whose precision follows."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from jaxrep.analysis.fisher_matrix import parameter_information
from jaxrep.engine.run import Run
from jaxrep.plots.curves import draw_reference, draw_spread, draw_whiskers
from jaxrep.plots.style import Palette, panel_grid, panels
from jaxrep.study import Comparison
from jaxrep.study.report import Figure, Table, Verdict, median_range
from jaxrep.theory.efficient_coding import information_exponent

from .config import Config
from .data import parameter_values
from .findings import TOLERANCE
from .page import COLOURED, SPREAD, UNTRAINED
from .parameters import concentrated_values, curves_of, follow_densities, median_of_known
from .problem import power_of

OWN, ALL, NULL = "only this one concentrated", "all concentrated", "uniform, other seeds"
"""What exponents are of: networks in which one density is concentrated, or all, or none."""


class Side(NamedTuple):
    """One run of the page; networks that diverged are left out.

    Attributes:
      information: mean term at all points, ``[network, point, parameter, parameter]``.
      seeds: of these networks.
      errors: mean absolute errors of the parameters on test stimuli, ``[network, parameter]``.
    """

    information: np.ndarray
    seeds: np.ndarray
    errors: np.ndarray

    def curves(self, values: int) -> np.ndarray:
        """``[network, b, c, value]``: I_bb over c."""
        return curves_of(self.information, values)


def side_of(run: Run, config: Config) -> Side:
    """The first loss and learning rate of a run."""
    results = run.results
    for swept in ("power", "learning_rate"):
        if swept in results.dims:
            results = results.isel({swept: 0})
    information = results.information.transpose("seed", ...).values
    finite = np.isfinite(information).all((1, 2, 3))
    last = results.isel(step=-1)
    errors = [last[f"test_error_{name}"].values for name in config.parameters]
    return Side(information[finite], results.seed.values[finite], np.stack(errors, 1)[finite])


class Followed(NamedTuple):
    """Exponents g of ``I_bb ~ p_c^g``, each network over that of uniform values and its own seed.

    Attributes:
      own: of networks in which c alone is concentrated, ``[network, b, c]``; NaN without a run.
      together: of networks in which all are.
      null: of uniform networks over uniform ones of another seed, ``[pair, b, c]``.
    """

    own: np.ndarray
    together: np.ndarray
    null: np.ndarray


def followed(sides: Mapping[str, Side], configs: Mapping[str, Config]) -> Followed | None:
    """What the precision follows, or None without networks of uniform values."""
    plain = [k for k, c in configs.items() if not c.concentrated and c.labels == "true"]
    if not plain:
        return None
    base, even = sides[plain[0]], configs[plain[0]]
    names, values = even.parameters, even.values
    curves = base.curves(values)
    varied = [c for c in configs.values() if c.concentrated]
    if not varied or len(curves) < 2:
        return None
    density = np.broadcast_to(concentrated_values(varied[0]), (len(names), values))

    def against(side: Side, concentrated: tuple[str, ...]) -> np.ndarray:
        shared = [(i, j) for i, s in enumerate(side.seeds) for j in np.flatnonzero(base.seeds == s)]
        rows, others = np.array(shared).T
        ratio = side.curves(values)[rows] / curves[others]
        return follow_densities(ratio, density, [name in concentrated for name in names])

    own = np.full((len(curves), len(names), len(names)), np.nan)
    together = own.copy()
    for label, config in configs.items():
        if config.labels != "true" or config.parameters != names or config.values != values:
            continue
        if len(config.concentrated) == 1:
            c = names.index(config.concentrated[0])
            found = against(sides[label], config.concentrated)[:, :, c]
            own[: len(found), :, c] = found
        elif len(config.concentrated) == len(names):
            found = against(sides[label], config.concentrated)
            together[: len(found)] = found
    first, second = np.nonzero(~np.eye(len(curves), dtype=bool))
    null = follow_densities(curves[first] / curves[second], density, [True] * len(names))
    if not any(np.isfinite(exponents).any() for exponents in (own, together)):
        return None
    return Followed(own, together, null)


def compare_parameters(runs: Mapping[str, Run], configs: Mapping[str, Config]) -> Comparison:
    """Levels of all runs, what each parameter's precision follows, and their curves."""
    several = {label: config for label, config in configs.items() if len(config.parameters) > 1}
    sides = {label: side_of(runs[label], config) for label, config in several.items()}
    names = next(iter(several.values())).parameters
    same = {k: c for k, c in several.items() if c.parameters == names}
    tables, figures = _levels(sides, same), [_curves(sides, same)]
    verdicts, summary = [_null_verdict(sides, same)], {}
    exponents = followed(sides, same)
    if exponents is not None:
        theory = float(
            information_exponent(power_of(next(iter(same.values())).loss[0]), len(names))
        )
        tables.insert(0, _followed_table(exponents, names, theory))
        figures.insert(0, _followed_figure(exponents, names, theory))
        verdicts.insert(0, _followed_verdict(exponents, names, theory))
        summary = {
            f"exponent_{name}_by_{other}": float(np.median(values))
            for b, name in enumerate(names)
            for c, other in enumerate(names)
            if len(values := finite_of(exponents.own[:, b, c]))
        }
    return Comparison(tables, figures, summary, [v for v in verdicts if v is not None])


def finite_of(values: np.ndarray) -> np.ndarray:
    """Those that are finite."""
    return values[np.isfinite(values)]


def _followed_verdict(found: Followed, names: tuple[str, ...], theory: float) -> Verdict:
    """Does each precision follow its own density, or the joint one?"""
    count = range(len(names))
    middle = median_of_known(found.own, 0)
    beyond = _beyond(found.own, found.null)
    inside = np.eye(len(names), dtype=bool)
    own = [f"{name} {median_range(found.own[:, a, a])}" for a, name in enumerate(names)]
    others = [
        f"{names[b]} by {names[c]}'s {middle[b, c]:.2f}" for c in count for b in count if b != c
    ]
    text = (
        "Where values of one parameter are shown more often, information about that parameter "
        f"rises with its density's power g: {', '.join(own)}. Of the other densities: "
        f"{', '.join(others)}. For {int(beyond[inside].sum())} of {len(names)} own densities and "
        f"{int(beyond[~inside].sum())} of {int((~inside).sum())} others all seeds lie beyond what "
        "uniform networks of other seeds show; "
        f"{_seeds(found.own)} seeds, each over the uniform network of its seed."
    )
    if np.isfinite(found.together).all(1).any():
        both = [f"{name} {median_range(found.together[:, a, a])}" for a, name in enumerate(names)]
        text += f" With all concentrated, of its own density: {', '.join(both)}."
    joint = bool((np.abs(middle - theory) <= TOLERANCE).all())
    if joint:
        text += " So each precision follows the joint density."
    elif beyond[~inside].any():
        text += " So the precision follows neither each density alone nor the joint one evenly."
    elif beyond[inside].any():
        text += " So each precision follows its own density and no other."
    compared = (
        f"a fixed integral of sqrt(det I) asks for {theory:.2f} of the joint density in all, "
        f"within {TOLERANCE:g}"
    )
    return Verdict(text, joint, compared)


def _beyond(exponents: np.ndarray, null: np.ndarray) -> np.ndarray:
    """``[b, c]``: whether all networks lie above, or all below, all that the null shows."""
    known = exponents[np.isfinite(exponents).all((1, 2))]
    if not len(known):
        return np.zeros(null.shape[1:], bool)
    return (known.min(0) > null.max(0)) | (known.max(0) < null.min(0))


def _seeds(exponents: np.ndarray) -> int:
    return int(np.isfinite(exponents).any((1, 2)).sum())


def _null_verdict(sides: Mapping[str, Side], configs: Mapping[str, Config]) -> Verdict | None:
    """Networks that learned nothing, beside those of uniform values."""
    shuffled = [k for k, c in configs.items() if c.labels == "shuffled"]
    plain = [k for k, c in configs.items() if not c.concentrated and c.labels == "true"]
    if not shuffled or not plain:
        return None
    names = configs[plain[0]].parameters
    root = {k: _root(sides[k]) for k in (shuffled[0], plain[0])}
    each = [
        f"{name} {median_range(root[plain[0]][:, a], 1)} against "
        f"{median_range(root[shuffled[0]][:, a], 1)}"
        for a, name in enumerate(names)
    ]
    return Verdict(
        "sqrt(I) per half range of networks trained on true labels against shuffled ones: "
        f"{'; '.join(each)}; {len(sides[plain[0]].seeds)} seeds."
    )


def _root(side: Side) -> np.ndarray:
    """``[network, parameter]``: root of the mean information."""
    known = np.diagonal(side.information, axis1=-2, axis2=-1).mean(1)
    return np.sqrt(np.maximum(known, 0))


def _followed_table(found: Followed, names: tuple[str, ...], theory: float) -> Table:
    rows = []
    for label, exponents in zip((OWN, ALL, NULL), found, strict=True):
        for b, name in enumerate(names):
            cells = [
                median_range(exponents[:, b, c]) if np.isfinite(exponents[:, b, c]).any() else None
                for c in range(len(names))
            ]
            rows.append([label, name, *cells])
    return Table(
        "What does each precision follow?",
        ["networks", "information about", *(f"g by the density of {name}" for name in names)],
        rows,
        "I_bb ~ p_c^g over the values of c where p_c exceeds a tenth of its greatest value, each "
        "network over the uniform one of its seed; median over seeds (minimum to maximum). A code "
        "that follows each density for itself has numbers on the diagonal alone; one that follows "
        f"the joint density the same everywhere, {theory:.2f} if the integral of sqrt(det I) is "
        "given.",
    )


def _levels(sides: Mapping[str, Side], configs: Mapping[str, Config]) -> list[Table]:
    """Two tables, as one does not fit a page: precision, then what is lost and errors."""
    names = next(iter(configs.values())).parameters
    precision, losses = [], []
    for label in configs:
        side, at = sides[label], parameter_information(sides[label].information)
        root = _root(side)
        volume = median_of_known(at.volume, 1)
        lost = 100 * median_of_known(1 - at.unknown / at.known, 1)
        precision.append(
            [
                label,
                *(median_range(root[:, a], 1) for a in range(len(names))),
                median_range(volume, 0),
            ]
        )
        losses.append(
            [
                label,
                *(median_range(lost[:, a], 1) for a in range(len(names))),
                *(median_range(side.errors[:, a], 3) for a in range(len(names))),
            ]
        )
    return [
        Table(
            "Precision, run by run",
            ["run", *(f"sqrt(I) of {name} (1/half range)" for name in names), "sqrt(det I)"],
            precision,
            "Training faces, the same combinations of values for all runs. Median over seeds "
            "(minimum to maximum).",
        ),
        Table(
            "What is lost where the others are unknown, and errors",
            [
                "run",
                *(f"{name}: lost (%)" for name in names),
                *(f"{name}: error (half ranges)" for name in names),
            ],
            losses,
            "Share of I_aa that is lost where the other parameters are unknown, 1 - 1/([I^-1]_aa "
            "I_aa), as above; test errors on stimuli of each run's own densities. Median over "
            "seeds (minimum to maximum).",
        ),
    ]


def _curves(sides: Mapping[str, Side], configs: Mapping[str, Config]) -> Figure:
    """The root of I_aa over the values of a, run by run."""
    first = next(iter(configs.values()))
    names, palette = first.parameters, Palette(list(configs), COLOURED)
    figure, grid = panels(len(names), 4.6, 3.6, columns=len(names))
    for a, (axes, name) in enumerate(zip(grid, names, strict=True)):
        for label, config in configs.items():
            values = parameter_values(config)
            root = np.sqrt(np.maximum(sides[label].curves(config.values)[:, a, a], 0))
            draw_spread(axes, values, root, label, palette[label], faint=False)
        axes.set(xlabel=f"{name} (half ranges)", ylabel=f"sqrt(I) of {name} (1/half range)")
        axes.set_ylim(0, None)
    grid[0].legend(fontsize=7)
    words = f"Information about each parameter over its own values, the others known. {SPREAD}"
    return Figure("parameter_curves", "Precision of each parameter, run by run", words, figure)


def _followed_figure(found: Followed, names: tuple[str, ...], theory: float) -> Figure:
    palette = Palette([OWN, ALL, NULL], (*COLOURED[:2], UNTRAINED))
    figure, grid = panel_grid(1, len(names), 3.9, 3.6)
    finite = finite_of(np.concatenate([x.ravel() for x in found]))
    limits = min(-0.1, 1.1 * finite.min()), 1.1 * max(theory, finite.max())
    for c, axes in enumerate(grid[0]):
        pairs = zip((NULL, OWN, ALL), (found.null, found.own, found.together), strict=True)
        for place, (label, exponents) in enumerate(pairs):
            shown = {"shift": 0.14 * (place - 1), "faint": True}
            draw_whiskers(axes, list(names), exponents[:, :, c], label, palette[label], **shown)
        axes.axhline(0, color="0.7", lw=0.8)
        draw_reference(axes, theory, "theory, joint density")
        axes.set(xlabel="information about", ylabel=f"g by the density of {names[c]}", ylim=limits)
        axes.set_title(f"{names[c]}: some values shown more often", fontsize=9)
    grid[0, 0].legend(fontsize=7)
    return Figure(
        "followed",
        "Does each precision follow its own density?",
        "I_bb ~ p_c^g, each network over the uniform one of its seed. Points: median over seeds; "
        "whiskers: minimum to maximum; dots: seeds. Grey: uniform networks over those of another "
        "seed. Dashed: what minimises the loss if the integral of sqrt(det I) is given.",
        figure,
    )
