"""What is compared: the networks of every grid point of every run, and arrays of files."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jaxrep.analysis.spaces import reduced
from jaxrep.engine import Run
from jaxrep.errors import InputError
from jaxrep.safe_arrays import read_npz
from jaxrep.study.ensembles import Ensemble, ensembles, spread_steps
from jaxrep.study.grid import GridPoint
from jaxrep.study.words import in_words


@dataclass(frozen=True, eq=False)
class Population:
    """Networks that differ in their seed only.

    Attributes:
      label: the run and its grid point, or the file.
      ensemble: the networks.
      digest: of the samples they are looked at on, and of their names; empty of files.
      count: of those samples.
    """

    label: str
    ensemble: Ensemble
    digest: str
    count: int

    @property
    def title(self) -> str:
        """The label in words."""
        return in_words(self.label)


def run_populations(
    run: Run, label: str, rotate: bool, name: str | None, layers: Sequence[str] | None, **most: int
) -> list[Population]:
    """One for every grid point of a run with a finite network.

    Raises:
      InputError: the run is not trained, has no finite network, no such set or layer.
    """
    if not run.steps:
        raise InputError(f"sources: {run.path} has no checkpoint yet")
    found = ensembles(run, run.inside, name=name, layers=layers, rotate=rotate, least=1, **most)
    if not found:
        raise InputError(f"sources: no network of {run.path} is finite")
    inputs = run.inputs(name)
    populations = []
    for one in found:
        own = inputs
        if "seed" in inputs.dims:
            grid = tuple(run.inside.replicas.shape.values())
            own = inputs.values[np.unravel_index(int(one.point.rows[0]), grid)]
        digest = hashlib.sha256(np.ascontiguousarray(own).tobytes())
        # one-hot items and numbers of pairs are alike for other items and other groups
        digest.update("\0".join(map(str, inputs.coords.get("sample", ()))).encode())
        words = f"{label} {one.point.name}".strip()
        populations.append(Population(words, one, digest.hexdigest()[:16], len(own)))
    return populations


def file_population(
    path: Path,
    rotate: bool,
    layers: Sequence[str] | None,
    *,
    samples: int,
    networks: int,
    steps: int,
) -> Population:
    """The layers of an .npz file: ``[sample, unit]``, ``[seed, sample, unit]`` or ``[seed, step,
    sample, unit]``, all of the same samples, seeds and steps.

    Raises:
      InputError: it cannot be read, an array of another shape, or no such layer.
    """
    try:
        arrays = read_npz(path)
    except (OSError, ValueError) as error:
        raise InputError(f"sources: {path} cannot be read ({error})") from None
    if layers is not None:
        for name in layers:
            if name not in arrays:
                raise InputError(f"layers: {name!r} is not in {path}; {', '.join(arrays)} are")
        arrays = {name: arrays[name] for name in layers}
    stacks: dict[str, np.ndarray] = {}
    for name, values in arrays.items():
        if values.ndim not in (2, 3, 4) or values.dtype.kind not in "biuf" or 0 in values.shape:
            raise InputError(
                f"sources: {name} of {path} is {values.dtype} {list(values.shape)}; numbers "
                "[sample, unit], [seed, sample, unit] or [seed, step, sample, unit] are needed"
            )
        stack = values[None] if values.ndim == 2 else values
        stacks[name] = stack[:, None] if stack.ndim == 3 else stack
        first = next(iter(stacks.values()))
        if stacks[name].shape[:3] != first.shape[:3]:
            raise InputError(
                f"sources: {name} of {path} has seeds, steps, samples {stacks[name].shape[:3]}, "
                f"another layer {first.shape[:3]}"
            )
    if not stacks:
        raise InputError(f"sources: {path} holds no array")
    seeds, there, count = next(iter(stacks.values())).shape[:3]
    some = np.sort(np.random.default_rng(0).permutation(count)[:samples])
    seeds, times = min(seeds, networks), spread_steps(there, steps)
    chosen = {n: x[:seeds, times][:, :, some].astype(float) for n, x in stacks.items()}
    ensemble = Ensemble(
        GridPoint("", np.arange(seeds), np.arange(seeds)),
        list(range(seeds)),
        np.array(times),
        {n: reduced(np, x) if rotate else x for n, x in chosen.items()},
        {n: x[:, -1] for n, x in chosen.items()},
        None,
        f"{len(some)} samples of the file",
    )
    return Population(path.stem, ensemble, "", count)


def comparable(populations: Sequence[Population]) -> list[list[Population]]:
    """Populations by the samples they are looked at on; a file joins those of as many samples."""
    groups: list[list[Population]] = []
    for one in sorted(populations, key=lambda population: not population.digest):
        for group in groups:
            alike = group[0].digest == one.digest if one.digest else group[0].count == one.count
            if alike:
                group.append(one)
                break
        else:
            groups.append([one])
    return groups
