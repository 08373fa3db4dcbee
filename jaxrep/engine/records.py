"""Records: what was measured and kept so far, on the host, with its labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import jax
import numpy as np
from jaxtyping import PyTree

if TYPE_CHECKING:
    import xarray

_VALUES, _STEPS = "measured/", "measured_steps"
_KEPT, _KEPT_STEPS = "kept/", "kept_steps"


@dataclass
class Records:
    """Measurements ``name -> [replica, step, ...]`` and snapshots ``leaf -> [replica, step, ...]``.

    A `Records` holds any stretch of training; stretches are added one behind the other.
    """

    steps: list[int] = field(default_factory=list)
    values: dict[str, list[np.ndarray]] = field(default_factory=dict)
    kept_steps: list[int] = field(default_factory=list)
    kept: dict[str, list[np.ndarray]] = field(default_factory=dict)

    def measured(self, steps: list[int], values: Mapping[str, np.ndarray]) -> None:
        """Add measurements ``[replica, len(steps), ...]``."""
        if steps:
            self.steps += steps
            for name, array in values.items():
                self.values.setdefault(name, []).append(array)

    def keep(self, step: int, leaves: Mapping[str, np.ndarray]) -> None:
        """Add one snapshot ``leaf -> [replica, ...]``."""
        self.kept_steps.append(step)
        for name, array in leaves.items():
            self.kept.setdefault(name, []).append(array[:, None])

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything as a flat dictionary of arrays, for a checkpoint."""
        flat = {_STEPS: np.array(self.steps, np.int64)}
        flat[_KEPT_STEPS] = np.array(self.kept_steps, np.int64)
        for prefix, stacks in ((_VALUES, self.values), (_KEPT, self.kept)):
            flat |= {prefix + name: np.concatenate(s, axis=1) for name, s in stacks.items()}
        return flat

    def add(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Add what `arrays` returned for the stretch that follows."""
        self.steps += arrays[_STEPS].tolist()
        self.kept_steps += arrays[_KEPT_STEPS].tolist()
        for prefix, stacks in ((_VALUES, self.values), (_KEPT, self.kept)):
            for name, array in arrays.items():
                if name.startswith(prefix):
                    stacks.setdefault(name.removeprefix(prefix), []).append(array)

    def snapshot(self, step: int) -> dict[str, np.ndarray]:
        """The leaves kept at `step`, ``[replica, ...]``."""
        index = self.kept_steps.index(step)
        return {name: np.concatenate(stack, axis=1)[:, index] for name, stack in self.kept.items()}

    def dataset(self, about: Mapping) -> "xarray.Dataset":
        """Labelled measurements with dimensions ``[*grid, seed, step, ...]``.

        Args:
          about: the JSON part of a checkpoint: ``replicas`` (coordinates of the leading
            dimensions), ``labels``, ``coordinates``, and ``schedule``: what it measured up to the
            step ``reached`` and is lost is NaN.
        """
        import xarray

        leading = about["replicas"]
        shape = tuple(len(values) for values in leading.values())
        variables = {}
        for name, stack in self.values.items():
            array = np.concatenate(stack, axis=1)
            label = about["labels"].get(name, {"dims": [], "unit": "1", "description": ""})
            rest = label["dims"] or [f"{name}_{i}" for i in range(array.ndim - 2)]
            variables[name] = xarray.Variable(
                (*leading, "step", *rest),
                array.reshape(*shape, *array.shape[1:]),
                {"units": label["unit"], "long_name": label["description"] or name},
            )
        coordinates = {**leading, "step": ("step", self.steps, {"units": "updates"})}
        used = {dim for variable in variables.values() for dim in variable.dims}
        coordinates |= {k: v for k, v in about["coordinates"].items() if k in used}
        dataset = xarray.Dataset(variables, coordinates)
        measured = about.get("schedule", {}).get("measure", ())
        due = [step for step in measured if step <= about.get("reached", -1)]
        if not set(due) <= set(self.steps):
            dataset = dataset.reindex(step=sorted({*due, *self.steps}))
        return dataset


def join_replicas(results: "xarray.Dataset", leading: Sequence[str]) -> "xarray.Dataset":
    """The leading dimensions (grid, seeds) joined into one, ``replica``, in front.

    >>> import xarray
    >>> results = xarray.Dataset({"loss": (("scale", "seed", "step"), np.zeros((2, 3, 5)))})
    >>> dict(join_replicas(results, ["scale", "seed"]).sizes)
    {'step': 5, 'replica': 6}
    """
    return results.stack(replica=list(leading), create_index=False).transpose("replica", ...)


def split_replicas(flat: "xarray.Dataset", leading: Mapping[str, Sequence]) -> "xarray.Dataset":
    """``replica`` split into the leading dimensions with their coordinates again.

    >>> import xarray
    >>> flat = xarray.Dataset({"loss": (("replica", "step"), np.zeros((6, 5)))})
    >>> found = split_replicas(flat, {"scale": [0.1, 1.0], "seed": [0, 1, 2]})
    >>> dict(found.loss.sizes), found.scale.values.tolist()
    ({'scale': 2, 'seed': 3, 'step': 5}, [0.1, 1.0])
    """
    import xarray

    shape = tuple(len(values) for values in leading.values())
    variables = {
        name: ((*leading, *v.dims[1:]), v.values.reshape(*shape, *v.shape[1:]), v.attrs)
        if v.dims[:1] == ("replica",)
        else v
        for name, v in flat.data_vars.items()
    }
    kept = {name: c for name, c in flat.coords.items() if "replica" not in c.dims}
    return xarray.Dataset(variables, kept | {name: list(v) for name, v in leading.items()})


def flat_names(tree: PyTree) -> dict[str, PyTree]:
    """Leaves by path, e.g. ``variables/params/W_x``, in the tree's order."""
    pairs = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {jax.tree_util.keystr(path, simple=True, separator="/"): x for path, x in pairs}
