"""What a run left behind."""

from dataclasses import replace

from results import load


def test_budget_is_the_option_and_without_it_the_longest_trial(script):
    written = script(epochs=27)
    written.trial("s00000", {"lr": 0.1}, [2.0, 1.0], status="stopped")
    run = load(written.directory)

    assert run.budget == 27
    assert replace(run, options={}).budget == 2
