"""What can be asked of deep_linear: one-hot items, features, a deep network, sweeps."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from jaxrep.study.configuration import InputFile, Replication


@dataclass(frozen=True)
class Data:
    """Items and their features."""

    data: Annotated[str, InputFile] = "tree"
    """tree, clusters, ring, chain, grid, toy, or a file: text (.csv, .tsv, .txt, .data) with a
    line for each item and a column for each feature, or .npy, items x features."""
    item: str = ""
    """Of a text file: column of the items' names, by name or number. Nothing: the first, if it
    has names."""
    class_column: str = ""
    """Of a text file: column that is a class and so no feature, by name or number."""
    header: Literal["auto", "yes", "no"] = "auto"
    """Of a text file: whether its first line has the names of the columns."""
    duplicates: Literal["number", "mean", "refuse"] = "number"
    """Of a text file: names that come again are numbered, averaged, or refused."""
    transpose: bool = False
    """Of a text file: items are its columns, and features its lines."""
    shape: tuple[int, ...] = ()
    """Branching of each level of the tree; number and size of clusters; items of ring or chain;
    rows and columns of the grid. Nothing gives 8 items."""
    flip: tuple[float, ...] = (0.15,)
    """Probability of a change of sign at every node of the tree; several values are swept."""
    level_flip: tuple[float, ...] = ()
    """The same, one for each level of the tree; overrides flip."""
    variance: float = 25.0
    """Of the mean of clusters, ring, chain or grid (sigma^2)."""
    features: int = 10_000
    """Number of features that are sampled."""
    data_seed: tuple[int, ...] = (2021,)
    """Seeds of the sampled features (tree: 2021 is the tutorial's data); several are swept."""
    rename: tuple[str, ...] = ()
    """Items with another name: Goldfish=Shark."""
    extra: tuple[str, ...] = ()
    """Further features, one number per item: has_bones=-1,1,1,1,-1,-1,-1,-1."""
    reverse: bool = False
    """Every feature changes its sign: the reversed task."""
    exchange: tuple[str, ...] = ()
    """Pairs of items that exchange all their features: Goldfish=Rose."""
    trace: tuple[str, ...] = ()
    """Predictions to follow: Shark:has_bones. Nothing picks the most misleading ones."""


@dataclass(frozen=True)
class Inputs:
    """What stands for the items, where it is not one input for each."""

    inputs: Annotated[str, InputFile] = ""
    """features (items are as alike as their features), common (items have a part of all others),
    or a file as of data, items x inputs. Nothing: one-hot items."""
    correlation: tuple[float, ...] = ()
    """Strength of features or common, 0 (one-hot) to below 1; several are swept. Nothing: 0.5."""


@dataclass(frozen=True)
class Model:
    """The network."""

    depth: int = 2
    """Layers of weights, 1 to 6."""
    hidden: int = 30
    """Units of each hidden layer."""
    activation: Literal["linear", "relu", "tanh"] = "linear"
    """Of the hidden layers."""
    scale: tuple[float, ...] = ()
    """Initial scale: weights have standard deviation scale / sqrt(inputs + outputs); several
    values are swept. Nothing: 1e-12 for the tutorial's tree, else small for the data."""
    coordinates: Literal["modes", "raw"] = "modes"
    """Singular modes (exact, fast, and exact in float32 at any scale), or the raw weights."""


@dataclass(frozen=True)
class Start:
    """Where training starts, other than from the weights that are drawn."""

    balance: tuple[float, ...] = ()
    """Lambda of W2 W2' - W1 W1' = lambda I, W [out, in], over the data's largest singular value, of
    two linear layers with the map of those drawn; several, of either sign, are swept."""
    start: Annotated[str, InputFile] = ""
    """Initial weights: the end of a run of this study, whatever it learned; or .npz or .safetensors
    with W1 [item, hidden], W2 [hidden, feature] ..., a leading axis for a network of each seed."""


@dataclass(frozen=True)
class Gates:
    """Contexts, in each of which other paths of the network are open."""

    contexts: tuple[int, ...] = ()
    """Contexts with the same table, in a gated linear network: one path is open in all of them,
    and one in each alone; several numbers are swept. Nothing: one network without gates."""
    gates: Annotated[str, InputFile] = ""
    """Paths that a part of the contexts share: part (one path in half of them), nested (in all, in
    each half, each quarter ...), ring (in every two neighbours), each beside a path of every
    context's own; or a file as of data, contexts x paths, of 0 and 1. With one number of contexts;
    nothing gives 8, of ring 4."""


@dataclass(frozen=True)
class Teacher:
    """A teacher that is learned from a noisy sample, instead of a table."""

    signal: tuple[float, ...] = ()
    """Strength of the teacher's mode over that of the noise, whose entries have variance
    1 / inputs; 0 is noise only; several are swept. Nothing: a table is learned."""
    teacher_inputs: int = 100
    """Inputs of teacher and students."""
    teacher_outputs: int = 50
    """Outputs of teacher and students."""


@dataclass(frozen=True)
class Training:
    """Gradient descent."""

    learning_rate: tuple[float, ...] = ()
    """Of gradient descent on the mean squared error over all entries; several are swept. Nothing:
    100 for the tutorial's tree, else 0.4 of the edge of stability of the data."""
    steps: int | None = None
    """Full-batch updates. Nothing: 250 for the tutorial's tree, else until the data are learned."""
    measurements: int = 501
    """Measured steps at most, equally spaced, with step 0 and the last; of networks with a
    balance logarithmically."""
    saddles: bool = False
    """Also the norm of the gradient, the rank, and the distance to every saddle."""


@dataclass(frozen=True)
class Config(Replication, Training, Teacher, Gates, Start, Model, Inputs, Data):
    """One-hot items in, features out; numbers with several values are swept in one call."""

    seeds: int = 32


PRESETS = {
    "quick": Config(),
    "shark": Config(
        rename=("Goldfish=Shark",),
        extra=("has_bones=-1,1,1,1,-1,-1,-1,-1",),
        trace=("Shark:has_bones",),
    ),
    "parrot": Config(
        rename=("Canary=Parrot",),
        extra=("cannot_speak=1,1,1,-1,1,1,1,1",),
        trace=("Parrot:cannot_speak",),
    ),
    "shallow": Config(depth=1, learning_rate=(1000.0,), scale=(1.0,)),
    "lazy_to_rich": Config(scale=(1e-12, 1e-6, 1e-3, 0.1, 1.0, 3.0, 10.0), seeds=8),
    "balance": Config(
        balance=(-10.0, -1.0, -0.1, 0.0, 0.1, 1.0, 10.0),
        scale=(1e-3,),
        learning_rate=(5.0,),
        steps=6000,
        measurements=201,
        seeds=8,
        precision="float64",
    ),
    "saddles": Config(
        data="toy",
        depth=3,
        learning_rate=(0.5,),
        scale=(0.1,),
        steps=2500,
        measurements=501,
        seeds=8,
        saddles=True,
    ),
    "gated": Config(
        contexts=(1, 2, 4, 8),
        scale=(1e-3, 1.0),
        learning_rate=(20.0,),
        steps=6000,
        measurements=301,
        seeds=8,
    ),
    "nested": Config(
        gates="nested",
        scale=(1e-3, 0.1, 1.0),
        learning_rate=(20.0,),
        steps=2000,
        measurements=401,
        seeds=8,
    ),
    "ring_of_contexts": Config(
        gates="ring",
        scale=(1e-3, 0.1, 1.0),
        learning_rate=(20.0,),
        steps=2000,
        measurements=401,
        seeds=8,
    ),
    "noisy_teacher": Config(
        signal=(0.0, 1.0, 2.0, 4.0, 8.0),
        hidden=128,
        scale=(0.007,),
        learning_rate=(50.0,),
        steps=1000,
        seeds=8,
    ),
    "correlated": Config(
        inputs="features",
        correlation=(0.0, 0.3, 0.6, 0.9),
        scale=(1e-3,),
        seeds=8,
        precision="float64",
    ),
    "common": Config(
        inputs="common",
        correlation=(0.0, 0.3, 0.6),
        scale=(1e-3,),
        seeds=8,
        precision="float64",
    ),
    "rates": Config(learning_rate=(50.0, 100.0, 150.0, 200.0), seeds=8, steps=400),
    "flips": Config(flip=(0.05, 0.1, 0.15, 0.2, 0.25, 0.3), seeds=8, steps=400),
    "depths": Config(depth=3, learning_rate=(2.0,), scale=(1.0,), steps=1500, seeds=8),
    "ring": Config(data="ring", learning_rate=(30.0,), scale=(1e-3,), steps=400, seeds=8),
    "toy": Config(data="toy", learning_rate=(2.5,), scale=(1e-6,), steps=300),
    "relu": Config(activation="relu", scale=(1e-3,), seeds=8),
}

FIRST = Config(
    balance=(-1.0, -0.1, -0.01, 0.0, 0.01, 0.1, 1.0),
    scale=(1e-3,),
    learning_rate=(5.0,),
    steps=3000,
    measurements=151,
    seeds=8,
    precision="float64",
)
"""A first task, learned to the end from balanced layers."""
SECOND = replace(FIRST, start="<first>")
SUITES = {
    "reversal": {"first": FIRST, "reversed": replace(SECOND, reverse=True)},
    "continual": {
        "first": FIRST,
        "exchanged": replace(SECOND, exchange=("Goldfish=Rose",)),
        "other": replace(SECOND, data_seed=(2022,)),
    },
}
"""Tasks one after the other; every later one starts from the end of the first."""

PRESET_WORDS = {
    "quick": "the tutorial's tree of 8 items, 32 seeds",
    "shark": "a fish without bones: an illusory correlation",
    "parrot": "a bird that speaks: another one",
    "shallow": "one layer: no stages",
    "lazy_to_rich": "seven initial scales",
    "balance": "lambda-balanced layers of both signs: lazy or rich, with the exact solution",
    "saddles": "three layers go from saddle to saddle: rank, gradient, distance",
    "gated": "a path that 1 to 8 contexts share races against one of each context",
    "nested": "paths of all contexts, halves, quarters and single ones race",
    "ring_of_contexts": "paths that neighbouring contexts share: nobody can win alone",
    "noisy_teacher": "a teacher in noise, five signal-to-noise ratios: when to stop, overfitting",
    "correlated": "inputs as alike as their features: the end is the regression in closed form",
    "common": "inputs that have a part in common: the same end, without a theory of the way",
    "rates": "four learning rates",
    "flips": "six kinds of trees, from orderly to random",
    "depths": "three layers; sweep depth for others",
    "ring": "items on a ring",
    "reversal": "the tree, then its negative, from balanced layers: the saddle on the way",
    "continual": "the tree, then two items exchanged, or other features: what is forgotten",
    "toy": "the hand-made table of animals",
    "relu": "rectified hidden units, beside the linear theory",
}
"""What each preset, or suite, is."""
