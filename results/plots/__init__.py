"""Plots of a run as plotly figures: functions of a `Run` that draw one thing each.

On hover a point names its trial by the row in `Run.trials`. Colours are those of light ground.
"""

from results.plots.basin import plot_basin
from results.plots.best_of_k import plot_best_of_k
from results.plots.curves import plot_curves
from results.plots.early_stopping import plot_rank_audit, plot_survival
from results.plots.hyperparameters import plot_dimension, plot_importance
from results.plots.map import plot_map
from results.plots.overfitting import plot_gap
from results.plots.parallel import plot_parallel

__all__ = [
    "plot_basin",
    "plot_best_of_k",
    "plot_curves",
    "plot_dimension",
    "plot_gap",
    "plot_importance",
    "plot_map",
    "plot_parallel",
    "plot_rank_audit",
    "plot_survival",
]
