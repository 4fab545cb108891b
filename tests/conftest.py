"""What the tests of all packages share: one Ray, and which tests must share a process."""

import gc
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # `tune_main` is a module at the top

INDEPENDENT = {
    "tests/benchmarks/test_processes.py",
    "tests/examples/test_examples.py",
    "tests/results/analysis/test_recommendation.py",
    "tests/tuning/test_damaged_record.py",
    "tests/tuning/test_storage.py",
}
"""Files whose tests take long and share nothing: each may run anywhere."""
FIRST = (
    "tests/tuning/engine/test_cluster.py",
    "tests/tuning/test_s3.py",
    "tests/tuning/test_resume.py",
    "tests/tuning/test_faults.py",
    "tests/tuning/test_search.py",
    "tests/tuning/test_storage.py",
)
"""What takes longest, and mostly waits: whoever begins with it is done with the others."""


def pytest_configure(config: pytest.Config) -> None:
    """Let pytest-xdist keep the order of the tests, and Python look for no garbage yet.

    There is none among what is imported: each process collects in 7 s of CPU instead of 12.
    """
    config.option.loadscopereorder = False
    gc.disable()


def pytest_collection_finish() -> None:
    """What was imported stays, and is looked through no more."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    place = {file: number for number, file in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(FIRST)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep together, in one process of pytest-xdist, what shares a cluster, a store or a fixture.

    A scheduler of its own, since pytest-xdist 3.8 ignores its marker for groups on pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return nodeid if file in INDEPENDENT else file

    return Together(config, log)


@pytest.fixture(scope="session")
def ray_running() -> Iterator[None]:
    """Ray on this machine: all searches in a process of the tests use one."""
    from tuning.engine import session as ray_session

    with ray_session.local(2) as session:
        session.ready()
        yield


@pytest.fixture
def cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Runs cells as IPython runs them, without a kernel; the notebook's namespace."""
    pytest.importorskip("IPython", reason="needs ipykernel, for notebooks only")
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    settings = Config()
    settings.HistoryManager.enabled = False
    shell = InteractiveShell(config=settings, user_module=types.ModuleType("__main__"))

    def run(*sources: str) -> dict[str, Any]:
        for source in sources:
            shell.run_cell(source, store_history=True).raise_error()
        namespace: dict[str, Any] = shell.user_ns
        return namespace

    yield run
    shell.restore_sys_module_state()
