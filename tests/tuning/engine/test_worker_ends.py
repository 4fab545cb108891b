"""Where a task raises or comes to its end on a worker: its trial ends, its last lines run."""

import pytest

from tests.trainable.conftest import TINY
from tests.tuning.engine.conftest import give
from trainable.catalogue import find_task


@pytest.mark.parametrize("statement", ["raise RuntimeError('no luck')", "import sys; sys.exit(3)"])
def test_whatever_a_task_raises_ends_its_trial_and_not_the_worker(
    worker, task_file, assignment, statement
):
    source = f"""
def train(config, checkpoint=None):
    yield {{"train_loss": 1.0, "val_loss": 1.0}}
    if config["lr"] > 1:
        {statement}
    yield {{"train_loss": 0.5, "val_loss": 0.5}}
"""
    trial = worker(task_file(source))
    trial.step()

    failed = give(trial, assignment("s1", {"lr": 2.0}))
    fine = give(trial, assignment("s2", {"lr": 0.5}))

    assert (failed.ended, len(failed.epochs)) == ("failed", 1)
    assert failed.error.startswith("my_task.py line 5:")
    assert "Traceback" in failed.traceback
    assert fine.ended == "finished"


def test_a_task_that_cannot_load_says_so_in_its_first_report(worker, task_file):
    source = "import no_such_library\ndef train(config): yield\n"
    report = worker(task_file(source)).step()["report"]

    assert report.ended == "failed"
    assert (
        report.error == "my_task.py line 1: ModuleNotFoundError: No module named 'no_such_library'"
    )


def test_a_worker_that_ray_ends_while_it_loads_ends_and_blames_no_task(worker, task_file):
    """Ray's memory monitor may take the worker that replaces one that it just took."""
    source = """
from ray._private.worker import raise_sys_exit_with_custom_error_message
raise_sys_exit_with_custom_error_message("The process receives a SIGTERM.", exit_code=1)
def train(config): yield
"""
    loading = worker(task_file(source))

    with pytest.raises(SystemExit):
        loading.step()


def test_a_batch_too_large_for_memory_is_not_tried_again(worker, task_file, assignment):
    source = TINY + "def loss(o, t): raise torch.OutOfMemoryError('CUDA out of memory')\n"
    trial = worker(task_file(source))
    trial.step()

    failed = give(trial, assignment("s1", {"batch_size": 64}))

    assert (failed.ended, failed.error) == ("failed", "out of memory at batch size 64")
    assert not failed.retry


ENDS = """
def train(config, checkpoint=None):
    try:
        for epoch in range(config["epochs"]):
            yield {"train_loss": 1.0, "val_loss": 1.0, "checkpoint": epoch}
        if config["lr"] > 1:
            raise OSError("no space left")
        open(config["said"], "a").write("saved ")
    finally:
        open(config["said"], "a").write("closed ")
"""


@pytest.fixture
def ending_worker(worker, tmp_path):
    (tmp_path / "ends.py").write_text(ENDS)
    ready = worker(find_task(tmp_path / "ends.py"))
    ready.step()
    return ready


def test_what_stands_after_the_last_yield_runs(ending_worker, assignment, tmp_path):
    said = tmp_path / "said.txt"

    report = give(ending_worker, assignment(config={"lr": 0.1, "said": str(said)}))

    assert report.ended == "finished"
    assert said.read_text() == "saved closed "


def test_an_error_after_the_last_yield_is_the_trials(ending_worker, assignment, tmp_path):
    report = give(ending_worker, assignment(config={"lr": 2.0, "said": str(tmp_path / "said")}))

    assert report.ended == "failed"
    assert report.error == "ends.py line 7: OSError: no space left"


def test_a_generator_whose_trial_is_stopped_is_closed(ending_worker, assignment, tmp_path):
    said = tmp_path / "said.txt"
    stopped = assignment(config={"lr": 0.1, "said": str(said)}, ask_at=frozenset({2}))
    assert len(give(ending_worker, stopped).epochs) == 2

    give(ending_worker, assignment("s2", config={"lr": 0.1, "said": str(tmp_path / "other")}))

    assert said.read_text() == "closed "
