"""The confirmation on other splits of the data."""

import re

import pytest

from flatbasin import load, search
from record.lines import FOLDS
from record.reader import read_lines
from record.settings import RECORD_FILE
from results.analysis.folds import fold_figures
from results.text.answer import answer
from search_spaces.values import identity
from tests.tuning import faults
from trainable.catalogue import find_task
from trainable.splits import Fold
from tuning.options import OptionError, make_options
from tuning.plan import RunPlan
from tuning.rounds import Rounds
from tuning.runs import is_finished, resume, saved_plan


@pytest.fixture(scope="module")
def run(tmp_path_factory, ray_running):
    return search(
        task="digits",
        samples=6,
        epochs=4,
        folds=3,
        runs_dir=str(tmp_path_factory.mktemp("folds")),
        name="run",
        quiet=True,
        concurrent=2,
        report=False,
    )


def test_answer_and_rivals_are_trained_on_the_same_splits_and_seeds(run):
    folds = run.folds
    configs = folds.groupby(["config/lr", "config/batch_size"])

    assert set(folds["status"]) == {"finished"}
    assert set(configs.size()) == {3}
    assert 1 < configs.ngroups <= 3
    assert folds.groupby("fold")["seed"].nunique().eq(1).all()
    assert folds["fold"].nunique() == folds["seed"].nunique() == 3
    assert folds["val_loss"].nunique() == len(folds)


def test_what_splits_show_stays_out_of_ranking_and_surrogate(run):
    assert set(run.trials["stage"]) == {"search", "confirm"}
    assert not run.epochs["trial_id"].str.startswith("f").any()


def test_the_answer_tells_the_spread_over_splits_and_the_closest_rival(run):
    found = run.recommendation()
    figures = found.evidence["folds"]
    mine = run.folds[run.folds["config/lr"] == found.config["lr"]]

    assert figures == fold_figures(run, found.config)
    assert figures["splits"] == 3
    assert figures["metric"] == pytest.approx(mine["val_loss"].mean())
    assert figures["metric_sd"] == pytest.approx(mine["val_loss"].std(ddof=1))
    assert all(0 <= rival["better"] <= 1 for rival in figures["rivals"])
    assert re.search(
        r"\n {4}folds +0\.\d+ \+- \S+ over 3 splits and seeds; .* better with \d+ %\n",
        answer(run, found),
    )


def test_an_interrupted_stage_of_folds_goes_on(run):
    """The end of the record is cut off in the middle of the folds."""
    lines, _ = read_lines(run.path / RECORD_FILE)
    record = run.path / RECORD_FILE
    text = record.read_text(encoding="utf-8").splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if line.get("stage") == FOLDS)
    record.write_text("".join(text[: first + 12]), encoding="utf-8")
    plan = saved_plan(run.path, force=False)
    rounds = Rounds.of_record(plan, run.path, read_lines(record)[0])

    assert [trial.fold for trial in rounds.known() if trial.stage == FOLDS][:4] == [0, 1, 2, 0]
    assert not is_finished(run.path)
    again = resume(run.path)

    assert is_finished(run.path)
    assert faults.every_epoch_once(again)
    assert again.folds["val_loss"].tolist() == run.folds["val_loss"].tolist()
    assert identity(load(run.path).recommendation().config) == identity(run.recommendation().config)


OWN_SPLIT = """
import torch
from torch import nn
from torch.utils.data import TensorDataset
def data():
    part = TensorDataset(torch.randn(30, 3), torch.randn(30, 1))
    return part, part
def model(config):
    return nn.Linear(3, 1)
"""


def test_a_task_that_splits_itself_is_refused_before_the_first_trial(write_task, tmp_path):
    with pytest.raises(ValueError, match=r"--folds needs data\(split\), or one dataset"):
        search(task=write_task(OWN_SPLIT), samples=2, folds=3, runs_dir=str(tmp_path), quiet=True)
    assert not list(tmp_path.glob("*/epochs.jsonl"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"folds": 5, "confirm": False}, "follow the confirmation"),
        ({"folds": 1}, "greater than or equal to 2"),
    ],
)
def test_folds_that_cannot_be_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        RunPlan.make(make_options(options))


CONDITIONAL = """
import torch
from torch import nn
from torch.utils.data import TensorDataset
epochs = 2
space = {
    "kind": ["flat", "deep"],
    "width": {"type": "int", "low": 4, "high": 8, "when": {"kind": "deep"}},
}
def data():
    x = torch.randn(90, 3)
    return TensorDataset(x, x.sum(1, keepdim=True))
def model(config):
    if config["kind"] == "flat":
        return nn.Linear(3, 1)
    return nn.Sequential(nn.Linear(3, config["width"]), nn.ReLU(), nn.Linear(config["width"], 1))
"""


def test_whole_numbers_that_not_all_configurations_have_stay_whole(
    write_task, tmp_path, ray_running
):
    run = search(
        task=write_task(CONDITIONAL),
        samples=6,
        folds=2,
        runs_dir=str(tmp_path),
        quiet=True,
        report=False,
    )

    assert set(run.folds["status"]) == {"finished"}
    assert run.recommendation().evidence["folds"]["splits"] == 2


UNUSED = """
import torch
from torch import nn
from torch.utils.data import TensorDataset
def data(split):
    part = TensorDataset(torch.randn(30, 3), torch.randn(30, 1))
    return part, part
def model(config):
    return nn.Linear(3, 1)
"""


def test_a_split_that_is_never_asked_for_has_no_folds(write_task):
    task = find_task(write_task(UNUSED)).load()

    with pytest.raises(ValueError, match="--folds needs"):
        task.load_data(0, Fold(0, 3))
