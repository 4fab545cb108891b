"""The few things a run does with files, the same in a directory and in a store."""

from pathlib import Path

import pytest

from record import RemotePath, as_path, fetched, remove, stored, write_whole


@pytest.fixture(params=["directory", "store"])
def place(request, tmp_path):
    """Somewhere to write to, of either kind."""
    return tmp_path if request.param == "directory" else request.getfixturevalue("prefix")


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("s3://bucket/runs/a", RemotePath("s3", "bucket/runs/a")),
        ("s3://bucket//runs/a/", RemotePath("s3", "bucket/runs/a")),
        (Path("s3://bucket/runs/a"), RemotePath("s3", "bucket/runs/a")),
        ("gs://bucket/a", RemotePath("gs", "bucket/a")),
        ("runs/a", Path("runs/a")),
        ("/runs/s3:/a", Path("/runs/s3:/a")),
    ],
)
def test_a_url_is_a_store_and_all_else_a_directory(given, path):
    """pathlib makes one slash of two."""
    assert as_path(given) == path


def test_another_store_is_refused():
    with pytest.raises(ValueError, match=r"abfs:// is no place for a run: use a directory, s3://"):
        as_path("abfs://container/runs")


def test_a_file_is_written_in_place_of_the_old_one(place):
    for text in ("old and longer", "new"):
        write_whole(place / "a.txt", text)

    assert (place / "a.txt").read_text(encoding="utf-8") == "new"
    assert [path.name for path in place.iterdir()] == ["a.txt"]


def test_what_is_stored_is_fetched(place):
    with stored(str(place / "checkpoint")) as directory:
        directory.mkdir(exist_ok=True)
        (directory / "state.pt").write_bytes(b"state")

    with fetched(str(place / "checkpoint"), ask=True) as directory:
        assert (directory / "state.pt").read_bytes() == b"state"


def test_nothing_stored_is_nothing_fetched(place):
    with fetched(str(place / "none"), ask=True) as directory:
        assert not (directory / "state.pt").exists()


def test_what_fails_on_the_way_is_not_stored(prefix):
    with pytest.raises(OSError, match="disk is full"):
        store_half(prefix)

    assert not prefix.exists()


def store_half(prefix):
    with stored(str(prefix)) as directory:
        (directory / "state.pt").write_bytes(b"half")
        raise OSError("disk is full")


def test_a_directory_is_removed_with_all_in_it(place):
    with stored(str(place / "d")) as directory:
        directory.mkdir(exist_ok=True)
        (directory / "a").write_bytes(b"1")

    remove(place / "d")
    remove(place / "none")

    assert not (place / "d" / "a").exists()
