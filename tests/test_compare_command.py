"""The command `compare`: a table, what really differs, and with --together one answer."""

import numpy as np
import pytest

from tests.results.analysis.searches import confirm, search
from tests.results.conftest import Script
from tune_main import main


@pytest.fixture
def runs(tmp_path):
    """The directories of two searches of one task."""
    for seed, name in enumerate(("first", "second")):
        written, rng = Script(tmp_path / name, epochs=9), np.random.default_rng(seed)
        search(written, rng)
        confirm(written, rng, {"lr": 0.02 + 0.2 * seed, "batch_size": 64})
    return [str(tmp_path / name) for name in ("first", "second")]


def test_a_comparison_says_whether_the_answers_differ(runs, capsys):
    assert main(["compare", *runs]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[-1].startswith("first is better than second by ")
    assert "% (90 % in " in lines[-1]


def test_runs_taken_together_end_in_one_ranking_and_answer(runs, capsys):
    assert main(["compare", *runs, "--together"]) == 0

    shown = capsys.readouterr().out
    assert "first is better than second" in shown
    assert "digits, 80 configurations of lr-batch, ASHA 1-3-9, seed 0, 2 runs together" in shown
    assert "Use  lr 0.02  and  batch size 64." in shown


def test_runs_that_cannot_be_taken_together_are_refused_in_one_line(runs, tmp_path, capsys):
    Script(tmp_path / "longer", epochs=27).trial("s00000", {"lr": 0.1}, [1.0] * 27)

    assert main(["compare", runs[0], str(tmp_path / "longer"), "--together"]) == 2

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "tune_main.py: first and longer cannot be taken together: they differ in the budget "
        "(9 epochs and 27 epochs)\n"
    )


def test_a_run_given_twice_is_refused_in_one_line(runs, capsys):
    assert main(["compare", runs[0], runs[0], "--together"]) == 2
    assert "first is given twice: a run counts once" in capsys.readouterr().err
