"""Workers under Ray Tune; whole searches with them are in test_search.py and test_faults.py."""

import pickle

import pytest
from ray import tune
from ray.air._internal import usage

from tuning import search
from tuning.engine import workers
from tuning.engine.workers import DispatcherCallback, EndOfSearch
from tuning.options import make_options
from tuning.plan import RunPlan


def never():
    return False


def test_tune_may_pickle_what_it_is_handed(tmp_path):
    """It does so for a restore that never happens; the dispatcher holds an open record."""
    with (tmp_path / "record").open("w") as unpicklable:
        callback = pickle.dumps(DispatcherCallback(unpicklable, None))
        end = pickle.dumps(EndOfSearch(unpicklable, never))

    assert type(pickle.loads(callback)) is tune.Callback
    assert type(pickle.loads(end)) is tune.stopper.NoopStopper


class GivesUp:
    """A Tuner whose workers, one on each of two nodes, have one process id, and are lost."""

    def __init__(self, trainable, run_config, **settings):
        self.callback = run_config.callbacks[0]

    def fit(self):
        for worker in self.callback.dispatcher.running:
            self.callback.processes[7] = worker
        raise RuntimeError("the cluster is gone")


class Running:
    """A dispatcher with two workers at work, that notes which of them are lost."""

    over = False

    def __init__(self):
        self.running = {"a": None, "b": None}
        self.lost, self.refused = [], None

    def on_worker_lost(self, worker):
        self.lost.append(worker)

    def refuse(self, error):
        self.refused = error


@pytest.mark.usefixtures("ray_running")
def test_workers_of_two_nodes_that_share_a_process_id_are_both_lost(
    scripted_task, tmp_path, monkeypatch
):
    dispatcher = Running()
    monkeypatch.setattr(workers.tune, "Tuner", GivesUp)
    monkeypatch.setattr(workers, "MAX_RESTARTS", 1)

    workers.run_workers(
        dispatcher,
        RunPlan.make(make_options({"task": scripted_task})),
        num_workers=2,
        scratch=tmp_path,
        log_dir=str(tmp_path),
        should_stop=never,
        tell=print,
    )

    assert dispatcher.lost == ["a", "b"]
    assert "all workers were lost" in str(dispatcher.refused)


@pytest.mark.usefixtures("ray_running")
def test_a_search_leaves_rays_telemetry_as_it_was(scripted_task, tmp_path):
    before = usage.tag_callbacks

    search(task=scripted_task, samples=2, runs_dir=str(tmp_path), quiet=True, confirm=False)

    assert usage.tag_callbacks is before
