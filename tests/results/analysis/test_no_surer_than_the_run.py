"""No answer is surer than its run: the same rules for records of every kind."""

import math
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from results import Run, load
from results.analysis.recommendation import Recommendation
from results.text.answer import answer
from results.text.comparison import covers_all
from search_spaces import Choice
from tests.results.analysis.searches import SIZES, codes, confirm, curve_to
from tests.results.conftest import CONDITIONAL, LR_BATCH, Script

STEPPED = """
[space.hidden]
type = "int"
low = 16
high = 256
step = 16

[space.dropout]
type = "float"
low = 0.0
high = 0.5
"""
NARROW = """
[space.lr]
type = "float"
low = 0.01
high = 0.04
log = true
"""


def bowl(config, rng):
    """Best at lr 0.02, hidden 128, whatever else; with noise."""
    off = math.log10(config["lr"] / 0.02) if "lr" in config else 0.0
    off += abs(config.get("hidden", 128) - 128) / 128
    return 0.1 * math.exp(0.6 * off**2 + rng.normal(0, 0.03))


def flat(config, rng):
    return 0.1 * math.exp(rng.normal(0, 0.03))


def loud(config, rng):
    return 0.1 * math.exp(0.3 * math.log10(config["lr"] / 0.02) ** 2 + rng.normal(0, 0.5))


def edge(config, rng):
    return 0.1 * math.exp(-0.5 * math.log10(config["lr"]) + rng.normal(0, 0.03))


def step_in_size(config, rng):
    return 0.1 * (1 + 0.3 * (config["batch_size"] > 32)) * math.exp(rng.normal(0, 0.03))


def below_zero(config, rng):
    return -5.0 + 10 * bowl(config, rng)


def lr_batch(rng, place):
    return {"lr": float(10 ** rng.uniform(-4, 0)), "batch_size": SIZES[place % 5]}


def conditional(rng, place):
    config = {"lr": float(10 ** rng.uniform(-4, 0)), "optimizer": ["sgd", "adam"][place % 2]}
    return config | ({"momentum": float(rng.uniform(0, 0.99))} if place % 2 == 0 else {})


def stepped(rng, place):
    return {"hidden": 16 * int(rng.integers(1, 17)), "dropout": float(rng.uniform(0, 0.5))}


def narrow(rng, place):
    return {"lr": float(10 ** rng.uniform(-2, -1.4))}


@dataclass(frozen=True)
class Case:
    """A record: what configurations there are, and what they end at."""

    loss: Any = bowl
    draw: Any = lr_batch
    space: str = LR_BATCH
    num: int = 40
    num_full: int = 40
    """Full-length trials; the others are stopped after three epochs."""
    validation: int | None = None
    confirmed: dict[str, Any] = field(default_factory=dict)


CASES = {
    "a bowl": Case(),
    "few trials": Case(num=5, num_full=5),
    "just enough trials": Case(num=12, num_full=12),
    "one trial": Case(num=1, num_full=1),
    "most were stopped": Case(num=60, num_full=13),
    "all but a few were stopped": Case(num=60, num_full=4),
    "nothing matters": Case(loss=flat),
    "heavy noise": Case(loss=loud),
    "heavy noise, few trials": Case(loss=loud, num=14, num_full=14),
    "best at the end of the range": Case(loss=edge),
    "two batch sizes as good": Case(loss=step_in_size),
    "losses below zero": Case(loss=below_zero),
    "one dimension, all of it as good": Case(draw=narrow, space=NARROW),
    "conditional": Case(draw=conditional, space=CONDITIONAL),
    "conditional, few trials": Case(draw=conditional, space=CONDITIONAL, num=13, num_full=13),
    "steps": Case(draw=stepped, space=STEPPED),
    "one validation example": Case(validation=1),
    "nine validation examples": Case(validation=9),
    "ten validation examples": Case(validation=10),
    "confirmed": Case(confirmed={"lr": 0.02, "batch_size": 64}),
    "fresh seeds chose another one": Case(confirmed={"lr": 0.12, "batch_size": 64}),
    "confirmed at the end of the range": Case(loss=edge, confirmed={"lr": 1.0, "batch_size": 16}),
    "confirmed, two as good": Case(loss=step_in_size, confirmed={"lr": 0.3, "batch_size": 32}),
    "one validation example, confirmed": Case(
        validation=1, confirmed={"lr": 0.02, "batch_size": 64}
    ),
}


@dataclass(frozen=True)
class Answered:
    """What a record of a kind is answered with."""

    case: Case
    run: Run
    found: Recommendation
    text: str


@pytest.fixture(scope="module", params=CASES.values(), ids=CASES)
def answered(request, tmp_path_factory):
    """The answer to a record of each kind."""
    case, rng = request.param, np.random.default_rng(0)
    written = Script(tmp_path_factory.mktemp("run"), space=case.space, epochs=9)
    if case.validation is not None:
        written.line("data", train=100, validation=case.validation, test=case.validation)
    for place in range(case.num):
        config = case.draw(rng, place)
        curve = curve_to(case.loss(config, rng))
        if place < case.num_full:
            written.trial(f"s{place:05d}", config, curve)
        else:
            written.trial(f"s{place:05d}", config, curve[:3], status="stopped")
    if case.confirmed:
        confirm(written, rng, case.confirmed)
    run = load(written.directory)
    found = run.recommendation()
    return Answered(case, run, found, answer(run, found))


def test_the_recommended_value_lies_in_its_own_interval(answered):
    found = answered.found
    for name in found.intervals.keys() & found.config:
        interval = found.intervals[name]
        assert interval["low"] <= found.config[name] <= interval["high"], name


def test_the_recommended_value_is_as_good_as_itself(answered):
    found = answered.found
    for name in found.plateau.keys() & found.config:
        plateau, value = found.plateau[name], found.config[name]
        if isinstance(plateau, dict):
            assert plateau["low"] <= value <= plateau["high"], name
        else:
            assert value in plateau, name


def test_an_interval_that_is_the_whole_range_is_called_that(answered):
    for name, interval in answered.found.intervals.items():
        dimension = answered.run.space.dimensions[name]
        if isinstance(dimension, Choice) or not covers_all(answered.run, name, interval):
            continue
        lines = answered.text.splitlines()
        if name in answered.found.evidence["no_effect"]:
            assert any(line.startswith("    no effect ") and name in line for line in lines)
        else:
            (line,) = [line for line in lines if f"    {name} " in line]
            assert "not narrowed down: 90 % in" in line


def test_a_choice_that_is_not_the_likeliest_comes_with_the_reason(answered):
    found = answered.found
    chances = {
        name: {entry["value"]: entry["probability"] for entry in entries}
        for name, entries in found.evidence["choice_probability"].items()
    } | ({"batch_size": found.batch_size_probability} if found.batch_size_probability else {})
    for name in chances.keys() & found.config:
        start = f"    {name.replace('_', ' ')} "
        lines = [line for line in answered.text.splitlines() if line.startswith(start)]
        if lines and chances[name][found.config[name]] < max(chances[name].values()):
            assert re.search("as good within noise|of those .* the best", lines[0])


def test_nothing_is_said_in_per_cent_where_there_is_not_enough_to_tell(answered):
    found = answered.found
    if codes(found) & {"few-full-length", "few-examples", "no-difference"}:
        assert not found.intervals
        assert not found.batch_size_probability
        assert "%" not in re.sub("would gain .*", "", answered.text.partition("Note")[0])


def test_what_is_not_enough_is_said(answered):
    found, case = codes(answered.found), answered.case
    num_full = answered.run.trials["status"].eq("finished").sum()
    assert ("few-full-length" in found) == (num_full < 12)
    assert ("few-examples" in found) == (case.validation in (1, 9))
