"""Several runs of the face-angle study on one page: densities, codes, bins, fine-tuning."""

from collections.abc import Mapping

from jaxrep.engine.run import Run
from jaxrep.study import Comparison, claims_summary

from .claims import published_table
from .config import Config
from .data import several
from .noise_suite import noise_comparison
from .parameter_suite import compare_parameters
from .suite_claims import NOTE, check_claims
from .suite_figures import exponents_by_loss, levels, precision_table, shapes
from .suite_results import Results
from .tuning_figure import tuning


def compare(runs: Mapping[str, Run], configs: Mapping[str, Config]) -> Comparison:
    """Totals, shares and exponents of all runs, and their curves side by side."""
    if any(several(config) for config in configs.values()):
        return compare_parameters(runs, configs)
    results = Results.of(runs, configs)
    checked = check_claims(results)
    tables = [precision_table(results)]
    if checked:
        tuned = any(config.start for config in configs.values())
        tables.append(published_table(checked, NOTE if tuned else ""))
    figures = [shapes(results), levels(results)]
    tuned_side_by_side = tuning(results)
    if tuned_side_by_side is not None:
        figures.insert(0, tuned_side_by_side)
    varied = [c for c in configs.values() if c.density not in ("uniform", "stepwise")]
    if any(len(config.loss) > 1 for config in varied):
        figures.append(exponents_by_loss(results))
    noises, verdicts = noise_comparison(results), []
    if noises is not None:
        table, figure, verdict = noises
        tables.insert(0, table)
        figures.insert(0, figure)
        verdicts.append(verdict)
    return Comparison(tables, figures, claims_summary(checked), verdicts)
