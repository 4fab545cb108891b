"""The task file to start from."""

import pytest

from search_spaces import load_space
from trainable.catalogue import find_task
from trainable.new_task import write_new_task
from trainable.trial import make_trial


def test_the_new_file_is_a_task_that_learns(tmp_path):
    write_new_task(tmp_path / "my_task.py")

    file = find_task(tmp_path / "my_task.py")
    task = file.load()
    trial = make_trial(task, task.load_data(0), {"lr": 0.3, "hidden": 16}, seed=0, epochs=5)
    metrics = [trial.run_epoch() for _ in range(5)]

    assert list(load_space(file.space).dimensions) == ["lr", "batch_size", "hidden"]
    assert trial.config.names_read == {"hidden"}
    assert metrics[-1].extra["accuracy"] > 0.85


def test_a_file_that_is_there_is_never_overwritten(tmp_path):
    path = tmp_path / "my_task.py"
    path.write_text("precious")

    with pytest.raises(ValueError, match=r"my_task.py is already there: choose another name"):
        write_new_task(path)

    assert path.read_text() == "precious"


@pytest.mark.parametrize(
    ("name", "message"),
    [("my_task", "ends in .py"), ("no/such/my_task.py", "cannot be written: No such file")],
)
def test_a_path_of_no_use_is_refused(tmp_path, name, message):
    with pytest.raises(ValueError, match=message):
        write_new_task(tmp_path / name)
