"""Searches that go by a metric: real ones, on real data with one positive in thirty."""

import math

import pytest
import sklearn.metrics
import torch

from flatbasin import load, search
from record.goal import Goal
from trainable.catalogue import find_task
from trainable.loaded_task import load_task
from tuning.options import make_options
from tuning.plan import RunPlan
from tuning.progress import Progress

RARE = '''
"""Is a handwritten digit an 8?"""
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import TensorDataset

epochs = 6

def data(split):
    images, labels = load_digits(return_X_y=True)
    is_eight = labels == 8
    kept = np.flatnonzero(~is_eight | (np.cumsum(is_eight) % 3 == 0))
    inputs = torch.tensor(images[kept] / 16, dtype=torch.float32)
    targets = torch.tensor(is_eight[kept])
    parts = split(len(kept), stratify=targets.long())
    return tuple(TensorDataset(inputs[rows], targets[rows, None].float()) for rows in parts)

def model(config):
    return nn.Linear(64, 1)

def loss(outputs, targets):
    return nn.functional.binary_cross_entropy_with_logits(outputs, targets)
'''


@pytest.fixture
def rare_task(write_task):
    return write_task(RARE, "rare.py")


@pytest.fixture
def search_for(tmp_path):
    """Searches a task by a metric of its own, which is to be high."""

    def search_task(task, metric):
        place = {"runs_dir": str(tmp_path), "quiet": True, "report": False}
        return search(task=task, samples=4, metric=metric, mode="max", **place)

    return search_task


def test_the_area_under_the_curve_is_that_of_the_whole_validation_part(rare_task):
    loaded = load_task(
        find_task(rare_task),
        split_seed=0,
        num_threads=1,
        gpu_given=False,
        goal=Goal("auroc", "max"),
    )
    trial = loaded.trial({"lr": 0.1, "batch_size": 16}, seed=0, epochs=6)

    found = [trial.run_epoch().extra["auroc"] for _ in range(3)]

    part = loaded.data.validation
    with torch.no_grad():
        outputs = trial.model(part.inputs)
    expected = sklearn.metrics.roc_auc_score(part.targets, outputs)
    assert part.targets.mean() < 0.05
    assert found[-1] == pytest.approx(expected, abs=1e-9)
    assert trial.test().keys() == {"loss", "auroc"}


def test_a_search_recommends_by_its_metric(rare_task, tmp_path):
    run = search(
        task=rare_task,
        samples=8,
        metric="auroc",
        runs_dir=str(tmp_path),
        name="rare",
        report=False,
        quiet=True,
        concurrent=2,
        scheduler="none",
    )

    found = run.recommendation()
    seeds = run.trials[run.trials["trial_id"].isin(run.recommended)]
    ranked = run.ranking()
    assert (run.goal.metric, run.goal.mode) == ("auroc", "max")
    assert found.confirmed
    assert found.metric == pytest.approx(seeds["metric"].mean())
    assert ranked["metric"].is_monotonic_decreasing
    assert 0.5 < found.test_metric <= 1
    assert load(tmp_path / "rare").recommendation() == found


def test_a_generator_that_does_not_report_the_metric_ends_the_search_in_words(
    scripted_task, search_for
):
    with pytest.raises(ValueError, match=r"one that the task reports \(val_loss\), got f2"):
        search_for(scripted_task, "f2")


def test_the_loop_refuses_a_metric_that_nobody_measures_before_the_first_trial(
    rare_task, search_for, tmp_path
):
    with pytest.raises(
        ValueError, match=r"the task reports \(val_loss\), or one of accuracy, .*, got aurok"
    ):
        search_for(rare_task, "aurok")
    assert list(tmp_path.glob("*/epochs.jsonl")) == []


def test_trials_of_a_low_score_are_stopped():
    options = make_options({"metric": "score", "mode": "max", "epochs": 9, "grace_epochs": 1})
    plan = RunPlan.make(options)
    progress = Progress(plan.stopping.start, 0, plan.goal)
    for place, score in enumerate([0.9, 0.8, 0.2, 0.1]):
        begun = {"kind": "trial", "trial_id": str(place), "stage": "search", "config": {}}
        losses = {"train_loss": 1.0, "val_loss": 1.0 - score}
        progress.apply(begun)
        progress.apply(
            {"kind": "epoch", "trial_id": str(place), "epoch": 1, "score": score} | losses
        )

    assert [progress.trials[name].stops for name in "0123"] == [False, True, True, True]
    assert math.isclose(progress.trials["0"].objective, -0.9)


FAILING = """
import torch
from torch import nn
from torch.utils.data import TensorDataset
epochs = 1
def data():
    return TensorDataset(torch.randn(60, 3), torch.zeros(60).long())
def model(config):
    if config["seed"] > 9999 and config["lr"] > 0.01:  # not in the first batch
        raise RuntimeError("no luck")
    return nn.Linear(3, 2)
"""


@pytest.mark.usefixtures("ray_running")
def test_a_first_trial_that_fails_does_not_pass_for_a_metric_that_is_missing(write_task, tmp_path):
    run = search(
        task=write_task(FAILING),
        samples=4,
        metric="accuracy",
        searcher="grid",
        space={"lr": [0.1, 0.2, 0.001, 0.002]},
        confirm=False,
        max_failures=0,
        runs_dir=str(tmp_path),
        quiet=True,
        report=False,
    )

    assert run.trials["status"].value_counts().to_dict() == {"failed": 2, "finished": 2}
