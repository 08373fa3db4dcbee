"""Words for what is swept and for key figures: pages say them, files keep the identifiers."""

import re

WORDS = {
    "alpha": "output scale {}",
    "balance": "balance λ {}",
    "bits": "{} bits",
    "contexts": "{} contexts",
    "data_seed": "data set {}",
    "flip": "flip probability {}",
    "freedom": "{} degrees of freedom",
    "max_norm": "norm at most {}",
    "negative": "lower class {}",
    "positive": "higher class {}",
    "signal": "signal-to-noise ratio {}",
    "scale": "initial scale {}",
}
"""Hyper-parameter -> what is said of a value; of others the name without underscores is."""
VALUES = {
    ("bits", "0"): "real numbers",
    ("clone", "0"): "the inputs themselves",
    ("clone", "1"): "Gaussian clone",
    ("contexts", "1"): "1 context",
    ("max_norm", "0"): "norm not limited",
    ("signal", "0"): "noise only",
}
"""Values that mean something else than a number."""
ABBREVIATIONS = {"cka": "CKA", "ipr": "IPR"}
_ASSIGNED = re.compile(r"(?:^|(?<=\s))([A-Za-z_]\w*)=")
_KEY = re.compile(r"(.*?)\[(.*)\]")


def in_words(text: str) -> str:
    """The name of a network, grid point or run of a sweep in words; other text as it is.

    >>> in_words("gain=100.0 clone=1"), in_words("learning_rate=1e-05 seed=3")
    ('gain 100, Gaussian clone', 'learning rate 1e-5, seed 3')
    >>> in_words("tanh bits=8"), in_words("square loss")
    ('tanh, 8 bits', 'square loss')
    """
    start, *assigned = _ASSIGNED.split(text)
    pairs = zip(assigned[::2], assigned[1::2], strict=True)
    said = [start.strip(), *(_value_words(name, value.strip()) for name, value in pairs)]
    return ", ".join(filter(None, said)) if assigned else text


def figure_words(key: str) -> str:
    """The name of a key figure, as `jaxrep.study.figure_key` makes it, in words.

    >>> figure_words("median_final_loss[scale=0.001 learning_rate=1.0]")
    'median final loss (initial scale 0.001, learning rate 1)'
    >>> figure_words("seed_cka_hidden")
    'seed CKA hidden'
    """
    pointed = _KEY.fullmatch(key)
    name, point = pointed.groups() if pointed else (key, "")
    words = " ".join(ABBREVIATIONS.get(word, word) for word in re.split(r"[_ ]+", name))
    return f"{words} ({in_words(point)})" if point else words


def layer_words(name: str) -> str:
    """The name of a layer in words.

    >>> layer_words("hidden_1"), layer_words("output")
    ('hidden 1', 'output')
    """
    return name.replace("_", " ")


class FigureKey(str):
    """The name of a key figure in a table: a page says it in words, and the name on hover."""


def _value_words(name: str, value: str) -> str:
    value = _number_words(value)
    if (name, value) in VALUES:
        return VALUES[name, value]
    plain = name.replace("_", " ")
    if value in ("True", "False", ""):
        return f"{plain}: {'yes' if value == 'True' else 'no' if value else 'none'}"
    return WORDS.get(name, f"{plain} {{}}").format(value)


def _number_words(value: str) -> str:
    """A number without digits that say nothing; anything else as it is.

    >>> [_number_words(value) for value in ("100.0", "0.1", "1e-05", "2021", "S4", "nan")]
    ['100', '0.1', '1e-5', '2021', 'S4', 'nan']
    """
    try:
        number = float(value)
    except ValueError:
        return value
    if re.fullmatch(r"[+-]?\d+", value):
        return value
    return re.sub(r"e([+-])0*", lambda match: f"e{match[1].strip('+')}", f"{number:.6g}")
