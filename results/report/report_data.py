"""Everything that a report shows, worked out once."""

from __future__ import annotations

from dataclasses import dataclass

from results.analysis.posterior import Posterior
from results.analysis.recommendation import Recommendation
from results.analysis.summary import Summary
from results.ranking import ranking, row_config
from results.run_data import RunData


@dataclass(frozen=True)
class ReportData:
    """A run with its recommendation and what that rests on."""

    run: RunData
    recommendation: Recommendation
    summary: Summary | None
    """None when no trial ended with a finite loss."""

    @property
    def recommended(self) -> list[str]:
        """Ids of the trials of the recommended configuration."""
        return [] if self.summary is None else self.summary.trial_ids

    @property
    def posterior(self) -> Posterior | None:
        """The fitted surface where it is sure."""
        return self.summary.posterior if self.summary and self.summary.is_sure else None

    @property
    def why_unsure(self) -> str:
        """Why it is not, as a clause."""
        return self.summary.why_unsure if self.summary else "no trial ended with a finite metric"

    @property
    def codes(self) -> set[str]:
        """The codes of the warnings."""
        return {warning.code for warning in self.recommendation.warnings}

    def runner_up(self) -> float | None:
        """The final metric of the best other configuration that ran to the end, over its seeds."""
        ranked = ranking(self.run.trials)
        for _, row in ranked[ranked["status"].eq("finished")].iterrows():
            if row_config(row) != self.recommendation.config:
                return float(row["metric"])
        return None
