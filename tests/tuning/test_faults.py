"""One bad trial never costs another: whatever a task does, on real workers."""

import ipaddress
import os
from dataclasses import replace
from types import SimpleNamespace

import psutil
import pytest

from results import load
from results.text.answer import answer
from tests import PATIENCE
from tests.tuning import faults
from tuning import search

TASK = """
import ctypes, os, signal, sys, time
epochs = 4
space = {{"lr": [0.1, 0.2, 0.3]}}
METRICS = {{"train_loss": 1.0, "val_loss": 1.0, "accuracy": 0.5}}

def train(config, checkpoint=None):
    for epoch in range(config["epochs"]):
        loss = config["lr"]
        if config["lr"] == 0.2 and epoch == 2:
            {misdeed}
        yield METRICS | {{"train_loss": loss, "val_loss": loss}}
"""


@pytest.fixture
def run_with(write_task, tmp_path, ray_running):
    """Runs three trials of which the second misbehaves in its third epoch."""

    def run(misdeed, **options):
        task = write_task(TASK.format(misdeed=misdeed))
        defaults = {"samples": 3, "searcher": "grid", "scheduler": "none", "max_failures": 0}
        place = {"runs_dir": str(tmp_path / "runs"), "quiet": True}
        short = {"confirm": False, "report": False}
        return search(**{"task": task} | defaults | place | short | options)

    return run


def misbehaved(run):
    """The second trial; the others have finished."""
    trials = run.trials.set_index("config/lr")
    assert list(trials.loc[[0.1, 0.3], "status"]) == ["finished", "finished"]
    assert list(trials.loc[[0.1, 0.3], "epochs"]) == [4, 4]
    return trials.loc[0.2]


BREAKING = {
    "raise ValueError('no luck\\n' * 3)": "line {line}: no luck no luck no luck",
    "raise ValueError('\\x1b[2Jgone\\x07\\r')": "line {line}: [2Jgone",
    "raise ValueError('long ' * 10**6)": "line {line}: long long long",
    "import none_such": "line {line}: ModuleNotFoundError: No module named 'none_such'",
    "sys.exit(3)": "line {line}: SystemExit: 3",
    "yield 'garbage'": "must yield a dict with train_loss and val_loss, got str",
    "yield {'train_loss': 1.0}": "val_loss is missing in: train_loss",
    "loss = 'low'": "must yield numbers, got str for 'train_loss'",
    "yield METRICS | {'accuracy': [0.5, 1]}": "must yield numbers, got list for 'accuracy'",
    "os.kill(os.getpid(), signal.SIGKILL)": "the worker process died",
    "ctypes.string_at(0)": "the worker process died",
    "os._exit(1)": "the worker process died",
}
"""What a trial may do, and the reason that is given for its end."""
DIVERGING = "loss = float('nan')"
HARMLESS = [
    "print('x' * 5_000_000)",
    "os.chdir('/')",
    "os.fork() or os._exit(0)",
    "os.fork() or time.sleep(1000)",
    "os.environ.clear()",
]
NUM_GOOD = 6
"""Trials beside them that do nothing of the kind."""


def search_with(deeds, directory):
    """One search in which every deed is done by one trial, in its third epoch; and the line of the
    task at which each deed stands."""
    head, tail = TASK.format(misdeed="BRANCHES").split("        if config")[0], TASK
    lines = head.replace("[0.1, 0.2, 0.3]", f"[*range({len(deeds) + NUM_GOOD})]").splitlines()
    line_of = {}
    for number, deed in enumerate(deeds):
        lines += [f'        if config["lr"] == {number} and epoch == 2:', f"            {deed}"]
        line_of[deed] = len(lines)
    lines.append(tail.format(misdeed="").splitlines()[-1])
    (directory / "my_task.py").write_text("\n".join(lines).replace('"lr"', '"deed"') + "\n")
    run = search(
        task=str(directory / "my_task.py"),
        samples=len(deeds) + NUM_GOOD,
        searcher="grid",
        scheduler="none",
        max_failures=0,
        runs_dir=str(directory / "runs"),
        quiet=True,
        confirm=False,
        report=False,
        trial_timeout=60.0,
    )
    good = run.trials[run.trials["config/deed"] >= len(deeds)]
    assert list(good["status"]) == ["finished"] * NUM_GOOD
    assert list(good["epochs"]) == [4] * NUM_GOOD
    return run, line_of


@pytest.fixture(scope="module")
def breaking(tmp_path_factory, ray_running):
    """A search whose trials break, beside some that finish."""
    return search_with([*BREAKING, DIVERGING], tmp_path_factory.mktemp("breaking"))


@pytest.fixture(scope="module")
def harmless(tmp_path_factory, ray_running):
    """A search of its own: a process that was forked keeps Ray from seeing that a worker died."""
    return search_with(HARMLESS, tmp_path_factory.mktemp("harmless"))


def trial_of(run, number):
    """The trial that did the deed of that number."""
    return run.trials.set_index("config/deed").loc[number]


@pytest.mark.parametrize("deed", BREAKING)
def test_a_trial_that_breaks_fails_with_its_reason_in_one_line(breaking, deed):
    run, line_of = breaking
    number = list(line_of).index(deed)
    trial = trial_of(run, number)
    is_shown = run.trials["config/deed"].isin([number, len(line_of)])
    alone = replace(run, trials=run.trials[is_shown].reset_index(drop=True))

    assert trial["status"] == "failed"
    assert BREAKING[deed].format(line=line_of[deed]) in trial["error"]
    assert trial["error"].isprintable()
    assert len(trial["error"]) <= 300
    assert f"\n  1 failed: {trial['error']}\n" in answer(alone, alone.recommendation())
    assert trial["epochs"] in (0, 2)


def test_a_nan_ends_its_trial_as_diverged(breaking):
    trial = trial_of(breaking[0], len(BREAKING))

    assert trial["status"] == "diverged"
    assert trial["epochs"] == 3


@pytest.mark.parametrize("deed", HARMLESS)
def test_rude_but_harmless_deeds_change_nothing(harmless, deed):
    assert trial_of(harmless[0], HARMLESS.index(deed))["status"] == "finished"


def test_a_trial_that_hangs_is_given_up_after_the_timeout(run_with):
    trial = misbehaved(run_with("time.sleep(1000)", trial_timeout=5.0))

    assert trial["status"] == "failed"
    assert trial["error"] == "no report for 5 s: the worker was replaced"


def test_a_failing_trial_is_tried_again_from_its_checkpoint_or_its_start(run_with, tmp_path):
    flag = tmp_path / "failed_once"
    run = run_with(
        f"os.path.exists({str(flag)!r}) or (open({str(flag)!r}, 'w'), os._exit(1))", max_failures=1
    )

    assert misbehaved(run)["status"] == "finished"
    assert faults.every_epoch_once(run)


def test_a_failed_trial_goes_on_from_its_checkpoint(run_with, tmp_path, monkeypatch):
    """Each epoch takes longer than half a second: it is reported by itself."""
    monkeypatch.setattr(faults.CHECKPOINT_SECONDS, 0.0)
    seen = tmp_path / "seen"
    source = TASK.replace("range(config", "range(checkpoint or 0, config").replace(
        '"val_loss": loss', '"val_loss": loss, "checkpoint": epoch + 1'
    )
    monkeypatch.setattr(f"{__name__}.TASK", source.replace("yield", "time.sleep(0.6); yield"))

    run = run_with(
        f"open({str(seen)!r}, 'a').write(f'{{checkpoint}} '); checkpoint or os._exit(1)",
        max_failures=1,
    )

    assert misbehaved(run)["status"] == "finished"
    assert seen.read_text() == "None 2 "
    assert faults.every_epoch_once(run)


@pytest.fixture(scope="module")
def lost(tmp_path_factory):
    """A command of four trials, one of which kills its worker and another leaks memory: what it
    prints, and its trials by their lr.

    The threshold of Ray's memory monitor leaves room for the tests beside this one.
    """
    directory = tmp_path_factory.mktemp("lost")
    slow = TASK.replace("yield", "time.sleep(0.5); yield").replace("0.3]", "0.3, 0.4]")
    deeds = (
        "os.kill(os.getpid(), signal.SIGKILL)\n"
        '        if config["lr"] == 0.3 and epoch == 2:\n'
        "            hoard = [bytearray(b'x' * 10**8) for _ in range(200)]"
    )
    (directory / "my_task.py").write_text(slow.format(misdeed=deeds))
    used = psutil.virtual_memory().used + 5 * 2**30
    threshold = used / psutil.virtual_memory().total
    search = faults.start(
        directory / "run",
        *("--task", str(directory / "my_task.py"), "--samples", "4", "--searcher", "grid"),
        *("--scheduler", "none", "--no-confirm", "--max-failures", "0"),
        env=faults.environment(RAY_memory_usage_threshold=f"{threshold:.3f}"),
    )
    output, error = search.communicate(timeout=PATIENCE)
    assert search.returncode == 0, error
    return output, error, load(directory / "run").trials.set_index("config/lr")


def test_a_worker_that_dies_is_told_in_the_ranking_and_nowhere_else(lost):
    """Ray has a paragraph for each."""
    output, error, trials = lost

    assert error == ""
    assert output.startswith("rank ")
    assert "\n  2 failed: " in output
    assert "raylet" not in output
    assert "the worker process died" in trials.loc[0.2, "error"]


def test_a_trial_that_leaks_memory_costs_no_other(lost):
    """Ray's memory monitor kills its worker, and Tune gives up: the search goes on."""
    trials = lost[2]

    assert list(trials["status"].sort_index()) == ["finished", "failed", "failed", "finished"]
    assert list(trials.loc[[0.1, 0.4], "epochs"]) == [4, 4]
    assert trials.loc[0.3, "error"] == (
        "out of memory: Ray's memory monitor killed the worker process"
    )


@pytest.fixture(scope="module")
def killed(tmp_path_factory, ray_running):
    """A search as it was before it was killed, what outlived it, and how it went on.

    Its space is of Ray's own domains: the command imports Ray before it starts anything.
    """
    directory = tmp_path_factory.mktemp("killed")
    task, path, hurry = directory / "my_task.py", directory / "run", directory / "hurry"
    slow = f"os.path.exists({str(hurry)!r}) or time.sleep(1); yield"
    source = TASK.replace("yield", slow).replace("[0.1, 0.2, 0.3]", "tune.uniform(0.3, 0.9)")
    task.write_text("from ray import tune\n" + source.format(misdeed="pass"))
    search = faults.start(
        path, "--task", str(task), "--samples", "2", "--epochs", "60", "--no-confirm"
    )
    faults.wait_for_epochs(path, 1)
    found = seen(psutil.Process(search.pid), path)
    faults.kill(search)
    _, found.alive = psutil.wait_procs(found.children, timeout=PATIENCE)
    hurry.touch()
    found.resumed = faults.done("resume", str(path), "--samples", "1")
    return found


def seen(search, path):
    """What a search at `path` has on this machine while it runs."""
    children = search.children(recursive=True)
    scratch = (path / ".lock").read_text()
    servers = [process for process in children if process.name() in ("gcs_server", "raylet")]
    return SimpleNamespace(
        children=children,
        listening={
            ipaddress.ip_address(connection.laddr.ip.removeprefix("::ffff:"))
            for process in (search, *children)
            for connection in process.net_connections(kind="inet")
            if connection.status == psutil.CONN_LISTEN
        },
        tokens=[process.environ().get("RAY_AUTH_MODE") for process in servers],
        telemetry=[process.environ().get("RAY_USAGE_STATS_ENABLED") for process in servers],
        scratch=scratch,
        mode=os.stat(scratch).st_mode & 0o777,
    )


def test_on_a_laptop_nothing_listens_beyond_loopback_and_nothing_is_sent_home(killed):
    assert killed.listening
    assert all(address.is_loopback for address in killed.listening)
    assert killed.tokens == ["token", "token"]
    assert killed.telemetry == ["0", "0"]


def test_no_process_and_no_file_of_a_killed_search_outlives_it(killed):
    assert killed.mode == 0o700
    assert killed.alive == []
    assert killed.resumed.returncode == 0, killed.resumed.stderr
    assert not os.path.exists(killed.scratch)
