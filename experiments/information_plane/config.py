"""What can be asked of information_plane: inputs, a classifier, estimators."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from jaxrep.study.configuration import InputFile, Replication


@dataclass(frozen=True)
class Data:
    """Inputs and classes."""

    data: Annotated[str, InputFile] = "twelve_bits"
    """twelve_bits, or a file: .npz with x_train, y_train, x_test, y_test, or with x and y; or text
    (.csv, .tsv, .txt, .data) of numbers and categories; or a folder of IDX files."""
    item: str = ""
    """Of a text file: column that names the inputs and is left out, by name or number."""
    class_column: str = ""
    """Of a text file: column of the class, by name or number. Nothing: the last."""
    header: Literal["auto", "yes", "no"] = "auto"
    """Of a text file: whether its first line has the names of the columns."""
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
    bits: tuple[int, ...] = (0,)
    """Of every hidden unit in training and after, the gradient straight through; several are swept,
    and information is then counted over all inputs, not estimated; 0 is real numbers."""
    noise: float = 0.0
    """Standard deviation of Gaussian noise on every hidden activation, in training and after."""
    dropout: tuple[float, ...] = (0.0,)
    """Share of the hidden activations set to 0 in training; several are swept."""


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
    weight_decay: tuple[float, ...] = (0.0,)
    """Half of it times the sum of the squared weights is added to the loss; several are swept."""
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
    """Of mutual information: binning, kernel (two bounds), edge, neighbours, own_range, quantiles,
    scaled_kernel, renyi; of channels the first four and contrastive."""
    widths: tuple[float, ...] = (0.07,)
    """Of bins."""
    variances: tuple[float, ...] = (1e-3,)
    """Of the noise that kernel bounds assume."""
    costly: int = 20
    """Recorded epochs that all but binning are computed at, logarithmically spaced."""
    costly_on: Literal["both", "test"] = "both"
    """Sets of inputs that all but binning are computed on."""
    clustering: bool = False
    """Distances within and between classes; always of networks with bits or noise."""


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
    "noisy": Config(noise=0.1, seeds=8, epochs=600, costly=7, train_share=0.5),
    "generalisation": Config(
        bits=(8,),
        weight_decay=(0.0, 1e-3, 3e-3),
        dropout=(0.0, 0.05),
        loss="log_softmax",
        learning_rate=(2e-3,),
        train_share=0.25,
        seeds=8,
        epochs=500,
    ),
}

CODED = Config(
    bits=(4, 8),
    loss="log_softmax",
    epsilon_placement="inside",
    epochs=1600,
    estimators=("binning", "kernel"),
    costly=5,
    costly_on="test",
)
"""Networks whose information is counted, as the numbers they are compared with were found."""
CODED_WHOLE = replace(
    CODED,
    bits=(0, 4, 8),
    estimators=("binning", "kernel", "own_range", "quantiles", "scaled_kernel"),
    costly=6,
)
"""With networks of real numbers that are rounded when they are counted, and more estimators."""

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
    "noisy": "tanh with noise: information by sample propagation, and distances of classes",
    "generalisation": "weight decay and dropout: the gap against information that is counted",
    "quantised": "tanh and relu in codes of 4 and 8 bits: nothing is estimated",
    "quantised_paper": "and real networks that are rounded, by every estimator: ten minutes",
    "activations": "every published activation, 8000 epochs each",
    "architectures": "from no hidden layer to five",
    "zero_mean": "bits 0 and 1 against -0.5 and 0.5",
    "findings": "the published cohorts, their numbers checked: half an hour",
}
"""What each preset, or suite, is."""
