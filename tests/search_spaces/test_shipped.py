import pytest

from search_spaces import SHIPPED_SPACES, Choice, Float, Int, configurations, load_space


def test_lr_batch_is_the_learning_rate_and_the_batch_size():
    assert load_space("lr-batch").dimensions == {
        "lr": Float(1e-4, 1.0, log=True),
        "batch_size": Choice([16, 32, 64, 128, 256]),
    }


def test_momentum_belongs_to_sgd_alone():
    configs = configurations(load_space("optimizer"), "sobol", 64, seed=0)

    assert {config["optimizer"] for config in configs if "momentum" in config} == {"sgd"}
    assert all("momentum" in config for config in configs if config["optimizer"] == "sgd")


def test_the_architecture_has_width_layers_and_dropout():
    dimensions = load_space("architecture").dimensions

    assert dimensions["hidden"] == Int(16, 512, log=True)
    assert dimensions["layers"] == Int(1, 3)
    assert dimensions["dropout"] == Float(0, 0.6)


@pytest.mark.parametrize("name", SHIPPED_SPACES)
def test_every_shipped_space_loads_and_has_one_line_of_description(name):
    assert list(load_space(name).dimensions)[:2] == ["lr", "batch_size"]
    assert len(SHIPPED_SPACES[name].description.splitlines()) == 1
