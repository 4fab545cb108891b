"""Writing the record."""

import json
import math

from record.writer import RecordWriter, encode


def test_lines_are_strict_json_with_null_for_what_is_not_finite():
    line = encode({"val_loss": math.nan, "deep": {"x": [math.inf, 1.0]}})

    assert json.loads(line, parse_constant=lambda name: 1 / 0) == {
        "val_loss": None,
        "deep": {"x": [None, 1.0]},
    }
    assert line.endswith("\n")


def test_control_characters_stay_on_one_line(tmp_path):
    writer = RecordWriter(tmp_path / "epochs.jsonl")
    writer.append([{"kind": "status", "error": "a\nb\r\0\u2028c"}])
    writer.close()

    text = (tmp_path / "epochs.jsonl").read_text()
    assert text.count("\n") == 1
    assert json.loads(text)["error"] == "a\nb\r\0\u2028c"


def test_every_line_has_its_time(tmp_path):
    writer = RecordWriter(tmp_path / "epochs.jsonl")
    writer.append([{"kind": "a"}, {"kind": "b", "time": 5.0}])
    writer.close()

    first, second = map(json.loads, (tmp_path / "epochs.jsonl").read_text().splitlines())
    assert first["time"] > 1e9
    assert second["time"] == 5.0


def test_after_a_half_written_line_the_next_one_stands_alone(tmp_path):
    path = tmp_path / "epochs.jsonl"
    path.write_text('{"kind": "epoch", "tri')
    writer = RecordWriter(path)
    writer.append([{"kind": "mark"}])
    writer.close()

    assert json.loads(path.read_text().splitlines()[1])["kind"] == "mark"
