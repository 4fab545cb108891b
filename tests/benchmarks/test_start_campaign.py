"""A start of Ray in a fresh process; three hundred are run by hand."""

import pytest
from start_campaign import failure, start_campaign


def test_a_start_that_works_is_counted_as_such(capsys):
    start_campaign(times=1, at_a_time=1)

    assert capsys.readouterr().out.startswith("0 of 1 starts failed")


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("raise RuntimeError('dictionary changed size')", "RuntimeError: dictionary changed size"),
        ("print('a warning')", "exit code 0\na warning"),
        ("import os; os._exit(3)", "exit code 3"),
    ],
)
def test_whatever_is_printed_or_ends_in_an_error_is_a_failure(program, told):
    assert told in failure(0.005, program)
