"""Objects of a store, by the methods of pathlib: a real server of moto."""

import pytest

from record import RemotePath
from tests.tuning import object_store


def test_what_is_written_is_read(prefix):
    (prefix / "a.txt").write_bytes("\N{GREEK SMALL LETTER ALPHA}".encode())

    assert (prefix / "a.txt").read_text() == "\N{GREEK SMALL LETTER ALPHA}"


def test_a_prefix_is_a_directory_as_long_as_something_is_below(prefix):
    before = prefix.exists()
    (prefix / "d" / "a.txt").write_bytes(b"1")

    assert not before
    assert prefix.is_dir()
    assert (prefix / "d").is_dir()
    assert not (prefix / "d").is_file()
    assert (prefix / "d" / "a.txt").is_file()


def test_a_directory_lists_what_is_directly_below_in_order(prefix):
    for name in ("b", "a", "d/c"):
        (prefix / name).write_bytes(b"")

    assert [path.name for path in prefix.iterdir()] == ["a", "b", "d"]
    assert list((prefix / "none").iterdir()) == []


def test_a_removed_object_is_not_there(prefix):
    (prefix / "a").write_bytes(b"")
    (prefix / "a").unlink()
    (prefix / "a").unlink(missing_ok=True)

    assert not (prefix / "a").exists()
    with pytest.raises(FileNotFoundError, match="no such object"):
        (prefix / "a").read_bytes()


def test_a_tree_is_removed_and_its_neighbour_is_not(prefix):
    for name in ("run/a", "run/d/b", "run2/a"):
        (prefix / name).write_bytes(b"1")

    (prefix / "run").rmtree()
    (prefix / "none").rmtree()

    assert not (prefix / "run" / "a").exists()
    assert not (prefix / "run" / "d" / "b").exists()
    assert (prefix / "run2" / "a").exists()


def test_what_the_store_refuses_is_one_line_with_the_path(prefix):
    with pytest.raises(OSError, match="NO_SUCH_BUCKET") as raised:
        RemotePath("s3", "no-bucket/a").write_bytes(b"")

    assert raised.value.filename == "s3://no-bucket/a"
    assert "\n" not in raised.value.strerror


def test_one_request_in_ten_may_fail(monkeypatch):
    with object_store.serving(failing=0.1) as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        prefix = RemotePath("s3", f"{object_store.BUCKET}/failing")
        for number in range(40):
            (prefix / f"{number}").write_bytes(str(number).encode())
        read = [(prefix / f"{number}").read_text() for number in range(40)]
        counts = store.counts()

    assert read == [str(number) for number in range(40)]
    assert counts["failed"] > 2
