import math

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from results.ranking import GROUPS, ranking, row_config
from results.run_frames import TRIAL_COLUMNS

STATUSES = list(GROUPS)


@st.composite
def trial_frames(draw):
    """Frames of up to 30 trials with repeated configurations and losses that may be absent."""
    count = draw(st.integers(1, 30))
    loss = st.one_of(st.floats(-5, 5), st.just(math.nan))
    rows = []
    for place in range(count):
        status = draw(st.sampled_from(STATUSES))
        final = draw(st.floats(-5, 5) if status == "finished" else loss)
        rows.append(
            dict.fromkeys(TRIAL_COLUMNS)
            | {
                "trial_id": f"s{place:05d}",
                "status": status,
                "epochs": 27 if status == "finished" else draw(st.integers(0, 26)),
                "val_loss": final,
                "best_val_loss": final,
                "metric": final,
                "best_metric": final,
                "objective": final,
                "train_loss": 0.0,
                "gap": 0.0,
                "config/lr": draw(st.sampled_from([0.1, 0.01, 0.001])),
                "config/act": draw(st.sampled_from(["relu", "tanh"])),
            }
        )
    return pd.DataFrame(rows)


@given(trial_frames())
@settings(max_examples=60, deadline=None)
def test_every_configuration_has_exactly_one_row(trials):
    tried = set(zip(trials["config/lr"], trials["config/act"], strict=True))

    ranked = ranking(trials)

    assert sorted(zip(ranked["config/lr"], ranked["config/act"], strict=True)) == sorted(tried)
    assert ranked["rank"].tolist() == list(range(1, len(tried) + 1))
    assert ranked["trials"].sum() == len(trials)


@given(trial_frames())
@settings(max_examples=60, deadline=None)
def test_groups_come_in_order_and_are_sorted_within(trials):
    ranked = ranking(trials)

    groups = ranked["status"].map(GROUPS).to_numpy()
    assert (np.diff(groups) >= 0).all()
    assert (np.diff(ranked.loc[groups == 0, "val_loss"]) >= 0).all()
    assert (np.diff(ranked.loc[groups == 1, "epochs"]) <= 0).all()


@given(trial_frames(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_order_of_the_losses_does_not_depend_on_the_order_of_the_trials(trials, random):
    places = list(range(len(trials)))
    random.shuffle(places)

    shuffled = ranking(trials.iloc[places].reset_index(drop=True))

    columns = ["status", "epochs", "val_loss"]  # equal losses may swap the rest
    pd.testing.assert_frame_equal(ranking(trials)[columns], shuffled[columns])


def test_full_length_trials_of_both_stages_are_averaged(trials_of):
    trials = trials_of(
        {"val_loss": 1.0, "config/lr": 0.1},
        {"val_loss": 3.0, "config/lr": 0.1, "stage": "confirm"},
        {"val_loss": 1.5, "config/lr": 0.2},
        {"val_loss": 0.1, "config/lr": 0.2, "status": "stopped", "epochs": 3},
    )

    ranked = ranking(trials)

    assert ranked["config/lr"].tolist() == [0.2, 0.1]
    assert ranked["val_loss"].tolist() == [1.5, 2.0]
    assert ranked["seeds"].tolist() == [1, 2]
    assert ranked["trials"].tolist() == [2, 2]


def test_lucky_short_trial_stays_behind_every_full_length_one(trials_of):
    trials = trials_of(
        {"val_loss": 0.1, "status": "stopped", "epochs": 9, "config/lr": 0.3},
        {"val_loss": 0.2, "status": "interrupted", "epochs": 12, "config/lr": 0.4},
        {"val_loss": math.nan, "status": "diverged", "epochs": 20, "config/lr": 0.5},
        {"val_loss": math.nan, "status": "failed", "epochs": 0, "config/lr": 0.6},
        {"val_loss": 5.0, "config/lr": 0.7},
    )

    assert ranking(trials)["config/lr"].tolist() == [0.7, 0.4, 0.3, 0.5, 0.6]


def test_true_and_one_are_different_configurations(trials_of):
    trials = trials_of({"config/x": True}, {"config/x": 1}, {"config/x": "1"})

    assert len(ranking(trials)) == 3


def test_configuration_of_a_row_leaves_out_what_is_absent(trials_of):
    trials = trials_of({"config/n": 3, "config/m": math.nan})

    assert row_config(ranking(trials).iloc[0]) == {"lr": 0.1, "n": 3}
