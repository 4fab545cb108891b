"""The page "Bring your own model": its snippets run, its tables are complete."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
import torch

from trainable.config import LoopConfig
from trainable.preflight import preflight
from trainable.task import TaskFile
from trainable.trial import make_trial

PAGE = (Path(__file__).parent.parent.parent / "docs" / "own_model.md").read_text()
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_page_has_its_snippets():
    assert len(SNIPPETS) == 7


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_a_snippet_added_to_the_first_one_is_a_task_that_learns(number, tmp_path):
    path = tmp_path / f"snippet_{number}.py"
    path.write_text(SNIPPETS[0] + (SNIPPETS[number] if number else ""))
    task = TaskFile(path.stem, path, path.read_text()).load()
    torch.set_num_threads(1)
    data, config = task.load_data(0), {"lr": 0.01, "batch_size": 32}

    preflight(task, data, config, epochs=3)
    trial = make_trial(task, data, config, seed=0, epochs=3)
    losses = [trial.run_epoch().val_loss for _ in range(3)]

    assert losses[2] < losses[0]
    trial.save(tmp_path)
    make_trial(task, data, config, seed=0, epochs=3).load(tmp_path)


@pytest.mark.parametrize("field", fields(LoopConfig), ids=lambda field: field.name)
def test_every_name_the_loop_understands_is_on_the_page_with_its_default(field):
    assert f"| `{field.name}` | {field.default} |" in PAGE
