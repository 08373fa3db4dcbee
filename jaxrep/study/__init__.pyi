from .checks import (
    check_finite,
    check_given,
    check_known,
    check_layers,
    check_least,
    check_memory,
    check_positive,
)
from .claims import Checked, Claim, check_claim, claims_summary, claims_table
from .command_line import Options
from .configuration import InputFile, Replication, input_files
from .executing import execute
from .grid import (
    GridPoint,
    diverged_tables,
    figure_key,
    figure_per_choice,
    figure_per_point,
    grid_points,
    median_by_point,
    panels_or_picker,
)
from .menu import Menu, first_line
from .running import main
from .starting import start
from .study import Analysis, Comparison, Plan, Study, kept

__all__ = [
    "Analysis",
    "Checked",
    "Claim",
    "Comparison",
    "GridPoint",
    "InputFile",
    "Menu",
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
    "check_memory",
    "check_positive",
    "claims_summary",
    "claims_table",
    "diverged_tables",
    "execute",
    "figure_key",
    "figure_per_choice",
    "figure_per_point",
    "first_line",
    "grid_points",
    "input_files",
    "kept",
    "main",
    "median_by_point",
    "panels_or_picker",
    "start",
]
