import pytest

from tuning.time_budget import TimeBudget


@pytest.fixture
def clock(monkeypatch):
    """Seconds that have passed, to be set."""
    now = [100.0]
    monkeypatch.setattr("tuning.time_budget.time.monotonic", lambda: now[0])
    return now


def test_time_counts_from_the_first_trial_on(clock):
    budget = TimeBudget(30.0, confirm=True)
    clock[0] += 1000

    assert not budget.is_search_over
    budget.begin()
    assert not budget.is_search_over


def test_a_third_is_kept_for_the_confirmation(clock):
    with_share, without = TimeBudget(30.0, confirm=True), TimeBudget(30.0, confirm=False)
    with_share.begin(), without.begin()
    clock[0] += 21

    assert with_share.is_search_over
    assert not with_share.is_spent
    assert not without.is_search_over
    clock[0] += 10
    assert with_share.is_spent
    assert without.is_spent


def test_of_the_confirmations_share_two_thirds_are_for_the_race(clock):
    budget = TimeBudget(90.0, confirm=True)
    budget.begin()
    clock[0] += 69

    assert budget.is_search_over
    assert not budget.is_race_due
    clock[0] += 2
    assert budget.is_race_due


def test_without_a_limit_it_is_never_spent(clock):
    budget = TimeBudget(None, confirm=True)
    budget.begin()
    clock[0] += 1e9

    assert not budget.is_search_over
    assert not budget.is_race_due
    assert not budget.is_spent
