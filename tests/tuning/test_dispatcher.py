"""Who is given which trial, and what the record says of it: scripted reports, no workers."""

import math

import pytest

from tuning.assignments import (
    Assignment,
    NoAssignment,
    PreflightAssignment,
    Report,
    report_seconds,
)
from tuning.dispatcher import Dispatcher, TrialPlan
from tuning.progress import Progress
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


@pytest.fixture
def started():
    """A dispatcher past its first batch, and its search; worker `a` has the first trial."""

    def make(*stages, max_failures=1):
        search = MemorySearch(stages)
        dispatcher = Dispatcher(search, Progress(RULE.start, max_failures))
        assert isinstance(dispatcher.on_report("a", Report()), PreflightAssignment)
        assignment = dispatcher.on_report("a", Report(preflight_done=True))
        return dispatcher, search, assignment

    return make


def rows(*losses, first=1):
    return [
        {"epoch": e, "train_loss": loss, "val_loss": loss, "seconds": 0.1, "time": 0.0}
        for e, loss in enumerate(losses, start=first)
    ]


def done(trial_id, loss=0.5, ended="finished", **more):
    return Report(trial_id=trial_id, epochs=rows(*[loss] * 9), ended=ended, **more)


def test_each_trial_is_given_out_once_and_the_search_ends(started):
    dispatcher, search, assignment = started(plans(3))
    given = [assignment.trial_id]
    while not dispatcher.over:
        assignment = dispatcher.on_report("a", done(given[-1]))
        given += [assignment.trial_id] if isinstance(assignment, Assignment) else []

    assert given == ["s0", "s1", "s2"]
    assert search.statuses() == [("s0", "finished"), ("s1", "finished"), ("s2", "finished")]
    assert search.discarded == given


def test_workers_that_join_later_report_less_often(started):
    dispatcher, _, first = started(plans(402))
    joined = [dispatcher.on_report(str(worker), Report()) for worker in range(399)]
    again = dispatcher.on_report("a", done(first.trial_id))

    assert [joined[place].report_seconds for place in (0, 199, 398)] == [0.5, 1.005, 2.0]
    assert again.report_seconds == 2.0


def test_trials_that_are_no_longer_wanted_do_not_begin(started):
    dispatcher, search, _ = started(plans(3), plans(1, "confirm", "c"))
    search.unwanted = {"s1", "s2"}

    assignment = dispatcher.on_report("a", done("s0"))

    assert assignment.trial_id == "c0"


def test_a_weak_trial_is_stopped_and_its_worker_given_the_next(started):
    dispatcher, search, _ = started(plans(3))
    dispatcher.on_report("a", done("s0", loss=0.1))

    assignment = dispatcher.on_report("a", Report(trial_id="s1", epochs=rows(0.9)))

    assert assignment.trial_id == "s2"
    assert search.statuses()[-1] == ("s1", "stopped")


def test_a_proposed_trial_is_compared_with_other_proposals_alone(started):
    dispatcher, search, _ = started(plans(1))
    search.proposed = [
        TrialPlan(f"s{i}", "search", {"lr": i}, seed=i, proposed=True) for i in (1, 2)
    ]
    dispatcher.on_report("a", done("s0", loss=0.1))

    dispatcher.on_report("a", done("s1", loss=0.5))
    dispatcher.on_report("a", Report(trial_id="s2", epochs=rows(0.6)))

    assert search.statuses() == [("s0", "finished"), ("s1", "finished"), ("s2", "stopped")]


def test_a_worker_whose_trial_is_stopped_leaves_it_even_when_none_is_left(started):
    dispatcher, _, _ = started(plans(2))
    dispatcher.on_report("b", Report())
    dispatcher.on_report("a", Report(trial_id="s0", epochs=rows(0.1)))

    assert dispatcher.on_report("b", Report(trial_id="s1", epochs=rows(0.9))) == NoAssignment()


def test_a_trial_that_goes_on_keeps_its_worker(started):
    dispatcher, _, _ = started(plans(2))

    assert dispatcher.on_report("a", Report(trial_id="s0", epochs=rows(0.9, 0.8))) is None


def test_a_control_trial_runs_on_however_weak(started):
    strong, weak = TrialPlan("s0", "search", {}, 0), TrialPlan("s1", "search", {}, 1, control=True)
    dispatcher, _, _ = started([strong, weak])
    dispatcher.on_report("a", done("s0", loss=0.1))

    assert dispatcher.on_report("a", Report(trial_id="s1", epochs=rows(0.9))) is None


def test_a_proposed_trial_runs_beside_those_that_are_still_running(started):
    dispatcher, search, _ = started(plans(1), plans(1, stage="confirm", prefix="c"))
    search.proposed = [TrialPlan("s1", "search", {"lr": 7}, seed=1, proposed=True)]

    assignment = dispatcher.on_report("b", Report())

    assert assignment.config == {"lr": 7}
    begun = [line for line in search.lines if line["kind"] == "trial"]
    assert [line["proposed"] for line in begun] == [False, True]


def test_the_next_stage_waits_for_the_last_trial_of_the_one_before(started):
    dispatcher, _, _ = started(plans(2), plans(1, "confirm", "c"))
    assert dispatcher.on_report("b", Report()).trial_id == "s1"
    assert dispatcher.on_report("a", done("s0")) == NoAssignment()

    assert dispatcher.on_report("b", done("s1")).trial_id == "c0"
    assert dispatcher.on_report("a", Report()) == NoAssignment()
    assert not dispatcher.over


def test_losses_of_the_confirm_stage_stop_nothing(started):
    dispatcher, search, _ = started(plans(1), plans(1, "confirm", "c"))
    dispatcher.on_report("a", done("s0", loss=0.1))

    assert dispatcher.on_report("a", Report(trial_id="c0", epochs=rows(0.9))) is None
    dispatcher.on_report("a", Report(trial_id="c0", epochs=rows(0.9, first=2), ended="finished"))
    assert search.statuses()[-1] == ("c0", "finished")


def test_a_diverged_trial_is_recorded_with_nulls_and_judges_nobody(started):
    dispatcher, search, _ = started(plans(3))
    dispatcher.on_report("a", Report(trial_id="s0", epochs=rows(math.inf), ended="diverged"))
    dispatcher.on_report("a", Report(trial_id="s1", epochs=rows(0.5)))

    epoch = next(line for line in search.lines if line["kind"] == "epoch")
    assert epoch["val_loss"] is None
    assert search.statuses() == [("s0", "diverged")]


def test_a_failing_trial_is_tried_again_then_failed_and_the_others_go_on(started):
    dispatcher, search, _ = started(plans(2), max_failures=1)
    failure = {"ended": "failed", "error": "broken", "traceback": "..."}

    assert dispatcher.on_report("a", Report(trial_id="s0", **failure)).trial_id == "s1"
    again = dispatcher.on_report("a", done("s1"))
    assert (again.trial_id, again.attempt) == ("s0", 2)
    dispatcher.on_report("a", Report(trial_id="s0", **failure))

    assert dispatcher.over
    assert search.statuses() == [("s0", "failed"), ("s1", "finished"), ("s0", "failed")]
    assert search.lines[-1]["traceback"] == "..."


def test_a_lost_worker_costs_its_trial_one_attempt(started):
    dispatcher, search, _ = started(plans(2))

    dispatcher.on_worker_died("a", "the worker died")

    assert search.lines[-1]["error"] == "the worker died"
    assert dispatcher.on_report("a2", Report()).trial_id == "s1"
    assert dispatcher.on_report("a2", done("s1")).trial_id == "s0"


def test_epochs_of_a_second_attempt_are_recorded_but_judged_once(started):
    dispatcher, search, _ = started(plans(1), max_failures=1)
    dispatcher.on_report("a", Report(trial_id="s0", epochs=rows(0.5, 0.4)))
    dispatcher.on_worker_died("a", "gone")
    dispatcher.on_report("a", Report())
    dispatcher.on_report("a", done("s0"))

    assert dispatcher.progress.epochs_done == 9
    attempts = [line["attempt"] for line in search.lines if line["kind"] == "epoch"]
    assert attempts == [1] * 2 + [2] * 9


def test_an_interrupted_search_says_so_of_what_was_running(started):
    dispatcher, search, _ = started(plans(2))
    dispatcher.on_report("a", Report(trial_id="s0", epochs=rows(0.5)))

    dispatcher.interrupt()

    assert dispatcher.over
    assert search.statuses() == [("s0", "interrupted")]


def test_a_first_batch_that_fails_refuses_the_search():
    search = MemorySearch([plans(1)])
    dispatcher = Dispatcher(search, Progress(RULE.start, 0))
    dispatcher.on_report("a", Report())
    dispatcher.on_report("a", Report(ended="failed", error="task.py line 3: shapes do not fit"))

    assert dispatcher.over
    assert str(dispatcher.refused) == "task.py line 3: shapes do not fit"
    assert search.lines == []


def test_what_the_search_refuses_is_refused():
    search = MemorySearch([plans(1)])
    search.refuse = "nobody reads hiden"
    dispatcher = Dispatcher(search, Progress(RULE.start, 0))
    dispatcher.on_report("a", Report())
    dispatcher.on_report("a", Report(preflight_done=True))

    assert str(dispatcher.refused) == "nobody reads hiden"


def test_what_no_configuration_mends_ends_the_search_at_its_first_word(started):
    dispatcher, search, _ = started(plans(3))

    dispatcher.on_report(
        "a", Report(trial_id="s0", ended="failed", error="x", breaks_contract=True)
    )

    assert dispatcher.over
    assert dispatcher.is_void
    assert str(dispatcher.refused) == "x"
    assert search.statuses() == []


def test_a_trial_that_breaks_after_its_first_epoch_fails_alone(started):
    dispatcher, search, _ = started(plans(3), max_failures=0)
    broken = {"ended": "failed", "error": "x", "breaks_contract": True}

    dispatcher.on_report("a", Report(trial_id="s0", epochs=rows(0.5), **broken))

    assert not dispatcher.over
    assert search.statuses() == [("s0", "failed")]


def test_only_one_worker_runs_the_first_batch():
    dispatcher = Dispatcher(MemorySearch([plans(2)]), Progress(RULE.start, 0))

    assert isinstance(dispatcher.on_report("a", Report()), PreflightAssignment)
    assert dispatcher.on_report("b", Report()) is None
    assert dispatcher.on_report("b", Report()) is None


def test_a_worker_that_is_lost_with_the_first_batch_leaves_it_to_another():
    dispatcher = Dispatcher(MemorySearch([plans(2)]), Progress(RULE.start, 0))
    dispatcher.on_report("a", Report())
    assert dispatcher.on_report("b", Report()) is None

    dispatcher.on_worker_lost("a")

    assert isinstance(dispatcher.on_report("b", Report()), PreflightAssignment)


def test_what_runs_as_the_search_is_refused_is_interrupted(started):
    dispatcher, search, _ = started(plans(3))
    dispatcher.on_report("b", Report())

    dispatcher.refuse(ValueError("no"))

    assert search.statuses() == [("s0", "interrupted"), ("s1", "interrupted")]


def test_a_worker_that_dies_of_the_first_batch_refuses_the_search():
    """Nobody else would run that batch: the search would wait for ever."""
    search = MemorySearch([plans(1)])
    dispatcher = Dispatcher(search, Progress(RULE.start, 0))
    dispatcher.on_report("a", Report())

    dispatcher.on_worker_died("a", "the worker process died")

    assert dispatcher.over
    assert str(dispatcher.refused) == "before the first trial the worker process died"


def broken(trial_id, error="own.py line 3: no", traceback="Traceback ..."):
    return Report(trial_id=trial_id, ended="failed", error=error, traceback=traceback)


def test_the_same_exception_at_the_same_line_is_not_tried_a_third_time(started):
    dispatcher, search, _ = started(plans(1), max_failures=9)
    dispatcher.on_report("a", broken("s0"))
    dispatcher.on_report("a", broken("s0", "own.py line 9: not found"))
    dispatcher.on_report("a", broken("s0"))

    assert [line["final"] for line in search.lines if line["kind"] == "status"] == [
        False,
        False,
        True,
    ]
    assert search.discarded == ["s0"]


def test_a_worker_that_dies_again_may_be_no_fault_of_its_trial(started):
    dispatcher, search, _ = started(plans(1), max_failures=2)
    for _ in range(2):
        dispatcher.on_worker_died("a", "the worker process died")
        dispatcher.on_report("a", Report())

    assert search.statuses() == [("s0", "failed")] * 2
    assert search.discarded == []


def test_the_same_error_three_times_before_anything_else_ends_the_search(started):
    dispatcher, _, _ = started(plans(5), max_failures=2)
    for trial_id in ("s0", "s1"):
        dispatcher.on_report("a", broken(trial_id))
        assert not dispatcher.over
    dispatcher.on_report("a", broken("s2"))

    assert dispatcher.over
    assert str(dispatcher.refused) == "own.py line 3: no (3 times in a row)"


@pytest.mark.parametrize(
    "reports",
    [
        [broken("s0"), broken("s1", "own.py line 4: other"), broken("s2")],
        [done("s0", ended="diverged"), broken("s1"), broken("s2"), broken("s3")],
        [broken("s0"), done("s1"), broken("s2"), broken("s3")],
    ],
)
def test_other_errors_or_a_trial_that_ends_well_leave_it_going(started, reports):
    dispatcher, _, _ = started(plans(6), max_failures=0)
    for report in reports:
        dispatcher.on_report("a", report)

    assert not dispatcher.over
