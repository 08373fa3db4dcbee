"""How does a code divide its precision? Networks that read the angle of a face.

    python -m experiments.face_angle                       # uniform and concentrated angles
    python -m experiments.face_angle --preset losses       # six losses, both densities
    python -m experiments.face_angle --preset paper        # Olivetti faces, both codes, all losses
    python -m experiments.face_angle --faces FOLDER --size 64 --density normal

Expected of the quick preset: trained on angles around pi/4, 60-75 % of the square root of the
Fisher information lie within 0.4 rad of it (27-33 % for uniform angles, 25 % if it were flat), and
information grows with the first power of the density, as minimal absolute errors ask for.

Sources: lrast/angleFinetuning; Morais and Pillow (2018); Ganguli and Simoncelli (2014).
"""

import functools
from dataclasses import dataclass
from typing import Literal

from experiments._face_analysis import analyse_run
from experiments._face_check import check_config, load_initial, warnings_of
from experiments._face_problem import power_of, problem, sizes
from experiments._face_report import draw_report
from experiments._face_suites import compare, suites
from experiments._face_tables import summary, tables
from jaxrep.engine import Replicas, Schedule, linear
from jaxrep.engine.run import Run
from jaxrep.study import Analysis, Plan, Study, kept, main


@dataclass(frozen=True)
class Config:
    """A code of the angle of a face; losses and learning rates are swept in one call."""

    faces: str = "procedural"
    """procedural (drawn, nothing to download), olivetti (by scikit-learn), or a file: .mat of the
    Olivetti faces, .npy of [picture, height, width], or a folder of pictures."""
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
    code: Literal["linear", "circular"] = "linear"
    """linear: both numbers are the angle, over half a turn; circular: cosine and sine, a whole
    turn."""
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
    loss: tuple[str, ...] = ("linear",)
    """Of the error: linear, sqrt, square, quart, root4, log, or any positive power; several are
    trained in one call."""
    error: Literal["angle", "cosine"] = "angle"
    """Of circular codes: error in angle, or the original's cosine, for which all losses are one."""
    architecture: tuple[int, ...] = (60, 20)
    """Units of the hidden layers."""
    activation: str = "celu"
    """celu, elu, relu, tanh, sigmoid, softplus, ..."""
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
    start: str = ""
    """Folder of a finished run of this study whose networks are trained further (fine-tuning)."""
    frozen: int = 0
    """Layers, from the first, that are not trained."""
    keep: Literal["train", "validation", "last"] = "train"
    """Networks analysed: those with the least loss on the whole training or validation set
    among the measured steps, or the last ones."""
    angles: int = 51
    """Angles at which networks are analysed, ends included."""
    range: tuple[float, ...] = ()
    """Least and greatest of these angles; none given: all that the code stands for."""
    dense_angles: int = 201
    """Angles of the search for spikes; 0 does not search."""
    estimators: Literal["some", "none"] = "some"
    """Whether the other estimators of Fisher information are compared."""
    seeds: int = 3
    """Number of seeds."""
    first_seed: int = 0
    """The seeds are first_seed, first_seed + 1, ..."""
    measurements: int = 21
    """Measured steps, equally spaced."""
    precision: Literal["float32", "float64"] = "float32"
    """Of training."""


STANDARD = Config()
PRESETS = {
    "uniform": STANDARD,
    "concentrated": Config(density="normal"),
    "circular": Config(code="circular", density="von_mises", mean=2.0, concentration=1.5707963),
}


@functools.lru_cache(maxsize=16)
def build(config: Config) -> Plan:
    """The training problem, replicas and schedule."""
    hyper = {
        "power": tuple(power_of(name) for name in config.loss),
        "learning_rate": config.learning_rate,
    }
    replicas = Replicas.consecutive(config.first_seed, config.seeds, hyper)
    steps = sizes(config)[1]
    measured, saved = linear(steps, config.measurements), linear(steps, 5)[1:]
    schedule = Schedule(steps, measured, (), saved)
    return Plan(problem(config), replicas, schedule, load_initial(config, replicas))


def analyse(run: Run, config: Config) -> Analysis:
    """Fisher information at every angle, its shape and what it follows; errors, biases."""
    results, found = analyse_run(run, config, build(config))
    return Analysis(results, summary(found), tables(found), found)


STUDY = Study(
    "face_angle",
    __doc__.splitlines()[0],
    Config,
    PRESETS,
    build,
    analyse,
    kept(draw_report),
    check_config,
    warnings_of,
    suites(STANDARD),
    compare,
    default="quick",
)

if __name__ == "__main__":
    raise SystemExit(main(STUDY))
