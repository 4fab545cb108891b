"""Four tasks as a new user would write them, through the real command."""

import subprocess
import sys
from pathlib import Path

import pytest

from results import load

ROOT = Path(__file__).parent.parent.parent
TASKS = sorted((ROOT / "examples" / "fifteen_lines").glob("*.py"))


@pytest.fixture
def directory_with_table(tmp_path):
    """A directory with patients.csv in it: ten measurements and the progression of a disease."""
    from sklearn.datasets import load_diabetes

    load_diabetes(as_frame=True).frame.to_csv(tmp_path / "patients.csv", index=False)
    return tmp_path


@pytest.mark.parametrize("task", TASKS, ids=lambda path: path.stem)
def test_a_task_of_fifteen_lines_is_searched_by_the_command(task, directory_with_table):
    if "mlxtend" in task.read_text():
        pytest.importorskip("mlxtend", reason="an extra: pip install 'flatbasin[examples]'")
    command = [sys.executable, str(ROOT / "tune_main.py"), "--task", str(task), "--samples", "8"]

    done = subprocess.run(
        [*command, "--epochs", "3", "--no-confirm", "--no-report", "--name", "run"],
        cwd=directory_with_table,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    run = load(directory_with_table / "runs" / "run")
    assert len(run.trials) == 8
    assert not (run.trials["status"] == "failed").any()
    assert (run.trials["status"] == "finished").any()


@pytest.mark.parametrize("task", TASKS, ids=lambda path: path.stem)
def test_it_has_at_most_fifteen_lines_and_imports_nothing_of_ours(task):
    lines = [line for line in task.read_text().splitlines() if line.strip()]

    assert len(lines) <= 15
    for room in ("trainable", "search_spaces", "tuning", "results", "ray"):
        assert not any(room in line for line in lines if "import" in line)


def test_all_four_are_there():
    assert [task.stem for task in TASKS] == ["cnn", "sequences", "tabular", "two_inputs"]
