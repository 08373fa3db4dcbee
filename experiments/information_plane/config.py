"""What can be asked of information_plane: inputs, a classifier, estimators."""

from dataclasses import dataclass
from typing import Annotated, Literal

from jaxrep.study.configuration import InputFile, Replication


@dataclass(frozen=True)
class Data:
    """Inputs and classes."""

    data: Annotated[str, InputFile] = "twelve_bits"
    """twelve_bits, or a file: .npz with x_train, y_train, x_test, y_test, or with x and y; or .csv
    of numbers with a header and the class in the last column."""
    train_share: float = 0.8
    """Share of the inputs that is trained on, where the file has no split; 1 tests on the same."""
    split_seed: int = 0
    """Of that split."""
    split: Annotated[str, InputFile] = ""
    """.npz file with pattern numbers of the twelve bits, train and test, for a given split."""
    zero_mean: bool = False
    """Bits are -0.5 and 0.5 instead of 0 and 1."""


@dataclass(frozen=True)
class Model:
    """The classifier."""

    architecture: tuple[int, ...] = (10, 7, 5, 4, 3)
    """Units of the hidden layers; none is a softmax regression."""
    activation: str = "tanh"
    """tanh, relu, sigmoid, softsign, softplus, leaky_relu, hard_sigmoid, selu, relu6, elu, linear,
    hard_tanh, erf, shifted_relu."""
    batch_norm: bool = False
    """After every hidden layer."""
    initial_bias: tuple[float, ...] = (0.0,)
    """Of every hidden unit; several values are swept."""
    max_norm: tuple[float, ...] = (0.0,)
    """Limit of the norm of every hidden unit's weights, kept after every update; 0 is none."""


@dataclass(frozen=True)
class Training:
    """Minibatch training."""

    loss: Literal["clipped", "log_softmax"] = "clipped"
    """clipped: probabilities clipped to [1e-7, 1 - 1e-7], as published, which can freeze a
    network; log_softmax: cannot."""
    optimizer: Literal["adam", "sgd"] = "adam"
    """Adam, or plain gradient descent."""
    epsilon_placement: Literal["outside", "inside"] = "outside"
    """Of Adam: outside its bias correction, as published (TensorFlow 1), or inside (optax)."""
    learning_rate: tuple[float, ...] = (4e-4,)
    """Of the optimizer."""
    batch_size: int = 256
    """Inputs in a minibatch; the last one of an epoch is smaller."""
    epochs: int = 1500
    """Passes over the training set."""
    stop_accuracy: float = 1.0
    """Training stops once all networks are above it on the test set; 1 never stops."""


@dataclass(frozen=True)
class Analysis:
    """Estimators of information."""

    estimators: tuple[str, ...] = ("binning",)
    """Of mutual information: binning, kernel (two bounds), edge, neighbours; of channels also
    contrastive."""
    widths: tuple[float, ...] = (0.07,)
    """Of bins."""
    variances: tuple[float, ...] = (1e-3,)
    """Of the noise that kernel bounds assume."""
    costly: int = 20
    """Recorded epochs that kernel, edge and neighbours are computed at, logarithmically spaced."""


@dataclass(frozen=True)
class Channels:
    """Pairs whose information is known, to judge the estimators by; nothing is trained."""

    channels: tuple[str, ...] = ()
    """Instead of networks: names of channels, or all; seeds are draws of each."""
    sizes: tuple[int, ...] = (100, 300, 1000)
    """Samples of every draw."""


@dataclass(frozen=True)
class Config(Replication, Channels, Analysis, Training, Model, Data):
    """A feed-forward classifier; learning rate, initial bias and max-norm are swept in one call."""

    seeds: int = 10


STANDARD = Config()
PRESETS = {
    "tanh": STANDARD,
    "relu": Config(activation="relu"),
    "paper": Config(epochs=8000),
    "initial_bias": Config(
        activation="relu",
        initial_bias=(-3.0, -1.0, -0.1, 0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0),
        epochs=8000,
    ),
    "max_norm": Config(max_norm=(0.4, 0.6, 0.7, 0.8, 0.9, 1.0, 1.5), epochs=8000),
    "widths": Config(widths=(1e-5, 1e-4, 1e-3, 1e-2, 0.07, 0.1, 1.0), epochs=8000),
    "estimators": Config(
        channels=("all",),
        estimators=("binning", "kernel", "edge", "neighbours", "contrastive"),
        seeds=6,
    ),
    "by_estimator": Config(
        estimators=("binning", "kernel", "edge"), zero_mean=True, initial_bias=(0.1,), epochs=8000
    ),
    "batch_norm": Config(activation="relu", batch_norm=True, max_norm=(0.7,)),
}

PRESET_WORDS = {
    "quick": "tanh and relu, 10 seeds each",
    "tanh": "one cohort of tanh networks",
    "relu": "one cohort of relu networks",
    "paper": "tanh at the published 8000 epochs",
    "initial_bias": "relu networks from twelve initial biases",
    "max_norm": "seven limits of the weights' norms",
    "widths": "bins of seven widths",
    "estimators": "every estimator on channels of known information; trains nothing, a minute",
    "by_estimator": "binning, kernel bounds and EDGE of the same networks",
    "batch_norm": "relu with batch normalisation and a max-norm",
    "activations": "every published activation, 8000 epochs each",
    "architectures": "from no hidden layer to five",
    "zero_mean": "bits 0 and 1 against -0.5 and 0.5",
    "findings": "the published cohorts, their numbers checked: half an hour",
}
"""What each preset, or suite, is."""
