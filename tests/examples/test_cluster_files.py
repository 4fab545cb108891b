"""The recipes for clusters, as far as they can be checked without one."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import jsonschema
import pytest
import ray.autoscaler
import yaml

from tune_main import app

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "examples" / "cluster"
FILES = sorted(RECIPES.iterdir())


def commands(text):
    """Command lines that start a search, without what the shell would put in."""
    joined = re.sub(r"\\?\n#? +(?=--)", " ", text)
    lines = [line.partition(" flatbasin ")[2] for line in joined.splitlines()]
    return [shlex.split(line) for line in lines if line]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_recipe_says_how_far_it_was_checked(file):
    head = file.read_text().splitlines()[:6]

    assert any(line.startswith("# Checked: ") for line in head)


@pytest.mark.parametrize("name", ["launcher-aws.yaml", "rayjob.yaml", "slurm.sh", "submit.sh"])
def test_the_search_of_a_recipe_can_be_typed(name):
    found = commands((RECIPES / name).read_text())

    assert found
    for words in found:
        app.parse_args(words, exit_on_error=False, print_error=False)


def test_the_cluster_launcher_takes_its_file():
    schema = json.loads((Path(ray.autoscaler.__file__).parent / "ray-schema.json").read_text())

    jsonschema.validate(yaml.safe_load((RECIPES / "launcher-aws.yaml").read_text()), schema)


def test_the_job_for_kubernetes_is_yaml_of_its_kind():
    job = yaml.safe_load((RECIPES / "rayjob.yaml").read_text())

    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    assert job["spec"]["rayClusterSpec"]["rayVersion"] == ray.__version__


@pytest.mark.parametrize("name", ["slurm.sh", "submit.sh"])
def test_a_script_is_one_for_bash(name):
    subprocess.run(["bash", "-n", str(RECIPES / name)], check=True)


def test_the_image_is_made_of_what_is_there():
    text = (RECIPES / "Dockerfile").read_text()

    assert "-c constraints.txt . 'ray[default]'" in text
    assert (ROOT / "constraints.txt").exists()
