"""Four tasks as a new user would write them, through the real command."""

from pathlib import Path

import pytest

from results import load
from tests.tuning import faults
from tune_main import main

ROOT = Path(__file__).parent.parent.parent
TASKS = sorted((ROOT / "examples" / "fifteen_lines").glob("*.py"))


@pytest.fixture
def directory_with_table(tmp_path):
    """A directory with patients.csv in it: ten measurements and the progression of a disease."""
    from sklearn.datasets import load_diabetes

    load_diabetes(as_frame=True).frame.to_csv(tmp_path / "patients.csv", index=False)
    return tmp_path


OPTIONS = ("--samples", "4", "--epochs", "3", "--no-confirm", "--no-report", "--name", "run")


def test_a_task_reads_a_file_from_the_directory_where_the_command_is_typed(directory_with_table):
    (task,) = [path for path in TASKS if "patients.csv" in path.read_text()]

    done = faults.run_command("--task", str(task), *OPTIONS, cwd=directory_with_table)

    assert done.returncode == 0, done.stderr
    check(load(directory_with_table / "runs" / "run"))


@pytest.mark.usefixtures("ray_running")
@pytest.mark.parametrize(
    "task", [path for path in TASKS if "patients.csv" not in path.read_text()], ids=lambda p: p.stem
)
def test_a_task_of_fifteen_lines_is_searched_by_the_command(task, tmp_path):
    if "mlxtend" in task.read_text():
        pytest.importorskip("mlxtend", reason="an extra: pip install 'flatbasin[examples]'")
    assert main(["--task", str(task), *OPTIONS, "--runs-dir", str(tmp_path)]) == 0
    check(load(tmp_path / "run"))


def check(run):
    """Everything was tried, and nothing failed."""
    assert len(run.trials) == 4
    assert not (run.trials["status"] == "failed").any()
    assert (run.trials["status"] == "finished").any()


@pytest.mark.parametrize("task", TASKS, ids=lambda path: path.stem)
def test_it_has_at_most_fifteen_lines_and_imports_nothing_of_ours(task):
    lines = [line for line in task.read_text().splitlines() if line.strip()]

    assert len(lines) <= 15
    for package in ("trainable", "search_spaces", "tuning", "results", "ray"):
        assert not any(package in line for line in lines if "import" in line)


def test_all_four_are_there():
    assert [task.stem for task in TASKS] == ["cnn", "sequences", "tabular", "two_inputs"]
