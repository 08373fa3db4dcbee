"""Somebody else's group network from a file of weights: its layout, group, order and split."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from flax import linen as nn
from jaxtyping import Float, Int

from jaxrep.errors import InputError
from jaxrep.groups import FiniteGroup, Irrep, group
from jaxrep.models.element_orders import (
    LARGEST_ORDER,
    Reading,
    answers,
    groups_of_order,
    readings,
    reordered,
    reordered_pairs,
)
from jaxrep.models.weight_files import read_weights
from jaxrep.models.weight_layouts import StudyForm, study_form

LARGEST_KNOWN = 5040
"""Elements of a group whose network is read."""
LARGEST_JSON = 10_000_000
"""Bytes of a file beside the weights that may tell their group."""
SURE = 0.9
"""Accuracy at which a group, or an order of its elements, is taken to be the network's."""
_INDICES = ("train_indices", "test_indices")


class PublishedNetwork(NamedTuple):
    """Somebody else's network.

    Attributes:
      group: the group it multiplies in.
      model: the Flax module.
      params: its parameters, float64.
      train, test: flat indices ``a n + b`` of its split; all pairs where the file has none.
      notes: one line for each thing that was decided.
    """

    group: FiniteGroup
    model: nn.Module
    params: dict[str, Float[np.ndarray, "..."]]
    train: Int[np.ndarray, " rows"]
    test: Int[np.ndarray, " others"]
    notes: tuple[str, ...] = ()


def load_network(path: str | Path, told: str | FiniteGroup = "") -> PublishedNetwork:
    """Read weights and split from a .npz or .safetensors file of any layout known (`LAYOUTS`).

    Args:
      path: arrays, and ``train_indices`` and ``test_indices`` where the split is known.
      told: its group, or the group's name; by default the ``group`` entry of the JSON file beside
        it, or the part of the file name before the first underscore, or else the one whose
        products the network has right. If the network has most of them wrong in this study's
        order of the elements and right in another, it is taken in that order.

    Raises:
      InputError: the file cannot be read, fits no layout, its group is not told and cannot be
        found out, or an array is of the wrong shape.

    >>> import tempfile
    >>> n, unit = 3, np.eye(3)
    >>> pairs = [(a, b) for a in range(n) for b in range(n)]  # a hidden unit for each
    >>> hidden = np.stack([np.concatenate([unit[a], unit[b]]) for a, b in pairs], 1)
    >>> answers = np.stack([unit[(a + b) % n] for a, b in pairs])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "C3_weights.npz")
    ...     np.savez(file, W_x=unit, W_y=unit, W=hidden, W_U=answers)
    ...     found = load_network(file)
    >>> found.group.name, type(found.model).__name__, found.params["W"].shape
    ('C3', 'OneLayerMLP', (6, 9))
    """
    path = Path(path)
    arrays = read_weights(path)
    form = study_form(path, arrays)
    notes = [f"weights: {path}: {words}" for words in form.notes]
    reading = None
    if isinstance(told, str):
        known = _known(told) if told else _guess_group(path, form.order)
    else:
        known = told
    if known is not None:
        train, test, said = _split(path, arrays, known.order)
        model, params = _fitted(path, form, known)
        if known.order <= LARGEST_ORDER:
            all_ways = readings(known, answers(model, params, known.order))
            ours = next(way for way in all_ways if _is_ours(way))
            if ours.accuracy < 0.5 and all_ways[0].accuracy >= SURE:
                reading = all_ways[0]
                notes.append(
                    f"weights: {path} multiplies in {known.name} with its elements in "
                    f"{reading.name} (accuracy {reading.accuracy:.3g}; ours {ours.accuracy:.2g})"
                )
    else:
        reading = _found_out(path, form)
        known = reading.group
        train, test, said = _split(path, arrays, known.order)
        model, params = _fitted(path, form, known)
        notes.append(
            f"weights: the group of {path} is not told; it multiplies in {known.name}, "
            f"{reading.name} (accuracy {reading.accuracy:.3g})"
        )
    if reading is not None and not _is_ours(reading):
        params = reordered(params, reading)
        train, test = (reordered_pairs(part, reading) for part in (train, test))
    notes += said
    return PublishedNetwork(
        known, model, params, train.astype(np.int32), test.astype(np.int32), tuple(notes)
    )


def load_representations(path: str | Path) -> list[Irrep]:
    """Matrices ``[n, d, d]`` by irrep name from an npz file.

    Raises:
      InputError: the file cannot be read, or an array is not a stack of square matrices.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "irreps.npz")
    ...     np.savez(file, sign=np.array([1.0, -1.0]).reshape(2, 1, 1))
    ...     [(irrep.name, irrep.matrices.ravel().tolist()) for irrep in load_representations(file)]
    [('sign', [1.0, -1.0])]
    """
    irreps = []
    for name, matrices in read_weights(path).items():
        square = matrices.ndim == 3 and matrices.shape[1] == matrices.shape[2] and matrices.size
        if not square or matrices.dtype.kind not in "fiu" or not np.isfinite(matrices).all():
            raise InputError(f"representations: {name} of {path} is not [n, d, d] numbers")
        irreps.append(Irrep(name, matrices.astype(np.float64)))
    return irreps


def _split(
    path: Path, arrays: dict[str, np.ndarray], order: int
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Training and test pairs of the file, and what there is to say."""
    every = np.arange(order**2)
    if _INDICES[0] not in arrays:
        return (
            every,
            every,
            [
                f"weights: {path} has no train_indices: figures of training and of test are both "
                f"those of all {order**2} products"
            ],
        )
    parts = {name: arrays[name] for name in _INDICES if name in arrays}
    for name, part in parts.items():
        if part.ndim != 1 or part.dtype.kind not in "iu" or not part.size:
            raise InputError(f"weights: {name} of {path} is not a list of whole numbers")
        if not 0 <= part.min() <= part.max() < order**2:
            raise InputError(f"weights: {name} of {path} are outside 0 .. {order**2 - 1}")
    train = parts[_INDICES[0]].astype(np.int64)
    test = parts.get(_INDICES[1], np.setdiff1d(every, train)).astype(np.int64)
    if not test.size:
        return train, every, [f"weights: {path} has no test pairs: all products stand for them"]
    return train, test, []


def _fitted(
    path: Path, form: StudyForm, known: FiniteGroup
) -> tuple[nn.Module, dict[str, np.ndarray]]:
    """The module for the group, and its parameters, with biases that are not there as 0."""
    model = form.make(known.order)
    shapes = _shapes(model)
    params = {name: form.params[name] for name in shapes if name in form.params}
    for name, shape in shapes.items():
        if name not in params and name.split(".")[-1].startswith("b_"):
            params[name] = np.zeros(shape)
        if name not in params or params[name].shape != shape:
            found = list(params[name].shape) if name in params else "missing"
            raise InputError(
                f"weights: {name} of {path} is {found}; {list(shape)} is needed for {known.name}"
            )
    return model, params


def _found_out(path: Path, form: StudyForm) -> Reading:
    """The group whose products the network has right.

    Raises:
      InputError: none, several, or too large a group to ask.
    """
    order = form.order
    if not 2 <= order <= LARGEST_ORDER:
        raise InputError(f"group: {path} has {order} elements; tell the group by --group")
    candidates = groups_of_order(order)
    model, params = _fitted(path, form, candidates[0])
    products = answers(model, params, order)
    best = [readings(known, products)[0] for known in candidates]
    best.sort(key=lambda reading: -reading.accuracy)
    # Two groups with one table (D3 and S3 in some order) are as good as each other.
    if best[0].accuracy < SURE:
        tried = ", ".join(f"{one.group.name} {one.accuracy:.2g}" for one in best)
        raise InputError(
            f"group: {path} has {order} elements and multiplies in no known group of that order "
            f"(accuracy {tried}); tell the group by --group"
        )
    return best[0]


def _is_ours(reading: Reading) -> bool:
    return not reading.swapped and bool((np.diff(reading.order) == 1).all())


def _guess_group(path: Path, order: int) -> FiniteGroup | None:
    """The group of the JSON file beside it, or of its name, if it has that order."""
    beside = path.with_suffix(".json")
    try:
        small = beside.stat().st_size < LARGEST_JSON
        told = json.loads(beside.read_text() if small else "")["group"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        told = path.stem.split("_")[0]
    try:
        known = _known(str(told))
    except InputError:
        return None
    return known if known.order == order else None


def _known(name: str) -> FiniteGroup:
    number = name[1:]
    if number.isdecimal() and (len(number) > 5 or int(number) > LARGEST_KNOWN):
        raise InputError(f"group: {name} is too large; at most {LARGEST_KNOWN} elements are read")
    try:
        return group(name)
    except ValueError as error:
        raise InputError(str(error)) from None


def _shapes(model: nn.Module) -> dict[str, tuple[int, ...]]:
    import jax
    import jax.numpy as jnp

    pair = jnp.zeros(1, jnp.int32)
    variables = jax.eval_shape(lambda key: model.init(key, pair, pair), jax.random.key(0))
    return {name: leaf.shape for name, leaf in variables["params"].items()}
