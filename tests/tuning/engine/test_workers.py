"""Workers under Ray Tune; whole searches with them are in test_search.py and test_faults.py."""

import pickle

import pytest
from ray import tune
from ray.air._internal import usage

from tuning import search
from tuning.engine.workers import DispatcherCallback, EndOfSearch


def never():
    return False


def test_tune_may_pickle_what_it_is_handed(tmp_path):
    """It does so for a restore that never happens; the dispatcher holds an open record."""
    with (tmp_path / "record").open("w") as unpicklable:
        callback = pickle.dumps(DispatcherCallback(unpicklable, None))
        end = pickle.dumps(EndOfSearch(unpicklable, never))

    assert type(pickle.loads(callback)) is tune.Callback
    assert type(pickle.loads(end)) is tune.stopper.NoopStopper


@pytest.mark.usefixtures("ray_running")
def test_a_search_leaves_rays_telemetry_as_it_was(scripted_task, tmp_path):
    before = usage.tag_callbacks

    search(task=scripted_task, samples=2, runs_dir=str(tmp_path), quiet=True, confirm=False)

    assert usage.tag_callbacks is before
