"""What is wrong with a table of trials, said in a line."""

import pandas as pd
import pytest

from results import from_dataframe
from tests.results.importing.tables import GOOD, curves

BAD = {
    "no row": (pd.DataFrame(GOOD).iloc[:0], {}, "has no row"),
    "no metric": (
        pd.DataFrame({"lr": [0.1], "loss": [1.0]}),
        {},
        "there is no val_loss: say with --metric what trials are compared by; columns of numbers: "
        "loss",
    ),
    "unknown metric": (
        pd.DataFrame(GOOD),
        {"metric": "val_los"},
        "--metric 'val_los' is no column of numbers: did you mean val_loss",
    ),
    "no mode": (
        pd.DataFrame(GOOD | {"score": [1, 2, 3]}),
        {"metric": "score"},
        "--mode is needed: is score to be low",
    ),
    "wrong mode": (pd.DataFrame(GOOD), {"mode": "up"}, "--mode must be min or max, got 'up'"),
    "text": (
        pd.DataFrame(GOOD | {"val_loss": ["1.0", "n.a.", "2"]}),
        {},
        "row 1: column \"val_loss\" holds '1.0', and numbers are needed",
    ),
    "no hyperparameter": (
        pd.DataFrame({"val_loss": [1.0]}),
        {},
        "no column of a hyperparameter: name one",
    ),
    "no such column": (
        pd.DataFrame(GOOD),
        {"columns": {"lr": "learning_rat"}},
        'has no column "learning_rat"',
    ),
    "column twice": (
        pd.DataFrame(GOOD | {"rate": [1, 2, 3]}),
        {"columns": {"lr": "rate"}},
        'has a column "lr" already',
    ),
    "trial twice": (
        pd.DataFrame(GOOD | {"trial_id": ["a", "b", "a"]}),
        {},
        "has trial a in 2 rows: keep one of them",
    ),
    "order": (curves(epoch=[1, 3, 2, 1, 2, 3]), {}, "trial a: the epoch in row 3 comes after"),
    "epoch twice": (
        curves(epoch=[1, 2, 2, 1, 2, 3]),
        {},
        "trial a: the epoch in row 3 comes after",
    ),
    "negative": (curves(epoch=[-1, 0, 1, 1, 2, 3]), {}, '"epoch" must be at least 0, got -1'),
    "half an epoch": (curves(epoch=[1, 2, 2.5, 1, 2, 3]), {}, "must be a whole number, got 2.5"),
    "no trial": (curves().drop(columns="trial_id"), {}, "no column trial_id: name the one"),
    "status": (
        pd.DataFrame(GOOD | {"status": ["ok", "ok", "ok"]}),
        {},
        "row 1: status 'ok' is none that is known",
    ),
    "seed": (pd.DataFrame(GOOD | {"seed": [0.5, 1, 2]}), {}, '"seed" must be a whole number'),
    "budget": (
        pd.DataFrame({"config/epochs": [3, 9], "config/lr": [1, 2], "val_loss": [1.0, 2.0]}),
        {},
        "the hyperparameter epochs differs",
    ),
    "lr": (pd.DataFrame(GOOD | {"lr": [0.0, 0.1, 0.2]}), {}, 'space "lr".*must be a number above'),
    "outside": (
        pd.DataFrame(GOOD),
        {"set": ["lr=1..2"]},
        "the space holds none of the 3 trials",
    ),
    "two names": (
        pd.DataFrame(GOOD | {"config/a.b": [1, 2, 3], "config/a_b": [1, 2, 3]}),
        {},
        "two hyperparameters would be called a_b",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_with_a_table_is_said_in_a_line(case):
    frame, named, message = BAD[case]

    with pytest.raises(ValueError, match=message) as raised:
        from_dataframe(frame, **named)
    assert "\n" not in str(raised.value)
