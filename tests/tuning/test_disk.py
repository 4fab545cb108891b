"""The forecast of the disk that a run takes."""

import shutil

from tuning import disk
from tuning.options import make_options
from tuning.plan import RunPlan


def plan(**options):
    return RunPlan.make(make_options({"samples": 10, "report": False} | options))


def test_checkpoints_count_for_the_trials_that_run_at_a_time():
    one, two = (disk.most_bytes(plan(confirm=False), 2**30, workers) for workers in (1, 2))

    assert one // 2**30 == 2
    assert two // 2**30 == 4


def test_a_confirmation_may_take_as_much_again_and_keeps_a_model():
    without, with_it = (disk.most_bytes(plan(confirm=confirm), 10**6, 1) for confirm in (0, 1))

    assert with_it > without + 10**6


def test_long_values_are_counted():
    short, long = (
        disk.most_bytes(plan(set=(f"optimizer={name}",), task="digits", confirm=False), 0, 1)
        for name in ("sgd", "adamw")
    )

    assert long > short


def test_a_disk_with_room_is_no_reason_to_speak(tmp_path):
    assert disk.shortage(tmp_path / "runs" / "new", 1) is None


def test_too_full_a_disk_is_named_with_both_sizes(tmp_path):
    warning = disk.shortage(tmp_path / "runs" / "new", 2**60)

    assert warning.startswith(f"{tmp_path} has ")
    assert "free and the run may take 1.05e+06 TiB" in warning
    assert "--runs-dir" in warning


def test_what_the_run_holds_already_is_not_needed_again(tmp_path):
    (tmp_path / "epochs.jsonl").write_bytes(bytes(5 * 2**20))
    free = shutil.disk_usage(tmp_path).free

    assert disk.shortage(tmp_path, free + 2**20) is None
