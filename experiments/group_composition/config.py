"""What can be asked of group_composition: a group, a network, how to train it."""

from dataclasses import dataclass
from typing import Annotated, Literal

from jaxrep.study.configuration import InputFile, Replication

DEFAULT_GROUP = "S4"


@dataclass(frozen=True)
class Data:
    """The group and its products."""

    group: str = ""
    """C<n>, D<n>, S<n>, A<n>, Dic<n>, Q8, F20 or a product (C4xC2); none given: S4, or with weights
    the one of the file."""
    table: Annotated[str, InputFile] = ""
    """File of a Cayley table, instead of group: .npy, or text with a line for each element; numbers
    from 0 or 1, or names."""
    train_fraction: float = 0.7
    """Share of the n^2 products that is trained on; each seed draws its own split."""


@dataclass(frozen=True)
class Model:
    """The network."""

    model: Literal["mlp", "bilinear", "transformer"] = "mlp"
    """Architecture."""
    embed_dim: int = 64
    """Width of the embeddings (MLP, bilinear)."""
    hidden_dim: int = 128
    """Hidden neurons of the MLP."""


@dataclass(frozen=True)
class Training:
    """AdamW over all products of the training set."""

    learning_rate: tuple[float, ...] = (1e-3,)
    """AdamW learning rate; several values are swept."""
    weight_decay: tuple[float, ...] = (1.0,)
    """AdamW decoupled weight decay; several values are swept."""
    beta1: float = 0.9
    """AdamW decay of the gradient average."""
    beta2: float = 0.98
    """AdamW decay of the squared-gradient average."""
    steps: int = 16_000
    """Full-batch updates."""
    measurements: int = 150
    """Measured steps, equally spaced in the logarithm."""
    snapshots: int = 40
    """Steps at which the weights are kept and fully analysed."""


@dataclass(frozen=True)
class Analysis:
    """Weights that exist already, analysed instead of trained."""

    weights: Annotated[str, InputFile] = ""
    """.npz or .safetensors file of somebody else's network, or a folder of them, which is analysed;
    nothing is trained then. The group may be told; else its name or its products tell."""
    representations: Annotated[str, InputFile] = ""
    """With weights: .npz file of matrices [n, d, d] by irrep name that replace ours."""


@dataclass(frozen=True)
class Config(Replication, Analysis, Training, Model, Data):
    """Training in one group; numbers with several values are swept in one compiled call."""

    seeds: int = 4


PRESETS = {
    "quick": Config(),
    "s5": Config(group="S5", embed_dim=256, train_fraction=0.4, steps=60_000),
    "paper": Config(group="S5", embed_dim=256, train_fraction=0.4, steps=250_000),
    "paper_transformer": Config(group="S5", model="transformer", train_fraction=0.6, steps=50_000),
    "notebook": Config(
        group="S5",
        embed_dim=256,
        train_fraction=0.5,
        steps=60_000,
        weight_decay=(0.5,),
        beta2=0.999,
    ),
}

PRESET_WORDS = {
    "quick": "S4, 4 seeds: the whole arc of grokking, a minute",
    "s5": "S5 as published, 60,000 steps: half an hour",
    "paper": "S5 as published, 250,000 steps: hours",
    "paper_transformer": "S5 with the published transformer",
    "notebook": "S5 with the settings of the published notebook",
}
"""What each preset, or suite, is."""
