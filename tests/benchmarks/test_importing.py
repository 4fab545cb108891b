"""The benchmark of imports makes its studies, imports each and says how long it took."""

import sys

from benchmarks import importing


def test_every_source_is_made_and_imported(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        sys, "argv", ["importing", "--trials", "15", "--keep", str(tmp_path / "kept")]
    )

    importing.main()

    lines = capsys.readouterr().out.splitlines()
    named = [line.split(",")[0] for line in lines if not line.startswith(" ")]
    assert named == ["trials.csv", "study.journal", "study.db"]
    assert sum("whole command" in line for line in lines) == 3
