"""A search whose task has modules of its own that are called like our packages."""

import pytest

from tests.flatbasin.conftest import users_project  # noqa: F401  # a fixture
from tests.tuning import faults


@pytest.mark.parametrize("place", ["beside the task", "elsewhere"])
def test_the_task_has_its_own_modules_wherever_the_search_is_started(
    users_project,  # noqa: F811
    tmp_path,
    place,
):
    here = users_project if place == "beside the task" else tmp_path
    options = ["--samples", "2", "--no-confirm", "--no-report", "--quiet"]
    arguments = ["--task", str(users_project / "my_task.py"), "--runs-dir", str(tmp_path / "runs")]
    done = faults.run_command(*arguments, *options, cwd=here)

    assert done.returncode == 0, done.stderr
    assert "2 configurations" in done.stdout
