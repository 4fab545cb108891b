"""Everything that a report tells, worked out once."""

from __future__ import annotations

from dataclasses import dataclass

from results.analysis.posterior import Plane
from results.analysis.recommendation import Recommendation
from results.analysis.summary import Findings
from results.ranking import row_config
from results.store import Run


@dataclass(frozen=True)
class Story:
    """A run with its recommendation and what that rests on."""

    run: Run
    recommendation: Recommendation
    findings: Findings | None
    """None when no trial ended with a finite loss."""

    @classmethod
    def of(cls, run: Run) -> Story:
        """Work it out; takes the time of the analysis."""
        return cls(run, run.recommendation(), run.findings)

    @property
    def plane(self) -> Plane | None:
        """The fitted surface where it may speak."""
        return self.findings.plane if self.findings and self.findings.is_sure else None

    @property
    def codes(self) -> set[str]:
        """The codes of the warnings."""
        return {caution.code for caution in self.recommendation.warnings}

    def runner_up(self) -> float | None:
        """The final loss of the best full-length trial of any other configuration."""
        trials = self.run.trials
        full = trials[
            trials["status"].eq("finished") & ~trials["trial_id"].isin(self.run.recommended)
        ]
        full = full.sort_values("val_loss")
        for _, row in full.iterrows():
            if row_config(row) != self.recommendation.config:
                return float(row["val_loss"])
        return None
