"""What a trial runs with where its configuration does not have a name."""

from pathlib import Path

import pytest

from trainable.defaults import default_of
from trainable.task import TaskFile

SOURCE = """
def data(): ...
def model(config):
    hidden = config.get("hidden", 64)
    os.environ.get("hidden", "none")
    return config.get("depth", 1), config.get("depth", 2), config.get("scale", hidden)
"""
TASK = TaskFile("own", Path("own.py"), SOURCE)


def test_the_loop_has_a_default_of_each_of_its_names():
    assert default_of(TASK, "weight_decay") == 0.0
    assert default_of(TASK, "optimizer") == "sgd"


def test_a_task_says_its_own_where_it_reads_the_name():
    assert default_of(TASK, "hidden") == 64


def test_an_argument_that_it_is_given_as_has_the_default():
    text = """
class Net:
    def __init__(self, width=32, *, depth=2, **rest): ...
def data(): ...
def model(config):
    return Net(**config)
"""
    task = TaskFile("own", Path("own.py"), text)

    assert (default_of(task, "width"), default_of(task, "depth")) == (32, 2)


@pytest.mark.parametrize("name", ["depth", "scale", "absent"])
def test_what_the_file_does_not_tell_for_sure_is_refused(name):
    with pytest.raises(ValueError, match=rf'own.py has no one config.get\("{name}", default\)'):
        default_of(TASK, name)
