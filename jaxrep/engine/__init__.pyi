from .batches import Batches, Data, fresh_batches, full_batch, shuffled_batches
from .checkpoints import BrokenCheckpoint, Checkpoint, Checkpoints
from .divergence import finite_replicas, where_finite
from .execution import Execution
from .finding import differing, find_runs, runs_frame
from .problem import Best, Hyper, Label, Problem, State, Variables
from .program import own_data
from .records import join_replicas, split_replicas
from .replicas import Replicas
from .run import Run
from .schedule import Schedule, linear_steps, logarithmic_steps
from .session import Trained
from .spread import map_over_replicas
from .train import train

__all__ = [
    "Batches",
    "Best",
    "BrokenCheckpoint",
    "Checkpoint",
    "Checkpoints",
    "Data",
    "Execution",
    "Hyper",
    "Label",
    "Problem",
    "Replicas",
    "Run",
    "Schedule",
    "State",
    "Trained",
    "Variables",
    "differing",
    "find_runs",
    "finite_replicas",
    "fresh_batches",
    "full_batch",
    "join_replicas",
    "linear_steps",
    "logarithmic_steps",
    "map_over_replicas",
    "own_data",
    "runs_frame",
    "shuffled_batches",
    "split_replicas",
    "train",
    "where_finite",
]
