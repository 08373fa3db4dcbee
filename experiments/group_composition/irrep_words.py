"""Irreps in words: pages say them; results, summaries and options keep the names."""

import re

_DIMENSION = re.compile(r"[a-z]+\d+_(\d+d)(?:_([a-z]))?")


def irrep_words(name: str) -> str:
    """The name of an irrep as a page says it.

    >>> [irrep_words(name) for name in ("standard", "standard_sign", "s4_2d", "s5_5d_b", "freq_3")]
    ['standard', 'standard ⊗ sign', '2d', '5d b', 'frequency 3']
    """
    by_dimension = _DIMENSION.fullmatch(name)
    if by_dimension:
        return " ".join(filter(None, by_dimension.groups()))
    if name.endswith("_sign"):
        return f"{irrep_words(name.removesuffix('_sign'))} ⊗ sign"
    return re.sub("^freq ", "frequency ", name.replace("_", " "))
