"""A resume reads any record: what is sound counts, the rest is left out, and no traceback comes."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from record.lines import CONFIRMATION_ASKED, CONFIRMATION_ENDED, mark_line
from record.writer import RecordWriter
from tests.tuning.conftest import SCRIPTED
from tuning import run_directory, runs
from tuning.options import make_options
from tuning.plan import RunPlan

SAME_DIRECTORY = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def finished(tmp_path):
    """A finished run of three trials and a confirmation of one; its directory and its record."""
    task = tmp_path / "scripted.py"
    task.write_text(SCRIPTED)
    plan = RunPlan.make(make_options({"task": str(task), "samples": 3}))
    run_directory.claim(tmp_path / "run")
    run_directory.create(tmp_path / "run", plan, "python tune_main.py")
    writer = RecordWriter(tmp_path / "run" / "epochs.jsonl")
    writer.append([mark_line(CONFIRMATION_ASKED)])
    trials = [(trial.trial_id, "search", trial.config) for trial in plan.trials]
    config = plan.trials[0].config
    planned = [{"trial_id": "c00000", "seed": 1, "config": config, "role": "seed"}]
    for trial_id, stage, tried in [*trials, ("c00000", "confirm", config)]:
        trial = {"trial_id": trial_id, "stage": stage, "seed": 1, "config": tried}
        if stage == "confirm":
            writer.append([{"kind": "stage", "stage": stage, "trials": planned}])
        writer.append([{"kind": "trial", "attempt": 1, "control": False, **trial}])
        for epoch in range(1, 10):
            losses = {"train_loss": 1.0, "train_eval_loss": None, "val_loss": 1.0, "seconds": 0.1}
            writer.append([{"kind": "epoch", "trial_id": trial_id, "epoch": epoch, **losses}])
        writer.append([{"kind": "status", "trial_id": trial_id, "status": "finished"}])
    writer.append([mark_line(CONFIRMATION_ENDED)])
    writer.close()
    return tmp_path / "run", (tmp_path / "run" / "epochs.jsonl").read_bytes()


def finds_its_way(path):
    """Whether a resume knows what is left, or says in a line that this is no longer that run."""
    try:
        return isinstance(runs.is_finished(path), bool)
    except ValueError as error:
        return "has changed since" in str(error) and "--force" in str(error)


def test_a_whole_record_is_finished_and_one_cut_short_is_not(finished):
    path, data = finished
    assert runs.is_finished(path)

    (path / "epochs.jsonl").write_bytes(data[: data.rindex(b'{"time"')])

    assert not runs.is_finished(path)


@SAME_DIRECTORY
@given(st.floats(0, 1))
def test_a_resume_goes_on_from_wherever_the_record_was_cut_off(finished, share):
    path, data = finished
    (path / "epochs.jsonl").write_bytes(data[: int(share * len(data))])

    assert not runs.is_finished(path) or share == 1.0


@SAME_DIRECTORY
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=20))
def test_a_resume_reads_past_flipped_bytes(finished, flips):
    path, data = finished
    damaged = bytearray(data)
    for place, bits in flips:
        damaged[place % len(data)] ^= bits
    (path / "epochs.jsonl").write_bytes(damaged)

    assert finds_its_way(path)


VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)
)
CONFIG = {"lr": 0.1, "batch_size": 16}
LINES = {
    "trial": {"trial_id": "s00001", "attempt": 2, "stage": "confirm", "seed": 1, "config": CONFIG},
    "epoch": {"trial_id": "s00001", "epoch": 9, "val_loss": 1.0, "train_loss": 1.0},
    "status": {"trial_id": "s00001", "status": "failed", "final": True},
    "mark": {"name": "confirmation_asked", "stages": ["seed"]},
}
PLANNED = {"trial_id": "c00009", "seed": 1, "config": CONFIG, "role": "seed"}


@SAME_DIRECTORY
@given(st.data())
def test_a_resume_takes_a_value_of_any_type_anywhere(finished, data):
    path, sound = finished
    kind = data.draw(st.sampled_from([*LINES, "stage"]))
    fields = PLANNED if kind == "stage" else LINES[kind]
    name = data.draw(st.sampled_from(sorted(fields)))
    line = fields | {name: data.draw(VALUES)}
    (path / "epochs.jsonl").write_bytes(sound)
    writer = RecordWriter(path / "epochs.jsonl")
    writer.append([{"kind": kind, "trials": [line]} if kind == "stage" else {"kind": kind} | line])
    writer.close()

    assert finds_its_way(path)
