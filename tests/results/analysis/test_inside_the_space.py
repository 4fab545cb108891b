"""Whatever the space, nothing is trained, recommended or suggested that it does not hold."""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from results.analysis.confirmation import next_round
from results.analysis.observations import observe
from results.analysis.posterior import fit_posterior, posterior_of
from results.analysis.proposals import proposals
from results.analysis.summary import summarise
from results.analysis.warnings import warnings_of
from search_spaces import Choice, Float, Function, Int, Space, configurations, with_settings
from search_spaces.conditions import Condition
from search_spaces.constraints import Constraint
from tests.results.report_runs import run_of

DIMENSIONS = {
    "lr": [
        Float(1e-4, 1, log=True),
        Float(0.01, 0.5),
        Float(0.05, 1, step=0.05),
        Float(0.1, 1, log=True, step=0.1),
    ],
    "batch_size": [
        Int(16, 256, step=16),
        Int(1, 64),
        Int(8, 256, log=True),
        Int(10, 250, log=True, step=20),
        Choice([16, 32, 64, 128]),
        Choice([32]),
    ],
    "optimizer": [Choice(["sgd", "adam"]), Choice(["sgd", "adam", "adamw"])],
    "momentum": [Float(0, 0.99), Float(0, 0.9, step=0.3), Choice([0.0, 0.9])],
    "hidden": [Int(16, 512, log=True), Int(8, 96, step=8), Function(lambda c: len(c) + 7)],
    "clip": [Choice([None, 0.5, 1.0])],
}
CONSTRAINTS = [
    "lr * batch_size <= 8",
    "batch_size != 32",
    "hidden <= 4 * batch_size",
    "optimizer == 'sgd' or batch_size > 16",
    "lr < 0.2 or lr > 0.25",
]
MANY = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


NO_SMALL_BATCHES = Space(
    {
        "optimizer": Choice(["sgd", "adam"]),
        "lr": Float(1e-4, 1, log=True),
        "batch_size": Int(16, 256, step=16),
        "momentum": Float(0, 0.99),
        "hidden": Int(16, 512, log=True),
    },
    constraints=tuple(map(Constraint, CONSTRAINTS[:3])),
)
"""The smallest batch sizes are there, but not with what is recommended."""


@st.composite
def spaces(draw):
    """Log, linear, stepped and integer ranges, choices, conditions, functions, constraints."""
    names = draw(st.sets(st.sampled_from(sorted(DIMENSIONS))).map(lambda names: names | {"lr"}))
    dimensions = {
        name: draw(st.sampled_from(DIMENSIONS[name])) for name in DIMENSIONS if name in names
    }
    parents = {
        "momentum": ("optimizer", ("sgd",)),
        "batch_size": ("optimizer", ("sgd", "adam")),
        "clip": ("optimizer", ("adam",)),
    }
    order = sorted(dimensions, key=lambda name: name != "optimizer")
    conditions = {
        name: Condition({parent: values})
        for name, (parent, values) in parents.items()
        if {name, parent} <= dimensions.keys() and draw(st.booleans())
    }
    constraints = [Constraint(text) for text in CONSTRAINTS]
    possible = [c for c in constraints if c.names <= dimensions.keys()]
    chosen = draw(st.lists(st.sampled_from(possible), unique=True)) if possible else []
    return Space({name: dimensions[name] for name in order}, conditions, tuple(chosen))


def searched(trials_of, space, seed, num=24):
    """Trials of the search, the last few diverged, with a bowl of losses."""
    try:
        configs = configurations(space, "random", num, seed)
    except ValueError:
        assume(False)
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=9)
    return trials_of(
        *(
            {f"config/{name}": value for name, value in config.items()}
            | {"val_loss": float(1 + rng.random() / 9 + abs(np.log(config["lr"]) * weights[0] + 1))}
            | ({"status": "diverged", "val_loss": np.nan} if place > num - 4 else {})
            for place, config in enumerate(configs)
        )
    )


@MANY
@given(space=spaces(), seed=st.integers(0, 99))
def test_every_configuration_that_is_trained_is_one_of_the_space(trials_of, space, seed):
    run = run_of(searched(trials_of, space, seed), space)

    configs = proposals(posterior_of(observe(run)), 8, np.random.default_rng(seed))
    planned = [next_round(run, search_epochs, seed=seed) for search_epochs in (27, 600)]

    assert len(configs) == 8
    trained = [*configs, *(config for found in planned for config in found.configs)]
    assert [config for config in trained if not space.holds(config)] == []


@pytest.mark.parametrize(
    "dimension",
    [Float(0.9, 0.99), Float(0.95, 0.999), Float(0.9, 0.9999), Float(1e-3, 1, log=True)],
)
def test_what_is_proposed_is_new_however_narrow_the_range(trials_of, dimension):
    """As written: 0.985 of 0.95 to 0.999 is not 0.98."""
    rng = np.random.default_rng(0)
    places = np.linspace(0.05, 0.95, 20)
    rows = [
        {
            "config/momentum": dimension.from_unit(u),
            "val_loss": 1 + (u - 0.7) ** 2 + rng.random() / 99,
        }
        for u in places
    ]
    posterior = posterior_of(observe(run_of(trials_of(*rows), Space({"momentum": dimension}))))

    values = [config["momentum"] for config in proposals(posterior, 8, rng)]

    assert len({*values, *(row["config/momentum"] for row in rows)}) == 28
    near = [v for v in values if dimension.from_unit(0.5) < v < dimension.from_unit(0.9)]
    assert len(near) >= 4


@MANY
@given(space=spaces(), seed=st.integers(0, 99))
def test_every_value_that_is_shown_belongs_to_a_configuration_of_the_space(trials_of, space, seed):
    summary = summarise(run_of(searched(trials_of, space, seed), space))
    held = summary.posterior.observations.held

    for line in summary.profiles:
        shown = [*line.values, *line.interval(), *line.as_good(0.1)]
        values = [{line.dimension.name: value} for value in shown]
        assert [value for value in values if held(value, summary.config) is None] == []
    assert all(space.holds(config) for config in summary.posterior.configs)


@MANY
@given(space=spaces(), seed=st.integers(0, 99))
@example(space=NO_SMALL_BATCHES, seed=1)
def test_every_suggested_setting_can_be_searched(trials_of, space, seed):
    run = run_of(searched(trials_of, space, seed), space)

    for warning in warnings_of(run, summarise(run)):
        _, is_setting, setting = warning.next.partition(" --samples ")[0].partition(" --set ")
        if is_setting and setting.partition("=")[0] in space.dimensions:
            assert with_settings(space, [setting]) != space


def test_configurations_of_another_space_are_not_recommended(trials_of):
    trials = trials_of({"config/lr": 0.5, "val_loss": 1.0}, {"config/lr": 0.05, "val_loss": 2.0})
    space = Space({"lr": Float(0.01, 1)}, constraints=(Constraint("lr < 0.1"),))

    contenders = next_round(run_of(trials, space), 27).configs

    assert contenders == [{"lr": 0.05}] * 3
    elsewhere = Space({"lr": Float(0.6, 1, step=0.2)}, constraints=(Constraint("lr > 0.9"),))
    assert next_round(run_of(trials, elsewhere), 27) is None


def test_a_value_beside_the_grid_is_moved_onto_it(trials_of):
    """As a run of an earlier version may have trained."""
    trials = trials_of({"config/lr": 0.1, "config/batch_size": 106})
    space = Space({"lr": Float(0.01, 1), "batch_size": Int(16, 256, step=16)})

    assert observe(run_of(trials, space)).winner == {"lr": 0.1, "batch_size": 112}


def test_where_the_grid_leaves_nothing_what_was_observed_is_proposed(trials_of):
    """A line through the best value meets none of the few values that satisfy the constraint."""
    tried = [0.1234567, 0.2345678, 0.3456789, 0.4567891, 0.5678912, 0.6789123]
    text = " or ".join(f"lr == {lr}" for lr in tried)
    space = Space({"lr": Float(0.001, 0.999)}, constraints=(Constraint(text),))
    trials = trials_of(*({"config/lr": lr, "val_loss": lr} for lr in tried))

    posterior = fit_posterior(run_of(trials, space))

    assert [config["lr"] for config in posterior.configs] == tried


def test_what_the_answer_lacks_has_no_line_though_none_may_be_its_value(trials_of):
    rng = np.random.default_rng(0)
    rows = [
        {"config/lr": lr, "val_loss": 1 + abs(np.log(lr / 0.1)), "config/optimizer": "sgd"}
        if place % 2
        else {"config/lr": lr, "val_loss": 9 + lr, "config/optimizer": "adam"}
        | {"config/clip": [None, "norm"][place // 2 % 2]}
        for place, lr in enumerate(rng.uniform(0.01, 1, 20))
    ]
    dimensions = {
        "lr": Float(0.01, 1, log=True),
        "optimizer": Choice(["sgd", "adam"]),
        "clip": Choice([None, "norm"]),
    }
    space = Space(dimensions, {"clip": Condition({"optimizer": ("adam",)})})

    summary = summarise(run_of(trials_of(*rows), space))

    assert summary.config["optimizer"] == "sgd"
    assert [line.dimension.name for line in summary.profiles] == ["lr", "optimizer"]
