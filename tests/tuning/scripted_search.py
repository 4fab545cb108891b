"""A search without workers: its trials, and reports as workers would send them."""

from tuning.assignments import Assignment, PreflightAssignment, Report, report_seconds
from tuning.dispatcher import TrialPlan
from tuning.scheduler import StoppingRule

RULE = StoppingRule(scheduler="asha", epochs=9, grace_epochs=1, reduction_factor=3)


class MemorySearch:
    """A search whose record is a list."""

    def __init__(self, stages):
        self.stages, self.lines, self.discarded, self.refuse = list(stages), [], [], None
        self.proposed, self.unwanted = [], set()

    def next_stage(self):
        return self.stages.pop(0) if self.stages else []

    def proposed_trial(self):
        return self.proposed.pop(0) if self.proposed else None

    def check_reported(self, report):
        """All of them tell the validation loss."""

    def may_begin(self, plan):
        return plan.trial_id not in self.unwanted

    def assignment(self, plan, attempt, num_workers):
        return Assignment(
            trial_id=plan.trial_id,
            attempt=attempt,
            config=plan.config,
            seed=plan.seed,
            epochs=9,
            checkpoint_dir="",
            checkpoint_seconds=30,
            report_seconds=report_seconds(num_workers),
        )

    def first_assignment(self):
        return PreflightAssignment(config={}, epochs=9)

    def begin(self, report):
        if self.refuse:
            raise ValueError(self.refuse)

    def write(self, lines):
        self.lines += lines

    def discard(self, trial_id):
        self.discarded.append(trial_id)

    def statuses(self):
        return [(x["trial_id"], x["status"]) for x in self.lines if x["kind"] == "status"]


def plans(num, stage="search", prefix="s"):
    return [TrialPlan(f"{prefix}{i}", stage, {"lr": i}, seed=i) for i in range(num)]


def rows(*losses, first=1):
    return [
        {"epoch": e, "train_loss": loss, "val_loss": loss, "seconds": 0.1, "time": 0.0}
        for e, loss in enumerate(losses, start=first)
    ]


def done(trial_id, loss=0.5, ended="finished", **more):
    return Report(trial_id=trial_id, epochs=rows(*[loss] * 9), ended=ended, **more)
