"""Training batches in pieces of so many optimizer steps, pass after pass over the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from trainable.batches import NO_BATCHES, Batches
from trainable.randomness import random_state, set_random_state
from trainable.tensors import Tensors


class Passes:
    """Where a trial is in its training data: in which pass, and after how many of its batches.

    A pass is begun with the state of all random generators kept, so that a trial can go on in the
    middle of one: the pass is begun again as it was, and what was taken of it is left out.
    """

    def __init__(self, batches: Batches, order: torch.Generator) -> None:
        """`order` is what the batches draw their order from."""
        self._batches, self._order = batches, order
        self._left: Iterator[tuple[Tensors, Tensors]] | None = None
        self._begun: dict[str, Any] = {}
        self._taken = 0

    def until(
        self, is_enough: Callable[[], bool], end_pass: Callable[[], None]
    ) -> Iterator[tuple[Tensors, Tensors]]:
        """Batches until that is enough, which is asked after each; `end_pass` after each pass."""
        while not is_enough():
            if self._left is None:
                self._begin()
            assert self._left is not None
            batch = next(self._left, None)
            if batch is not None:
                self._taken += 1
                yield batch
            elif self._taken == 0:
                raise ValueError(NO_BATCHES)
            else:
                end_pass()
                self._left = None

    def state(self) -> dict[str, Any]:
        """All that `restore` needs; empty between two passes."""
        return {} if self._left is None else {"begun": self._begun, "taken": self._taken}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was taken. The random generators are the caller's to put back."""
        if not state:
            return
        set_random_state(state["begun"]["random"])
        self._order.set_state(state["begun"]["order"])
        self._begin()
        assert self._left is not None
        for _ in range(state["taken"]):
            next(self._left)
        self._taken = state["taken"]

    def _begin(self) -> None:
        self._begun = {"random": random_state(), "order": self._order.get_state()}
        self._left, self._taken = iter(self._batches), 0
