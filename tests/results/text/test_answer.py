import numpy as np

from results import load
from results.text.answer import answer
from tests.results.analysis.searches import confirm

NAMES = ("lr", "alpha", "beta", "gamma", "delta", "epsilon", "zeta")
SPACE = "".join(f'[space.{name}]\ntype = "float"\nlow = 0.0\nhigh = 1.0\n' for name in NAMES)


def test_many_dimensions_still_fit_into_fifteen_lines(script):
    rng = np.random.default_rng(0)
    written = script(epochs=2, space=SPACE)
    for place in range(30):
        config = {name: float(rng.random()) for name in NAMES}
        end = 1 + (config["lr"] - 1) ** 2 + rng.normal(0, 0.01)
        written.trial(f"s{place:05d}", config, [end, end])
    run = load(written.directory)

    lines = answer(run, run.recommendation()).splitlines()

    assert len(lines) <= 15
    assert "beta" in lines[3]
    assert any(line.startswith("    and") for line in lines)


def test_what_has_no_effect_is_named_with_the_values_among_which_none_was_seen(script):
    """Only beta matters."""
    rng = np.random.default_rng(0)
    written = script(epochs=2, space=SPACE.split("[space.gamma]")[0])
    for place in range(40):
        config = {name: float(rng.random()) for name in ("alpha", "beta")}
        end = 1 + (config["beta"] - 0.6) ** 2 + rng.normal(0, 0.01)
        written.trial(f"s{place:05d}", config, [end, end])
    run = load(written.directory)

    text = answer(run, run.recommendation())

    assert "no effect     seen of alpha (0-1)" in text
    assert "more          20 more configurations would gain" in text
    assert text.index("    beta") < text.index("    no effect")


def test_names_from_a_task_cannot_reach_the_terminal_as_commands(script):
    written = script(epochs=2, space="")
    written.trial("s00000", {"lr": 0.1, "mode\x1b[2J": "a\nb"}, [1.0, 1.0])
    run = load(written.directory)

    assert "\x1b" not in answer(run, run.recommendation())


def test_damaged_lines_of_the_record_are_mentioned(script):
    written = script(epochs=2, space="")
    written.trial("s00000", {"lr": 0.1}, [1.0, 1.0])
    whole = load(written.directory)
    written.raw("{{{\n")
    damaged = load(written.directory)

    assert "of the record left out" not in answer(whole, whole.recommendation())
    assert "1 damaged line of the record left out" in answer(damaged, damaged.recommendation())


def test_why_trials_failed_stands_beside_how_many(script):
    written = script(epochs=2, space="")
    written.trial("s00000", {"lr": 0.1}, [1.0, 1.0])
    for place, error in enumerate(["no luck", "out of memory at batch size 512", "no luck"], 1):
        written.trial(f"s{place:05d}", {"lr": 0.1}, [], status=None)
        written.line("status", trial_id=f"s{place:05d}", status="failed", error=error)
    run = load(written.directory)

    text = answer(run, run.recommendation())

    assert "\n  3 failed: 2 of them with: no luck (and 1 other reason)\n" in text


def test_a_reason_written_by_somebody_else_cannot_flood_the_terminal(script):
    written = script(epochs=2, space="")
    written.trial("s00000", {"lr": 0.1}, [], status=None)
    written.line("status", trial_id="s00000", status="failed", error="\x1b[2J\n" * 10**5)
    run = load(written.directory)

    (line,) = [line for line in answer(run, run.recommendation()).split("\n") if "failed: " in line]

    assert line.isprintable()
    assert len(line) < 400


def test_answer_takes_at_most_fifteen_lines(searched, rng):
    confirm(searched, rng, {"lr": 0.021, "batch_size": 64})
    run = load(searched.directory)

    text = answer(run, run.recommendation(), next_step="open report.html")

    assert len(text.splitlines()) <= 15
    assert "Use  lr 0.021  and  batch size 64." in text
    assert "over 3 fresh seeds" in text
