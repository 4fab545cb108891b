"""A task's file that is run to be asked for `epochs` and `space`: only then, and what it leaves."""

import os
import subprocess
import sys

import pytest

from tests.trainable.conftest import CONTRACT
from tune_main import main


@pytest.mark.parametrize(
    ("add", "words"),
    [
        ("'--root', required=True", "the following arguments are required: --root: a task's file"),
        ("'root'", "the following arguments are required: root: a task's file is given no options"),
    ],
)
def test_options_that_must_be_given_are_told_in_a_line(task_of, capfd, add, words):
    source = f"parser = argparse.ArgumentParser()\nparser.add_argument({add})\n"

    with pytest.raises(ValueError, match=r"my_task.py line 4: ") as refused:
        _ = task_of(f"import argparse\n{source}epochs = len(parser.parse_args().root)").epochs

    assert words in str(refused.value)
    assert capfd.readouterr().err == ""


def test_a_file_that_is_run_to_be_asked_leaves_output_and_directory_alone(task_of, capsys):
    before = os.getcwd()

    assert task_of("import os\nos.chdir('/')\nprint('here')\nepochs = 1 + 1").epochs == 2

    assert os.getcwd() == before
    assert capsys.readouterr() == ("", "here\n")


def test_a_file_that_needs_no_running_is_not_run(tmp_path):
    path = tmp_path / "my_task.py"
    path.write_text("print('was run')\nepochs = 2\nspace = {'lr': [0.1, 1.0]}\n" + CONTRACT)
    code = (
        f"import sys; from trainable.catalogue import find_task; task = find_task({str(path)!r});"
        "print(task.epochs, task.space, task.defines('train'), 'torch' in sys.modules)"
    )

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert told.stdout == "2 {'lr': [0.1, 1.0]} False False\n", told.stderr


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("epochs = 1 // 0", "my_task.py line 1: ZeroDivisionError: integer division or modulo by"),
        ("import json\nepochs = json.loads('{')", "my_task.py line 2: Expecting property name"),
        ("from no_such import epochs", "my_task.py line 1: ModuleNotFoundError: No module named"),
        ("import sys\nepochs = 1 + 1\nsys.exit(3)", "my_task.py line 3: SystemExit: 3"),
        ("epochs = 10 / 5", "my_task.py: epochs must be an integer of at least 1, got 2.0"),
        ("epochs = [2][0:1]", "my_task.py: epochs must be an integer of at least 1, got [2]"),
        ("space = {'lr': 1}\nspace['a b'] = 3", 'space "a b": a name must be of letters, digits'),
        ("return 5", "my_task.py line 1: 'return' outside function: the task file must be valid"),
        ("model = None", "my_task.py has no model(config): a task needs data() and model(config)"),
    ],
)
def test_what_goes_wrong_in_the_file_is_one_line_and_exit_code_2(tmp_path, source, message, capsys):
    path = tmp_path / "my_task.py"
    contract = CONTRACT.splitlines()[0] if source.startswith("model") else CONTRACT
    path.write_text(f"{source}\n{contract}\n")

    code = main(["--task", str(path), "--samples", "2", "--runs-dir", str(tmp_path / "runs")])

    said = capsys.readouterr()
    assert code == 2
    assert said.err.startswith(f"tune_main.py: {message}")
    assert said.err.count("\n") == 1
    assert said.out == ""
