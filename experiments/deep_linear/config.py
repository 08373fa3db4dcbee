"""What can be asked of deep_linear: one-hot items, features, a deep network, sweeps."""

from dataclasses import dataclass
from typing import Annotated, Literal

from jaxrep.study.configuration import InputFile, Replication


@dataclass(frozen=True)
class Data:
    """Items and their features."""

    data: Annotated[str, InputFile] = "tree"
    """tree, clusters, ring, chain, grid, toy, or a file: .csv with features in the first line and
    items in the first column, or .npy, items x features."""
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
    trace: tuple[str, ...] = ()
    """Predictions to follow: Shark:has_bones. Nothing picks the most misleading ones."""


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
class Training:
    """Gradient descent."""

    learning_rate: tuple[float, ...] = ()
    """Of gradient descent on the mean squared error over all entries; several are swept. Nothing:
    100 for the tutorial's tree, else 0.4 of the edge of stability of the data."""
    steps: int | None = None
    """Full-batch updates. Nothing: 250 for the tutorial's tree, else until the data are learned."""
    measurements: int = 501
    """Measured steps at most, equally spaced, with step 0 and the last."""


@dataclass(frozen=True)
class Config(Replication, Training, Model, Data):
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
    "rates": Config(learning_rate=(50.0, 100.0, 150.0, 200.0), seeds=8, steps=400),
    "flips": Config(flip=(0.05, 0.1, 0.15, 0.2, 0.25, 0.3), seeds=8, steps=400),
    "depths": Config(depth=3, learning_rate=(2.0,), scale=(1.0,), steps=1500, seeds=8),
    "ring": Config(data="ring", learning_rate=(30.0,), scale=(1e-3,), steps=400, seeds=8),
    "toy": Config(data="toy", learning_rate=(2.5,), scale=(1e-6,), steps=300),
    "relu": Config(activation="relu", scale=(1e-3,), seeds=8),
}

PRESET_WORDS = {
    "quick": "the tutorial's tree of 8 items, 32 seeds",
    "shark": "a fish without bones: an illusory correlation",
    "parrot": "a bird that speaks: another one",
    "shallow": "one layer: no stages",
    "lazy_to_rich": "seven initial scales",
    "rates": "four learning rates",
    "flips": "six kinds of trees, from orderly to random",
    "depths": "three layers; sweep depth for others",
    "ring": "items on a ring",
    "toy": "the hand-made table of animals",
    "relu": "rectified hidden units, beside the linear theory",
}
"""What each preset, or suite, is."""
