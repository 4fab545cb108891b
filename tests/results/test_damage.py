"""A record that was cut off, or whose bytes were flipped, is read as far as it is sound."""

import os
import pickle
import random
import re

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from record.reader import read_lines
from results import load, write_frames
from results.text.answer import answer
from tests.results.conftest import Script

SAME_DIRECTORY = settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def whole(tmp_path):
    """A run with everything a record may hold; its directory, and the record's bytes."""
    written = Script(tmp_path / "run")
    written.line("mark", name="search_started")
    written.line("mark", name="confirmation_asked", stages=["window", "seed"])
    for place in range(6):
        config = {"lr": 0.1 * (place + 1), "batch_size": 16 << place % 2}
        written.trial(f"s{place:05d}", config, [3.0 + place, 2.0 + place, 1.0 + place])
    written.trial("s00006", {"lr": 0.9, "batch_size": 16}, [1.0, None], status="diverged")
    written.trial("s00007", {"lr": 0.8, "batch_size": 16}, [5.0], status="failed")
    config = {"lr": 0.1, "batch_size": 16}
    plan = [{"trial_id": "c00000", "seed": 3, "config": config, "role": "seed"}]
    written.line("stage", stage="confirm", trials=plan)
    written.trial("c00000", config, [3.0, 2.0, 1.0], stage="confirm")
    written.line("test", trial_id="c00000", test_loss=0.4)
    return written.directory, (written.directory / "epochs.jsonl").read_bytes()


def read_all(directory):
    """Everything that is made of a record; None where it holds no trial, which is said."""
    try:
        run = load(directory)
    except ValueError as error:
        assert re.fullmatch(".* holds no trial yet: .*", str(error))  # noqa: PT017 - or no error
        return None
    write_frames(run)
    assert len(run.ranking()) <= len(run.trials)
    return run


def test_at_every_point_of_truncation_the_whole_lines_are_read(whole):
    directory, data = whole
    record = directory / "epochs.jsonl"
    lines, _ = read_lines(record)
    for end in reversed(range(len(data) + 1)):
        os.truncate(record, end)
        assert read_lines(record) == (lines[: data[:end].count(b"\n")], 0)


@SAME_DIRECTORY
@given(st.floats(0, 1))
def test_a_record_that_was_cut_off_makes_frames_all_the_same(whole, share):
    directory, data = whole
    (directory / "epochs.jsonl").write_bytes(data[: int(share * len(data))])

    run = read_all(directory)

    assert run is None or run.damaged_lines == 0


@SAME_DIRECTORY
@given(
    flips=st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=20)
)
def test_flipped_bytes_cost_at_most_their_own_lines(whole, flips):
    directory, data = whole
    damaged = bytearray(data)
    for place, bits in flips:
        damaged[place % len(data)] ^= bits
    (directory / "epochs.jsonl").write_bytes(damaged)

    run = read_all(directory)

    if run is not None:
        assert run.damaged_lines <= 2 * len(flips)  # a newline may have come, or gone


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)
KINDS = {
    "trial": {"trial_id": "s00001", "attempt": 2, "stage": "search", "seed": 1, "config": {"a": 1}},
    "epoch": {"trial_id": "s00001", "attempt": 1, "epoch": 4, "val_loss": 1.0, "accuracy": 0.5},
    "status": {"trial_id": "s00001", "status": "failed", "error": "x", "final": True},
    "stage": {"trials": [{"trial_id": "c1", "seed": 1, "config": {}, "role": "seed"}]},
    "mark": {"name": "confirmation_asked", "stages": ["seed"]},
    "test": {"trial_id": "s00001", "test_loss": 1.0},
}


@SAME_DIRECTORY
@given(st.data())
def test_a_value_of_any_type_anywhere_does_no_harm(whole, data):
    directory, sound = whole
    kind = data.draw(st.sampled_from(sorted(KINDS)))
    name = data.draw(st.sampled_from(sorted(KINDS[kind])))
    (directory / "epochs.jsonl").write_bytes(sound)
    written = Script.__new__(Script)
    written.directory, written.clock = directory, 2000.0

    written.line(kind, **KINDS[kind] | {name: data.draw(VALUES)})

    assert len(read_all(directory).trials) >= 9


def test_what_is_said_of_a_damaged_run_is_short_and_printable(whole):
    directory, data = whole
    rng = random.Random(0)
    for _ in range(5):
        damaged = bytearray(data)
        for _ in range(10):
            damaged[rng.randrange(len(data))] = rng.randrange(256)
        (directory / "epochs.jsonl").write_bytes(damaged)
        run = load(directory)
        text = answer(run, run.recommendation())
        assert "damaged lines of the record left out" in text
        assert all(line.isprintable() for line in text.split("\n"))


class Trap:
    """Unpickling it is noticed."""

    def __reduce__(self):
        return pytest.fail, ("something of the run directory was unpickled",)


def test_nothing_of_a_run_directory_is_unpickled(whole, monkeypatch):
    """Not its frames either: the record alone is read."""
    directory, _ = whole
    for name in ("trials.parquet", "epochs.parquet", "best/model.safetensors", "tuner.pkl",
                 "checkpoints/s00000/state.pt", "recommendation.json"):  # fmt: skip
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(pickle.dumps(Trap()))
    for module, name in ((pickle, "load"), (pickle, "loads"), (pd, "read_pickle")):
        monkeypatch.setattr(module, name, lambda *_, **__: pytest.fail("unpickled"))

    run = load(directory)

    assert len(run.trials) == 9
    assert run.recommendation().config
