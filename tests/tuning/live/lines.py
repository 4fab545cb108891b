"""Lines of a record, and a clock that tests set."""

from __future__ import annotations

from typing import Any

from tuning.live.state import SearchState

Line = dict[str, Any]


class Clock:
    """A time that tests set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def begun(trial_id: str, lr: float = 0.1, **fields: Any) -> Line:
    return {"kind": "trial", "trial_id": trial_id, "config": {"lr": lr}, **fields}


def epoch(trial_id: str, number: int, val_loss: float | None) -> Line:
    line = {"kind": "epoch", "trial_id": trial_id, "epoch": number}
    return line | {"val_loss": val_loss, "train_loss": val_loss}


def ended(trial_id: str, status: str = "finished") -> Line:
    return {"kind": "status", "trial_id": trial_id, "status": status}


def whole(
    trial_id: str,
    losses: list[float],
    status: str = "finished",
    lr: float = 0.1,
    stage: str = "search",
) -> list[Line]:
    curve = [epoch(trial_id, number, loss) for number, loss in enumerate(losses, start=1)]
    return [begun(trial_id, lr, stage=stage), *curve, ended(trial_id, status)]


def state_of(lines: list[Line], planned: int = 10, budget: int = 9, **settings: Any) -> SearchState:
    state = SearchState(planned, budget, **settings)
    for line in lines:
        state.apply(line)
    return state
