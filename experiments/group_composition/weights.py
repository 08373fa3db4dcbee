"""Analysis of somebody else's group network: ``--weights FILE.npz``."""

from pathlib import Path

import xarray

from jaxrep.analysis.group_metrics import published_names
from jaxrep.analysis.group_microscope import Microscope
from jaxrep.errors import InputError
from jaxrep.groups import FiniteGroup
from jaxrep.models.group_networks import weight_norm
from jaxrep.models.published_weights import PublishedNetwork, load_network, load_representations

from .config import Config
from .measures import Exemplar, dataset, exemplar, look_at


def load(config: Config) -> tuple[PublishedNetwork, FiniteGroup]:
    """The network, and its group with the representations to analyse it by."""
    network = load_network(config.weights, config.group)
    if not config.representations:
        return network, network.group
    replacements = load_representations(config.representations)
    for irrep in replacements:
        fits = len(irrep.matrices) == network.group.order
        if not fits or irrep.name not in network.group.irrep_names:
            raise InputError(
                f"representations: {irrep.name} {list(irrep.matrices.shape)} does not fit "
                f"{network.group.name}; names are {', '.join(network.group.irrep_names)}"
            )
    return network, network.group.with_matrices(replacements)


def labelled_weights(config: Config) -> tuple[xarray.Dataset, dict[str, float], Exemplar]:
    """Metrics and portrait of the file's network; key figures have the published names.

    Those figures count the published key irreps, the rest those that exceed their nulls.
    """
    network, known = load(config)
    scope = Microscope(network.model, known)
    published = scope.measure(network.params, network.train, network.test)
    look = look_at(scope, network.params, None, network.train, network.test)
    results = dataset([look], {"seed": [0]}, known.irrep_names, scope.shares)
    figures = published_names(published, known.irrep_names, float(weight_norm(network.params)))
    name = Path(config.weights).stem
    return results, figures, exemplar(scope, network.params, look, 0, name)
