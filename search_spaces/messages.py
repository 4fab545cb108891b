"""How names, values and suggestions are written in an error: one short line, nothing raw."""

import difflib
from collections.abc import Iterable

_MAX_CHARACTERS = 60


def shown(value: object) -> str:
    """The value as Python writes it, on one line and cut to a readable length."""
    if isinstance(value, int) and value.bit_length() > 200:
        return f"an integer of {value.bit_length()} bits"

    return one_line(repr(value), _MAX_CHARACTERS)


def bare(value: object) -> str:
    """As `shown`, but a word without quotes."""
    is_word = isinstance(value, str) and value.isidentifier() and len(value) <= _MAX_CHARACTERS
    return str(value) if is_word else shown(value)


def quoted(name: object) -> str:
    """The name in double quotes, with control characters escaped."""
    return f'"{shown(name)[1:-1]}"' if isinstance(name, str) else shown(name)


def one_line(text: str, max_characters: int = 200) -> str:
    """The text on one line, control characters escaped; a long one loses its middle."""
    words = " ".join(text.split())
    line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in words)
    if len(line) <= max_characters:
        return line

    half = (max_characters - 5) // 2
    return f"{line[:half]} ... {line[-half:]}"


def suggestion(word: object, known: Iterable[str]) -> str:
    """`did you mean x? ` when the word is close to a known one, else an empty string."""
    matches = difflib.get_close_matches(str(word)[:_MAX_CHARACTERS], list(known), n=1)
    return f"did you mean {matches[0]}? " if matches else ""
