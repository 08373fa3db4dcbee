"""Checks of configurations, one wording for all studies.

Each names the field, its value and what is allowed, as an `InputError` that knows the field.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from jaxrep.engine.memory import main_memory, size_words
from jaxrep.errors import InputError


def _values(config: Any, name: str) -> list:
    value = getattr(config, name)
    return list(value) if isinstance(value, tuple) else [value]


def _shown(config: Any, name: str) -> Any:
    value = getattr(config, name)
    return list(value) if isinstance(value, tuple) else value


def check_given(config: Any, *names: str) -> None:
    """A swept field has at least one value.

    Raises:
      InputError: it has none.

    >>> from types import SimpleNamespace as Config
    >>> check_given(Config(gain=(1.0, 3.0)), "gain")
    >>> check_given(Config(gain=()), "gain")
    Traceback (most recent call last):
        ...
    jaxrep.errors.InputError: gain: none given; at least 1 is needed
    """
    for name in names:
        if not _values(config, name):
            raise InputError(f"{name}: none given; at least 1 is needed")


def check_least(config: Any, **bounds: float | int) -> None:
    """Fields (each of their values) are at least so much, and finite.

    Raises:
      InputError: one is not.

    >>> from jaxrep.study.configuration import Replication
    >>> check_least(Replication(seeds=0), seeds=1)
    Traceback (most recent call last):
    jaxrep.errors.InputError: seeds: 0 given; at least 1 is needed
    """
    for name, bound in bounds.items():
        check_given(config, name)
        if not all(bound <= value < math.inf for value in _values(config, name)):
            raise InputError(f"{name}: {_shown(config, name)} given; at least {bound} is needed")


def check_positive(config: Any, *names: str) -> None:
    """Fields (each of their values) are positive and finite.

    Raises:
      InputError: one is not.

    >>> from types import SimpleNamespace as Config
    >>> check_positive(Config(gain=(1.0, -3.0)), "gain")
    Traceback (most recent call last):
        ...
    jaxrep.errors.InputError: gain: [1.0, -3.0] given; above 0 and finite is needed
    """
    for name in names:
        check_given(config, name)
        if not all(0 < value < math.inf for value in _values(config, name)):
            raise InputError(f"{name}: {_shown(config, name)} given; above 0 and finite is needed")


def check_finite(config: Any, *names: str) -> None:
    """Fields (each of their values) are finite.

    Raises:
      InputError: one is not.

    >>> from types import SimpleNamespace as Config
    >>> check_finite(Config(gain=math.inf), "gain")
    Traceback (most recent call last):
        ...
    jaxrep.errors.InputError: gain: inf given; finite numbers are needed
    """
    for name in names:
        check_given(config, name)
        if not all(math.isfinite(value) for value in _values(config, name)):
            raise InputError(f"{name}: {_shown(config, name)} given; finite numbers are needed")


def check_memory(config: Any, **needed: int) -> None:
    """What is made of fields fits into the memory that is free, before it is made.

    Args:
      config: configuration.
      needed: bytes of the arrays that the field of that name asks for.

    Raises:
      InputError: one does not.

    >>> from types import SimpleNamespace as Config
    >>> check_memory(Config(views=10), views=10 * 4096)
    >>> check_memory(Config(views=10**12), views=10**12 * 4096)
    Traceback (most recent call last):
        ...
    jaxrep.errors.InputError: views: 1000000000000 given, of which arrays take 3.6 PiB; ... are free
    """
    free = main_memory()
    for name, size in needed.items():
        if size > free:
            raise InputError(
                f"{name}: {_shown(config, name)} given, of which arrays take {size_words(size)}; "
                f"{size_words(free)} are free"
            )


def check_known(config: Any, name: str, allowed: Iterable[str]) -> None:
    """A field (each of its values) is one of the names that are allowed.

    Raises:
      InputError: it is not, or there is none.

    >>> from types import SimpleNamespace as Config
    >>> check_known(Config(model="cnn"), "model", ["mlp", "bilinear"])
    Traceback (most recent call last):
        ...
    jaxrep.errors.InputError: model: 'cnn' is not known; allowed are mlp, bilinear
    """
    check_given(config, name)
    allowed = tuple(allowed)
    for value in _values(config, name):
        if value not in allowed:
            raise InputError(f"{name}: {value!r} is not known; allowed are {', '.join(allowed)}")


def check_layers(config: Any, name: str, units: Sequence[int]) -> None:
    """Every layer has a unit.

    Raises:
      InputError: one has none.

    >>> check_layers(None, "widths", [10, 0])
    Traceback (most recent call last):
        ...
    jaxrep.errors.InputError: widths: [10, 0] has a layer without units
    """
    if not all(count >= 1 for count in units):
        raise InputError(f"{name}: {list(units)} has a layer without units")
