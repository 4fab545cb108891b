import numpy as np
import pytest

from results.analysis.confirmation import confirmation_size, has_winner, recommended_config, window
from search_spaces import Choice, Space

SPACE = Space.from_dict(
    {
        "lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True},
        "batch_size": {"type": "choice", "choices": [16, 32, 64, 128, 256]},
        "dropout": {"type": "float", "low": 0.0, "high": 0.9},
    }
)


@pytest.fixture
def searched(trials_of):
    """Nine full-length trials, the best at lr 0.01, batch size 64."""
    return trials_of(
        *(
            {
                "config/lr": lr,
                "config/batch_size": 64,
                "config/dropout": 0.3,
                "val_loss": 1 + np.log10(lr / 0.01) ** 2,
            }
            for lr in np.logspace(-4, 0, 9)
        )
    )


def test_confirmation_costs_about_what_the_search_did():
    size = confirmation_size(search_epochs=600, budget=27)

    assert (size.window, size.seeds, size.rounds) == (19, 3, (10, 9))
    assert size.epochs(27) == 22 * 27


def test_small_search_is_confirmed_by_as_many_runs_as_an_answer_needs():
    assert confirmation_size(search_epochs=30, budget=27).window == 12


def test_first_round_fills_a_box_around_the_winner(searched):
    configs = window(searched, SPACE, 12)

    rates = [config["lr"] for config in configs]
    assert (min(rates), max(rates)) == (
        pytest.approx(0.0018, rel=0.1),
        pytest.approx(0.055, rel=0.1),
    )
    assert {config["batch_size"] for config in configs} == {32, 64, 128}
    assert {config["dropout"] for config in configs} == {0.3}


def test_window_is_clipped_to_the_space(searched):
    searched["val_loss"] = -np.log10(searched["config/lr"])

    rates = [config["lr"] for config in window(searched, SPACE, 12)]

    assert max(rates) <= 1.0
    assert min(rates) > 0.1


def test_second_round_gathers_where_the_optimum_may_be(searched):
    searched.loc[:3, "stage"] = "confirm"

    rates = [config["lr"] for config in window(searched, SPACE, 20)]

    assert 0.003 < np.median(rates) < 0.03


def test_same_trials_give_the_same_plan(searched):
    searched.loc[:3, "stage"] = "confirm"

    assert window(searched, SPACE, 5) == window(searched, SPACE, 5)
    assert recommended_config(searched, SPACE) == recommended_config(searched, SPACE)


def test_recommended_configuration_lies_at_the_bottom_of_the_bowl(searched):
    assert recommended_config(searched, SPACE)["lr"] == pytest.approx(0.01, rel=0.3)


def test_space_without_a_range_repeats_its_best_configurations(trials_of):
    trials = trials_of({"config/lr": 0.1, "val_loss": 2.0}, {"config/lr": 0.2, "val_loss": 1.0})

    configs = window(trials, Space({"lr": Choice([0.1, 0.2])}), 3)

    assert [config["lr"] for config in configs] == [0.2, 0.1, 0.2]


def test_nothing_is_planned_without_a_winner(trials_of):
    trials = trials_of({"status": "diverged", "val_loss": np.nan})

    assert not has_winner(trials)
    assert window(trials, SPACE, 5) == []
    with pytest.raises(ValueError, match="nothing to recommend: no trial has a finite"):
        recommended_config(trials, SPACE)
