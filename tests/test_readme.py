"""The README tells the truth."""

import ast
import re
from pathlib import Path

from tune_main import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


TREE = {
    line.split()[0].rstrip("/"): line.split(maxsplit=1)[1]
    for line in README.split("## The house")[1].split("```")[1].strip().splitlines()
}


def test_the_tree_names_what_is_there():
    there = {
        path.name
        for path in ROOT.iterdir()
        if path.name[0] != "." and (path.is_dir() or path.name == "tune_main.py")
    }

    assert TREE.keys() == there - {"runs", "build", "flatbasin.egg-info", "__pycache__"}


def test_a_line_of_the_tree_is_what_the_package_says_of_itself():
    for name in TREE:
        source = ROOT / name if name.endswith(".py") else ROOT / name / "__init__.py"
        if name not in ("tests", "docs", "benchmarks", "examples"):
            first = ast.get_docstring(ast.parse(source.read_text())).partition("\n")[0]
            assert first[0].lower() + first[1:].rstrip(".") == TREE[name]


def test_commands_in_the_readme_exist():
    commands = set(re.findall(r"tune_main\.py ([a-z]+)", README))

    assert commands <= set(app)


def test_python_in_the_readme_can_be_compiled():
    for snippet in re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL):
        compile(snippet, "README.md", "exec")


def test_links_in_the_readme_lead_somewhere():
    for target in re.findall(r"\]\(((?!http)[^)]+)\)", README):
        assert (ROOT / target).exists(), target
