"""What fails, and who pays for it: its trial an attempt, or the search: scripted reports."""

import pytest

from tests.tuning.scripted_search import RULE, MemorySearch, done, plans, rows
from tuning.assignments import PreflightAssignment, Report
from tuning.dispatcher import Dispatcher
from tuning.progress import Progress


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
