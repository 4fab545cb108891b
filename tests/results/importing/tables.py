"""Small tables of trials: a row per trial, and a row per epoch."""

import pandas as pd

GOOD = {"lr": [0.1, 0.01, 0.001], "val_loss": [3.0, 1.0, 2.0]}


def curves(**columns):
    """Two trials of three epochs."""
    return pd.DataFrame(
        {
            "trial_id": ["a"] * 3 + ["b"] * 3,
            "epoch": [1, 2, 3] * 2,
            "lr": [0.1] * 3 + [0.01] * 3,
            "val_loss": [3.0, 2.0, 1.0, 6.0, 5.0, 4.0],
        }
        | columns
    )
