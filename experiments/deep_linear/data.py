"""The tables of items and features that a configuration of deep_linear asks for."""

import dataclasses
import itertools
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np

from jaxrep.data import graph_fields, hierarchy
from jaxrep.data.feature_files import read_feature_array, read_feature_csv
from jaxrep.data.feature_table import (
    TUTORIAL_ITEMS,
    FeatureTable,
    make_feature_table,
    toy_table,
)
from jaxrep.data.spectrum import Spectrum
from jaxrep.errors import InputError

from .config import Config

FIELDS = {
    "clusters": graph_fields.cluster_field,
    "ring": graph_fields.ring_field,
    "chain": graph_fields.chain_field,
    "grid": graph_fields.grid_field,
}
SHAPES = {"tree": (2, 2, 2), "clusters": (2, 4), "ring": (8,), "chain": (8,), "grid": (2, 4)}
MEANING = {
    "tree": "branching of each level",
    "clusters": "number and size",
    "ring": "items",
    "chain": "items",
    "grid": "rows and columns",
}

TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".data", ".dat")
TEXT_OPTIONS = ("item", "class_column", "header", "duplicates", "transpose")


class TaskData(NamedTuple):
    """All data sets of a configuration, same items and features in each.

    Attributes:
      tables: in the order of flip probabilities x data seeds.
      flips: swept flip probabilities (one number where there is no tree).
      data_seeds: swept seeds (one where nothing is sampled).
      spectra: population spectrum for each flip probability; empty where unknown.
      trees: the tree for each flip probability; empty for other data.
      before: what the networks that training starts from had learned, a table for each of
        `tables`; empty where they come from a file, None where training starts anew.
    """

    tables: tuple[FeatureTable, ...]
    flips: tuple[float, ...]
    data_seeds: tuple[int, ...]
    spectra: tuple[Spectrum, ...] = ()
    trees: tuple[hierarchy.Tree, ...] = ()
    before: tuple[FeatureTable, ...] | None = None


def task_data(config: Config) -> TaskData:
    """Sample or read the tables.

    Raises:
      InputError: unknown data, a shape or probability that does not fit, a broken file, an
        item or feature that is not there.
    """
    if config.data == "tree":
        data = _trees(config)
    elif config.data in FIELDS:
        data = _fields(config)
    else:
        data = _given(config)
    renames = dict(_split(text, "rename", "old=new") for text in config.rename)
    tables = []
    for table in data.tables:
        table = table.renamed(renames)
        for text in config.extra:
            name, values = _split(text, "extra", "name=v1,v2,...")
            table = table.with_feature(name, _numbers(values, text))
        tables.append(_changed(table, config))
    for pair in config.trace:
        tables[0].position(pair)
    return data._replace(tables=tuple(tables))


def _changed(table: FeatureTable, config: Config) -> FeatureTable:
    """The table of a second task: items exchanged, signs reversed."""
    order = list(range(len(table.items)))
    for text in config.exchange:
        names = _split(text, "exchange", "item=item")
        for name in names:
            if name not in table.items:
                allowed = ", ".join(table.items)
                raise InputError(f"exchange: {name!r} is not there; allowed are {allowed}")
        one, two = map(table.items.index, names)
        order[one], order[two] = order[two], order[one]
    values = -table.values if config.reverse else table.values
    return dataclasses.replace(table, values=values[order])


def _trees(config: Config) -> TaskData:
    shape = _shape(config)
    if config.level_flip and len(config.flip) > 1:
        raise InputError(f"level_flip: {list(config.level_flip)} with several values of flip")
    flips = [config.level_flip or (p,) * len(shape) for p in config.flip]
    trees = tuple(hierarchy.Tree(shape, tuple(flip)) for flip in flips)
    names = TUTORIAL_ITEMS if trees[0].items == len(TUTORIAL_ITEMS) else ()
    tables = []
    for tree, seed in itertools.product(trees, config.data_seed):
        # The tutorial's own generator, frozen for ever: data seed 2021 gives the tutorial's data.
        generator = np.random.RandomState(seed)
        uniform = generator.uniform(size=(config.features, len(tree.node_level)))
        tables.append(
            make_feature_table(np.asarray(hierarchy.branching_diffusion(uniform, tree)), names)
        )
    spectra = tuple(tree.spectrum for tree in trees)
    return TaskData(tuple(tables), config.flip, config.data_seed, spectra, trees)


def _fields(config: Config) -> TaskData:
    _unswept(config, "flip")
    shape = _shape(config)
    field = FIELDS[config.data](*shape, variance=config.variance)
    tables = tuple(
        make_feature_table(
            np.asarray(
                graph_fields.sample_graph_field(jax.random.key(seed), field, config.features)
            )
        )
        for seed in config.data_seed
    )
    return TaskData(tables, config.flip, config.data_seed, (field.spectrum,))


def _given(config: Config) -> TaskData:
    suffix = Path(config.data).suffix.lower()
    for name in ("flip", "data_seed"):
        _unswept(config, name)
    if config.data == "toy":
        table = toy_table()
    elif suffix == ".npy":
        table = read_feature_array(config.data)
    elif suffix in TEXT_SUFFIXES or Path(config.data).is_file():
        table = read_feature_csv(
            config.data,
            item=config.item,
            class_column=config.class_column,
            header=config.header,
            duplicates=config.duplicates,
            transpose=config.transpose,
        )
    else:
        allowed = ", ".join([*SHAPES, "toy", "FILE.csv (or another text file)", "FILE.npy"])
        raise InputError(f"data: {config.data!r} is not known; allowed are {allowed}")
    return TaskData((table,), config.flip, config.data_seed)


def check_options(config: Config) -> None:
    """Raise `InputError` for an option of text files beside other data."""
    plain = Config()
    if config.data != "toy" and config.data not in SHAPES and not config.data.endswith(".npy"):
        return
    for name in TEXT_OPTIONS:
        if getattr(config, name) != getattr(plain, name):
            raise InputError(f"{name}: {getattr(config, name)} is for text files only")


def _shape(config: Config) -> tuple[int, ...]:
    shape = config.shape or SHAPES[config.data]
    wanted = len(SHAPES[config.data])
    if config.data != "tree" and len(shape) != wanted:
        raise InputError(
            f"shape: {list(shape)} for a {config.data}; {MEANING[config.data]} are needed "
            f"({wanted} in all)"
        )
    return shape


def _unswept(config: Config, name: str) -> None:
    if len(getattr(config, name)) > 1:
        raise InputError(
            f"{name}: {list(getattr(config, name))}, but data {config.data!r} have no such "
            "thing; one value is allowed"
        )


def _split(text: str, option: str, form: str) -> tuple[str, str]:
    name, equals, rest = text.partition("=")
    if not (name and equals and rest):
        raise InputError(f"{option}: {text!r} is not of the form {form}")
    return name, rest


def _numbers(values: str, text: str) -> list[float]:
    try:
        return [float(value) for value in values.split(",")]
    except ValueError:
        raise InputError(f"extra: {text!r} has a value that is no number") from None
