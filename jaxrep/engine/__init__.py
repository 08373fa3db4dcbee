"""The engine: many replicas at once, measured, checkpointed, continued, on all devices."""

from jaxrep.engine.batches import Batches, Data, fresh_batches, full_batch, shuffled_batches
from jaxrep.engine.checkpoints import BrokenCheckpoint, Checkpoint, Checkpoints
from jaxrep.engine.divergence import finite_replicas, where_finite
from jaxrep.engine.execution import Execution
from jaxrep.engine.finding import differing, find_runs, runs_frame
from jaxrep.engine.problem import Best, Hyper, Label, Problem, State, Variables
from jaxrep.engine.program import own_data
from jaxrep.engine.records import join_replicas, split_replicas
from jaxrep.engine.replicas import Replicas
from jaxrep.engine.run import Run
from jaxrep.engine.schedule import Schedule, linear_steps, logarithmic_steps
from jaxrep.engine.session import Trained
from jaxrep.engine.spread import map_over_replicas
from jaxrep.engine.train import train

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
