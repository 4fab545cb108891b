"""Who is given which trial, and what the record says of it: scripted reports, no workers."""

import math

from tests.tuning.scripted_search import RULE, MemorySearch, done, plans, rows
from tuning.assignments import Assignment, NoAssignment, PreflightAssignment, Report
from tuning.dispatcher import Dispatcher, TrialPlan
from tuning.progress import Progress


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


def test_an_interrupted_search_says_so_of_what_was_running(started):
    dispatcher, search, _ = started(plans(2))
    dispatcher.on_report("a", Report(trial_id="s0", epochs=rows(0.5)))

    dispatcher.interrupt()

    assert dispatcher.over
    assert search.statuses() == [("s0", "interrupted")]


def test_only_one_worker_runs_the_first_batch():
    dispatcher = Dispatcher(MemorySearch([plans(2)]), Progress(RULE.start, 0))

    assert isinstance(dispatcher.on_report("a", Report()), PreflightAssignment)
    assert dispatcher.on_report("b", Report()) is None
    assert dispatcher.on_report("b", Report()) is None
