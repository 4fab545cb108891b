"""A search whose budget is in optimizer steps."""

import re

import pytest

from flatbasin import load, search
from tests.tuning import faults
from tuning.options import OptionError, make_options, merged
from tuning.plan import RunPlan
from tuning.reproduce import reproduce
from tuning.runs import resume


@pytest.fixture(scope="module")
def run(tmp_path_factory, ray_running):
    """A small search of digits with 90 steps a trial."""
    directory = tmp_path_factory.mktemp("steps")
    return search(
        task="digits",
        samples=8,
        steps=90,
        evals=9,
        set=["batch_size=32,256"],
        runs_dir=str(directory),
        name="run",
        quiet=True,
        concurrent=2,
    )


def test_every_full_length_trial_takes_the_steps_whatever_its_batch_size(run):
    full = run.trials[run.trials["status"] == "finished"]

    assert set(full["steps"]) == {90}
    assert set(full["epochs"]) == {9}
    assert set(run.epochs["steps"]) == {10}
    assert run.rungs == [1, 3, 9]


def test_answer_and_report_say_at_which_steps_batch_sizes_were_compared(run):
    text = run._repr_html_()
    page = (run.path / "report.html").read_text(encoding="utf-8")

    assert "ASHA 1-3-9 of 90 steps" in text
    assert re.search(r"steps +90; ", text)
    assert "evaluations" in text
    assert "ran all 90 steps" in page
    assert not re.search(r"\\d epochs|at epoch \\d", page)


def test_it_is_reproduced_and_resumed_as_any_other(run):
    assert reproduce(run.path).matches

    more = resume(run.path, samples=2)

    assert len(more.trials[more.trials["stage"] == "search"]) == 10
    assert load(run.path).steps == 90
    assert faults.every_epoch_once(more)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 100, "epochs": 5}, "--steps is a budget in place of --epochs"),
        ({"evals": 5}, "--evals divides the steps of a trial: add --steps"),
        ({"steps": 5, "evals": 9}, "--evals must not exceed the steps (5), got 9"),
        ({"steps": 90, "evals": 9, "grace_epochs": 10}, "--grace-epochs must not exceed the evals"),
    ],
)
def test_what_contradicts_itself_is_refused(options, message):
    with pytest.raises(OptionError) as error:
        RunPlan.make(make_options(options))
    assert f"{error.value.flag} {error.value.problem}".startswith(message)


def test_a_loop_of_ones_own_has_no_steps_of_ours(scripted_task):
    with pytest.raises(OptionError, match=r"needs our training loop, .* use --epochs"):
        RunPlan.make(make_options({"task": scripted_task, "steps": 100}))


@pytest.mark.parametrize(
    ("saved", "given", "together"),
    [
        ({"epochs": 27, "seed": 1}, {"steps": 100}, {"seed": 1, "steps": 100}),
        ({"epochs": 300, "grace_epochs": 37}, {"steps": 5000}, {"steps": 5000}),
        (
            {"steps": 90, "evals": 27, "grace_epochs": 3},
            {"steps": 20},
            {"steps": 20, "grace_epochs": 3},
        ),
        ({"steps": 90, "evals": 9, "grace_epochs": 1}, {"epochs": 5}, {"epochs": 5}),
        ({"epochs": 27, "grace_epochs": 3}, {"epochs": 54}, {"epochs": 54, "grace_epochs": 3}),
        ({"epochs": 27, "grace_epochs": 3}, {"epochs": 2}, {"epochs": 2}),
        ({"metric": "val_loss", "mode": "min"}, {"metric": "mine"}, {"metric": "mine"}),
        (
            {"metric": "mine", "mode": "max"},
            {"seed": 2},
            {"metric": "mine", "mode": "max", "seed": 2},
        ),
        ({"folds": 5}, {"confirm": False}, {"confirm": False}),
    ],
)
def test_with_an_option_goes_what_had_followed_from_the_saved_one(saved, given, together):
    assert merged(saved, given) == together
