"""Our own packages are found by our code, the user's by the user's."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from flatbasin.packages import PACKAGES, ROOT
from tests import PATIENCE


def run_python(directory, source, **more):
    """Standard output of a program in `directory`, which comes first on its path."""
    done = subprocess.run(
        [sys.executable, "-c", dedent(source)],
        cwd=directory,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": f":{ROOT}"} | more,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_load_is_ours_beside_a_users_results(users_project):
    found = run_python(
        users_project, "from flatbasin import load; print(load.__code__.co_filename)"
    )

    assert found == [str(Path(ROOT, "results", "load.py"))]


@pytest.mark.parametrize("first", ["import flatbasin, results", "import results, flatbasin"])
def test_a_program_has_its_own_module_whichever_comes_first(users_project, first):
    found = run_python(
        users_project,
        f"""
        {first}
        from flatbasin import load
        import results as again, tuning.deep
        print(results.NAME == "the user's", again is results, tuning.deep.SEVEN, load.__module__)
        """,
    )

    assert found == ["True", "True", "7", "results.load"]


def test_a_task_has_its_own_modules_and_we_have_ours(users_project, tmp_path):
    found = run_python(
        tmp_path,
        f"""
        import flatbasin
        from trainable.catalogue import find_task
        model = find_task({str(users_project / "my_task.py")!r}).load().build_model({{}})
        import trainable
        print(type(model).__module__, trainable.__file__)
        """,
    )

    assert found == ["users_modules.trainable", str(Path(ROOT, "trainable", "__init__.py"))]


def test_an_object_of_a_users_class_is_unpickled_by_another_process(users_project):
    """A generator's checkpoint may hold one."""
    make = "import flatbasin, pickle, trainable; "
    text = run_python(users_project, make + "print(pickle.dumps(trainable.make_model(2)).hex())")
    found = run_python(
        users_project,
        f"import flatbasin, pickle; print(type(pickle.loads(bytes.fromhex('{text[0]}'))).__name__)",
    )

    assert found == ["Net"]


def test_nothing_is_changed_where_no_name_is_shared(tmp_path):
    source = "import builtins; kept = builtins.__import__; import flatbasin, results; "
    found = run_python(tmp_path, source + "print(builtins.__import__ is kept)")

    assert found == ["True"]


def test_every_top_level_package_is_known():
    packages = {path.parent.name for path in Path(ROOT).glob("*/__init__.py")}

    assert set(PACKAGES) == packages - {"flatbasin", "tests", "docs"} | {"tune_main"}
