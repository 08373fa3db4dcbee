"""What makes a study of a problem: configuration, checks, grid points, claims, command line."""

from jaxrep.study.checks import (
    check_finite,
    check_given,
    check_known,
    check_layers,
    check_least,
    check_positive,
)
from jaxrep.study.claims import Checked, Claim, check_claim, claims_summary, claims_table
from jaxrep.study.command_line import Options
from jaxrep.study.configuration import InputFile, Replication, input_files
from jaxrep.study.executing import execute
from jaxrep.study.grid import (
    GridPoint,
    diverged_tables,
    figure_key,
    figure_per_point,
    grid_points,
    median_by_point,
    panels_or_picker,
)
from jaxrep.study.running import main
from jaxrep.study.study import Analysis, Comparison, Plan, Study, first_line, kept

__all__ = [
    "Analysis",
    "Checked",
    "Claim",
    "Comparison",
    "GridPoint",
    "InputFile",
    "Options",
    "Plan",
    "Replication",
    "Study",
    "check_claim",
    "check_finite",
    "check_given",
    "check_known",
    "check_layers",
    "check_least",
    "check_positive",
    "claims_summary",
    "claims_table",
    "diverged_tables",
    "execute",
    "figure_key",
    "figure_per_point",
    "first_line",
    "grid_points",
    "input_files",
    "kept",
    "main",
    "median_by_point",
    "panels_or_picker",
]
