"""Analysis of somebody else's group network: ``--weights FILE.npz``."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from experiments._group_measures import Microscope, dataset, exemplar
from experiments._group_report import draw_network, irrep_table, network_table
from jaxrep.analysis.group_metrics import published_names
from jaxrep.engine.run import Run
from jaxrep.errors import InputError
from jaxrep.groups import FiniteGroup
from jaxrep.models.group_networks import weight_norm
from jaxrep.models.published_weights import PublishedNetwork, load_network, load_representations
from jaxrep.report import Figure
from jaxrep.study import Analysis, Study


@dataclass(frozen=True)
class WeightsConfig:
    """Analysis of weights that exist already."""

    weights: str = ""
    """npz file with the published study's array names and split."""
    group: str = ""
    """Group; by default from the JSON file beside it or the file's name."""
    representations: str = ""
    """npz file of matrices [n, d, d] by irrep name that replace ours."""


def load(config: WeightsConfig) -> tuple[PublishedNetwork, FiniteGroup]:
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


def check(config: WeightsConfig) -> None:
    """Raise `InputError` unless the files can be analysed."""
    load(config)


def analyse(run: Run, config: WeightsConfig) -> Analysis:
    """Metrics and portrait of the file's network; the summary has the published names."""
    del run
    network, known = load(config)
    scope = Microscope(network.model, known)
    metrics = scope.measure(network.params, network.train, network.test)
    portrait = scope.look(network.params, metrics.key)
    results = dataset([(metrics, portrait)], {"seed": [0]}, known.irrep_names)
    summary = published_names(metrics, known.irrep_names, float(weight_norm(network.params)))
    name = Path(config.weights).stem
    detail = exemplar(scope, network.params, metrics, portrait, name)
    tables = [network_table(results, [name]), irrep_table(results.isel(seed=0), name)]
    return Analysis(results, summary, tables, detail)


def draw(analysis: Analysis, config: WeightsConfig) -> Iterator[Figure]:
    """The detailed figures of the network."""
    del config
    yield from draw_network(analysis.drawings)


STUDY = Study(
    "group_composition",
    "How does a network multiply in a finite group? Analysis of given weights.",
    WeightsConfig,
    {"weights": WeightsConfig()},
    None,
    analyse,
    draw,
    check,
)
