"""The engine: many replicas at once, measured, checkpointed, continued, on all devices."""

from jaxrep.engine.batches import Batches, Data, fresh, full_batch, shuffled
from jaxrep.engine.checkpoints import Checkpoints
from jaxrep.engine.execution import Execution
from jaxrep.engine.problem import Hyper, Label, Problem, State, Variables
from jaxrep.engine.program import own_data
from jaxrep.engine.records import join_replicas, split_replicas
from jaxrep.engine.replicas import Replicas
from jaxrep.engine.schedule import Schedule, linear, logarithmic
from jaxrep.engine.session import Trained
from jaxrep.engine.spread import map_over_replicas
from jaxrep.engine.train import train

__all__ = ["Batches", "Checkpoints", "Data", "Execution", "Hyper", "Label", "Problem", "Replicas"]
__all__ += ["Schedule", "State", "Trained", "Variables", "fresh", "full_batch"]
__all__ += ["join_replicas", "linear", "logarithmic", "map_over_replicas", "own_data", "shuffled"]
__all__ += ["split_replicas", "train"]
