"""Where a space was written, so that an error can point there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from search_spaces.messages import one_line, quoted


@dataclass(frozen=True)
class Source:
    """A file or option, with its text where line numbers can be told."""

    name: str
    text: str = ""

    @contextmanager
    def errors_of(self, dimension: object) -> Iterator[None]:
        """Inside, a ValueError becomes one that names the dimension and its line."""
        try:
            yield
        except ValueError as error:
            raise self.error(dimension, error) from error

    @contextmanager
    def errors_of_constraint(self, expression: object) -> Iterator[None]:
        """Inside, a ValueError becomes one that names the constraint and its line."""
        try:
            yield
        except ValueError as error:
            place = self._at_text(expression)
            raise ValueError(f"space constraint {quoted(expression)}: {error} ({place})") from error

    def error(self, dimension: object, problem: object) -> ValueError:
        """The problem of one dimension, with the line of its table or key."""
        return ValueError(f"space {quoted(dimension)}: {problem} ({self._at_key(dimension)})")

    def space_error(self, problem: object) -> ValueError:
        """The problem of the space as a whole."""
        return ValueError(f"space: {problem} ({self._place()})")

    def _at_key(self, key: object) -> str:
        name = rf"""\s*(["']?){re.escape(str(key))}\1\s*"""
        return self._place(rf"\s*\[{name}[].]", rf"{name}[.=]")

    def _at_text(self, text: object) -> str:
        return self._place(rf""".*["']{re.escape(str(text))}["']""")

    def _place(self, *patterns: str) -> str:
        """The name, with the first line that matches the first pattern that matches any."""
        lines = self.text.splitlines()
        for pattern in patterns:
            for number, line in enumerate(lines, 1):
                if re.match(pattern, line):
                    return f"{one_line(self.name)}, line {number}"

        return one_line(self.name)
