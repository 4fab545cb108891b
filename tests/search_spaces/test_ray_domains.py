"""The only tests here that import Ray."""

from collections import Counter

import numpy as np
import pytest
from ray import tune

from search_spaces import Choice, Float, Function, Int, load_space


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        (tune.uniform(0, 1), Float(0, 1)),
        (tune.loguniform(1e-4, 1), Float(1e-4, 1, log=True)),
        (tune.quniform(0, 1, 0.25), Float(0, 1, step=0.25)),
        (tune.qloguniform(0.1, 1, 0.1), Float(0.1, 1, log=True, step=0.1)),
        (tune.randint(1, 4), Int(1, 3)),
        (tune.lograndint(16, 513), Int(16, 512, log=True)),
        (tune.qrandint(8, 64, 8), Int(8, 64, step=8)),
        (tune.qrandint(5, 30, 8), Int(8, 24, step=8)),
        (tune.qrandint(1, 4, 1), Int(1, 3)),
        (tune.qlograndint(8, 64, 8), Int(8, 64, log=True, step=8)),
        (tune.randint(5, 6), Choice([5])),
        (tune.choice(["sgd", "adam"]), Choice(["sgd", "adam"])),
        (tune.choice(np.array([16, 32])), Choice([16, 32])),
        (tune.grid_search([1, 2]), Choice([1, 2])),
        (tune.sample_from(abs), Function(abs)),
    ],
)
def test_a_ray_domain_becomes_the_dimension_with_the_same_values(domain, expected):
    assert load_space({"x": domain}).dimensions["x"] == expected


@pytest.mark.parametrize(
    "domain", [tune.randint(1, 4), tune.lograndint(2, 7), tune.qrandint(8, 32, 8)]
)
def test_ray_draws_the_same_integers_as_often(domain):
    points = 20_000
    dimension = load_space({"x": domain}).dimensions["x"]
    drawn = Counter(domain.sample(size=points, random_state=np.random.default_rng(0)))
    expected = Counter(dimension.from_unit((i + 0.5) / points) for i in range(points))

    assert drawn.keys() == expected.keys()
    assert all(abs(drawn[value] - expected[value]) < 0.02 * points for value in drawn)


@pytest.mark.parametrize(
    ("domain", "message"),
    [
        (tune.randn(0, 1), "Ray's Normal has no bounds: use tune.uniform"),
        (tune.uniform(1, 0), "low must be below high, got low=1.0, high=0.0"),
        (tune.randint(5, 5), "holds no integer: got lower=5, upper=5"),
        (tune.choice([]), "choices must not be empty"),
        (tune.sample_from(lambda: 1), "tune.sample_from needs a function of the configuration"),
        ({"grid_search": 3}, "choices must be a list, got 3"),
    ],
)
def test_a_ray_domain_that_cannot_be_searched_is_refused(domain, message):
    with pytest.raises(ValueError, match=f'space "x": .*{message}'):
        load_space({"x": domain})
