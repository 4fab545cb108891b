"""Whatever is typed or raised, the terminal gets short lines without control characters."""

import pytest

from tune_main import main

TASK = r"""
epochs = 2
space = {
    "lr": {"type": "float", "low": 1e-3, "high": 0.5, "log": True},
    "word": ["\x1b[31mred\x07", "../../etc", "x" * 10_000, "n\u00e4h\u202e\U0001f600\nline"],
}

def train(config, checkpoint=None):
    for epoch in range(config["epochs"]):
        if config["word"].startswith(".."):
            raise ValueError("\x1b[2J" + config["word"] + "\n" + "y" * 3_000_000)
        yield {"train_loss": config["lr"], "val_loss": config["lr"], "\x1b[31mmetric\n": 1.0}
"""
VALUES = [
    "\x1b[31mred\x07",
    "a\nb\rc",
    "../../up",
    "x" * 10_000,
    "\U0001f600" * 99,
    "\u202eevil",
    "\0",
    "\udcff",
    "9" * 5000,
    "[[[[" * 5000,
    "lr=" + "[" * 3000,
    "../" * 2000,
    "/proc/self/mem",
]
COMMANDS = [
    ("--task",),
    ("--space",),
    ("--config",),
    ("--scheduler",),
    ("--samples",),
    ("--name", "../", "--set"),
    ("--grace-epochs", "99", "--runs-dir"),
    ("--grace-epochs", "99", "--name"),
    ("resume",),
    ("report",),
    ("watch",),
    ("watch", "tests", "--port"),
    ("compare",),
    ("import",),
    ("import", "tests", "--column"),
    ("--unknown",),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_hostile_value_is_refused_in_one_short_printable_line(
    command, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)

    for value in VALUES:
        assert main([*command, value]) == 2, value[:50]
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert error[:-1].isprintable()
        assert len(error) < 1100

    assert list(tmp_path.iterdir()) == []


def test_hostile_choices_errors_and_metrics_do_not_reach_the_terminal_raw(
    tmp_path, capfd, ray_running
):
    """The task's file has a hostile name, too; the run is named for it all the same."""
    task = tmp_path / "na\nme\x1b[31m\u00e9.py"
    task.write_text(TASK)
    arguments = ["--task", str(task), "--samples", "12", "--max-failures", "0", "--no-confirm"]

    assert main([*arguments, "--runs-dir", str(tmp_path / "runs")]) == 0

    said = capfd.readouterr()
    assert "failed" in said.out
    for line in (said.out + said.err).split("\n"):
        assert line == "" or line.isprintable()
        assert len(line) < 600
    (run,) = (tmp_path / "runs").iterdir()
    assert run.name.startswith("na-me-31m\u00e9-")


def test_a_space_of_too_many_dimensions_is_refused(tmp_path, capsys):
    more = [part for i in range(201) for part in ("--set", f"x{i}=0.1..1")]

    assert main(["--runs-dir", str(tmp_path), *more]) == 2
    assert "203 dimensions are too many to be told apart" in capsys.readouterr().err


def test_a_choice_of_a_hundred_thousand_values_is_searched(tmp_path, capsys, ray_running):
    task = tmp_path / "choices.py"
    task.write_text(
        "epochs = 2\nspace = {'c': list(range(100_000))}\n"
        "def train(config, checkpoint=None):\n"
        "    for epoch in range(config['epochs']):\n"
        "        yield {'train_loss': 1.0, 'val_loss': float(config['c'])}\n"
    )
    arguments = ["--task", str(task), "--samples", "8", "--no-confirm", "--quiet"]

    assert main([*arguments, "--runs-dir", str(tmp_path / "runs")]) == 0
    assert "Use  c" in capsys.readouterr().out
