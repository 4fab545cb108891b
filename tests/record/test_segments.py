"""The record in an object store: lines in order, whatever the store does meanwhile."""

import time

import pytest

from record import has_record, segments
from record.reader import read_lines
from record.segments import open_writer
from record.writer import StorageError
from tuning import lease


@pytest.fixture
def run(prefix):
    """The path of a run in the store."""
    return prefix


def marks(numbers):
    return [{"kind": "mark", "name": str(number)} for number in numbers]


def names(path):
    lines, damaged = read_lines(path)
    assert damaged == 0
    return [int(line["name"]) for line in lines]


def test_lines_come_back_in_order(run):
    writer = open_writer(run / "epochs.jsonl")
    for number in range(20):
        writer.append(marks([number]))
    writer.sync()
    before_the_end = names(run / "epochs.jsonl")
    writer.append(marks([20]))
    writer.close()

    assert before_the_end == list(range(20))
    assert names(run / "epochs.jsonl") == list(range(21))


def test_lines_are_there_within_seconds_without_being_asked_for(run, monkeypatch):
    monkeypatch.setattr(segments, "UPLOAD_SECONDS", 0.05)
    writer = open_writer(run / "epochs.jsonl")
    writer.append(marks([1]))
    while not names(run / "epochs.jsonl"):  # ends by the test's timeout otherwise
        time.sleep(0.01)
    writer.close()

    assert names(run / "epochs.jsonl") == [1]


def test_a_new_record_is_there_at_once(run):
    writer = open_writer(run / "epochs.jsonl")

    assert has_record(run / "epochs.jsonl")
    writer.close()


def test_segments_stay_few_and_the_next_search_adds_its_own(run, monkeypatch):
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 1000)
    for start in (0, 100):
        writer = open_writer(run / "epochs.jsonl")
        for number in range(start, start + 100):
            writer.append(marks([number]))
            writer.sync()
        writer.close()

    assert names(run / "epochs.jsonl") == list(range(200))
    assert 10 < len(list((run / "epochs").iterdir())) < 20


def test_a_copy_of_the_run_on_a_disk_is_read_and_gone_on_with(run, tmp_path):
    writer = open_writer(run / "epochs.jsonl")
    writer.append(marks(range(3)))
    writer.close()
    (tmp_path / "epochs").mkdir()
    for segment in (run / "epochs").iterdir():
        (tmp_path / "epochs" / segment.name).write_bytes(segment.read_bytes())
    here = open_writer(tmp_path / "epochs.jsonl")
    here.append(marks([3]))
    here.close()

    assert names(tmp_path / "epochs.jsonl") == [0, 1, 2, 3]


def test_what_is_to_follow_happens_after_the_lines_are_there(run):
    writer = open_writer(run / "epochs.jsonl")
    seen = []
    writer.append(marks([1]))
    writer.then(lambda: seen.append(names(run / "epochs.jsonl")))
    writer.close()

    assert seen == [[1]]


def test_a_store_that_is_away_for_a_while_misses_no_line(run, monkeypatch):
    monkeypatch.setattr(segments, "UPLOAD_SECONDS", 0.05)
    writer = open_writer(run / "epochs.jsonl")
    with monkeypatch.context() as away:
        away.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        away.setattr("record.remote_path.ATTEMPTS", 1)
        writer.append(marks([1]))
        with pytest.raises(StorageError, match="what was recorded is kept"):
            writer.sync()
        writer.append(marks([2]))
    writer.close()

    assert names(run / "epochs.jsonl") == [1, 2]


def test_a_store_that_stays_away_ends_the_search_in_words(run, monkeypatch):
    monkeypatch.setattr(segments, "UPLOAD_SECONDS", 0.05)
    monkeypatch.setattr(segments, "OUTAGE_SECONDS", 0.0)
    writer = open_writer(run / "epochs.jsonl")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("record.remote_path.ATTEMPTS", 1)

    with pytest.raises(StorageError, match=f"cannot write {run}/epochs.jsonl: .*resume {run}"):
        append_for_ever(writer)


def append_for_ever(writer):
    while True:  # ends by the test's timeout otherwise
        writer.append(marks([1]))
        time.sleep(0.01)


def test_a_run_is_held_by_one_process(run, monkeypatch):
    monkeypatch.setattr(lease, "BEAT_SECONDS", 0.2)
    with (
        lease.held(run / ".lock"),
        pytest.raises(ValueError, match="is in use by another search: wait for it to end"),
        lease.held(run / ".lock"),
    ):
        pass

    assert not (run / ".lock").exists()


def test_the_lock_of_a_dead_process_is_taken_over(run, monkeypatch):
    monkeypatch.setattr(lease, "DEAD_SECONDS", 1.0)
    (run / ".lock").write_bytes(b'{"owner": "killed", "beat": 7}')

    with lease.held(run / ".lock"):
        assert b"killed" not in (run / ".lock").read_bytes()


OTHER = b'{"owner": "another", "beat": 0}'


def test_who_stood_still_while_another_took_the_run_writes_no_more(run, monkeypatch):
    monkeypatch.setattr(segments, "UPLOAD_SECONDS", 0.05)
    monkeypatch.setattr(lease, "BEAT_SECONDS", 1000.0)

    with lease.held(run / ".lock") as check_held:
        writer = open_writer(run / "epochs.jsonl", check_held)
        writer.append(marks([1]))
        writer.sync()
        (run / ".lock").write_bytes(OTHER)
        with pytest.raises(StorageError, match="another search has gone on with it"):
            append_for_ever(writer)
        with pytest.raises(StorageError):
            writer.close()

    assert names(run / "epochs.jsonl") == [1]
    assert (run / ".lock").read_bytes() == OTHER


def test_who_stood_still_does_not_beat_over_the_lock_of_another(run, monkeypatch):
    monkeypatch.setattr(lease, "BEAT_SECONDS", 1.0)

    with lease.held(run / ".lock") as check_held:
        (run / ".lock").write_bytes(OTHER)  # before the first beat, not between its look and it
        time.sleep(2.5)
        with pytest.raises(OSError, match="another search has gone on with it"):
            check_held()

        assert (run / ".lock").read_bytes() == OTHER
