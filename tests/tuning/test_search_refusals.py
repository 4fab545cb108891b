"""Searches that are refused, before their first trial or later: in words, and what is left."""

import pytest

from record.reader import read_lines
from results import load
from tuning.runs import resume

pytestmark = pytest.mark.usefixtures("ray_running")


def test_no_fewer_samples_can_be_asked_for(run_search, scripted_task):
    run = run_search(task=scripted_task, samples=2)

    with pytest.raises(ValueError, match="samples must be greater than or equal to 0, got -1"):
        resume(run.path, samples=-1)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "import torch\ndef data(): return torch.utils.data.TensorDataset(torch.zeros(0, 2), "
            "torch.zeros(0))\ndef model(config): ...\n",
            "at least 3 examples, got 0",
        ),
        (
            "def data():\n    return 1 / 0\ndef model(config): ...\n",
            "my_task.py line 2: ZeroDivisionError",
        ),
    ],
)
def test_what_only_running_the_task_shows_is_refused_before_the_first_trial(
    run_search, write_task, tmp_path, source, message
):
    with pytest.raises(ValueError, match=message):
        run_search(task=write_task(source), samples=2)

    assert not (tmp_path / "runs").exists()


def test_a_name_read_by_nobody_is_refused(run_search, tmp_path):
    with pytest.raises(ValueError, match="samples hiden, which neither"):
        run_search(set=("hiden=8..64",), samples=2)

    assert not (tmp_path / "runs").exists()


def test_a_name_in_use_is_refused(run_search, scripted_task):
    run_search(task=scripted_task, samples=2, name="mine")

    with pytest.raises(ValueError, match="mine is already used in"):
        run_search(task=scripted_task, samples=2, name="mine")


def test_a_name_that_another_search_has_taken_meanwhile_is_left_to_it(
    run_search, scripted_task, tmp_path, monkeypatch
):
    """Both found it free: between that and the first trial lie the seconds of Ray's start."""
    first = run_search(task=scripted_task, samples=2, name="mine")
    monkeypatch.setattr("tuning.runs.run_directory.new_path", lambda *given: first.path)

    with pytest.raises(ValueError, match=r"mine is already used in .* choose another"):
        run_search(task=scripted_task, samples=2, name="mine")

    assert len(load(first.path).trials) == 2


def test_a_refused_search_ends_its_record(run_search, write_task, tmp_path):
    task = write_task("""
space = {"lr": {"type": "float", "low": 0.1, "high": 1.0}}
def train(config):
    yield {"train_loss": config["lr"], "val_loss": 1.0}
    raise RuntimeError("no luck")
""")

    with pytest.raises(ValueError, match=r"no luck .3 times in a row.; mend that, then go on with"):
        run_search(task=task, samples=9, epochs=2, name="refused")

    lines, _ = read_lines(tmp_path / "runs" / "refused" / "epochs.jsonl")
    assert lines[-1]["name"] == "search_ended"
    begun = {line["trial_id"] for line in lines if line["kind"] == "trial"}
    assert begun == {line["trial_id"] for line in lines if line["kind"] == "status"}


def test_workers_that_are_lost_again_and_again_end_the_search_in_words(
    run_search, scripted_task, monkeypatch, tmp_path
):
    """As on a machine with too little memory for them: Tune gives up, and begins anew."""
    from tuning.engine import workers

    def lose_memory(hands, iteration, trials, **info):
        if hands.dispatcher.progress.trials:
            raise RuntimeError("Task was killed due to the node running low on memory.")

    monkeypatch.setattr(workers.DispatcherCallback, "on_step_begin", lose_memory)
    monkeypatch.setattr(workers, "MAX_RESTARTS", 2)

    with pytest.raises(ValueError, match="all workers were lost 2 times") as refused:
        run_search(task=scripted_task, samples=2, name="lost")

    assert "Ray's memory monitor killed the worker process" in str(refused.value)
    way_on = f"mend that, then go on with python tune_main.py resume {tmp_path / 'runs' / 'lost'}"
    assert way_on in str(refused.value)
