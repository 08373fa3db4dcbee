"""What can be asked of face_angle: faces, densities of angles, codes, losses."""

from dataclasses import dataclass
from typing import Annotated, Literal

from jaxrep.study.configuration import InputFile, Replication


@dataclass(frozen=True)
class Data:
    """Faces, and the angles they are turned by."""

    faces: Annotated[str, InputFile] = "procedural"
    """procedural (drawn, nothing to download), olivetti (by scikit-learn), or a file: .mat of the
    Olivetti faces, .npy of [picture, height, width], .npz, or a folder of pictures."""
    faces_key: str = ""
    """Of a .mat or .npz file: name of its array. Nothing: the usual one, or the only one."""
    faces_axes: Literal["auto", "pictures_first", "pictures_last"] = "auto"
    """Of a file of arrays: which axis counts the pictures. auto: the last of .mat files if that
    gives squares, else the first."""
    faces_pixels: Literal["auto", "rows", "columns"] = "auto"
    """Of a file of arrays: pixels of a picture are row by row, or column by column (turns pictures
    that lie on their side). auto: columns for .mat files of two axes."""
    data_home: str = ""
    """Of olivetti: scikit-learn's data folder, for machines without a network."""
    size: int = 32
    """Pixels of a side."""
    people: int = 40
    """Of procedural faces: identities."""
    views: int = 10
    """Of procedural faces: pictures of each identity."""
    split: Literal["pictures", "people"] = "pictures"
    """pictures: a person may be in training and test; people: nobody is."""
    split_sizes: tuple[int, int, int] = (300, 50, 50)
    """Pictures for training, validation and test; with split people, their proportions."""
    split_seed: int = 787
    """Of the split, and of procedural identities; 787 is the original study's."""
    interpolation: Literal["cubic", "bilinear"] = "cubic"
    """Of turned pictures; bilinear as scikit-image's, its derivative jumps."""
    parameters: tuple[str, ...] = ("angle",)
    """What the code stands for: angle alone, or several of angle, size and light, one number of
    the code for each; they are then independent, from -1 to 1 half ranges."""
    half_range_size: float = 0.25
    """Of size, natural logarithm of the factor by which a face is enlarged. (Of the angle: half
    pi.)"""
    half_range_light: float = 0.5
    """Of light, natural logarithm of the factor of grey values."""
    concentrated: tuple[str, ...] = ()
    """Of several parameters: those that are normal, with mean and deviation as the angle's in half
    ranges; the others are uniform."""
    labels: Literal["true", "shuffled"] = "true"
    """Of several parameters: shuffled gives every stimulus the values of another one, a null."""
    density: str = "uniform"
    """Of training angles: uniform, normal, von_mises, stepwise (bins with random weights, others
    for every seed), or a file of two columns, angle and value."""
    mean: float = 0.7853981633974483
    """Of normal and von_mises, radians."""
    deviation: float = 0.2
    """Of normal, radians."""
    concentration: float = 2.0
    """Of von_mises. (The original's vonmises(pi/2, 2.) is concentration pi/2 around mean 2.)"""
    bins: int = 6
    """Of stepwise."""
    sampling: Literal["fixed", "fresh"] = "fixed"
    """fixed: the same stimuli in every epoch; fresh: new ones every step."""
    stimuli: int = 8192
    """Training stimuli (an epoch of fresh ones); validation and test have a quarter."""
    stimulus_seed: int = 0
    """Of shared stimuli."""
    stream: Literal["shared", "own"] = "shared"
    """shared: all networks see the same stimuli in the same order, which is faster; own: not."""


@dataclass(frozen=True)
class Model:
    """From pixels to a code of two numbers."""

    code: Literal["linear", "circular"] = "linear"
    """linear: both numbers are the angle, over half a turn; circular: cosine and sine, a whole
    turn."""
    architecture: tuple[int, ...] = (60, 20)
    """Units of the hidden layers."""
    activation: str = "celu"
    """celu, elu, relu, tanh, sigmoid, softplus, ..."""


@dataclass(frozen=True)
class Training:
    """Minibatch training."""

    loss: tuple[str, ...] = ("linear",)
    """Of the error: linear, sqrt, square, quart, root4, log, or any positive power; several are
    trained in one call."""
    error: Literal["angle", "cosine"] = "angle"
    """Of circular codes: error in angle, or the original's cosine, for which all losses are one."""
    learning_rate: tuple[float, ...] = (1e-3,)
    """Of Adam."""
    decay: Literal["cosine", "constant"] = "cosine"
    """Of the learning rate: to a twentieth at the end, or not (as the original)."""
    clip: float = 0.5
    """Largest norm of the gradient."""
    batch_size: int = 32
    """Stimuli in a minibatch."""
    epochs: int = 40
    """Passes over the training stimuli."""
    start: Annotated[str, InputFile] = ""
    """Folder of a finished run of this study whose networks are trained further (fine-tuning)."""
    frozen: int = 0
    """Layers, from the first, that are not trained."""
    keep: Literal["train", "validation", "last"] = "train"
    """Networks analysed: those with the least loss on the whole training or validation set
    among the measured steps, or the last ones."""
    measurements: int = 21
    """Measured steps, equally spaced."""
    snapshots: int = 0
    """Steps at which networks are kept for information over training, equally spaced in the
    logarithm, beside the first one and those of the checkpoints."""


@dataclass(frozen=True)
class Analysis:
    """Angles at which networks are analysed."""

    angles: int = 51
    """Angles at which networks are analysed, ends included."""
    range: tuple[float, ...] = ()
    """Least and greatest of these angles; none given: all that the code stands for."""
    dense_angles: int = 201
    """Angles of the search for spikes; 0 does not search."""
    estimators: Literal["some", "none"] = "some"
    """Whether the other estimators of Fisher information are compared."""
    depth_angles: int = 9
    """Angles at which the information of every hidden layer is measured; 0 does not."""
    distortions: Literal["some", "none"] = "some"
    """Whether the changes of a picture are shown that the code sees best."""
    noise: Literal["none", "gaussian", "student", "poisson", "proportional"] = "none"
    """Noise that is added to the responses to each face: normal, Student's t of 4 degrees of
    freedom, counts, or normal with a variance proportional to the mean (the last two: of responses
    that are never negative)."""
    noise_size: float = 0.1
    """Of gaussian and student: their scale, as a share of the responses' root mean square; of
    poisson and proportional: variance over mean, as a share of the mean response."""
    noise_layer: Literal["code", "hidden"] = "code"
    """Whose responses have the noise: the code's, or the last hidden layer's."""
    values: int = 7
    """Of several parameters: values of each at which networks are analysed, in all combinations,
    from -0.9 to 0.9 half ranges."""


@dataclass(frozen=True)
class Config(Replication, Analysis, Training, Model, Data):
    """A code of the angle of a face; losses and learning rates are swept in one call."""

    seeds: int = 3


STANDARD = Config()
PRESETS = {
    "uniform": STANDARD,
    "concentrated": Config(density="normal"),
    "circular": Config(code="circular", density="von_mises", mean=2.0, concentration=1.5707963),
}

PRESET_WORDS = {
    "quick": "uniform and concentrated angles",
    "uniform": "angles spread evenly over half a turn",
    "concentrated": "angles around pi/4",
    "circular": "a code of the whole turn, angles around 2",
    "losses": "six losses, both densities",
    "codes": "linear and circular codes, both densities",
    "paper": "Olivetti faces, both codes, all losses: a quarter of an hour",
    "bins": "random densities of four and six bins",
    "emergence": "when the precision appears: networks kept at many steps",
    "finetuning": "other angles, frozen layers, less data",
    "noise": "noise of several kinds on the code and on the last hidden layer",
    "parameters": "angle, size and light read together: the matrix of their information",
}
"""What each preset, or suite, is."""
