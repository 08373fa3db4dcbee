"""Analysis of somebody else's group networks: ``--weights FILE.npz``, or a folder of them."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray

from jaxrep.analysis.group_metrics import published_names
from jaxrep.analysis.group_microscope import Microscope
from jaxrep.errors import InputError
from jaxrep.groups import FiniteGroup
from jaxrep.models.group_networks import weight_norm
from jaxrep.models.published_weights import PublishedNetwork, load_network, load_representations

from .config import Config
from .measures import Exemplar, dataset, exemplar, look_at
from .problem import group_of

WEIGHTS = (".npz", ".safetensors")
"""Files of a folder that are read."""


class Loaded(NamedTuple):
    """A network of a file, and its group with the representations to analyse it by."""

    name: str
    network: PublishedNetwork
    group: FiniteGroup


def load(config: Config) -> list[Loaded]:
    """The network of the file, or those of all files of the folder, in the order of their names.

    Raises:
      InputError: no file can be read, or those of a folder differ in group or shape.
    """
    folder = Path(config.weights)
    files = [folder]
    if folder.is_dir():
        files = sorted(file for file in folder.iterdir() if file.suffix in WEIGHTS)
        if not files:
            raise InputError(f"weights: {folder} has no {' or '.join(WEIGHTS)} file")
    told = group_of(config) if config.table else config.group
    loaded = [_one(file, told, config) for file in files]
    first = loaded[0]
    for other in loaded[1:]:
        if (mine := _kind(other)) != (theirs := _kind(first)):
            raise InputError(
                f"weights: {other.name} is {mine} and {first.name} {theirs}; networks of one "
                "folder are of one group and shape"
            )
    return loaded


def _one(file: Path, told: str | FiniteGroup, config: Config) -> Loaded:
    network = load_network(file, told)
    if not config.representations:
        return Loaded(file.stem, network, network.group)
    replacements = load_representations(config.representations)
    for irrep in replacements:
        fits = len(irrep.matrices) == network.group.order
        if not fits or irrep.name not in network.group.irrep_names:
            raise InputError(
                f"representations: {irrep.name} {list(irrep.matrices.shape)} does not fit "
                f"{network.group.name}; names are {', '.join(network.group.irrep_names)}"
            )
    return Loaded(file.stem, network, network.group.with_matrices(replacements))


def _kind(loaded: Loaded) -> str:
    network = loaded.network
    shapes = ", ".join(f"{name} {list(x.shape)}" for name, x in sorted(network.params.items()))
    return f"{loaded.group.name} ({shapes})"


def notes_of(config: Config) -> list[str]:
    """What had to be decided about the files of weights, a line each."""
    if not config.weights:
        return []
    return [note for loaded in load(config) for note in loaded.network.notes]


def labelled_weights(
    config: Config,
) -> tuple[xarray.Dataset, dict[str, float], list[Exemplar], list[str]]:
    """Metrics of the networks, key figures, a portrait of the one with least test loss, names.

    Key figures of one network have the published names and count the published key irreps, the
    rest those that exceed their nulls; of several they are numbers of networks.
    """
    loaded = load(config)
    names = [one.name for one in loaded]
    scope = Microscope(loaded[0].network.model, loaded[0].group)
    networks = [one.network for one in loaded]
    looked = [look_at(scope, net.params, None, net.train, net.test) for net in networks]
    irreps = scope.group.irrep_names
    leading = {"seed": [0]} if len(names) == 1 else {"network": names}
    results = dataset(looked, leading, irreps, scope.shares)
    best = int(np.argmin([look.metrics.test_loss for look in looked]))
    if len(names) == 1:
        net = networks[0]
        published = scope.measure(net.params, net.train, net.test)
        figures = published_names(published, irreps, float(weight_norm(net.params)))
    else:
        key = np.array([look.evidence.key for look in looked])
        able = sum(look.evidence.generalises for look in looked)
        figures = {"networks": len(names), "networks_generalised": able}
        counts = zip(irreps, key.sum(0), strict=True)
        figures |= {f"networks_with_key_{name}": int(count) for name, count in counts if count}
    chosen = f"least test loss of {len(names)} networks" if len(names) > 1 else ""
    detail = exemplar(scope, networks[best].params, looked[best], best, names[best], chosen)
    return results, figures, [detail], names
