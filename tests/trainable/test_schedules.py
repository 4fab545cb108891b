"""A schedule of the task's own: it moves as in a loop written out, and a trial goes on with it."""

from dataclasses import replace

import pytest
import torch
from torch.optim import lr_scheduler

from record.goal import Goal
from tests.trainable.conftest import TINY
from trainable.config import LOOP_NAMES
from trainable.errors import explain
from trainable.preflight import preflight
from trainable.single import train_single
from trainable.trial import make_trial

SCHEDULES = {
    "by epoch": "StepLR(optimizer, config['every'], gamma=0.1)",
    "to the end": "CosineAnnealingLR(optimizer, config['epochs'])",
    "by step": "(LinearLR(optimizer, 0.1, 1.0, 7), 'step')",
    "one cycle": "OneCycleLR(optimizer, config['lr'], total_steps=config['total_steps'])",
    "one cycle by epoch": "(OneCycleLR(optimizer, 0.1, total_steps=config['epochs']), 'epoch')",
    "cycles": "CyclicLR(optimizer, 0.001, 0.1, step_size_up=3)",
    "restarts by step": "(CosineAnnealingWarmRestarts(optimizer, 5), 'step')",
    "plateau": "ReduceLROnPlateau(optimizer, factor=0.5, patience=0)",
    "a function": "LambdaLR(optimizer, lambda epoch: 0.9**epoch)",
    "one after another": "SequentialLR(optimizer, [ConstantLR(optimizer, 0.1, 2), "
    "ExponentialLR(optimizer, 0.5)], [2])",
    "milestones": "MultiStepLR(optimizer, [1, 3])",
    "chained": "ChainedScheduler([ConstantLR(optimizer, 0.1, 2), ExponentialLR(optimizer, 0.5)])",
    "none at all": "None",
}
CONFIG = {"lr": 0.05, "batch_size": 16, "every": 2, "optimizer": "adam"}
STEPS = 5  # 71 examples in batches of 16


def source(returned):
    """A task whose scheduler returns that; the names of torch's schedulers are there."""
    kinds = sorted(name for name in lr_scheduler.__all__ if f"{name}(" in returned)
    imports = f"from torch.optim.lr_scheduler import LRScheduler, {', '.join(kinds)}".rstrip(", ")
    return f"{TINY}\n{imports}\ndef scheduler(optimizer, config):\n    return {returned}\n"


@pytest.fixture
def scheduled(task_file):
    """Makes trials of a task whose scheduler returns an expression."""

    def make(returned, config=CONFIG, epochs=6, goal=None, **how):
        task = task_file(source(returned)).load()
        task = task if goal is None else replace(task, goal=goal)
        return make_trial(task, task.load_data(0), config, seed=3, epochs=epochs, **how)

    return make


def rate(trial):
    return trial.optimizer.param_groups[0]["lr"]


def run(trial, num):
    """Losses and learning rates of so many epochs."""
    found = []
    for _ in range(num):
        metrics = trial.run_epoch()
        found.append((metrics.epoch, metrics.train_loss, metrics.val_loss, rate(trial)))
    return found


@pytest.mark.parametrize("returned", SCHEDULES.values(), ids=SCHEDULES)
def test_a_resumed_trial_equals_the_uninterrupted_one_exactly(scheduled, returned, tmp_path):
    whole = run(scheduled(returned), 6)
    trial = scheduled(returned)
    run(trial, 3)
    trial.save(tmp_path)
    torch.rand(10)

    resumed = scheduled(returned)
    resumed.load(tmp_path)

    assert run(resumed, 3) == whole[3:]


@pytest.mark.parametrize(
    ("name", "kind", "by_step"),
    [
        ("by epoch", lambda o: lr_scheduler.StepLR(o, 2, gamma=0.1), False),
        ("to the end", lambda o: lr_scheduler.CosineAnnealingLR(o, 6), False),
        ("by step", lambda o: lr_scheduler.LinearLR(o, 0.1, 1.0, 7), True),
        ("one cycle", lambda o: lr_scheduler.OneCycleLR(o, 0.05, total_steps=6 * STEPS), True),
        ("one cycle by epoch", lambda o: lr_scheduler.OneCycleLR(o, 0.1, total_steps=6), False),
        ("cycles", lambda o: lr_scheduler.CyclicLR(o, 0.001, 0.1, step_size_up=3), True),
        ("milestones", lambda o: lr_scheduler.MultiStepLR(o, [1, 3]), False),
    ],
)
def test_the_learning_rate_moves_as_in_a_loop_written_out(scheduled, name, kind, by_step):
    optimizer = torch.optim.Adam(torch.nn.Linear(1, 1).parameters(), lr=0.05)
    scheduler = kind(optimizer)
    expected = []
    for _ in range(5):
        for _ in range(STEPS):
            optimizer.step()
            if by_step:
                scheduler.step()
        if not by_step:
            scheduler.step()
        expected.append(optimizer.param_groups[0]["lr"])

    assert [row[-1] for row in run(scheduled(SCHEDULES[name]), 5)] == expected


def test_a_plateau_is_told_the_validation_loss_of_each_epoch(scheduled):
    found = run(scheduled(SCHEDULES["plateau"], config=CONFIG | {"lr": 0.3}, epochs=12), 12)

    best, expected = float("inf"), 0.3
    for _, _, val_loss, after in found:
        is_better = val_loss < best * (1 - 1e-4)
        best, expected = min(best, val_loss), expected if is_better else expected / 2
        assert after == expected
    assert found[-1][-1] < 0.3


def test_a_plateau_goes_by_the_metric_that_trials_are_compared_by(scheduled):
    goal = Goal("r2", "max")

    trial = scheduled("ReduceLROnPlateau(optimizer, mode='max', patience=0)", goal=goal)
    run(trial, 2)

    assert trial.schedule.best == pytest.approx(trial.run_epoch().extra["r2"], abs=1)
    with pytest.raises(
        ValueError, match=r'goes by r2, .* better the higher it is: give it mode="m'
    ):
        scheduled("ReduceLROnPlateau(optimizer)", goal=goal)


def test_with_a_budget_of_steps_an_epoch_is_one_of_its_parts(scheduled):
    trial = scheduled(SCHEDULES["by epoch"], epochs=4, steps=12)
    assert [row[-1] for row in run(trial, 4)] == pytest.approx([0.05, 0.005, 0.005, 0.0005])

    trial = scheduled(SCHEDULES["one cycle"], epochs=4, steps=12)
    run(trial, 4)
    assert (trial.schedule.total_steps, trial.schedule.last_epoch) == (12, 12)


def test_accumulated_parts_are_one_step(scheduled):
    trial = scheduled(SCHEDULES["one cycle"], config=CONFIG | {"accumulate_steps": 2})

    run(trial, 6)
    assert (trial.schedule.total_steps, trial.schedule.last_epoch) == (6 * STEPS, 6 * STEPS)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("3", "must return a scheduler of torch.optim.lr_scheduler, or .*, got int"),
        ("{'scheduler': StepLR(optimizer, 1), 'interval': 'step'}", "where it moves .* got dict"),
        ("(StepLR(optimizer, 1), 'batch')", "after each epoch\\), got 'batch'"),
        ("(ReduceLROnPlateau(optimizer), 'step')", 'return it without "step"'),
        (
            "OneCycleLR(optimizer, 0.1, total_steps=20)",
            "OneCycleLR ends after 20 steps, and a trial has 30: give it total_steps=config",
        ),
        ("OneCycleLR(optimizer, 0.1)", "You must define either total_steps OR"),
        ("StepLR(optimizer, 'five')", "TypeError|not all arguments|unsupported operand"),
        ("StepLR(optimizer, config['evry'])", "no 'evry': did you mean every"),
    ],
)
def test_what_is_no_schedule_is_refused_where_the_file_says_it(
    task_file, returned, message, tmp_path
):
    file = task_file(source(returned))
    task = file.load()

    with pytest.raises((ValueError, KeyError, TypeError), match=message) as refused:
        preflight(task, task.load_data(0), CONFIG, epochs=6)

    assert explain(refused.value, file.path).startswith("my_task.py line ")


def test_a_state_that_no_checkpoint_could_hold_is_refused_with_the_first_batch(task_file):
    text = source("Own(optimizer)") + (
        "class Own(LRScheduler):\n"
        "    def __init__(self, optimizer):\n"
        "        self.shape = lambda epoch: 0.5\n"
        "        super().__init__(optimizer)\n"
        "    def get_lr(self):\n"
        "        return [0.1 * self.shape(self.last_epoch)]\n"
    )
    task = task_file(text).load()

    with pytest.raises(ValueError, match="the state of Own cannot be kept in a checkpoint"):
        preflight(task, task.load_data(0), CONFIG, epochs=6)


def test_a_stream_has_no_number_of_steps(task_file):
    text = source("(LinearLR(optimizer), 'step') if config['total_steps'] is None else 3") + (
        "class Stream(torch.utils.data.IterableDataset):\n"
        "    def __iter__(self):\n"
        "        yield from zip(torch.zeros(40, 3), torch.zeros(40, 1))\n"
        "def data():\n"
        "    return Stream(), Stream()\n"
    )
    task = task_file(text).load()

    trial = make_trial(task, task.load_data(0), CONFIG, seed=0, epochs=3)

    assert [row[-1] for row in run(trial, 2)] == pytest.approx([0.04, 0.05], rel=0.3)


def test_the_loops_own_schedule_is_then_not_read(task_file):
    file = task_file(source("None"))

    assert {"schedule", "warmup_epochs"}.isdisjoint(file.loop_reads(LOOP_NAMES))
    assert "lr" in file.loop_reads(LOOP_NAMES)


def test_what_the_scheduler_reads_counts_as_read(task_file):
    task = task_file(source(SCHEDULES["by epoch"])).load()

    assert "every" in preflight(task, task.load_data(0), CONFIG, epochs=6).names_read


def test_a_trial_is_reproduced_under_the_goal_of_its_run(task_file):
    file = task_file(source("ReduceLROnPlateau(optimizer, mode='max')"))
    how = {"seed": 0, "split_seed": 0, "epochs": 3, "num_epochs": 2, "num_threads": 1}

    assert len(train_single(file, CONFIG, goal=Goal("r2", "max"), **how)) == 2
