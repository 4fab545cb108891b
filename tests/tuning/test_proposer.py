"""What a search that learns tries next: scripted lines, no workers."""

import numpy as np
import pytest

import tuning.proposer
from record.lines import SEARCH, cut_line, epoch_line, status_line, trial_line
from tuning.options import make_options
from tuning.plan import NUM_FIRST, RunPlan
from tuning.proposer import BLOCK, Proposer

SAMPLES = NUM_FIRST + 2 * BLOCK


def loss_at(config):
    return float(0.1 * np.exp(0.6 * np.log10(config["lr"] / 0.01) ** 2))


def lines_of(trial, seconds=1.0):
    """One trial from its beginning to its end."""
    begin = trial_line(
        trial.trial_id, trial.config, attempt=1, stage=SEARCH, seed=trial.seed, control=False
    )
    losses = {"train_loss": 0.1, "val_loss": loss_at(trial.config), "seconds": seconds}
    epochs = [epoch_line(trial.trial_id, 1, {"epoch": e, **losses}) for e in (1, 2, 3, 9, 27)]
    return [begin, *epochs, status_line(trial.trial_id, "finished")]


def search(proposer, stop_after=SAMPLES):
    """Run trials one after another; the configurations proposed."""
    found = []
    while (trial := proposer.next_trial()) is not None and len(found) < stop_after:
        found.append(trial)
        for line in lines_of(trial):
            proposer.apply(line)
            proposer.look_ahead()
    return found


@pytest.fixture(scope="module")
def proposer_of():
    """A proposer that has seen the Sobol trials, and the `lines` given."""

    def build(lines=(), **options):
        plan = RunPlan.make(make_options({"samples": SAMPLES, **options}))
        proposer = Proposer(plan)
        for line in [line for trial in plan.trials for line in lines_of(trial)] + list(lines):
            proposer.apply(line)
        return proposer

    return build


@pytest.fixture(scope="module")
def found(proposer_of):
    """What a search proposes that runs one trial at a time."""
    return search(proposer_of(concurrent=1))


def test_proposals_gather_where_losses_were_low(found):
    assert [trial.trial_id for trial in found] == [f"s{i:05d}" for i in range(24, SAMPLES)]
    assert all(trial.proposed for trial in found)
    assert np.median([abs(np.log10(trial.config["lr"] / 0.01)) for trial in found]) < 0.5


def test_one_trial_at_a_time_gives_the_same_configurations_again(proposer_of, found):
    again = search(proposer_of(concurrent=1))

    assert [trial.config for trial in again] == [trial.config for trial in found]


def test_a_search_that_goes_on_proposes_what_it_would_have_proposed(proposer_of, found):
    begun = [line for trial in found[: BLOCK - 1] for line in lines_of(trial)]

    rest = search(proposer_of(begun, concurrent=1))

    assert [trial.config for trial in rest] == [trial.config for trial in found[BLOCK - 1 :]]


def test_where_no_proposal_is_ready_the_next_sobol_configuration_is_tried(proposer_of):
    proposer = proposer_of(concurrent=2)
    sobol = RunPlan.make(make_options({"samples": SAMPLES, "searcher": "sobol"})).trials

    trial = proposer.next_trial()

    assert (trial.config, trial.proposed) == (sobol[NUM_FIRST].config, False)


def test_a_block_is_fitted_once_however_often_a_trial_reports(proposer_of, monkeypatch):
    fitted, fit = [], tuning.proposer._fit
    monkeypatch.setattr(
        "tuning.proposer._fit", lambda *given: fitted.append(given[-1]) or fit(*given)
    )
    proposer = proposer_of(concurrent=1)

    for _ in range(5):
        proposer.look_ahead()

    assert proposer.next_trial().proposed  # it waits for the last fit
    assert fitted == [NUM_FIRST]


def test_nothing_is_proposed_twice(found):
    configs = [trial.config for trial in found]

    assert all(config not in configs[:place] for place, config in enumerate(configs))


def test_a_search_until_sure_ends_once_more_would_gain_too_little(proposer_of):
    proposer = proposer_of(concurrent=1, until_sure=True, samples=500)

    found = search(proposer, stop_after=400)

    assert proposer.is_sure
    assert len(found) < 200


def test_a_search_that_was_sure_stays_so_until_more_samples_are_asked_for(proposer_of):
    sure = cut_line(SAMPLES)

    assert proposer_of([sure], until_sure=True).next_trial() is None
    assert proposer_of([sure], until_sure=True, samples=SAMPLES + 1).next_trial() is not None


def test_a_space_without_a_choice_does_not_learn():
    plan = RunPlan.make(make_options({"space": {"lr": 0.1}, "samples": 30}))

    assert not plan.learns
    assert len(plan.trials) == 30
