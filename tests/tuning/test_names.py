"""Names of a space that nothing reads are refused, before anything runs."""

from pathlib import Path

import pytest

from search_spaces import Space
from trainable.task import TaskFile
from tuning.names import check_constants, check_names, unread_notes

TASK = """
def data(): ...
def model(config):
    return Net(config["width"])
"""
ELSEWHERE = """
from nets import build
def data(): ...
def model(config):
    return build(config, config["width"])
"""


def task(source=TASK):
    return TaskFile("my_task", Path("my_task.py"), source)


@pytest.mark.parametrize(
    ("name", "source", "hint"),
    [
        ("patience", TASK + "print('patience')", "reads: correct the name"),
        ("beta1", TASK + "NAMES = {'beta1': 0.9}", "reads: correct the name"),
        ("widht", TASK, "reads: did you mean width? correct the name, or read it in the task"),
        ("weight_decy", TASK, "did you mean weight_decay?"),
        ("lr", TASK + "def optimizer(model, config): ...", "correct the name"),
        ("label_smoothing", TASK + "def loss(outputs, targets): ...", "correct the name"),
        ("warmup_epochs", TASK + "def scheduler(optimizer, config): ...", "correct the name"),
        ("schedule", "def train(config): yield config['lr']", "correct the name"),
    ],
)
def test_a_name_that_nothing_reads_is_refused(name, source, hint):
    with pytest.raises(ValueError, match="the space samples ") as refused:
        check_names(Space.from_dict({name: [0.1, 0.2]}), task(source))

    assert f"the space samples {name}, which neither" in str(refused.value)
    assert hint in str(refused.value)


@pytest.mark.parametrize(
    "space",
    [
        {"lr": [0.1], "batch_size": [8], "width": [3]},
        {
            "wide": [True, False],
            "width": {"type": "choice", "choices": [3], "when": {"wide": True}},
        },
        {"scale": [1, 2], "width": lambda config: 3 * config["scale"]},
        {"momentum": [0.9], "optimizer": ["adam", "sgd"]},
        {"optimizer": ["adam"], "optimizer2": 3, "width": lambda config: config["optimizer2"]},
    ],
)
def test_what_the_loop_the_task_or_the_space_itself_goes_by_is_searched(space):
    check_names(Space.from_dict(space), task())


def test_the_momentum_of_an_optimizer_without_one_is_read_by_nothing():
    space = Space.from_dict({"momentum": [0.5, 0.9], "optimizer": ["adam", "adamw"]})

    with pytest.raises(ValueError, match="the space samples momentum"):
        check_names(space, task())


def test_what_may_be_read_elsewhere_and_was_not_is_said():
    space = Space.from_dict({"width": [1], "patience": [3, 5], "depth": [1, 2], "lr": [0.1]})

    check_names(space, task(ELSEWHERE))

    notes = unread_notes(space, task(ELSEWHERE), space.dimensions, {"depth"})
    assert notes == [
        "patience was not read in the first batch: if nothing reads it, it changes nothing"
    ]


@pytest.mark.parametrize(
    ("constant", "name"),
    [
        ("BASE_LR = 0.1", "lr"),
        ("bs = 64", "batch_size"),
        ("WD = 1e-4", "weight_decay"),
        ("accum_iter = 4", "accumulate_steps"),
        ("CLIP_GRAD: float = 1.0", "grad_clip"),
        ("smoothing = 0.1", "label_smoothing"),
        ("WARMUP_EPOCHS = 5", "warmup_epochs"),
    ],
)
def test_a_constant_by_another_name_is_told_ours(constant, name):
    with pytest.raises(ValueError, match=f"that a trial runs: add {name} to the space"):
        check_constants(Space.from_dict({"width": [1, 2]}), task(TASK + constant))


@pytest.mark.parametrize("constant", ["BATCH_SIZE = 64", "momentum = 0.5", "LEARNING_RATE = 0.1"])
def test_a_constant_that_is_not_used_and_not_searched_is_refused(constant):
    space = Space.from_dict({"width": [1, 2]})

    with pytest.raises(
        ValueError, match=r"my_task.py line 5: \w+ is not used by anything that a trial runs: add "
    ):
        check_constants(space, task(TASK + constant))

    used = TASK + constant + f"\nprint({constant.split()[0]})"
    check_constants(space, task(used))
    check_constants(Space.from_dict({"batch_size": [8], "lr": [1], "momentum": [0]}), task(used))


@pytest.mark.timeout(60)  # each name once went through the whole file
def test_a_long_file_with_many_names_is_checked_at_once():
    helper = "def helper_{}(x):\n    total = [x for _ in range(3)]\n    return total\n"
    helpers = "".join(map(helper.format, range(300)))
    reads = "".join(f"    config['width_{i}']\n" for i in range(200))
    file = task(f"{helpers}def data(): ...\ndef loss(o, t): ...\ndef model(config):\n{reads}")
    space = Space.from_dict({f"width_{i}": [1, 2] for i in range(200)})

    check_names(space, file)
    check_constants(space, file)
