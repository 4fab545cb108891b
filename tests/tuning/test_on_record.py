"""The door for other trackers: what a function is told of a search, and what it cannot break."""

import json
import re
import sqlite3
import threading
from pathlib import Path

import pytest

from tuning import resume, search

PAGE = Path(__file__).parents[2] / "docs" / "report.md"
SHORT = {"samples": 4, "confirm": False, "report": False, "quiet": True, "name": "told"}


@pytest.fixture
def options(tmp_path, scripted_task, ray_running):
    return SHORT | {"task": scripted_task, "runs_dir": str(tmp_path)}


def test_a_function_is_told_each_line_of_the_record_in_order(options, tmp_path):
    told, threads = [], set()

    def on_record(line):
        told.append(dict(line))
        threads.add(threading.current_thread())
        line.clear()  # its own: nobody else sees that

    search(**options, on_record=on_record)

    text = (tmp_path / "told" / "epochs.jsonl").read_text(encoding="utf-8")
    assert told == [json.loads(line) for line in text.splitlines()]
    assert len(threads) == 1
    assert threads != {threading.current_thread()}


def test_a_resume_tells_what_is_new(options, tmp_path):
    told, record = [], tmp_path / "told" / "epochs.jsonl"
    search(**options)
    num_before = len(record.read_text(encoding="utf-8").splitlines())

    resume(tmp_path / "told", samples=1, on_record=told.append)

    lines = record.read_text(encoding="utf-8").splitlines()[num_before:]
    assert told == [json.loads(line) for line in lines]


def test_a_function_that_raises_is_named_once_and_costs_nothing(options, capsys):
    told = []

    def on_record(line):
        told.append(line)
        raise KeyError(line["no such name"])

    run = search(**options, on_record=on_record)

    error = capsys.readouterr().err
    assert error == "on_record has failed and gets no more lines: KeyError: 'no such name'\n"
    assert len(told) == 1
    assert len(run.trials) == 4


def test_what_is_no_function_is_refused_before_ray_starts(options, tmp_path):
    with pytest.raises(ValueError, match="on_record must be a function of a line, got 'print'"):
        search(**options, on_record="print")

    assert not (tmp_path / "told").exists()


def test_the_snippet_of_the_page_tracks_a_search(tmp_path, monkeypatch, ray_running):
    monkeypatch.chdir(tmp_path)
    page = PAGE.read_text(encoding="utf-8")
    snippet = next(s for s in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "on_rec" in s)
    scope = {}

    exec(compile(snippet, PAGE.name, "exec"), scope)

    run, database = scope["run"], sqlite3.connect(tmp_path / "curves.db")
    statuses = dict(database.execute("select id, status from trials").fetchall())
    assert statuses == dict(run.trials[["trial_id", "status"]].itertuples(index=False))
    losses = database.execute("select val_loss from epochs").fetchall()
    assert sorted(loss for (loss,) in losses) == sorted(run.epochs["val_loss"])
