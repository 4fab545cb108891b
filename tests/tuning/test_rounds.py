"""Which trials a run still has to run, as its record tells."""

import pytest

from record.lines import (
    CONFIRMATION_ASKED,
    CONFIRMATION_ENDED,
    SEARCH,
    SEED_ROLE,
    cut_line,
    mark_line,
    planned_trial,
    stage_line,
    trial_line,
)
from tuning.options import make_options
from tuning.plan import NUM_FIRST, RunPlan
from tuning.rounds import Rounds

SAMPLES = NUM_FIRST + 2


@pytest.fixture
def rounds_of(tmp_path):
    """The rounds of a search of SAMPLES whose record holds `lines`."""

    def build(*lines, **options):
        plan = RunPlan.make(make_options({"samples": SAMPLES, **options}))
        return Rounds.of_record(plan, tmp_path, lines)

    return build


def begun(index, lr, proposed):
    return trial_line(
        f"s{index:05d}",
        {"lr": lr, "batch_size": 32},
        attempt=1,
        stage=SEARCH,
        seed=7,
        control=False,
        proposed=proposed,
    )


@pytest.mark.parametrize("proposed", [True, False])
def test_what_was_tried_beyond_the_plan_is_taken_from_the_record(rounds_of, proposed):
    rounds = rounds_of(begun(NUM_FIRST, 0.123, proposed))

    last = rounds.known()[-1]

    assert (last.trial_id, last.config["lr"], last.seed) == (f"s{NUM_FIRST:05d}", 0.123, 7)
    assert len(rounds.searched()) == NUM_FIRST + 1
    assert rounds.has_next()


def test_a_search_whose_samples_have_all_begun_has_none_to_propose(rounds_of):
    lines = [begun(index, 0.1, proposed=True) for index in range(NUM_FIRST, SAMPLES)]

    assert not rounds_of(*lines).has_next()


def test_of_a_search_that_was_cut_only_what_has_begun_is_known(rounds_of):
    lines = [begun(0, 0.1, proposed=False), cut_line(SAMPLES)]

    for searcher in ("sobol", "bayes"):
        rounds = rounds_of(*lines, searcher=searcher)
        assert [trial.trial_id for trial in rounds.known()] == ["s00000"]
        assert not rounds.has_next()


def test_a_search_that_was_sure_has_none_to_propose_unless_more_are_asked_for(rounds_of):
    assert not rounds_of(cut_line(SAMPLES)).has_next()
    assert rounds_of(cut_line(SAMPLES), samples=SAMPLES + 1).has_next()


def test_a_confirmation_is_under_way_until_its_end_is_recorded(rounds_of):
    asked, ended = mark_line(CONFIRMATION_ASKED), mark_line(CONFIRMATION_ENDED)

    assert rounds_of(asked, searcher="sobol").has_next()
    assert not rounds_of(asked, ended, searcher="sobol").has_next()
    assert rounds_of(asked, ended, asked, searcher="sobol").has_next()


def test_only_a_stage_of_one_configuration_has_the_last_word(rounds_of):
    first, second = {"lr": 0.1, "batch_size": 32}, {"lr": 0.2, "batch_size": 32}
    race = [planned_trial(f"c{i:05d}", c, i, SEED_ROLE) for i, c in enumerate([first, second])]
    alone = [planned_trial("c00002", first, 2, SEED_ROLE)]
    stages = [stage_line("confirm", race), stage_line("confirm", alone)]
    rounds = rounds_of(mark_line(CONFIRMATION_ASKED), *stages)

    words = {trial.trial_id: rounds.has_last_word(trial) for trial in rounds.known()[NUM_FIRST:]}

    assert words == {"c00000": False, "c00001": False, "c00002": True}
