"""Where a report comes from."""

from __future__ import annotations

from collections.abc import Callable

from results import load
from results.report.provenance import command, created, origin
from tests.results.conftest import Script


def test_origin_names_directory_options_and_damage(script: Callable[..., Script]) -> None:
    begun = script()
    begun.trial("s00000", {"lr": 0.1}, [1.0])
    begun.raw("{{{\n")
    run = load(begun.directory)

    found = dict(origin(run))

    assert found["directory"] == str(begun.directory)
    assert "scheduler asha" in found["options"]
    assert found["damaged lines of the record, left out"] == "1"


def test_command_searches_again_from_the_settings_of_the_run(script: Callable[..., Script]) -> None:
    begun = script()
    begun.trial("s00000", {"lr": 0.1}, [1.0])

    assert command(load(begun.directory)).endswith(f"--config {begun.directory / 'run.toml'}")


def test_settings_damaged_since_leave_the_day_out(script: Callable[..., Script]) -> None:
    begun = script()
    begun.trial("s00000", {"lr": 0.1}, [1.0])
    run = load(begun.directory)
    settings = begun.directory / "run.toml"

    settings.write_text('created = "2026-01-02T03:04:05"\n')
    whole = created(run)
    settings.write_text("a = = 1")

    assert (whole, created(run)) == (["2026-01-02 03:04"], [])
