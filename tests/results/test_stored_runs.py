"""Real searches keep the answers that they gave."""

import math

import pytest

from tests.results.stored_runs import NAMES, answer_of, stored_answer

CLOSE = 1e-6
"""Relative difference that another build of the linear algebra may make."""


def differences(now, then, place=""):
    """Where two values of JSON differ by more than CLOSE."""
    if isinstance(now, float) and isinstance(then, float):
        is_same = math.isclose(now, then, rel_tol=CLOSE) or (now != now and then != then)
        return [] if is_same else [f"{place}: {then} -> {now}"]
    if isinstance(now, dict) and isinstance(then, dict) and now.keys() == then.keys():
        return [d for key in now for d in differences(now[key], then[key], f"{place}/{key}")]
    if isinstance(now, list) and isinstance(then, list) and len(now) == len(then):
        pairs = enumerate(zip(now, then, strict=True))
        return [d for i, (a, b) in pairs for d in differences(a, b, f"{place}/{i}")]
    return [] if now == then else [f"{place}: {then} -> {now}"]


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_record_gives_the_answer_it_gave(name):
    assert differences(answer_of(name), stored_answer(name)) == []
