"""What can be asked of localization: families of inputs, a network, sweeps."""

from dataclasses import dataclass
from typing import Annotated, Literal

from jaxrep.study.configuration import InputFile, Replication

Family = Literal[
    "nonlinear",
    "normal",
    "uniform",
    "binary",
    "laplace",
    "algebraic",
    "shell",
    "extreme",
    "student",
    "ising",
    "pulse",
    "block",
]
"""Inputs that are drawn, class by class."""


@dataclass(frozen=True)
class Data:
    """Classes of inputs on a ring or torus."""

    inputs: Literal[Family, "patches"] = "nonlinear"
    """Family of inputs."""
    negative_inputs: Literal["same", "clone", Family] = "same"
    """Family of the class with the lower label; same: as all; clone: of inputs nonlinear, the
    Gaussian process with their covariance."""
    length: int = 40
    """Pixels of the ring; in two dimensions, and for patches, of each side."""
    dimensions: Literal[1, 2] = 1
    """1: a ring; 2: a torus of length x length pixels."""
    boundary: Literal["periodic", "open"] = "periodic"
    """open: a segment in place of the ring, a square in place of the torus: plain distances."""
    support: Literal["signs", "unit"] = "signs"
    """signs: inputs around 0, edges from -1 to 1; unit: (x + 1) / 2, edges from 0 to 1."""
    positive: tuple[float, ...] = (4.47,)
    """Correlation length (Ising: coupling; pulse, block: extent as a share of the ring) of the
    class with the higher label; several values are swept."""
    negative: tuple[float, ...] = (0.1,)
    """The same of the class with the lower label."""
    further: tuple[float, ...] = ()
    """The same of further classes: a third, a fourth ..., one value each, not swept."""
    proportions: tuple[float, ...] = ()
    """Share of each class (lower label first); none given: equal."""
    gain: tuple[float, ...] = (0.01, 1.1, 3.0, 100.0)
    """Of the nonlinear process; other inputs have none."""
    convention: Literal["erf", "pnas"] = "erf"
    """erf: the process is erf(gain z); pnas: erf(gain z / sqrt 2), as Ingrosso and Goldt (2022)."""
    clone: tuple[int, ...] = (0, 1)
    """0: the nonlinear process; 1: the Gaussian process with its covariance."""
    given_pixels: tuple[int, ...] = ()
    """Pixels at which the nonlinear process has given values (the conditional process)."""
    given_values: tuple[float, ...] = ()
    """Those values."""
    power: tuple[float, ...] = (10.0,)
    """Of algebraic marginals only: tails fall as |x|^-(power + 1)."""
    freedom: tuple[float, ...] = (3.0,)
    """Of Student's t only: degrees of freedom."""
    rescaled: Literal["no", "normal", "uniform", "sign"] = "no"
    """Multiplies every input by one random number of that distribution (adjusted marginals)."""
    half: Literal["no", "mean", "first"] = "no"
    """Breaks the symmetry x -> -x: keeps inputs whose mean, or first pixel, is positive."""
    images: Annotated[str, InputFile] = ""
    """Of patches only: .npy file of pictures, [image, height, width]; or scikit-learn,
    scikit-image: the photographs that these ship, whitened."""
    target: Literal["class", "sign_changes"] = "class"
    """class: which class an input is from; sign_changes: their share around the ring."""
    labels: Literal["signs", "unit"] = "signs"
    """Of two classes: -1 and 1, or 0 and 1."""


@dataclass(frozen=True)
class Model:
    """The network."""

    network: Literal[
        "committee", "two_layer", "gated", "autoencoder", "convolutional", "scaled"
    ] = "committee"
    """committee averages the units; two_layer trains output weights; gated has linear units
    behind random gates; autoencoder reconstructs its input, sparsely; convolutional averages
    filters over all places of the ring; scaled has fixed output weights of both signs and size
    alpha / sqrt(units), on pairs of units that cancel at the start: from rich to lazy."""
    alpha: tuple[float, ...] = (1.0,)
    """Of network scaled: its output scale, large is lazy; learning rates are over alpha^2."""
    units: int = 40
    """Hidden units, or filters."""
    activation: str = "tanh"
    """linear, relu, tanh, sigmoid, hard_tanh, erf, shifted_relu."""
    bias: Literal["trained", "constant", "off"] = "trained"
    """Of hidden and output units."""
    bias_start: float = 0.0
    """Its initial value."""
    bias_signs: Literal["same", "halves"] = "same"
    """halves: bias_start in the first half of the hidden units and minus that in the second, as
    Ingrosso and Goldt (2022)."""
    weights: str = "lecun_normal"
    """Initialiser: lecun_normal, xavier_normal, normal, truncated_normal, small_bumps; or a .npy
    file of [unit, pixel]."""
    scale: float = 1.0
    """Of the initial weights."""


@dataclass(frozen=True)
class Training:
    """Online gradient descent: every step sees fresh inputs."""

    loss: Literal["mean_squared_error", "cross_entropy"] = "mean_squared_error"
    """Cross-entropy has one output for each class, and needs network two_layer."""
    sparseness: float = 0.5
    """Of the autoencoder: price of activity in the loss."""
    sparse_rate: float = 0.05
    """Of the autoencoder: mean activity of a unit that costs nothing; 0 prices mean |h|."""
    probe: float = 0.02
    """Learning rate of a single ReLU unit trained beside the network on the same inputs, for the
    comparison with theory; 0 trains none (nor do other targets than two classes)."""
    optimizer: Literal["sgd", "adam"] = "sgd"
    """Of the network; the single unit is always trained by gradient descent."""
    learning_rate: tuple[float, ...] = (5.0,)
    """Of gradient descent; a unit's own is this over the number of units. Of Adam, which moves
    every weight by about as much in a step, 0.01 is large."""
    batch_size: int = 200
    """Fresh inputs in every step, each class in its share; in a batch smaller than the number of
    classes, such as 1, the class of each input is drawn."""
    steps: int = 1000
    """Updates."""
    measurements: int = 21
    """Measured steps, equally spaced."""


@dataclass(frozen=True)
class Analysis:
    """What counts as local, and what is computed beside."""

    localized: float = 0.1
    """Inverse participation ratio above which a unit counts as localized, as the authors have it
    on rings; a sinusoid has 1.5 / length there, on a torus at most 2.25 / length^2."""
    decompose: bool = False
    """Independent components and sparse codes of the same inputs, too (needs scikit-learn); of
    patches also of their Gaussian clone, all fitted by Gabor functions."""


@dataclass(frozen=True)
class Config(Replication, Analysis, Training, Model, Data):
    """Classes of inputs on a ring or torus; numbers with several values are swept in one call."""

    seeds: int = 8


SINGLE = Config(
    positive=(3.0,),
    negative=(1.0,),
    gain=(0.1, 0.3, 0.6, 1.0, 1.7, 3.0, 10.0, 100.0),
    clone=(0,),
    units=1,
    activation="relu",
    bias="off",
    weights="normal",
    scale=0.001,
    labels="unit",
    probe=0.0,
    learning_rate=(0.05,),
    batch_size=500,
    steps=3000,
    seeds=6,
)
"""One ReLU unit, for which there is a theory."""

PRESETS = {
    "quick": Config(),
    "single_unit": SINGLE,
    "plane": Config(
        dimensions=2,
        length=12,
        positive=(2.0,),
        negative=(1.0,),
        gain=(0.01, 100.0),
        clone=(0,),
        units=20,
        activation="relu",
        bias="off",
        scale=0.01,
        labels="unit",
        learning_rate=(3.0,),
        batch_size=300,
        localized=0.03,
        seeds=4,
        measurements=11,
    ),
    "targets": Config(
        positive=(1.0,),
        further=(2.0, 3.0, 4.0),
        gain=(3.0,),
        clone=(0,),
        network="two_layer",
        loss="cross_entropy",
        units=10,
        activation="relu",
        bias="off",
        scale=0.01,
        learning_rate=(5.0,),
        batch_size=1000,
        steps=2000,
    ),
    "autoencoder": Config(
        positive=(3.0,),
        gain=(0.01, 100.0),
        clone=(0,),
        network="autoencoder",
        activation="relu",
        learning_rate=(2.0,),
        steps=3000,
    ),
    "learned_when": Config(gain=(100.0,), probe=0.0, steps=2000, measurements=101),
    "pictures": Config(
        inputs="patches",
        images="scikit-image",
        dimensions=2,
        length=12,
        network="autoencoder",
        activation="relu",
        units=49,
        learning_rate=(1.0,),
        steps=1000,
        measurements=11,
        localized=0.03,
        decompose=True,
    ),
    "components": Config(gain=(0.01, 100.0), decompose=True, seeds=4),
}

PRESET_WORDS = {
    "quick": "nonlinear inputs of four gains, and their Gaussian clones",
    "single_unit": "one rectified unit, for which there is a theory, over gains",
    "plane": "blobs on a torus",
    "targets": "four classes, cross-entropy",
    "autoencoder": "sparse reconstruction instead of classes",
    "learned_when": "errors on the inputs and on their Gaussian clones over training",
    "pictures": "sparse codes and independent components of natural pictures, beside V1",
    "components": "independent components and sparse codes of the same inputs",
    "which_data": "18 families of inputs, one unit each, beside the theory",
    "students": "filters, lazy training, Adam, batches of one, other classes: who stays local",
    "kurtosis": "gains and heavy tails: is kurtosis what decides?",
}
"""What each preset, or suite, is."""
