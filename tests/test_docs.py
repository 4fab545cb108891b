"""The pages in docs/ and the README: flags, files, commands, links and snippets are so."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from docs.make_flags import commands, with_tables
from flatbasin import load
from tests.results.importing.made import MADE, unpacked
from tests.results.report_runs import confirmed
from tune_main import app, main
from tuning.options import OptionError, SearchOptions, make_options, merged, read_config
from tuning.plan import RunPlan

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
OUTPUT = re.compile(r"<!-- output -->\n```\n(.*?)```", re.DOTALL)
FLAGS = (DOCS / "flags.md").read_text(encoding="utf-8")


def fenced(page, language):
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def typed(page):
    """Command lines of the page that start the command, as lists of words."""
    joined = "\n".join(fenced(page, "bash")).replace("\\\n", " ")
    lines = [line for part in joined.splitlines() for line in part.split("&&")]
    words = [shlex.split(line, comments=True) for line in lines if "tune_main.py" in line]
    return [line[line.index("tune_main.py") + 1 :] for line in words if "tune_main.py" in line]


@pytest.fixture(params=PAGES, ids=lambda page: page.name)
def page(request):
    return request.param


def test_the_tables_of_flags_are_those_of_the_command():
    assert with_tables(FLAGS) == FLAGS, "run: python -m docs.make_flags"


@pytest.mark.parametrize("name", SearchOptions.model_fields)
def test_every_option_of_a_search_is_on_the_page_with_its_default(name):
    flag = OptionError(name, "").flag
    rows = [line for line in FLAGS.splitlines() if line.startswith(f"| `{flag}`")]
    value = SearchOptions.model_fields[name].default
    shown = "-" if value in (None, ()) else f"`{value}`"
    if isinstance(value, bool):
        shown = "on" if value else "off"

    assert f"| {shown} |" in rows[0]


def test_every_command_has_its_section():
    assert re.findall(r"^## `python tune_main\.py ([a-z]+)", FLAGS, re.MULTILINE) == commands()


def test_no_page_names_a_flag_that_does_not_exist(page):
    known = set(re.findall(r"--[a-z][a-z-]+", FLAGS)) | {"--help"}
    words = [word for line in typed(page) for word in line]

    assert {word.split("=")[0] for word in words if word.startswith("--")} <= known


def test_commands_of_a_page_can_be_typed(page):
    for words in typed(page):
        app.parse_args(words, exit_on_error=False, print_error=False)


def test_python_of_a_page_can_be_compiled(page):
    for snippet in fenced(page, "python"):
        compile(snippet, page.name, "exec")


def test_links_of_a_page_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(((?!http|#)[^)#]+)[^)]*\)", text):
        assert (page.parent / target).exists(), target


def test_every_file_that_the_page_of_the_architecture_names_is_there():
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`([a-z_]+(?:/[a-z_.]+)+)`", text)

    assert len(named) > 20
    for path in named:
        assert (ROOT / path).exists(), path


def test_the_snippet_of_the_five_minutes_runs(tmp_path, monkeypatch):
    run = confirmed(tmp_path / "runs" / "first")
    monkeypatch.chdir(tmp_path)
    scope = {}

    for snippet in fenced(DOCS / "five_minutes.md", "python"):
        exec(compile(snippet, "five_minutes.md", "exec"), scope)

    assert len(scope["run"].trials) == len(run.trials) == len(load(run.path).trials)


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """The files that the page about other tools names, where it is read."""
    monkeypatch.chdir(tmp_path)
    for made, name in {
        "per_trial.csv": "trials.csv",
        "study.db": "study.db",
        "wandb.csv": "export.csv",
    }.items():
        shutil.copy(MADE / made, name)
    unpacked("class", tmp_path).rename(tmp_path / "experiment")
    (tmp_path / "ray_results").mkdir()
    (tmp_path / "experiment").rename(tmp_path / "ray_results" / "experiment")
    return tmp_path


def test_every_source_of_other_tools_is_imported_in_three_lines(sources, capsys):
    """The third begins a search: here it is only planned."""
    examples = fenced(DOCS / "from_other_tools.md", "bash")
    assert main(["new", "my_task.py"]) == 0
    shown = ""

    for lines in [example.splitlines() for example in examples]:
        imported, report, search = [shlex.split(line)[2:] for line in lines]
        assert main(imported) == 0
        assert main(report) == 0
        task, config = search[1], Path(search[3])
        assert RunPlan.make(make_options(merged(read_config(config), {"task": task})))
        shown += capsys.readouterr().out
    assert len(examples) == 4
    for line in OUTPUT.search((DOCS / "from_other_tools.md").read_text())[1].splitlines():
        assert line in shown.splitlines()


def test_the_snippet_of_other_tools_runs(sources):
    for snippet in fenced(DOCS / "from_other_tools.md", "python"):
        exec(compile(snippet, "from_other_tools.md", "exec"), {})

    assert (sources / "report.html").is_file()


def test_the_picture_is_small():
    assert (DOCS / "report.png").stat().st_size < 300_000
