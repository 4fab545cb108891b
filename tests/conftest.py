"""What the tests of all packages share: one Ray, and which tests must share a process."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # `tune_main` is a module at the top

INDEPENDENT = {
    "tests/benchmarks/test_fault_campaign.py",
    "tests/benchmarks/test_processes.py",
    "tests/examples/test_examples.py",
    "tests/results/analysis/test_recommendation.py",
    "tests/tuning/test_damaged_record.py",
    "tests/tuning/test_storage.py",
}
"""Files without a fixture for several tests, whose tests take long: each may run anywhere."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name the tests that share a process of pytest-xdist, as `--dist loadgroup` wants it.

    Tests stay with their file and its fixtures, so that only one cluster at a time has the
    addresses of the nodes. All searches in a process of the tests share one Ray.
    """
    for item in items:
        file = item.nodeid.partition("::")[0]
        if file not in INDEPENDENT:
            item.add_marker(pytest.mark.xdist_group(file))


@pytest.fixture(scope="session")
def ray_running() -> Iterator[None]:
    """Ray on this machine; searches in this process use it."""
    from tuning.engine import session as ray_session

    with ray_session.local(2) as session:
        session.ready()
        yield
