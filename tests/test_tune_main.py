"""The command, as it is typed."""

import pytest

import flatbasin
from tests.tuning import faults
from tune_main import main


@pytest.fixture(scope="module")
def searches(tmp_path_factory):
    """A quiet search and one that is not, and where their runs are."""
    runs = tmp_path_factory.mktemp("runs")
    command = ("--samples", "8", "--epochs", "3", "--no-confirm", "--runs-dir", str(runs))
    return runs, *faults.done_in_a_row((*command, "--quiet"), (*command, "--name", "first"))


def test_a_quiet_search_prints_its_answer_and_nothing_else(searches):
    _, quiet, _ = searches

    assert quiet.returncode == 0
    assert quiet.stderr == ""
    assert "Use  lr" in quiet.stdout


def test_a_search_says_what_it_will_do_and_what_came_out(searches):
    runs, _, done = searches

    assert done.returncode == 0, done.stderr
    assert "Ray" not in done.stderr
    assert "arning" not in done.stderr
    assert "digits: 8 configurations of" in done.stderr
    assert done.stdout.startswith("rank ")
    assert "digits, 8 configurations of lr-batch, ASHA 1" in done.stdout
    assert (runs / "first" / "trials.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--samples 0", "--samples must be greater than or equal to 1, got '0'"),
        ("--sampels 5", "Unknown option: --sampels"),
        ("resum runs/a", "'resum' is not asked for: did you mean resume? tune_main.py --help says"),
        ("report runs/a csv", "'csv' is not asked for: tune_main.py report --help says what it"),
        ("--set optimizer=adam --set momentum=0..0.9", "its optimizer is never sgd: leave momen"),
        ("--epochs 27 --grace-epochs 40", "--grace-epochs must not exceed the epochs (27), got 40"),
        ("--task digitz", "got 'digitz': did you mean digits?"),
        ("--space lr-bath", 'unknown space "lr-bath": did you mean lr-batch?'),
        ("--set lr=0.1..0.01", "low must be below high, got low=0.1, high=0.01"),
        ("--set lr=0..1:log", "low"),
        ("--set batch_size=0,16", "batch_size"),
        ("--set optimizer=lion", "optimizer must be one of sgd, adam, adamw, got 'lion'"),
        ("--scheduler ashaa", "--scheduler must be 'asha', 'median' or 'none', got 'ashaa'"),
        ("--runs-dir /proc/none", "--runs-dir must be a directory one can write to"),
        ("--name ../up", "--name must be a plain directory name"),
        ("--config no.toml", "--config no.toml cannot be read"),
        (
            "--metric aurok",
            "--mode is needed: is aurok to be low (--mode min) or high (--mode max)?",
        ),
        ("--metric auroc --mode min", "--mode must be max, since auroc is better the higher it is"),
        ("--mode max", "--mode must be min, since val_loss is better the lower it is"),
        (
            "--metric train_loss",
            "--metric must be val_loss, a metric of the task or one of accuracy",
        ),
    ],
)
def test_bad_input_is_one_line_with_the_way_out(arguments, message, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)

    code = main(arguments.split())

    error = capsys.readouterr().err
    assert code == 2
    assert message in error
    assert error.startswith("tune_main.py: ")
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_shipped_tasks_and_spaces_are_listed_one_line_each(capsys):
    assert main(["tasks"]) == 0
    assert main(["spaces"]) == 0

    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == [
        "breast_cancer",
        "charlm",
        "diabetes",
        "digits",
        "mnist5k",
        "lr-batch",
        "optimizer",
        "regularisation",
        "architecture",
    ]


def test_a_config_file_gives_options_that_flags_beat(tmp_path, capsys):
    (tmp_path / "run.toml").write_text('[options]\ntask = "nonsense"\nsamples = 0\n')
    config = ["--config", str(tmp_path / "run.toml")]

    assert main(config) == 2
    assert "samples must be" in capsys.readouterr().err
    assert main([*config, "--samples", "3"]) == 2
    assert "got 'nonsense'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "message"),
    [("", "has no [options]"), ("[options]\n[space]\n[versions]\n", "it has no task.py")],
)
def test_half_a_run_is_refused_in_one_line(settings, message, tmp_path, capsys):
    (tmp_path / "run.toml").write_text(settings)

    assert main(["resume", str(tmp_path)]) == 2

    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_the_version_is_that_of_the_package(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{flatbasin.__version__}\n"
