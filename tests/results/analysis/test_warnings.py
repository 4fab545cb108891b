"""What is wrong with an answer is named together with the command that helps."""

import json
import math
from dataclasses import replace

import pytest

from results import load
from search_spaces import Choice, Space
from tests.results.analysis.searches import SIZES, codes, confirm, curve_to, search


def test_best_value_at_the_edge_prints_the_new_range(script, rng):
    written = script(epochs=9)
    search(written, rng, best=30.0)

    found = load(written.directory).recommendation()

    edge = next(warning for warning in found.warnings if warning.code == "edge")
    go_on = f"python tune_main.py resume {written.directory}"
    assert edge.next == f"{go_on} --set lr=0.0001..10:log --samples 20"


def test_best_of_some_numbers_at_their_end_prints_further_ones(script, rng):
    rates = [0.001, 0.01, 0.1]
    written = script(epochs=9, space=f'[space.lr]\ntype = "choice"\nchoices = {rates}\n')
    for place in range(24):
        loss = 0.1 * (3 - place % 3) * math.exp(rng.normal(0, 0.03))
        written.trial(f"s{place:05d}", {"lr": rates[place % 3]}, curve_to(loss), seed=place)

    (edge,) = load(written.directory).recommendation().warnings

    assert edge.text == "the largest lr tried, 0.1, is best with > 99 %: try larger ones"
    assert edge.next.endswith(" --set lr=0.001,0.01,0.1,1.0,10.0 --samples 20")


def test_the_next_command_names_a_run_below_the_working_directory_briefly(
    script, rng, tmp_path, monkeypatch
):
    written = script("a run", epochs=9)
    search(written, rng, best=30.0)
    monkeypatch.chdir(tmp_path)

    found = load(written.directory).recommendation()

    edge = next(warning for warning in found.warnings if warning.code == "edge")
    assert edge.next.startswith("python tune_main.py resume 'a run' --set ")


def test_noise_alone_is_answered_with_no_difference(script, rng):
    written = script(epochs=9)
    for place in range(30):
        config = {"lr": float(10 ** rng.uniform(-4, 0)), "batch_size": SIZES[place % 5]}
        written.trial(f"s{place:05d}", config, curve_to(0.1 * math.exp(rng.normal(0, 0.05))))
    toml = written.directory / "run.toml"
    toml.write_text(toml.read_text().replace('"asha"', '"none"'))

    found = load(written.directory).recommendation()

    assert "no-difference" in codes(found)
    assert found.intervals == {}


def test_no_difference_is_said_of_the_values_that_ran_to_the_end_alone(script, rng):
    written = script(epochs=9)
    for place in range(30):
        config = {"lr": float(10 ** rng.uniform(-2, -1)), "batch_size": SIZES[1 + place % 3]}
        written.trial(f"s{place:05d}", config, curve_to(0.1 * math.exp(rng.normal(0, 0.05))))

    found = load(written.directory).recommendation()

    assert "no-difference" in codes(found)
    assert 0.01 <= found.plateau["lr"]["low"] < found.plateau["lr"]["high"] <= 0.1
    assert found.plateau["batch_size"] == SIZES[1:4]


def test_divergence_next_to_the_best_learning_rate_is_a_warning(searched, rng):
    confirm(searched, rng, {"lr": 0.02, "batch_size": 64})
    lowest = 0.05
    text = (searched.directory / "epochs.jsonl").read_text().splitlines()
    kept = [line for line in text if not _is_above(json.loads(line), lowest)]
    (searched.directory / "epochs.jsonl").write_text("\n".join(kept) + "\n")
    searched.trial("s90000", {"lr": lowest, "batch_size": 64}, [1.0, None], status="diverged")

    found = load(searched.directory).recommendation()

    near = next(warning for warning in found.warnings if warning.code == "near-divergence")
    assert "0.05 and above" in near.text
    assert "warmup_epochs" in near.next


def _is_above(line, lr):
    return line["kind"] == "trial" and line["config"]["lr"] >= lr


def test_curves_that_still_fall_ask_for_longer_training(script, rng):
    written = script(epochs=12)
    for place in range(3):
        losses = [2.0 / epoch for epoch in range(1, 13)]
        written.trial(f"s{place:05d}", {"lr": 0.1 + place}, losses)

    run = load(written.directory)

    assert f"python tune_main.py resume {run.path} --epochs 24" in next_of(run)


OWN_SCHEDULES = (
    "def scheduler(optimizer, config, epochs):",
    "scheduler = warm_up",
    "from schedules import scheduler",
)


@pytest.mark.parametrize(
    "of", ["a loop of the user's own", "a schedule that may decay", *OWN_SCHEDULES]
)
def test_where_the_run_cannot_train_longer_a_new_search_does(script, of):
    written = script(epochs=12)
    written.trial("s00000", {"lr": 0.1}, [2.0 / epoch for epoch in range(1, 13)])
    run = load(written.directory)
    if of == "a loop of the user's own":
        run = replace(run, epochs=run.epochs.assign(train_eval_loss=float("nan")))
    elif of in OWN_SCHEDULES:
        (run.path / "task.py").write_text(f"import torch\n{of}\n", encoding="utf-8")
    else:
        schedules = {"schedule": Choice(("constant", "cosine"))}
        run = replace(run, space=Space(run.space.dimensions | schedules))

    assert f"python tune_main.py --config {run.path / 'run.toml'} --epochs 24" in next_of(run)


def next_of(run):
    return {warning.next for warning in run.recommendation().warnings}


def test_curves_that_rise_again_are_called_overfitted(script):
    written = script(epochs=20)
    train = [1.0 / epoch for epoch in range(1, 21)]
    val = [0.5 + 0.05 * abs(epoch - 6) for epoch in range(1, 21)]
    written.trial("s00000", {"lr": 0.1}, val, train_losses=train)

    assert "overfits" in codes(load(written.directory).recommendation())


def test_the_best_epoch_that_is_named_is_that_of_the_seeds_that_overfit(script):
    written, config = script(epochs=12), {"lr": 0.1, "batch_size": 32}
    for seed, best in enumerate([5, 6, 12]):
        curve = [1 + abs(epoch - best) / 10 for epoch in range(1, 13)]
        falling = [1 / epoch for epoch in range(1, 13)]
        written.trial(f"s{seed:05d}", config, curve, train_losses=falling, seed=seed)

    warning = next(
        w for w in load(written.directory).recommendation().warnings if w.code == "overfits"
    )

    assert warning.text.startswith("overfits from epoch 6 on: the best was epoch 5")


def test_curves_of_one_run_get_one_budget(script):
    """Not 2 epochs with one note, and 6 with the next."""
    written, config = script(epochs=30), {"lr": 0.1, "batch_size": 32}
    curve = [1 + abs(epoch - 2) / 10 for epoch in range(1, 31)]
    written.trial("s00000", config, curve, train_losses=[1 / epoch for epoch in range(1, 31)])

    found = load(written.directory).recommendation()

    budgets = {w.next for w in found.warnings if w.code in ("overfits", "too-long")}
    assert [command.partition(" --epochs ")[2] for command in budgets] == ["6"]


def test_a_smaller_budget_comes_with_a_grace_that_fits_into_it(script):
    written = script(epochs=20)
    toml = written.directory / "run.toml"
    toml.write_text(toml.read_text().replace("epochs = 20", "epochs = 20\ngrace_epochs = 8"))
    val = [0.5 + 0.05 * abs(epoch - 6) for epoch in range(1, 21)]
    written.trial("s00000", {"lr": 0.1}, val, train_losses=[1.0 / e for e in range(1, 21)])

    found = load(written.directory).recommendation()

    overfits = next(warning for warning in found.warnings if warning.code == "overfits")
    assert overfits.next.endswith("--epochs 6 --grace-epochs 6")


def slower_for_large_batches(written, rng):
    """The loss falls with every step: 16 has levelled off, where 128 and 256 still fall."""
    for place in range(40):
        size = SIZES[place % 5]
        lr = float(10 ** rng.uniform(-3, 0))
        end = 0.1 * math.exp(0.6 * math.log10(lr / 0.02) ** 2 + rng.normal(0, 0.02))
        curve = [end * (1 + 4 * math.exp(-8 * epoch / size)) for epoch in range(1, 13)]
        written.trial(f"s{place:05d}", {"lr": lr, "batch_size": size}, curve)


def test_larger_batches_that_still_improve_are_to_be_compared_at_equal_steps(script, rng):
    written = script(epochs=12)
    slower_for_large_batches(written, rng)

    found = load(written.directory).recommendation()

    unequal = next(warning for warning in found.warnings if warning.code == "unequal-steps")
    assert found.config["batch_size"] == 16
    assert "with fewer steps, were still improving" in unequal.text
    assert unequal.next.endswith(" --steps 120")


def test_at_equal_steps_nothing_is_said_of_them(script, rng):
    written = script(epochs=12)
    slower_for_large_batches(written, rng)
    toml = written.directory / "run.toml"
    toml.write_text(toml.read_text().replace("epochs = 12", "steps = 120\nevals = 12"))

    found = load(written.directory).recommendation()

    assert "unequal-steps" not in codes(found)
    assert all("epoch" not in warning.text for warning in found.warnings)


def test_a_longer_budget_in_steps_is_asked_for_in_steps(script):
    written = script(epochs=12)
    toml = written.directory / "run.toml"
    toml.write_text(toml.read_text().replace("epochs = 12", "steps = 120\nevals = 12"))
    for place in range(3):
        written.trial(f"s{place:05d}", {"lr": 0.1 + place}, [2.0 / e for e in range(1, 13)])

    found = load(written.directory).recommendation()

    longer = next(warning for warning in found.warnings if warning.code == "train-longer")
    assert longer.next.endswith(" --steps 240")
    assert "still falling at evaluation 12" in longer.text


@pytest.mark.parametrize("num", [1, 4])
def test_few_trials_are_too_few_for_an_interval(script, rng, num):
    written = script(epochs=9)
    search(written, rng, num=num)

    found = load(written.directory).recommendation()

    assert "few-full-length" in codes(found)
    assert (found.intervals, found.plateau, found.batch_size_probability) == ({}, {}, {})
    assert found.config


def test_a_loop_that_yields_no_training_loss_is_not_sent_to_lower_learning_rates(script):
    written = script(epochs=3)
    for place in range(4):
        ends = {"status": "diverged", "train_losses": [None]}
        written.trial(f"s{place:05d}", {"lr": 0.1 + place}, [0.5], **ends)

    (warning,) = load(written.directory).recommendation().warnings

    assert "their training loss is not finite (4 diverged), only their validation loss is" in (
        warning.text
    )
    assert warning.text.endswith("train() must yield both")
    assert "--set" not in warning.next


@pytest.mark.parametrize(
    ("confirm", "ending"), [(True, "--folds 5"), (False, "--confirm --folds 5")]
)
def test_other_splits_are_suggested_together_with_the_confirmation_they_follow(
    script, rng, confirm, ending
):
    written = script(epochs=12)
    search(written, rng, num=14)
    run = load(written.directory)

    run = replace(run, num_validation=5, options=run.options | {"confirm": confirm})

    warning = next(w for w in run.recommendation().warnings if w.code == "few-examples")
    assert warning.next.endswith(f"run.toml {ending}")
