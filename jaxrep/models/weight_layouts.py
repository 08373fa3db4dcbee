"""Layouts of group networks that others have published, brought into the form of this study.

Biases that the study's MLP has not are carried exactly: one more column of its embedding, which
is 1 for every a, feeds them in.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import flax.linen as nn
import numpy as np
from jaxtyping import Float

from jaxrep.errors import InputError
from jaxrep.models.group_networks import BilinearNet, OneLayerMLP, OneLayerTransformer

Arrays = Mapping[str, np.ndarray]
_DEEPER = re.compile(r"blocks\.[1-9]|layers\.[1-9]|(^|\.)ln|W_gate")
"""Names of arrays that make another function of a network."""
_BESIDE = re.compile(r"^(train|test)_indices$|mask$|IGNORE$|\.hook_")
"""Names of arrays that are no part of a function: the split, and buffers of TransformerLens."""
_ATTENTION, _MLP = "blocks.0.attn.", "blocks.0.mlp."


class StudyForm(NamedTuple):
    """A network in the form of this study.

    Attributes:
      params: by the names of the study's modules; missing biases are 0.
      make: the module for a group of a given order.
      order: of the group, as the arrays have it.
      notes: what was done to fit it in.
    """

    params: dict[str, np.ndarray]
    make: Callable[[int], nn.Module]
    order: int
    notes: tuple[str, ...] = ()


class Layout(NamedTuple):
    """Names of arrays, and how they become the study's.

    Attributes:
      name: for messages.
      axes: required arrays, and the number of axes of each.
      read: into the study's form.
      optional: arrays that may be there, and the number of axes of each.
    """

    name: str
    axes: Mapping[str, int]
    read: Callable[[Arrays], StudyForm]
    optional: Mapping[str, int] = {}


def study_form(path: object, arrays: Arrays) -> StudyForm:
    """The study's form of arrays of any known layout.

    Raises:
      InputError: they fit none; the message lists all layouts, and what the nearest one lacks.
    """
    for layout in LAYOUTS:
        if _lacking(layout, arrays):
            continue
        further = [name for name in arrays if _DEEPER.search(name)]
        if further:
            raise InputError(
                f"weights: {path} has {further[0]}; networks of one layer, without layer norm, "
                "are read"
            )
        used = [name for name in (*layout.axes, *layout.optional) if name in arrays]
        for name in used:
            if arrays[name].dtype.kind not in "fiu" or not np.isfinite(arrays[name]).all():
                raise InputError(
                    f"weights: {name} of {path} has values that are not finite numbers"
                )
        try:
            form = layout.read({name: arrays[name].astype(np.float64) for name in used})
        except InputError as error:
            raise InputError(f"weights: {path}: {error}") from None
        rest = [name for name in arrays if name not in used and not _BESIDE.search(name)]
        if rest:
            said = f"arrays that {layout.name} has not are left out: {', '.join(rest)[:200]}"
            form = form._replace(notes=(*form.notes, said))
        return form
    nearest = min(LAYOUTS, key=lambda layout: len(_lacking(layout, arrays)) / len(layout.axes))
    known = "; ".join(f"{layout.name} ({', '.join(layout.axes)})" for layout in LAYOUTS)
    raise InputError(
        f"weights: {path} has arrays {', '.join(map(str, sorted(arrays)))[:80]}; needed are those "
        f"of {known}; the nearest is {nearest.name}, without {', '.join(_lacking(nearest, arrays))}"
    )


def fold_biases(
    tables: tuple[Float[np.ndarray, "n e"], Float[np.ndarray, "n e"]],
    weight: Float[np.ndarray, "both h"],
    unembed: Float[np.ndarray, "h n"],
    hidden_bias: Float[np.ndarray, " h"],
    output_bias: Float[np.ndarray, " n"],
) -> dict[str, np.ndarray]:
    """Parameters of `OneLayerMLP` that compute the same logits as a network with biases.

    >>> tables = np.ones((2, 1)), np.ones((2, 1))
    >>> more = fold_biases(tables, np.ones((2, 1)), np.ones((1, 2)), np.ones(1), np.arange(2.0))
    >>> more["W_x"].shape, more["W"].shape, more["W_U"].shape
    ((2, 2), (4, 2), (2, 2))

    Args:
      tables: embeddings of a and of b.
      weight: first layer, on both embeddings, one after the other.
      unembed: second layer.
      hidden_bias, output_bias: of these layers.
    """
    x, y = tables
    size, width = x.shape
    if output_bias.any():
        # A hidden unit that is always 1 carries the bias of the output.
        weight = np.hstack([weight, np.zeros((len(weight), 1))])
        unembed = np.vstack([unembed, output_bias])
        hidden_bias = np.append(hidden_bias, 1.0)
    if hidden_bias.any():
        x, y = np.hstack([x, np.ones((size, 1))]), np.hstack([y, np.zeros((size, 1))])
        weight = np.vstack(
            [weight[:width], hidden_bias, weight[width:], np.zeros_like(hidden_bias)]
        )
    return {"W_x": x, "W_y": y, "W": weight, "W_U": unembed}


def _mlp(arrays: Arrays) -> StudyForm:
    width, hidden = arrays["W_x"].shape[1], arrays["W"].shape[1]
    return StudyForm(dict(arrays), lambda n: OneLayerMLP(n, width, hidden), len(arrays["W_x"]))


def _bilinear(arrays: Arrays) -> StudyForm:
    width = arrays["W_x"].shape[1]
    return StudyForm(dict(arrays), lambda n: BilinearNet(n, width), len(arrays["W_x"]))


def _transformer(arrays: Arrays) -> StudyForm:
    heads, width, head = arrays[f"{_ATTENTION}W_Q"].shape
    mlp, params, notes = arrays[f"{_MLP}W_in"].shape[1], dict(arrays), ()
    order = len(arrays["embed.W_E"]) - 1
    if arrays["unembed.W_U"].shape[1] == order + 1:
        params["unembed.W_U"] = arrays["unembed.W_U"][:, :order]
        if "unembed.b_U" in params:
            params["unembed.b_U"] = params["unembed.b_U"][:order]
        notes = ("the logit of the token = is left out",)
    return StudyForm(
        params, lambda n: OneLayerTransformer(n, width, heads, head, mlp), order, notes
    )


def _nanda(arrays: Arrays) -> StudyForm:
    """Matrices of his own transformer are [out, in], and all heads are in one output matrix."""
    turned = {name: arrays[f"{_ATTENTION}{name}"].transpose(0, 2, 1) for name in _QKV}
    heads, width, head = turned["W_Q"].shape
    output = arrays[f"{_ATTENTION}W_O"]
    if output.shape != (width, heads * head):
        raise InputError(
            f"{_ATTENTION}W_O is {list(output.shape)}; {[width, heads * head]} is needed"
        )
    moved = {f"{_ATTENTION}{name}": values for name, values in turned.items()}
    moved[f"{_ATTENTION}W_O"] = output.reshape(width, heads, head).transpose(1, 2, 0)
    for name in ("embed.W_E", f"{_MLP}W_in", f"{_MLP}W_out"):
        moved[name] = arrays[name].T
    return _transformer({**arrays, **moved})


def _sn_grok(linear: str) -> Callable[[Arrays], StudyForm]:
    def read(arrays: Arrays) -> StudyForm:
        tables = arrays["lembed.weight"], arrays["rembed.weight"]
        weight, unembed = arrays[f"{linear}.weight"].T, arrays["unembed.weight"].T
        size, width = tables[0].shape
        hidden = weight.shape[1]
        biases = (
            arrays.get(f"{linear}.bias", np.zeros(hidden)),
            arrays.get("unembed.bias", np.zeros(size)),
        )
        found = tables[1].shape, weight.shape, unembed.shape, biases[0].shape, biases[1].shape
        wanted = (size, width), (2 * width, hidden), (hidden, size), (hidden,), (size,)
        names = ("rembed.weight", f"{linear}.weight", "unembed.weight", f"{linear}.bias")
        for name, one, other in zip((*names, "unembed.bias"), found, wanted, strict=True):
            if one != other:
                shapes = list(one[::-1]), list(other[::-1])
                if name == "rembed.weight":
                    shapes = list(one), list(other)
                raise InputError(f"{name} is {shapes[0]}; {shapes[1]} is needed")
        notes = ["the activation is taken to be relu, which the arrays do not say"]
        output = biases[1] - biases[1].mean()
        if np.abs(output).max(initial=0) < 1e-12 * max(1.0, np.abs(biases[1]).max(initial=0)):
            output = np.zeros(size)  # the same for all outputs, which no probability feels
        if biases[0].any() or output.any():
            notes.append(
                "biases are carried by one more column of W_x that is 1 for every element"
                + (", and by a hidden unit that is always 1" if output.any() else "")
            )
        params = fold_biases(tables, weight, unembed, biases[0], output)
        width, hidden = params["W_x"].shape[1], params["W"].shape[1]
        return StudyForm(params, lambda n: OneLayerMLP(n, width, hidden), size, tuple(notes))

    return read


def _lacking(layout: Layout, arrays: Arrays) -> list[str]:
    """What a layout needs and the arrays have not, or with other axes."""
    lacking = [
        f"{name} of {axes} axes" if name in arrays else name
        for name, axes in layout.axes.items()
        if name not in arrays or arrays[name].ndim != axes or not arrays[name].size
    ]
    return lacking + [
        f"{name} of {axes} axes"
        for name, axes in layout.optional.items()
        if name in arrays and arrays[name].ndim != axes
    ]


_QKV = ("W_Q", "W_K", "W_V")
_OF_TRANSFORMER = {
    "embed.W_E": 2,
    "pos_embed.W_pos": 2,
    **{f"{_ATTENTION}{name}": 3 for name in _QKV},
    f"{_ATTENTION}W_O": 3,
    f"{_MLP}W_in": 2,
    f"{_MLP}W_out": 2,
    "unembed.W_U": 2,
}
_BIASES = {
    **{f"{_ATTENTION}b_{name}": 2 for name in "QKV"},
    f"{_ATTENTION}b_O": 1,
    f"{_MLP}b_in": 1,
    f"{_MLP}b_out": 1,
    "unembed.b_U": 1,
}


def _of_sn_grok(linear: str) -> Layout:
    names = ("lembed.weight", "rembed.weight", f"{linear}.weight", "unembed.weight")
    return Layout(
        f"sn-grok's MLP with {linear}",
        dict.fromkeys(names, 2),
        _sn_grok(linear),
        {f"{linear}.bias": 1, "unembed.bias": 1},
    )


LAYOUTS = (
    Layout("the MLP", {"W_x": 2, "W_y": 2, "W": 2, "W_U": 2}, _mlp),
    Layout("the bilinear net", {"W_x": 2, "W_y": 2, "W_U": 2}, _bilinear),
    Layout("the transformer (TransformerLens)", _OF_TRANSFORMER, _transformer, _BIASES),
    Layout(
        "Nanda's own transformer",
        {**_OF_TRANSFORMER, f"{_ATTENTION}W_O": 2},
        _nanda,
        {name: 1 for name in _BIASES if not name.startswith(_ATTENTION)},
    ),
    _of_sn_grok("linear"),
    _of_sn_grok("mlp.layers.0"),
)
"""In the order they are tried.

The study's own: Chughtai, Chan and Nanda (2023). Nanda's transformer of modular addition: Nanda et
al., "Progress measures for grokking via mechanistic interpretability" (2023). sn-grok: Stander et
al., "Grokking group multiplication with cosets" (2024), github.com/dashstander/sn-grok.
"""
