"""A search whose task has modules of its own that are called like our packages."""

from tests.flatbasin.conftest import users_project  # noqa: F401  # a fixture
from tests.tuning import faults


def test_the_task_has_its_own_modules_where_the_search_is_started_beside_it(
    users_project,  # noqa: F811
    tmp_path,
):
    """Python finds them before ours there."""
    options = ["--samples", "2", "--no-confirm", "--no-report", "--quiet"]
    arguments = ["--task", "my_task.py", "--runs-dir", str(tmp_path / "runs")]
    done = faults.run_command(*arguments, *options, cwd=users_project)

    assert done.returncode == 0, done.stderr
    assert "2 configurations" in done.stdout
