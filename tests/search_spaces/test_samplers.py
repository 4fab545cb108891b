import json
import math
import subprocess
import sys
import warnings
from collections import Counter

import pytest

from search_spaces import SAMPLERS, Float, Int, Space, configurations, load_space

SQUARE = Space({"x": Float(0, 1), "y": Float(0, 1)})
CONDITIONAL = Space.from_dict(
    {
        "optimizer": ["sgd", "adam"],
        "momentum": {"type": "choice", "choices": [0.0, 0.5, 0.9], "when": {"optimizer": "sgd"}},
        "layers": {"type": "int", "low": 1, "high": 4},
    }
)
NARROW = Space.from_dict(
    {
        "hidden": {"type": "int", "low": 16, "high": 512, "log": True},
        "layers": [1, 2, 3],
        "constraints": ["hidden * layers <= 100", "hidden % 2 == 0"],
    }
)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("space", [load_space("optimizer"), CONDITIONAL, NARROW])
def test_a_longer_request_begins_with_the_shorter_one(sampler, space):
    longest = configurations(space, sampler, 200, seed=3)

    for num in (1, 7, 65):
        assert configurations(space, sampler, num, seed=3) == longest[:num]


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_seeds_differ(sampler):
    space = load_space("regularisation")

    assert configurations(space, sampler, 9, 0) != configurations(space, sampler, 9, 1)


def test_another_process_draws_the_same():
    code = (
        "import json; from search_spaces import *\n"
        "space = load_space('architecture')\n"
        "print(json.dumps([configurations(space, s, 9, 5) for s in SAMPLERS]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    space = load_space("architecture")

    assert json.loads(done.stdout) == [configurations(space, s, 9, 5) for s in SAMPLERS]


@pytest.mark.parametrize("num", [16, 50])
def test_sobol_covers_better_than_random(num):
    """The centred discrepancy of two dimensions, over 20 seeds."""
    from scipy.stats import qmc

    def discrepancy(sampler, seed):
        return qmc.discrepancy(
            [list(c.values()) for c in configurations(SQUARE, sampler, num, seed)]
        )

    wins = sum(discrepancy("sobol", seed) < discrepancy("random", seed) for seed in range(20))

    assert wins >= 19


def test_sobol_gives_every_batch_size_its_share():
    configs = configurations(load_space("lr-batch"), "sobol", 50, seed=0)

    assert all(9 <= num <= 11 for num in Counter(c["batch_size"] for c in configs).values())


def test_sobol_never_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(configurations(SQUARE, "sobol", 1000, seed=0)) == 1000


def test_random_integers_reach_both_ends_equally_often():
    configs = configurations(Space({"layers": Int(1, 4)}), "random", 8000, seed=0)
    counts = Counter(config["layers"] for config in configs)

    # Four standard deviations of a count: 4 * sqrt(8000 * 1/4 * 3/4).
    assert all(abs(counts[value] - 2000) < 155 for value in (1, 2, 3, 4))


@pytest.mark.parametrize("seed", range(5))
def test_a_grid_is_complete_and_gives_each_configuration_once(seed):
    configs = configurations(CONDITIONAL, "grid", 1000, seed)

    assert len({json.dumps(config) for config in configs}) == len(configs) == 4 * (3 + 1)


def test_a_grid_has_five_points_along_a_continuous_dimension():
    configs = configurations(Space({"lr": Float(1e-4, 1, log=True)}), "grid", 100, seed=0)

    assert sorted(config["lr"] for config in configs) == [1e-4, 1e-3, 1e-2, 1e-1, 1.0]


def test_the_beginning_of_a_grid_covers_the_space():
    """Sixteen of 8 x 8 cells: four in each quarter, in product order they would fill two rows."""
    space = Space({"x": Int(0, 7), "y": Int(0, 7)})
    quarters = Counter(
        (config["x"] // 4, config["y"] // 4) for config in configurations(space, "grid", 16, seed=0)
    )

    assert len(quarters) == 4
    assert all(3 <= num <= 5 for num in quarters.values())


def test_a_grid_too_large_to_list_begins_at_once():
    space = Space({f"n{index}": Int(0, 10**12) for index in range(20)})

    assert len(configurations(space, "grid", 10, seed=0)) == 10


def test_a_space_of_constants_has_one_configuration_on_every_grid():
    space = Space.from_dict({"lr": 0.1, "batch_size": 32})

    assert configurations(space, "grid", 5, 0) == [{"lr": 0.1, "batch_size": 32}]
    assert configurations(space, "sobol", 2, 0) == [{"lr": 0.1, "batch_size": 32}] * 2


def test_a_constant_more_changes_no_other_value():
    space = load_space("lr-batch")
    larger = Space.from_dict({"momentum": 0.9} | space.to_dict())

    expected = [{"momentum": 0.9} | c for c in configurations(space, "sobol", 20, 0)]
    assert configurations(larger, "sobol", 20, 0) == expected


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_configuration_satisfies_the_constraints(sampler):
    for config in configurations(NARROW, sampler, 100, seed=0):
        assert config["hidden"] * config["layers"] <= 100
        assert config["hidden"] % 2 == 0


@pytest.mark.parametrize("sampler", ["sobol", "random"])
def test_constraints_that_hardly_anything_fits_are_named(sampler):
    space = Space.from_dict(
        {"x": {"type": "float", "low": 0, "high": 1}, "constraints": ["x < 0.9", "x < 1e-6"]},
        "a.toml",
    )
    with pytest.raises(
        ValueError,
        match=r'constraint "x < 1e-6": only 0 of 1000 .* fewer than 1 in 1000.* \(a.toml\)',
    ):
        configurations(space, sampler, 1, seed=0)


def test_a_grid_without_a_fitting_configuration_is_refused():
    space = Space.from_dict({"x": [1, 2, 3], "constraints": ["x > 3"]})

    with pytest.raises(ValueError, match='"x > 3": only 0 of 3 configurations fit'):
        configurations(space, "grid", 1, seed=0)


def test_a_constraint_that_cannot_be_computed_is_named():
    space = Space.from_dict({"x": ["a", "b"], "constraints": ["x * 2 < 3"]})

    with pytest.raises(ValueError, match=r'constraint "x \* 2 < 3": cannot be computed'):
        configurations(space, "sobol", 1, seed=0)


@pytest.mark.parametrize(
    ("sampler", "num", "seed", "message"),
    [
        ("sobel", 1, 0, "unknown sampler 'sobel': did you mean sobol?"),
        ("sobol", 0, 0, "samples must be an integer of at least 1, got 0"),
        ("sobol", 2.0, 0, "samples must be an integer of at least 1, got 2.0"),
        ("random", 1, -1, "seed must be an integer of at least 0, got -1"),
    ],
)
def test_a_wrong_request_is_refused(sampler, num, seed, message):
    with pytest.raises(ValueError, match=message):
        configurations(SQUARE, sampler, num, seed)


def test_more_dimensions_than_sobol_has_are_refused_in_words():
    space = Space({f"x{index}": Float(0, 1) for index in range(21202)})

    with pytest.raises(ValueError, match="at most 21201 dimensions, got 21202: use random"):
        configurations(space, "sobol", 1, seed=0)
    assert math.isfinite(configurations(space, "random", 1, seed=0)[0]["x21201"])
