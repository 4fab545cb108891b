"""Workers that run without Ray, and tasks for them."""

import pytest

from tests.trainable.conftest import (  # noqa: F401  # fixtures
    counting_task,
    task_file,
    tiny_data,
    tiny_file,
    tiny_task,
)
from tuning.assignments import Assignment


@pytest.fixture
def worker():
    """Makes a Worker of a task file, as a worker has it but without Ray."""
    from tuning.engine.worker import Worker

    def make(task):

        class WorkerOfTask(Worker):
            def setup(self, config):
                super().setup(config, task=task, split_seed=0, num_threads=1)

        return WorkerOfTask()

    return make


@pytest.fixture
def assignment(tmp_path):
    def make(trial_id="s1", config=None, **more):
        settings = {
            "seed": 3,
            "epochs": 4,
            "checkpoint_dir": str(tmp_path / trial_id),
            "checkpoint_seconds": 1000.0,
            "report_seconds": 1000.0,  # however slow the machine: at asked epochs only
            "attempt": 1,
            "config": config or {"lr": 0.05},
        }
        return Assignment(trial_id=trial_id, **settings | more)

    return make


def give(worker, assignment):
    assert worker.reset_config({"assignment": assignment})
    return worker.step()["report"]
