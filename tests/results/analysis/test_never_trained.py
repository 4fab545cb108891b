"""Choices with which every trial failed: named in the answer, tried no further."""

import numpy as np
import pytest

from results import load
from results.analysis.never_trained import never_trained, without
from results.analysis.observations import observe
from results.analysis.posterior import posterior_of
from results.analysis.proposals import proposals
from search_spaces import Space
from tests.results.analysis.searches import codes, confirm, search

SPACE = Space.from_dict(
    {
        "lr": {"type": "float", "low": 1e-4, "high": 1.0, "log": True},
        "batch_size": [8, 16, 32],
        "optimizer": ["sgd", "adam"],
        "momentum": {"type": "float", "low": 0.0, "high": 0.9, "when": {"optimizer": "sgd"}},
    }
)


def config(batch_size, optimizer="sgd", lr=0.1):
    return {"lr": lr, "batch_size": batch_size, "optimizer": optimizer}


@pytest.mark.parametrize(
    ("failed", "trained", "found"),
    [
        ([config(8)], [config(16)], {"batch_size": [8]}),
        ([config(8), config(16)], [config(32)], {"batch_size": [8, 16]}),
        ([config(8), config(16)], [config(8)], {"batch_size": [16]}),
        ([config(8, "adam")], [config(16)], {"batch_size": [8], "optimizer": ["adam"]}),
        ([config(8, lr=0.5)], [config(8)], {}),
        ([config(8), config(16), config(32)], [], {}),
        ([], [config(8)], {}),
    ],
)
def test_values_that_failed_trials_alone_have(failed, trained, found):
    assert never_trained(SPACE, failed, trained) == found


def test_what_depends_on_a_value_that_never_trained_goes_with_it():
    left = without(SPACE, {"batch_size": [8], "optimizer": ["sgd"]})

    assert left.dimensions["batch_size"].choices == (16, 32)
    assert "momentum" not in left.dimensions


@pytest.fixture
def failing(script, rng):
    """A search in which batch size 16, the smallest, never trained."""
    written = script(epochs=9)
    search(written, rng)
    lines = (written.directory / "epochs.jsonl").read_text().splitlines()
    of_16 = {line.split('"trial_id": "')[1][:6] for line in lines if '"batch_size": 16' in line}
    (written.directory / "epochs.jsonl").write_text(
        "".join(line + "\n" for line in lines if not any(trial in line for trial in of_16))
    )
    for trial_id in sorted(of_16):
        written.line(
            "trial", trial_id=trial_id, config={"lr": 0.1, "batch_size": 16}, stage="search"
        )
        error = "own.py line 3: ValueError: Expected more than 1 value per channel"
        written.line("status", trial_id=trial_id, status="failed", error=error)
    confirm(written, rng, {"lr": 0.02, "batch_size": 32})
    return load(written.directory)


def test_the_answer_names_them_with_the_reason_and_leaves_them_out(failing):
    found = failing.recommendation()

    warning = next(w for w in found.warnings if w.code == "never-trained")
    assert warning.text == (
        "batch size 16 never trained: all 8 trials failed (own.py line 3: ValueError: Expected "
        "more than 1 value per channel)"
    )
    assert warning.next.endswith("--set batch_size=32,64,128,256")
    assert 16 not in found.batch_size_probability
    assert "edge" not in codes(found)


def test_a_choice_that_is_a_list_is_named_as_well(script):
    space = '[space.lr]\ntype = "choice"\nchoices = [0.1, 0.2]\n'
    space += '[space.betas]\ntype = "choice"\nchoices = [[0.9, 0.99], [0.8, 0.9]]\n'
    written = script(epochs=3, space=space)
    for place, lr in enumerate([0.1, 0.2, 0.1]):
        written.trial(f"s{place:05d}", {"lr": lr, "betas": [0.9, 0.99]}, [1.0 + lr] * 3)
    written.line("trial", trial_id="s00003", config={"lr": 0.1, "betas": [0.8, 0.9]})
    written.line("status", trial_id="s00003", status="failed", error="own.py line 3: no")

    found = load(written.directory).recommendation()

    warning = next(w for w in found.warnings if w.code == "never-trained")
    assert warning.text == "betas [0.8, 0.9] never trained: its 1 trial failed (own.py line 3: no)"
    assert warning.next.endswith("--set 'betas=[0.9, 0.99]'")


def test_nothing_is_proposed_with_them(failing):
    posterior = posterior_of(observe(failing))

    found = proposals(posterior, 40, np.random.default_rng(0))

    assert 16 not in {config["batch_size"] for config in found}
