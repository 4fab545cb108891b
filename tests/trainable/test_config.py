"""What the loop reads from a configuration."""

import pytest

from trainable.config import Config, LoopConfig


def test_names_of_the_task_are_not_the_loops_business():
    assert LoopConfig.from_config({"hidden": 3, "lr": 0.5}) == LoopConfig(lr=0.5)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"lr": 0.0}, "lr must be a number above 0, got 0.0"),
        ({"lr": float("inf")}, "lr must be a number above 0, got inf"),
        ({"lr": "high"}, "lr must be a number above 0, got 'high'"),
        ({"batch_size": 0}, "batch_size must be an integer of at least 1, got 0"),
        ({"batch_size": 2.5}, "batch_size must be an integer of at least 1, got 2.5"),
        ({"momentum": 1.0}, "momentum must be a number at least 0 and below 1, got 1.0"),
        ({"optimizer": "lion"}, "optimizer must be one of sgd, adam, adamw, got 'lion'"),
        ({"accumulate_steps": 0}, "accumulate_steps must be an integer of at least 1, got 0"),
        ({"precision": "fp16"}, "precision must be one of fp32, bf16, got 'fp16'"),
        ({"compile": 1}, "compile must be one of False, True, got 1"),
        ({"num_workers": -1}, "num_workers must be an integer of at least 0, got -1"),
        ({"grad_clip": -1.0}, "grad_clip must be a number above 0, got -1.0"),
    ],
)
def test_a_value_the_loop_cannot_use_is_refused_by_name_and_value(values, message):
    with pytest.raises(ValueError, match=message):
        LoopConfig.from_config(values)


def test_a_configuration_notes_which_names_are_read():
    config = Config({"lr": 0.1, "hidden": 8, "unused": 1})

    assert config["lr"] == 0.1
    assert config.get("hidden", 4) == 8
    assert config.get("layers", 2) == 2
    assert config.names_read == {"lr", "hidden", "layers"}


def test_a_configuration_read_as_an_object_is_told_the_way():
    with pytest.raises(AttributeError, match=r'no attribute \'lr\': write config\["lr"\]'):
        _ = Config({"lr": 0.1}).lr


def test_a_configuration_is_laid_over_defaults_as_a_dict_is():
    config = Config({"lr": 0.1})

    assert {"lr": 1.0, "hidden": 8} | config == {"lr": 0.1, "hidden": 8}
    assert config | {"lr": 1.0} == {"lr": 1.0}
    assert config.copy() == {"lr": 0.1}
