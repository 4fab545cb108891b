"""A worker that says nothing is named once, with where it is."""

import os
import threading

import pytest

from tuning.dispatcher import TrialPlan
from tuning.engine.silence import (
    FIRST_SECONDS,
    LEAST_SECONDS,
    MANY_EPOCHS,
    SilenceWatch,
    where_of,
)
from tuning.engine.stacks import answer_with_stacks

STACKS = """Thread 0x01 (most recent call first):
  File "/usr/lib/python3.11/threading.py", line 320 in wait

Current thread 0x02 (most recent call first):
  File "/v/site-packages/torch/utils/data/dataloader.py", line 1251 in _try_get_data
  File "/home/me/my_task.py", line 30 in train
  File "/v/site-packages/flatbasin/tuning/engine/worker.py", line 116 in _train
"""


class Silent:
    """A dispatcher whose one worker has been silent for `seconds`."""

    def __init__(self, seconds=0.0, epoch=None):
        self.seconds, self.epoch = seconds, epoch
        self.running = {"a": TrialPlan("s00003", "search", {}, seed=0)}

    def silence_of(self, worker):
        return self.seconds

    def epoch_seconds_of(self, worker):
        return self.epoch


@pytest.fixture
def watch_of(tmp_path):
    def make(dispatcher):
        said, clock = [], iter(range(0, 10_000, 100))
        watch = SilenceWatch(dispatcher, str(tmp_path), said.append, lambda: next(clock))
        return watch, said

    return make


@pytest.mark.parametrize(
    ("epoch", "limit"),
    [(None, FIRST_SECONDS), (0.1, LEAST_SECONDS), (60.0, MANY_EPOCHS * 60.0)],
)
def test_how_long_is_too_long_follows_from_its_epochs(watch_of, epoch, limit):
    dispatcher = Silent(limit - 1, epoch)
    watch, said = watch_of(dispatcher)
    watch.look({})
    assert said == []

    dispatcher.seconds = limit + 1
    watch.look({})
    watch.look({})

    assert len(said) == 1
    assert said[0].startswith("s00003 has said nothing for ")


def test_the_next_trial_may_be_silent_too(watch_of):
    dispatcher = Silent(1000.0)
    watch, said = watch_of(dispatcher)
    watch.look({})
    dispatcher.running = {"a": TrialPlan("s00004", "search", {}, seed=0)}
    watch.look({})

    assert [text.split()[0] for text in said] == ["s00003", "s00004"]


def test_it_says_where_the_trial_is_and_what_usually_helps():
    assert where_of(STACKS) == (
        ": in dataloader.py line 1251 (_try_get_data), from my_task.py line 30; a DataLoader's "
        "workers may lack shared memory: set num_workers=0, or give the container more (--shm-size)"
    )


@pytest.mark.parametrize("stacks", ["", "nothing of ours", STACKS.partition("\n\n")[0]])
def test_where_nothing_is_known_nothing_is_said(stacks):
    assert where_of(stacks) == ""


def test_a_process_that_hangs_answers_all_the_same(watch_of, tmp_path):
    answer_with_stacks(str(tmp_path))
    is_over = threading.Event()
    hanging = threading.Thread(target=is_over.wait)
    hanging.start()
    watch, said = watch_of(Silent(1000.0))

    watch.look({os.getpid(): "a"})

    is_over.set()
    hanging.join()
    assert len(said) == 1
    assert "in wait" in (tmp_path / f"{os.getpid()}.stacks").read_text()
