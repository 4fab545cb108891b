"""The temporary directory of a session."""

import stat
import tempfile
from pathlib import Path

import pytest

from tests.tuning import faults
from tuning.engine.scratch import MAX_PATH, check_length, scratch_directory


def test_only_the_user_can_enter_it_and_it_is_removed():
    with scratch_directory() as directory:
        (directory / "file").write_text("temporary")
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700

    assert not directory.exists()


def test_a_tmpdir_that_is_missing_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))

    with (
        pytest.raises(ValueError, match=r"TMPDIR must name a directory .*missing"),
        scratch_directory(),
    ):
        pass


def test_a_full_disk_is_named_and_nothing_is_left_on_it(monkeypatch, tmp_path):
    with faults.small_disk(tmp_path / "disk", "16m") as disk:
        monkeypatch.setattr(tempfile, "tempdir", str(disk))

        with (
            pytest.raises(ValueError, match=r"has 16 MiB free, and .* need 32 MiB"),
            scratch_directory(),
        ):
            pass

        assert list(disk.iterdir()) == []


def test_a_path_too_long_for_sockets_says_by_how_much():
    check_length(Path("/" + "x" * (MAX_PATH - 1)))

    with pytest.raises(ValueError, match="at least 3 bytes shorter"):
        check_length(Path("/" + "x" * (MAX_PATH + 2)))
