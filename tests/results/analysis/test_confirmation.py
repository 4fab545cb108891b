import numpy as np
import pytest

from results.analysis.confirmation import (
    confirmation_size,
    fresh_losses,
    has_winner,
    next_round,
)
from results.analysis.leader import confirmed_leader
from search_spaces import Choice, Space
from tests.results.report_runs import run_of

SPACE = Space.from_dict(
    {
        "lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True},
        "batch_size": {"type": "choice", "choices": [16, 32, 64, 128, 256]},
    }
)
LONG, SHORT = 600, 27
"""Epochs of a search: one that affords runs to look for more, one that affords fresh seeds."""


def loss_at(config):
    return 0.1 * np.exp(0.6 * np.log10(config["lr"] / 0.01) ** 2)


def row(config, loss=None, **more):
    columns = {f"config/{name}": value for name, value in config.items()}
    return columns | {"val_loss": loss_at(config) if loss is None else loss} | more


@pytest.fixture
def searched():
    """Rows of sixteen full-length trials, the best at lr 0.01."""
    return [
        row({"lr": float(lr), "batch_size": size})
        for lr in np.logspace(-4, 0, 8)
        for size in (32, 64)
    ]


@pytest.fixture
def raced(trials_of, searched):
    """A run whose race has trained configurations with fresh seeds, as (lr, losses)."""

    def build(*entries):
        fresh = [
            row({"lr": lr, "batch_size": 64}, loss, stage="confirm")
            for lr, losses in entries
            for loss in losses
        ]
        trials = trials_of(*searched, *fresh)
        ids = trials["trial_id"][len(searched) :]
        return run_of(trials, SPACE, roles=dict.fromkeys(ids, "seed"))

    return build


def test_confirmation_takes_at_most_what_the_search_took():
    for runs in (3, 5, 9, 20, 40, 400):
        assert confirmation_size(27 * runs, 27) <= runs


def test_a_small_search_is_confirmed_by_three_fresh_seeds_at_least():
    assert confirmation_size(17, 4) == 4
    assert confirmation_size(3, 27) == 3


def test_runs_where_the_best_may_be_come_before_the_race(trials_of, searched):
    planned = next_round(run_of(trials_of(*searched[::2]), SPACE), LONG)

    assert planned.role == "window"
    assert len(planned.configs) == 4


def test_the_first_runs_are_one_at_each_other_batch_size(trials_of, searched):
    """Of which nothing ran to the end, or little: early losses alone may be wrong about them."""
    planned = next_round(run_of(trials_of(*searched), SPACE), LONG)

    sizes = [config["batch_size"] for config in planned.configs]
    assert planned.role == "window"
    assert {16, 128, 256} < set(sizes)
    assert len(set(sizes)) == len(sizes) == 4


def test_where_time_is_short_the_race_comes_at_once(trials_of, searched):
    run = run_of(trials_of(*searched[::2]), SPACE)

    assert next_round(run, LONG, is_race_due=True).role == "seed"


def test_the_race_trains_good_configurations_with_fresh_seeds(trials_of, searched):
    planned = next_round(run_of(trials_of(*searched), SPACE), SHORT)

    assert planned.role == "seed"
    assert [config["lr"] for config in planned.configs] == [pytest.approx(0.01, rel=1)] * 3


def test_same_record_gives_the_same_plan(trials_of, searched):
    run = run_of(trials_of(*searched), SPACE)

    assert next_round(run, LONG) == next_round(run, LONG)


def test_the_leader_has_the_last_word_alone(raced):
    run = raced((0.01, [0.1, 0.1]), (0.05, [0.13, 0.13]))

    planned = next_round(run, SHORT, run.roles)

    assert (planned.role, planned.configs) == ("seed", [{"lr": 0.01, "batch_size": 64}])


def test_a_leader_that_held_ends_the_race(raced):
    run = raced((0.05, [0.13, 0.13]), (0.01, [0.1, 0.1, 0.1]))

    assert next_round(run, SHORT, run.roles) is None


def test_a_configuration_beaten_with_fresh_seeds_is_not_the_answer(raced):
    run = raced((0.05, [0.08, 0.09]), (0.01, [0.1, 0.1, 0.12]))

    planned = next_round(run, SHORT, run.roles)

    assert {"lr": 0.05, "batch_size": 64} in planned.configs
    assert fresh_losses(run)[0].config["lr"] == 0.05


def test_a_configuration_clearly_beaten_is_not_the_answer_where_all_is_noise_to_the_surrogate(
    trials_of,
):
    """Losses that no surface explains: its noise is larger than any difference."""
    rng = np.random.default_rng(0)
    searched = [
        row({"lr": float(lr), "batch_size": 32}, float(rng.choice([0.04, 0.08, 0.6, 28.0])))
        for lr in np.logspace(-4, 0, 14)
    ]
    fresh = [
        row({"lr": lr, "batch_size": 64}, loss, stage="confirm")
        for lr, losses in ((0.001, [0.56, 0.64, 0.67]), (0.1, [0.082, 0.083, 0.085]))
        for loss in losses
    ]
    trials = trials_of(*searched, *fresh)
    run = run_of(trials, SPACE, roles=dict.fromkeys(trials["trial_id"][len(searched) :], "seed"))

    planned = next_round(run, 20 * SHORT, run.roles)

    assert planned is None or planned.configs[0] != {"lr": 0.001, "batch_size": 64}
    assert confirmed_leader(run).config["lr"] == 0.1


@pytest.fixture
def raced_beside_the_best(trials_of, searched):
    """A run whose race has trained two configurations, between which the surface is lowest."""
    tried = [trial for trial in searched if abs(np.log10(trial["config/lr"]) + 2) > 0.4]
    fresh = [
        row({"lr": lr, "batch_size": 64}, stage="confirm") for lr in (0.003, 0.04) for _ in range(2)
    ]
    trials = trials_of(*tried, *fresh)
    return run_of(trials, SPACE, roles=dict.fromkeys(trials["trial_id"][len(tried) :], "seed"))


def test_where_the_surface_is_lowest_joins_the_race_though_it_was_never_tried(
    raced_beside_the_best,
):
    run = raced_beside_the_best

    planned = next_round(run, LONG, run.roles)

    first, again = planned.configs
    assert planned.role == "seed"
    assert first == again
    assert first["lr"] not in run.trials["config/lr"].to_list()
    assert loss_at(first) < 1.02 * loss_at({"lr": 0.01})


def test_where_time_is_short_nobody_joins_the_race(raced_beside_the_best):
    run = raced_beside_the_best

    planned = next_round(run, LONG, run.roles, is_race_due=True)

    assert [config["lr"] for config in planned.configs] == [0.003]


def test_what_was_seen_to_end_far_lower_than_the_leader_is_raced_too(trials_of, searched):
    lucky = {"lr": 0.5, "batch_size": 16}
    trials = trials_of(
        *searched,
        row(lucky, 0.03),
        *(row({"lr": 0.01, "batch_size": 64}, 0.1, stage="confirm") for _ in range(3)),
    )
    run = run_of(trials, SPACE, roles=dict.fromkeys(trials["trial_id"][-3:], "seed"))

    planned = next_round(run, SHORT, run.roles)

    assert planned.configs == [lucky] * 2


def test_fresh_seeds_that_diverge_lose(raced):
    run = raced((0.05, [np.inf, 0.01]), (0.01, [0.1, 0.1]))

    assert fresh_losses(run)[0].config["lr"] == 0.01


def test_space_of_choices_is_confirmed_too(trials_of):
    trials = trials_of({"config/lr": 0.1, "val_loss": 2.0}, {"config/lr": 0.2, "val_loss": 1.0})

    planned = next_round(run_of(trials, Space({"lr": Choice([0.1, 0.2])})), SHORT)

    assert planned.configs == [{"lr": 0.2}] * 3


def test_nothing_is_planned_without_a_winner(trials_of):
    trials = trials_of({"status": "diverged", "val_loss": np.nan})

    assert not has_winner(trials)
    assert next_round(run_of(trials, SPACE), LONG) is None


@pytest.mark.parametrize("space", [Space({"lr": Choice([0.1])}), SPACE])
def test_where_nothing_can_be_fitted_the_winner_is_trained_again(trials_of, space):
    """A space of one configuration, or trials that were interrupted before they were compared."""
    status = "finished" if space is not SPACE else "interrupted"
    trials = trials_of(row({"lr": 0.1, "batch_size": 32}, 0.5, status=status))
    trials = trials if space is SPACE else trials.drop(columns="config/batch_size")
    run = run_of(trials, space)

    planned = next_round(run, SHORT)

    assert [config["lr"] for config in planned.configs] == [0.1] * 3
