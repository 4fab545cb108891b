"""What a task says is kept: a file per trial, of bounded size."""

import logging
import os
import subprocess
import sys
import warnings

import pytest

from record import as_path
from tests.tuning import object_store
from tuning.engine.task_output import LOADING, LOG_BYTES, TaskOutput


@pytest.fixture
def output(tmp_path):
    return TaskOutput(str(tmp_path / "logs"), str(tmp_path / "scratch"))


def said(tmp_path, name="s00000"):
    path = tmp_path / "logs" / f"{name}.txt"
    return path.read_text() if path.exists() else None


def test_prints_loggers_native_code_and_children_are_kept(output, tmp_path, capfd):
    with output.kept("s00000"):
        print("a print")
        print("an error", file=sys.stderr)
        logger = logging.getLogger("of the task")
        logger.addHandler(logging.StreamHandler())
        logger.warning("a logger")
        os.write(1, b"native\n")
        subprocess.run(["echo", "a child"], check=True)
        print("no line yet", end="")
    with output.kept("s00000"):
        print(", now one")
    print("not of the task")

    lines = said(tmp_path).splitlines()
    assert sorted(lines) == sorted(
        ["a print", "an error", "a logger", "native", "a child", "no line yet, now one"]
    )
    assert "not of the task" in capfd.readouterr().out


def test_a_logger_made_in_one_trial_writes_to_the_file_of_the_next(output, tmp_path):
    logger = logging.getLogger("kept for good")
    with output.kept("s00000"):
        logger.addHandler(logging.StreamHandler())
    with output.kept("s00001"):
        logger.warning("of the second")

    assert said(tmp_path) is None
    assert said(tmp_path, "s00001") == "of the second\n"


def test_a_trial_that_says_nothing_leaves_no_file(output, tmp_path):
    with output.kept("s00000"):
        pass

    assert said(tmp_path) is None


def test_of_a_trial_that_says_too_much_the_beginning_is_kept(output, tmp_path):
    for _ in range(3):
        with output.kept("s00000"):
            print("x" * LOG_BYTES)

    text = said(tmp_path)
    assert LOG_BYTES < len(text) < LOG_BYTES + 100
    assert text.endswith("more was said than is kept\n")


def test_what_is_said_before_there_is_a_run_is_written_once_there_is_one(output, tmp_path):
    with output.kept(LOADING):
        print("loading data")
    assert not (tmp_path / "logs").exists()

    with output.kept("s00000"):
        print("training")

    assert said(tmp_path, LOADING) == "loading data\n"
    assert said(tmp_path) == "training\n"


def test_the_first_warning_is_told(output):
    with warnings.catch_warnings(), output.kept("s00000"):
        warnings.simplefilter("always")
        warnings.warn("first", stacklevel=1)
        warnings.warn("second", stacklevel=1)

    found = output.take_warning()
    assert found.startswith("test_task_output.py line ")
    assert found.endswith(": UserWarning: first")
    assert output.take_warning() is None


def test_a_run_that_was_moved_away_is_not_made_again(tmp_path):
    with TaskOutput(str(tmp_path / "moved" / "logs"), str(tmp_path / "scratch")).kept("s00000"):
        print("gone")

    assert not (tmp_path / "moved").exists()


def test_where_nothing_can_be_written_the_task_runs_all_the_same(tmp_path):
    (tmp_path / "logs").write_text("a file")

    with TaskOutput(str(tmp_path / "logs")).kept("s00000"):
        print("gone")

    assert (tmp_path / "logs").read_text() == "a file"


def test_in_a_store_it_is_there_with_the_last_word(tmp_path, monkeypatch):
    with object_store.serving() as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        place = f"s3://{object_store.BUCKET}/runs/a/logs"
        output = TaskOutput(place, str(tmp_path))
        with output.kept("s00000"):
            print("one")
        with output.kept("s00000"):
            print("two")

        assert (as_path(place) / "s00000.txt").read_text(encoding="utf-8") == "one\ntwo\n"
