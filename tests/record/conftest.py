"""An object store, and a prefix of it for each test."""

import pytest

from record import as_path
from tests.tuning import object_store


@pytest.fixture(scope="session")
def server():
    with object_store.serving() as store:
        yield store


@pytest.fixture
def prefix(server, monkeypatch, request):
    """An empty prefix that only this test uses."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return as_path(f"s3://{object_store.BUCKET}") / request.node.name.replace("/", "-")
