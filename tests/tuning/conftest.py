"""Tasks that train in milliseconds, and searches of them."""

import pytest

from tests.tuning.scripted_search import RULE, MemorySearch
from tuning import search
from tuning.assignments import PreflightAssignment, Report
from tuning.dispatcher import Dispatcher
from tuning.progress import Progress

SCRIPTED = '''
"""Losses from a formula: the best lr is 0.01."""
import math

epochs = 9
space = {"lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True}, "batch_size": [16, 32]}

def train(config, checkpoint=None):
    for epoch in range(checkpoint or 0, config["epochs"]):
        distance = abs(math.log10(config["lr"]) + 2)
        batch_penalty = 0.01 * (config["batch_size"] == 32)
        loss = 0.1 + 0.3 * distance + batch_penalty + math.exp(-epoch)
        yield {"train_loss": loss, "val_loss": loss + 0.01, "checkpoint": epoch + 1}
'''


@pytest.fixture
def write_task(tmp_path):
    """Writes a task file; its path."""

    def write(source, name="my_task.py"):
        path = tmp_path / name
        path.write_text(source)
        return str(path)

    return write


@pytest.fixture
def scripted_task(write_task):
    return write_task(SCRIPTED, "scripted.py")


@pytest.fixture
def run_search(tmp_path):
    """Runs a quiet search in a directory of its own."""

    def run(**options):
        defaults = {"quiet": True, "confirm": False, "report": False}
        return search(**{"runs_dir": str(tmp_path / "runs")} | defaults | options)

    return run


@pytest.fixture
def started():
    """A dispatcher past its first batch, and its search; worker `a` has the first trial."""

    def make(*stages, max_failures=1):
        search = MemorySearch(stages)
        dispatcher = Dispatcher(search, Progress(RULE.start, max_failures))
        assert isinstance(dispatcher.on_report("a", Report()), PreflightAssignment)
        assignment = dispatcher.on_report("a", Report(preflight_done=True))
        return dispatcher, search, assignment

    return make
