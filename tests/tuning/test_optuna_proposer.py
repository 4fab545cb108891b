"""Optuna's samplers as searchers: scripted lines, no workers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from record.lines import SEARCH, epoch_line, status_line, trial_line
from trainable.task import TaskFile
from tuning.options import make_options
from tuning.plan import RunPlan

pytest.importorskip("optuna", reason="needs optuna, an extra")
pytest.importorskip("cmaes", reason="needs cmaes, an extra")

from tuning.optuna_proposer import OptunaProposer

SPACE = {
    "lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True},
    "batch_size": [16, 32],
    "width": {"type": "float", "low": 1.0, "high": 4.0, "step": 0.5},
    "optimizer": ["sgd", "adam"],
    "momentum": {"type": "float", "low": 0.0, "high": 0.9, "when": {"optimizer": "sgd"}},
    "betas": [[0.9, 0.99], [0.8, 0.9]],
}


TASK = TaskFile(
    "own", Path("own.py"), "from other import net\ndef data(): ...\ndef model(c): return net(**c)"
)
"""A task that may read any name."""


def loss_at(config):
    return float(0.1 * np.exp(0.6 * np.log10(config["lr"] / 0.01) ** 2))


def lines_of(trial, status="finished"):
    """One trial from its beginning to its end."""
    begin = trial_line(
        trial.trial_id, trial.config, attempt=1, stage=SEARCH, seed=trial.seed, control=False
    )
    losses = {"train_loss": 0.1, "val_loss": loss_at(trial.config), "seconds": 1.0}
    epochs = [epoch_line(trial.trial_id, 1, {"epoch": e, **losses}) for e in (1, 3)]
    return [begin, *epochs, status_line(trial.trial_id, status)]


@pytest.fixture
def proposer_of():
    """A proposer that has seen the Sobol trials, and the `lines` given."""

    def build(searcher="tpe", lines=(), **options):
        values = {"searcher": searcher, "samples": 40, "space": SPACE, **options}
        plan = RunPlan.make(make_options(values), TASK)
        proposer = OptunaProposer(plan)
        for line in [line for trial in plan.trials for line in lines_of(trial)] + list(lines):
            proposer.apply(line)
        return proposer

    return build


def search(proposer, most=100, status="finished"):
    found = []
    while (trial := proposer.next_trial()) is not None and len(found) < most:
        found.append(trial)
        for line in lines_of(trial, status):
            proposer.apply(line)
    return found


@pytest.mark.parametrize("searcher", ["tpe", "gp", "cmaes"])
def test_every_sampler_proposes_configurations_of_the_space(proposer_of, searcher):
    proposer = proposer_of(searcher, samples=14)

    found = search(proposer)

    assert [trial.trial_id for trial in found] == [f"s{i:05d}" for i in range(10, 14)]
    assert all(proposer.plan.space.holds(trial.config) and trial.proposed for trial in found)


def test_tpe_gathers_where_losses_were_low(proposer_of):
    found = search(proposer_of())

    assert np.median([abs(np.log10(trial.config["lr"] / 0.01)) for trial in found[-10:]]) < 0.7


def test_a_search_that_goes_on_proposes_what_it_would_have_proposed(proposer_of):
    whole = search(proposer_of())
    begun = [line for trial in whole[:12] for line in lines_of(trial)]

    rest = search(proposer_of(lines=begun))

    assert [trial.config for trial in rest] == [trial.config for trial in whole[12:]]


@pytest.mark.parametrize("status", ["stopped", "diverged", "failed", "interrupted"])
def test_trials_may_end_in_every_way(proposer_of, status):
    assert len(search(proposer_of(), status=status)) == 30


@pytest.mark.parametrize("most_asked", [1, 50])
def test_constraints_hold_whatever_is_proposed(proposer_of, monkeypatch, most_asked):
    """Where all that a sampler proposes is refused, the next Sobol configuration is tried."""
    monkeypatch.setattr("tuning.optuna_proposer.MOST_ASKED", most_asked)
    proposer = proposer_of(space=SPACE | {"constraints": ["lr * batch_size < 0.5"]})

    found = search(proposer)

    assert all(proposer.plan.space.holds(trial.config) for trial in found)
    assert any(trial.proposed for trial in found)


def test_trials_of_a_smaller_budget_may_go_on():
    values = {"searcher": "tpe", "samples": 20, "space": SPACE, "epochs": 9, "grace_epochs": 1}
    plan = replace(RunPlan.make(make_options(values), TASK), raised_from=(3,))
    proposer = OptunaProposer(plan)
    for trial in plan.trials:
        for line in lines_of(trial):
            proposer.apply(line)
    best = min(plan.trials, key=lambda trial: loss_at(trial.config))
    losses = {"train_loss": 0.1, "val_loss": 0.01, "seconds": 1.0}
    for trial in plan.trials:
        proposer.apply(status_line(trial.trial_id, "interrupted" if trial is best else "stopped"))
    proposer.apply(epoch_line(best.trial_id, 2, {"epoch": 9, **losses}))
    proposer.apply(status_line(best.trial_id, "finished"))

    assert proposer.next_trial() is not None
