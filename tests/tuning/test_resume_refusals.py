"""A run does not go on if its task, space or versions have changed, or if it is no run."""

import subprocess
import sys

import pytest

from tests.tuning import faults

pytestmark = pytest.mark.usefixtures("ray_running")


def test_a_changed_task_is_refused_unless_forced(tmp_path, write_task, scripted_task):
    path = tmp_path / "run"
    faults.searched(path, "--task", scripted_task, "--samples", "3", "--no-confirm")
    with open(scripted_task, "a") as file:
        file.write("# a change\n")

    refused = faults.done("resume", str(path), "--samples", "1")
    forced = faults.done("resume", str(path), "--samples", "1", "--force")

    assert refused.returncode == 2
    assert "has changed since the run began" in refused.stderr
    assert forced.returncode == 0, forced.stderr


def test_another_version_or_space_is_refused_unless_forced(tmp_path, scripted_task):
    path = tmp_path / "run"
    faults.searched(path, "--task", scripted_task, "--samples", "3", "--no-confirm")
    settings = (path / "run.toml").read_text()
    refusals = []
    for old, new in [('torch = "2', 'torch = "1'), ("high = 1.0", "high = 0.5")]:
        assert old in settings
        (path / "run.toml").write_text(settings.replace(old, new))
        refusals.append(faults.done("resume", str(path)))
    more = faults.done("resume", str(path), "--samples", "1")
    forced = faults.done("resume", str(path), "--force")

    assert [refused.returncode for refused in (*refusals, more)] == [2, 2, 2]
    assert "torch was 1" in refusals[0].stderr
    assert "the space or the seed in run.toml has changed since" in refusals[1].stderr
    assert refusals[1].stderr == more.stderr
    assert all("--force" in refused.stderr for refused in refusals)
    assert all(refused.stderr.count("\n") == 1 for refused in refusals)
    assert forced.returncode == 0, forced.stderr


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.rmdir(), "is not a run: there is no such directory"),
        (lambda path: (path / "run.toml").write_text("= ="), "cannot be read as TOML"),
    ],
)
def test_what_is_no_run_is_refused(tmp_path, spoil, message):
    path = tmp_path / "run"
    path.mkdir()
    spoil(path)

    done = faults.done("resume", str(path))

    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_changed_space_is_refused_before_ray_is_imported(tmp_path, scripted_task):
    path = tmp_path / "run"
    faults.searched(path, "--task", scripted_task, "--samples", "3", "--no-confirm")
    settings = (path / "run.toml").read_text()
    (path / "run.toml").write_text(settings.replace("high = 1.0", "high = 0.5"))
    source = "import sys, tune_main; print(tune_main.main(sys.argv[1:]), 'ray' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", source, "resume", str(path)],
        capture_output=True,
        text=True,
        cwd=faults.ROOT,
        env=faults.environment(),
    )

    assert done.stdout.split() == ["2", "False"]
    assert "has changed since" in done.stderr
