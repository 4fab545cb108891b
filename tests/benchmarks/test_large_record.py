from __future__ import annotations

from benchmarks.large_record import write_run
from flatbasin import load


def test_the_record_it_writes_is_that_of_a_search_under_early_stopping(tmp_path):
    write_run(tmp_path / "run", 90)

    run = load(tmp_path / "run")

    assert run.trials["epochs"].value_counts().to_dict() == {3: 60, 9: 20, 27: 10}
    assert run.trials["status"].value_counts().to_dict() == {"stopped": 80, "finished": 10}
    assert run.damaged_lines == 0
