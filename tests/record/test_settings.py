"""run.toml: read, checked and written in one place."""

import pytest

from record.settings import (
    RECORD_FILE,
    TASK_FILE,
    read_settings,
    read_whole_run,
    table,
    versions,
    write_settings,
)

SETTINGS = {"options": {"samples": 8}, "space": {"lr": [0.1]}, "versions": {"torch": "2"}}


@pytest.fixture
def run(tmp_path):
    """A directory with all that a run needs to be gone on with."""
    write_settings(tmp_path, SETTINGS)
    (tmp_path / TASK_FILE).write_text("")
    (tmp_path / RECORD_FILE).write_text("")
    return tmp_path


def test_settings_come_back_as_they_were_written(run):
    assert read_settings(run) == SETTINGS
    assert read_whole_run(run) == SETTINGS


def test_a_directory_that_is_not_there_is_no_run(tmp_path):
    with pytest.raises(ValueError, match="nowhere is not a run: there is no such directory"):
        read_settings(tmp_path / "nowhere")


def test_a_directory_without_run_toml_is_no_run(tmp_path):
    with pytest.raises(ValueError, match=r"is not a run: it has no run\.toml"):
        read_settings(tmp_path)


def test_what_is_not_toml_is_said(run):
    (run / "run.toml").write_text("options = [")

    with pytest.raises(ValueError, match=r"run\.toml cannot be read as TOML: "):
        read_settings(run)


@pytest.mark.parametrize("name", [TASK_FILE, RECORD_FILE])
def test_a_run_without_one_of_its_files_is_not_whole(run, name):
    (run / name).unlink()

    with pytest.raises(ValueError, match=f"is not a whole run: it has no {name}"):
        read_whole_run(run)


def test_a_run_toml_that_no_search_wrote_is_refused(run):
    write_settings(run, {"options": {}, "space": {}})

    with pytest.raises(ValueError, match=r"has no \[versions\]: it was not written by a search"):
        read_whole_run(run)


def test_a_table_that_is_none_counts_as_absent():
    assert table({"options": "none"}, "options") == {}
    assert table({}, "options") == {}


def test_versions_name_what_decides_a_loss():
    assert versions().keys() == {"python", "torch", "ray", "numpy", "flatbasin"}
