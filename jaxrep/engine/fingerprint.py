"""What a training is, in a form that can be stored and compared: its fingerprint.

Two trainings with the same fingerprint end with the same bits on the same machine and versions, so
that one may continue the other. It holds the replicas with their hyper-parameters, the problem by
the structure of its traced programs (`jaxrep.engine.structure`), the data by content, where it
started, and the versions that decide what a traced program looks like.
"""

from collections.abc import Mapping
from typing import Any

import jax
from jaxtyping import PyTree

from jaxrep.engine.provenance import writer
from jaxrep.engine.replicas import Replicas
from jaxrep.engine.structure import array_digest
from jaxrep.engine.traced import Traced

CODE = "jaxrep"
"""The part that says which jaxrep it was: a difference is told, but is no other training."""
_VERSIONS = "versions"


def fingerprint(
    replicas: Replicas, traced: Traced, shared: PyTree, initial: PyTree, precision: str
) -> dict[str, Any]:
    """The fingerprint of one training, plain values for JSON."""
    return {
        "seeds": list(replicas.seeds),
        "hyper": {
            name: [float(x) for x in replicas.grid.get(name, (value,))]
            for name, value in replicas.hyper.items()
        },
        "order of the grid": list(replicas.grid),
        "root": replicas.root,
        "precision": precision,
        "problem": traced.digest,
        "data": _content(shared),
        "initial": "drawn" if initial is None else _content(initial),
        _VERSIONS: {"jax": jax.__version__},
        CODE: writer(),
    }


def _content(tree: PyTree) -> dict[str, str]:
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {
        jax.tree_util.keystr(path, simple=True, separator="/"): array_digest(x)[:16]
        for path, x in leaves
    }


def differences(saved: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    """In words, where two fingerprints are different trainings; empty where they are the same.

    Traced programs of different versions of JAX cannot be compared, so that in this case their
    structure counts as the same.

    >>> one = {"seeds": [0, 1], "hyper": {"rate": [0.1]}, "problem": "a", "versions": {"jax": "1"}}
    >>> differences(one, {**one, "hyper": {"rate": [0.2]}})
    ['rate (0.1 there, 0.2 now)']
    """
    lines = []
    for name in sorted({*saved["hyper"], *asked["hyper"]}):
        there, now = (_value(x["hyper"].get(name)) for x in (saved, asked))
        if there != now:
            lines.append(f"{name} ({there} there, {now} now)")
    for part in ("seeds", "order of the grid", "root", "precision"):
        if saved.get(part) != asked.get(part):
            lines.append(f"{part} ({saved.get(part)} there, {asked.get(part)} now)")
    same_tracer = saved.get(_VERSIONS) == asked.get(_VERSIONS)
    if same_tracer and saved.get("problem") != asked.get("problem"):
        lines.append(
            "the problem (its model, loss, optimizer, batches or what is measured computes "
            "something else)"
        )
    for part, words in (("data", "the data"), ("initial", "the initial state")):
        there, now = saved.get(part), asked.get(part)
        if there != now:
            lines.append(words + _odd_arrays(there, now))
    return lines


def changed_code(saved: Mapping[str, Any]) -> str:
    """What has changed in the software since, in words; empty where nothing has."""
    there, now = saved.get(CODE, {}), writer()
    lines = []
    if there.get("source") != now["source"]:
        same = there.get("revision") == now["revision"]
        words = "edited since" if same else f"revision {now['revision']} now"
        lines.append(f"jaxrep: {there.get('revision', 'unknown')} then, {words}")
    version = saved.get(_VERSIONS, {}).get("jax")
    if version != jax.__version__:
        lines.append(f"jax: {version} then, {jax.__version__} now")
    return "; ".join(lines)


def _value(values: list[float] | None) -> str:
    if values is None:
        return "none"
    return repr(values[0]) if len(values) == 1 else repr(values)


def _odd_arrays(there: Any, now: Any) -> str:
    if not isinstance(there, Mapping) or not isinstance(now, Mapping):
        words = ["as drawn" if x == "drawn" else "given" for x in (there, now)]
        return f" ({words[0]} there, {words[1]} now)"
    odd = sorted(name for name in {*there, *now} if there.get(name) != now.get(name))
    names = ", ".join(name or "the array" for name in odd[:3]) + (", ..." if len(odd) > 3 else "")
    return f" ({names} {'differ' if len(odd) > 1 else 'differs'})"
