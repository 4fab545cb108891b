from __future__ import annotations

from typing import Any

import pytest
from epoch_time import Losses, alternate, by_hand, ours, require_equal, with_loader

from trainable.catalogue import find_task


@pytest.fixture(scope="module")
def digits() -> tuple[Any, Any]:
    task = find_task("digits").load()
    return task, task.load_data(0)


def test_three_loops_do_the_same_work(digits: tuple[Any, Any]) -> None:
    """`alternate` itself compares their losses."""
    loops = [make(*digits, 64, 3) for make in (ours, by_hand, with_loader)]

    seconds = alternate(loops, epochs=3)

    assert [len(taken) for taken in seconds] == [3, 3, 3]


def test_losses_that_differ_end_the_measurement() -> None:
    with pytest.raises(RuntimeError, match=r"validation losses must be equal, got 0\.2 and 0\.3"):
        require_equal(Losses(0.1, 0.2, 0.1), Losses(0.1, 0.3, 0.1))
