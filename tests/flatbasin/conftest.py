"""A directory of a user's whose modules have the names of our packages."""

from textwrap import dedent

import pytest

from tests.flatbasin.users_project import FILES


@pytest.fixture
def users_project(tmp_path):
    """Its path."""
    for name, source in FILES.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(source))
    return tmp_path / "project"
