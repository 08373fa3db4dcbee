"""What makes a study of a problem: configuration, command line, report."""

from jaxrep.study.command_line import Options
from jaxrep.study.configuration import Replication
from jaxrep.study.running import execute, main
from jaxrep.study.study import Analysis, Comparison, Plan, Study, kept

__all__ = [
    "Analysis",
    "Comparison",
    "Options",
    "Plan",
    "Replication",
    "Study",
    "execute",
    "kept",
    "main",
]
