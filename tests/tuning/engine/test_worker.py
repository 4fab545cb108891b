"""The Trainable that a worker runs: one trial after another, nothing carried over."""

import pytest
from ray import tune

from tests.tuning.engine.conftest import give
from trainable.catalogue import find_task
from trainable.trial import make_trial
from tuning.assignments import PreflightAssignment, report_seconds
from tuning.engine.worker import Worker


def losses(report):
    return [row["val_loss"] for row in report.epochs]


@pytest.fixture
def tiny_worker(worker, tiny_file):
    ready = worker(tiny_file)
    ready.step()
    assert ready.loaded is not None
    return ready


def test_it_is_a_class_trainable_of_ray_tune():
    assert issubclass(Worker, tune.Trainable)


def test_a_reused_worker_carries_nothing_over(tiny_worker, assignment, tiny_task, tiny_data):
    """The second trial's losses are those of a trial in a fresh process, to the last bit."""
    give(
        tiny_worker,
        assignment("s1", {"lr": 0.5, "optimizer": "adam", "schedule": "cosine"}, seed=8),
    )
    second = give(tiny_worker, assignment("s2", {"lr": 0.05}))

    alone = make_trial(tiny_task, tiny_data, {"lr": 0.05}, seed=3, epochs=4)
    assert losses(second) == [alone.run_epoch().val_loss for _ in range(4)]


def test_it_stops_to_ask_where_the_scheduler_may_end_the_trial(tiny_worker, assignment):
    reports = [give(tiny_worker, assignment(ask_at=frozenset({1, 3})))]
    while reports[-1].ended is None:
        reports.append(tiny_worker.step()["report"])

    assert [len(report.epochs) for report in reports] == [1, 2, 1]
    assert reports[-1].ended == "finished"


def test_between_rungs_it_reports_as_often_as_it_is_told(tiny_worker, assignment):
    report = give(tiny_worker, assignment(report_seconds=0.0))

    assert [row["epoch"] for row in report.epochs] == [1]


@pytest.mark.parametrize(("workers", "seconds"), [(1, 0.5), (64, 0.5), (1000, 5.0)])
def test_many_workers_report_less_often_each(workers, seconds):
    assert report_seconds(workers) == seconds


def test_a_trial_that_is_well_reports_before_it_counts_as_hung():
    assert report_seconds(1000, timeout=4.0) == 2.0
    assert report_seconds(1, timeout=60.0) == 0.5


def test_a_new_order_ends_a_trial_half_way(tiny_worker, assignment):
    give(tiny_worker, assignment("s1", ask_at=frozenset({1})))

    report = give(tiny_worker, assignment("s2"))

    assert report.trial_id == "s2"
    assert [row["epoch"] for row in report.epochs] == [1, 2, 3, 4]


def test_a_diverged_trial_ends_with_its_first_non_finite_epoch(tiny_worker, assignment):
    report = give(tiny_worker, assignment(config={"lr": 1e30}))

    assert report.ended == "diverged"
    assert len(report.epochs) == 1


def test_checkpoints_let_a_trial_go_on_where_it_was(tiny_worker, assignment):
    whole = losses(give(tiny_worker, assignment("whole")))
    first = give(tiny_worker, assignment("cut", ask_at=frozenset({2, 3}), checkpoint_seconds=0.0))
    tiny_worker.step()

    second = give(tiny_worker, assignment("cut", checkpoint_seconds=0.0, recorded_epochs=3))

    assert [row["epoch"] for row in second.epochs] == [3, 4]
    assert losses(first) + losses(second) == whole


def test_a_checkpoint_further_than_the_record_is_not_used(tiny_worker, assignment):
    """A power cut took the last second of the record: the curve is to have no hole."""
    give(tiny_worker, assignment("cut", ask_at=frozenset({3}), checkpoint_seconds=0.0))
    tiny_worker.step()

    again = give(tiny_worker, assignment("cut", recorded_epochs=2))

    assert [row["epoch"] for row in again.epochs] == [1, 2, 3, 4]
    assert losses(again) == losses(give(tiny_worker, assignment("whole")))


def test_the_kept_model_and_the_look_at_the_test_part_come_with_the_last_epoch(
    tiny_worker, assignment, tmp_path
):
    report = give(tiny_worker, assignment(look_at_test=True, best_dir=str(tmp_path / "best")))

    assert report.test["loss"] > 0
    assert (tmp_path / "best" / "model.safetensors").exists()


@pytest.mark.parametrize(("lr", "is_kept"), [(0.1, True), (0.0003, False)])
def test_the_best_epoch_is_kept_beside_the_last_one_where_it_was_better(
    worker, assignment, tmp_path, lr, is_kept
):
    """Diabetes overfits at the high learning rate and not at the low one."""
    overfitting = worker(find_task("diabetes"))
    overfitting.step()
    place = tmp_path / "best"
    place.mkdir()
    (place / "best_epoch.safetensors").touch()  # of an earlier leader

    give(
        overfitting, assignment(config={"lr": lr, "batch_size": 32}, epochs=20, best_dir=str(place))
    )

    kept = [path for path in place.glob("best_epoch.safetensors") if path.stat().st_size]
    assert bool(kept) == is_kept
    assert (place / "best_epoch.safetensors").exists() == is_kept


def test_the_first_batch_tells_what_the_task_reads(tiny_worker):
    report = give(tiny_worker, PreflightAssignment(config={"lr": 0.1}, epochs=3))

    assert report.preflight_done
    assert report.preflight.num_examples == (71, 15, 15)


def test_workers_of_one_node_share_their_data(tiny_file, tmp_path):
    class SharingWorker(Worker):
        def setup(self, config):
            super().setup(config, tiny_file, 0, 1, shared_dir=str(tmp_path / "shared"))

    workers = [SharingWorker() for _ in range(2)]

    for worker in workers:
        worker.step()
    assert len(list((tmp_path / "shared").glob("*.pt"))) == 1
    workers[0].stop()
    assert not (tmp_path / "shared").exists()
    assert workers[1].loaded.data.train.inputs.isfinite().all()


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_checkpoint_at_the_very_end_is_there_where_it_is_asked_for(
    tiny_worker, assignment, tmp_path, is_kept
):
    report = give(tiny_worker, assignment(keep_checkpoint=is_kept))

    assert report.ended == "finished"
    assert (tmp_path / "s1" / "state.pt").exists() == is_kept
