"""Run: what can be asked of a run, one method per question."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from record import AnyPath
from results.ranking import ranking
from results.run_data import RunData

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from results.analysis.recommendation import Recommendation
    from results.analysis.summary import Summary
    from results.plots.curves import Effort
    from results.report.report_data import ReportData


@dataclass(frozen=True, repr=False)
class Run(RunData):
    """A run as its record tells it, and what follows from that."""

    def ranking(self) -> pd.DataFrame:
        """One row per configuration, best first; see `results.ranking`."""
        return ranking(self.trials)

    @cached_property
    def summary(self) -> Summary | None:
        """What the answer, its warnings and the plots rest on; None where no loss is finite."""
        from results.analysis.summary import summarise

        return summarise(self)

    def recommendation(self) -> Recommendation:
        """What to use, and how sure that is; see `results.analysis.recommendation`."""
        return self._recommendation

    @cached_property
    def _recommendation(self) -> Recommendation:
        """Worked out once: terminal, report and files ask for it, and it takes half a second."""
        from results.analysis.recommendation import recommendation

        return recommendation(self, self.summary)

    @property
    def recommended(self) -> list[str]:
        """Ids of the trials of the recommended configuration; none where no loss is finite."""
        return [] if self.summary is None else self.summary.trial_ids

    def plot_curves(self, against: Effort = "epochs") -> Figure:
        """Learning curves of all trials against epochs, steps or seconds."""
        from results.plots import plot_curves

        return plot_curves(self, against, self.recommended)

    def plot_basin(self) -> Figure:
        """Loss over learning rate and batch size, with the plateau."""
        from results.plots import plot_basin

        return plot_basin(self, self.summary)

    def plot_gap(self) -> Figure:
        """Overfitting: the gap between validation and training loss, against the loss."""
        from results.plots import plot_gap

        return plot_gap(self, frozenset(self.recommended))

    def plot_dimension(self, name: str) -> Figure:
        """One hyperparameter against the final loss, its recommended value and its interval."""
        from results.plots import plot_dimension

        found = self.recommendation()
        ends = found.intervals.get(name)
        interval = (ends["low"], ends["high"]) if ends else None
        return plot_dimension(self, name, found.config.get(name), interval)

    def plot_importance(self) -> Figure:
        """Which hyperparameters matter. Raises ValueError where the record does not tell."""
        from results.analysis.importance import importance
        from results.plots import plot_importance

        summary = self.summary
        if summary is None or summary.posterior is None or not summary.is_sure:
            raise ValueError(
                "importance takes full-length trials that differ beyond noise: see the warnings of "
                "recommendation()"
            )
        return plot_importance(importance(summary.posterior))

    def plot_map(self, first: str, second: str) -> Figure:
        """Where in two hyperparameters the loss is low, the others at their recommended values."""
        from results.plots import plot_map

        return plot_map(self, self.summary, first, second)

    def plot_parallel(self) -> Figure:
        """Each trial as a line through all its hyperparameters to its loss."""
        from results.plots import plot_parallel

        return plot_parallel(self)

    def plot_survival(self) -> Figure:
        """Trials of the search that were still running at each epoch, and the rungs."""
        from results.plots import plot_survival

        return plot_survival(self)

    def plot_best_of_k(self) -> Figure:
        """What more configurations would gain: the expected best loss of k of them."""
        from results.plots import plot_best_of_k

        return plot_best_of_k(self)

    def report_data(self) -> ReportData:
        """Everything that the report tells."""
        from results.report.report_data import ReportData

        return ReportData(self, self.recommendation(), self.summary)

    def write_report(self, path: str | AnyPath | None = None) -> AnyPath:
        """Write the report, by default to report.html in the run's directory; its path.

        Runs together have no directory: ValueError where `path` is missing.
        """
        from results.report.page import write_report

        return write_report(self.report_data(), path)

    def __repr__(self) -> str:
        """Where it is and how large, in a line: the frames are no use inside another text."""
        return f"<Run {self.path.name}: {len(self.trials)} trials, {len(self.epochs)} epochs>"

    def _repr_html_(self) -> str:
        """The answer, the counts and the ten best configurations, for a notebook."""
        from results.text.notebook import html_of

        return html_of(self, self.recommendation())

    def _ipython_display_(self) -> None:
        """The same below a cell, and where the loss is low and how it fell as pictures."""
        from results import cell

        cell.show(self._repr_html_(), repr(self), self._first_pictures())

    def _first_pictures(self) -> Iterator[Figure]:
        if self.summary is not None:
            with suppress(ValueError):  # the space has no numeric hyperparameter
                yield self.plot_basin()
            yield self.plot_curves()
