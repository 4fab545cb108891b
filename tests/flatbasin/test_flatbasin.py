"""What people import: a few names, each at the cost of what it needs."""

import subprocess
import sys

import pytest

import flatbasin


def test_every_name_it_lists_is_there():
    assert all(getattr(flatbasin, name) is not None for name in dir(flatbasin))


def test_a_name_that_it_has_not_is_refused_with_those_it_has():
    with pytest.raises(AttributeError, match=r"no attribute 'laod': it has .*load, resume, search"):
        flatbasin.laod  # noqa: B018


def test_it_imports_nothing_large():
    source = "import sys, flatbasin; flatbasin.__version__; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    ).stdout.split()

    assert not {"ray", "torch", "pandas", "numpy"} & set(modules)


def test_load_costs_neither_ray_nor_torch():
    source = "import sys; from flatbasin import load; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    ).stdout.split()

    assert not {"ray", "torch"} & set(modules)
