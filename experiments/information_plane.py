"""Does learning compress? The information every layer keeps of its input and of the class.

    python -m experiments.information_plane                        # tanh and relu, 10 seeds each
    python -m experiments.information_plane --preset paper         # one cohort at 8000 epochs
    python -m experiments.information_plane --preset findings      # what was published, checked
    python -m experiments.information_plane --activation relu --initial-bias 0 0.1 1 5

Expected of the quick preset: with tanh the last hidden layers end bits below their peaks, in
every seed; with relu they do not, and only the output does.

Sources: Shwartz-Ziv and Tishby (2017); Saxe et al. (2018); the deep-bottleneck project.
"""

import functools
from dataclasses import dataclass
from typing import Literal

from experiments._information_analysis import analyse_run
from experiments._information_check import check_config, load, warnings_of
from experiments._information_problem import problem, recorded_epochs
from experiments._information_report import draw_report
from experiments._information_suites import compare, suites
from jaxrep.engine import Replicas, Schedule, linear
from jaxrep.engine.run import Run
from jaxrep.study import Analysis, Plan, Study, kept, main


@dataclass(frozen=True)
class Config:
    """A feed-forward classifier; learning rate, initial bias and max-norm are swept in one call."""

    data: str = "twelve_bits"
    """twelve_bits, or a file: .npz with x_train, y_train, x_test, y_test, or with x and y; or .csv
    of numbers with a header and the class in the last column."""
    train_share: float = 0.8
    """Share of the inputs that is trained on, where the file has no split; 1 tests on the same."""
    split_seed: int = 0
    """Of that split."""
    split: str = ""
    """.npz file with pattern numbers of the twelve bits, train and test, for a given split."""
    zero_mean: Literal["no", "yes"] = "no"
    """yes: bits are -0.5 and 0.5."""
    architecture: tuple[int, ...] = (10, 7, 5, 4, 3)
    """Units of the hidden layers; none is a softmax regression."""
    activation: str = "tanh"
    """tanh, relu, sigmoid, softsign, softplus, leaky_relu, hard_sigmoid, selu, relu6, elu, linear,
    hard_tanh, erf, shifted_relu."""
    batch_norm: Literal["no", "yes"] = "no"
    """After every hidden layer."""
    initial_bias: tuple[float, ...] = (0.0,)
    """Of every hidden unit; several values are swept."""
    max_norm: tuple[float, ...] = (0.0,)
    """Limit of the norm of every hidden unit's weights, kept after every update; 0 is none."""
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
    estimators: tuple[str, ...] = ("binning",)
    """Of mutual information: binning, kernel (two bounds), edge, neighbours."""
    widths: tuple[float, ...] = (0.07,)
    """Of bins."""
    variances: tuple[float, ...] = (1e-3,)
    """Of the noise that kernel bounds assume."""
    costly: int = 20
    """Recorded epochs that kernel, edge and neighbours are computed at, logarithmically spaced."""
    seeds: int = 10
    """Number of seeds."""
    first_seed: int = 0
    """The seeds are first_seed, first_seed + 1, ..."""
    precision: Literal["float32", "float64"] = "float32"
    """Of training."""


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
        estimators=("binning", "kernel", "edge"), zero_mean="yes", initial_bias=(0.1,), epochs=8000
    ),
    "batch_norm": Config(activation="relu", batch_norm="yes", max_norm=(0.7,)),
}


@functools.lru_cache(maxsize=16)
def build(config: Config) -> Plan:
    """The training problem, replicas and schedule; a step is one update."""
    data = load(config)
    names = ("initial_bias", "max_norm", "learning_rate")
    replicas = Replicas.consecutive(
        config.first_seed, config.seeds, {name: getattr(config, name) for name in names}
    )
    per_epoch = -(-len(data.train_classes) // config.batch_size)
    steps = config.epochs * per_epoch
    measured = tuple(epoch * per_epoch for epoch in recorded_epochs(config.epochs))
    saved = tuple(epoch * per_epoch for epoch in linear(config.epochs, 11)[1:])
    return Plan(problem(config, data), replicas, Schedule(steps, measured, (), saved))


def analyse(run: Run, config: Config) -> Analysis:
    """Information of every layer, compression, stuck networks."""
    return analyse_run(run, config, build(config), load(config))


STUDY = Study(
    "information_plane",
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
