"""Words and numbers of a drawing as Plotly takes them: simple formulas as HTML, rounded lists."""

import html
import math
import re
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.colors import to_rgba


class NotTranslated(ValueError):
    """A drawing has something that Plotly would show otherwise, or not at all."""


DIGITS = 5
"""Significant ones of a number; more where values differ in later ones."""
_SIGNS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eta": "η",
    "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "phi": "φ", "chi": "χ", "omega": "ω", "Delta": "Δ", "Sigma": "Σ", "times": "×",
    "cdot": "·", "leq": "≤", "geq": "≥", "infty": "∞", "pm": "±", "to": "→", "approx": "≈",
    "xi": "ξ", "le": "≤", "ge": "≥", "propto": "∝", "ell": "ℓ", "circ": "°", "sim": "~",
}  # fmt: skip
_LEVELS = re.compile(r"([\^_])(?:\{([^{}]*)\}|([^{}\s]))")


def words_html(words: str) -> str:
    """Words with Matplotlib's formulas as the HTML that Plotly knows.

    >>> words_html("$\\\\mathdefault{10^{-2}}$"), words_html("R² < 1, $I_x$")
    ('10<sup>-2</sup>', 'R² &lt; 1, I<sub>x</sub>')

    Raises:
      NotTranslated: a formula has more than signs, raised and lowered parts.
    """
    parts = re.split(r"(?<!\\)\$", words)
    if len(parts) % 2 == 0:
        raise NotTranslated(f"a formula does not end: {words}")
    plain = [_escaped(part.replace("\\$", "$")) for part in parts]
    plain[1::2] = [_formula(part) for part in parts[1::2]]
    return "".join(plain)


def _escaped(words: str) -> str:
    return html.escape(words, quote=False).replace("\n", "<br>")


def _formula(formula: str) -> str:
    text = re.sub(r"\\(?:mathdefault|mathrm|mathit|mathbf|text|mathregular)(?=\{)", "", formula)
    text = re.sub(r"\\([A-Za-z]+)\s*", lambda found: _SIGNS.get(found[1], found[0]), text)
    text = _escaped(re.sub(r"\\[,;: ]", " ", text)).replace("-", "−" if "\\" in text else "-")
    tags, before = {"^": "sup", "_": "sub"}, ""
    while text != before:
        before = text

        def level(found: re.Match[str]) -> str:
            inside = found[2] if found[2] is not None else found[3]
            return f"<{tags[found[1]]}>{inside}</{tags[found[1]]}>"

        text = _LEVELS.sub(level, text)
        text = re.sub(r"(?<![\^_])\{([^{}]*)\}", r"\1", text)
    if re.search(r"[\\{}^]", text):
        raise NotTranslated(f"a formula: {formula}")
    return text


def numbers(values: Any) -> list[Any]:
    """Numbers as JSON holds them, rounded; None where there is none.

    >>> numbers([1.0, 0.123456789, float("nan"), 1000.001, 1000.002])
    [1, 0.12346, None, 1000.0, 1000.0]
    >>> numbers([1000.001, 1000.002])
    [1000.001, 1000.002]
    """
    array = np.ma.filled(np.ma.asarray(values, float), np.nan).ravel()
    return list(_rounded(array.tobytes()))


@lru_cache(maxsize=512)  # frames of a movie have most of their curves in common
def _rounded(float64: bytes) -> tuple[Any, ...]:
    array = np.frombuffer(float64)
    finite = array[np.isfinite(array)]
    digits = DIGITS
    if len(finite) and (span := np.ptp(finite)) > 0:
        digits += min(4, max(0, int(np.ceil(np.log10(np.abs(finite).max() / span)))))
    return tuple(_number(value, digits) for value in array.tolist())


def _number(value: float, digits: int) -> Any:
    if not math.isfinite(value):
        return None
    if value == int(value) and abs(value) < 1e7:
        return int(value)
    return float(f"{value:.{digits}g}")


def css(colour: Any, alpha: float | None = None) -> str:
    """A colour of Matplotlib's as a browser's.

    >>> css("red"), css("red", 0.5), css("none")
    ('#ff0000', 'rgba(255,0,0,0.5)', 'rgba(0,0,0,0)')
    """
    red, green, blue, opaque = to_rgba(colour, alpha)
    parts = [round(255 * part) for part in (red, green, blue)]
    if opaque == 1:
        return "#{:02x}{:02x}{:02x}".format(*parts)
    return "rgba({},{},{},{:.3g})".format(*parts, opaque)


def solid(colour: Any) -> str:
    """A colour without its transparency, by which curves and their bands are known as one.

    >>> solid((1.0, 0.0, 0.0, 0.2))
    '#ff0000'
    """
    return css(to_rgba(colour)[:3])
