"""Early stopping, with scripted losses and no training."""

import math

import numpy as np
import pytest

from record.rungs import default_grace
from tuning.scheduler import StoppingRule


def rule(scheduler="asha", epochs=27, grace_epochs=3, reduction_factor=3):
    return StoppingRule(
        scheduler=scheduler,
        epochs=epochs,
        grace_epochs=grace_epochs,
        reduction_factor=reduction_factor,
    )


def last_epoch(judge, trial_id, losses):
    """Runs a trial of these losses, one an epoch; the epoch it ended with."""
    for epoch, loss in enumerate(losses, start=1):
        if not math.isfinite(loss) or judge.stops(trial_id, epoch, loss):
            return epoch
    return len(losses)


def run(judge, final_losses, epochs=27):
    """Trials one after the other, each with a constant loss; where each ended."""
    return [
        last_epoch(judge, f"t{index}", [loss] * epochs) for index, loss in enumerate(final_losses)
    ]


def test_weak_trials_stop_at_the_rungs():
    ends = run(rule().start(), np.random.default_rng(0).random(60))

    assert set(ends) == {3, 9, 27}
    assert ends.count(3) > ends.count(9) > 0
    assert ends.count(27) < 20


def test_the_best_trial_always_runs_to_the_end():
    losses = np.random.default_rng(1).random(60)

    ends = run(rule().start(), losses)

    assert ends[int(np.argmin(losses))] == 27


def test_a_nan_trial_ends_at_its_first_nan_and_is_not_judged():
    judge = rule().start()
    run(judge, [0.1, 0.2, 0.3])

    assert last_epoch(judge, "nan", [0.5, math.nan, 0.5, 0.5]) == 2


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_ten_diverged_trials_leave_the_cutoffs_as_without_them(bad):
    losses = np.random.default_rng(2).random(40)
    without = run(rule().start(), losses)
    judge = rule().start()
    for index in range(10):
        assert not judge.stops(f"bad{index}", 3, bad)
        assert not judge.stops(f"bad{index}", 9, bad)

    assert run(judge, losses) == without


def test_a_configuration_that_starts_late_is_judged_by_the_same_cutoffs():
    judge = rule().start()
    run(judge, np.linspace(0.1, 1.0, 20))

    assert last_epoch(judge, "late and weak", [0.9] * 27) == 3
    assert last_epoch(judge, "late and strong", [0.05] * 27) == 27


def test_replaying_a_record_brings_a_fresh_judge_to_the_same_state():
    losses = np.random.default_rng(3).random(30)
    first, second = rule().start(), rule().start()
    ends = run(first, losses)
    for index, end in enumerate(ends):
        for epoch in [*range(1, end + 1), *range(1, end + 1)]:  # seen twice counts once
            second.stops(f"t{index}", epoch, losses[index])

    later = np.random.default_rng(4).random(15)
    ends_later = [
        [last_epoch(judge, f"later{i}", [loss] * 27) for i, loss in enumerate(later)]
        for judge in (first, second)
    ]
    assert ends_later[0] == ends_later[1]


@pytest.mark.parametrize(
    ("epochs", "grace", "factor", "rungs"),
    [
        (27, 3, 3, (3, 9)),
        (243, 1, 3, (1, 3, 9, 27, 81)),
        (1000, 1, 10, (1, 10, 100)),
        (125, 1, 5, (1, 5, 25)),
        (28, 1, 3, (1, 3, 9, 27)),
        (5, 5, 2, ()),
    ],
)
def test_rungs_go_up_to_the_budget_whatever_a_logarithm_rounds_to(epochs, grace, factor, rungs):
    found = rule(epochs=epochs, grace_epochs=grace, reduction_factor=factor)

    assert found.rungs == rungs
    ends = run(found.start(), np.random.default_rng(0).random(400), epochs)
    assert set(ends) == {*rungs, epochs}


def test_median_stops_what_is_worse_than_the_median():
    judge = rule("median").start()

    ends = run(judge, [0.1, 0.2, 0.3, 0.9, 0.05])

    assert ends == [27, 27, 27, 3, 27]


@pytest.mark.parametrize("scheduler", ["asha", "median"])
def test_a_trial_may_go_on_though_it_was_to_be_stopped(scheduler):
    """As controls do, and trials whose budget is raised."""
    judge = rule(scheduler).start()
    run(judge, [0.1, 0.2, 0.3])

    stops = [judge.stops("control", epoch, 0.9) for epoch in range(1, 28)]

    assert stops.index(True) + 1 == 3


def test_without_a_scheduler_nothing_is_stopped():
    assert set(run(rule("none").start(), np.random.default_rng(0).random(20))) == {27}


def test_grace_is_an_eighth_of_the_budget_and_at_least_one_epoch():
    assert [default_grace(epochs) for epochs in (1, 7, 27, 100)] == [1, 1, 3, 12]
