"""Tasks that train in milliseconds."""

import pytest

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
