"""The tables of docs/flags.md, from the command itself.

    python -m docs.make_flags

Rewrites what stands between the two markers of the page; a test compares it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from cyclopts import App
from cyclopts.argument import Argument

from tune_main import app
from tuning.options import SearchOptions

PAGE = Path(__file__).parent / "flags.md"

BEGIN, END = "<!-- written by python -m docs.make_flags -->", "<!-- end -->"

BOUNDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}

KINDS = {int: "whole number", float: "number", str: "text", Any: "text", Path: "path"}


def main() -> None:
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def with_tables(text: str) -> str:
    """The page with its tables as they should be."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{after}"


def tables() -> str:
    """A section per command."""
    return "\n".join(line for command in ("", *commands()) for line in section(command))


def commands() -> list[str]:
    """All but the search itself, which has no name."""
    return [name for name in app if not name.startswith("-")]


def section(command: str) -> Iterator[str]:
    """Heading, what it does, and a row per argument and flag."""
    inner = app[command] if command else app
    found = list(arguments(inner))
    words = [written(argument) for argument in found if positional(argument)]
    flags = " [flags]" if len(words) < len(found) else ""
    yield f"## `{' '.join(['python tune_main.py', *filter(None, [command]), *words])}{flags}`\n"
    yield first_line(inner) + "\n"
    if not found:
        return
    yield "| flag | takes | default | meaning |\n|---|---|---|---|"
    for argument in found:
        cells = names(argument), takes(argument), default(argument), meaning(argument)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""


def arguments(inner: App) -> Iterator[Argument]:
    """What a person may type; an option that only holds others is none."""
    collection = inner.assemble_argument_collection(parse_docstring=True)
    return (argument for argument in collection if argument.name != "*")


def positional(argument: Argument) -> str:
    """The name of an argument that is given by its place; empty for a flag."""
    kind = argument.field_info.kind
    by_place = kind in (kind.POSITIONAL_OR_KEYWORD, kind.VAR_POSITIONAL)
    return argument.field_info.name if by_place and not is_option(argument) else ""


def written(argument: Argument) -> str:
    """`RUN`, or `OTHERS ...` where there may be several."""
    name, kind = positional(argument).upper(), argument.field_info.kind
    return f"{name} ..." if kind is kind.VAR_POSITIONAL else name


def is_required(argument: Argument) -> bool:
    return argument.field_info.default is argument.field_info.empty


def is_option(argument: Argument) -> bool:
    """Whether it belongs to the options of a search."""
    return argument.keys != ()


def names(argument: Argument) -> str:
    """`--confirm`, `--no-confirm`; the second is only for what is on by default."""
    if positional(argument):
        return f"`{written(argument)}`"
    known = [name for name in argument.names if not name.startswith("--empty-")]
    if argument.hint is bool and argument.field_info.default is False:
        known = known[:1]
    return ", ".join(f"`{name}`" for name in known)


def takes(argument: Argument) -> str:
    """The values in words."""
    hint = argument.hint
    if hint is bool:
        return "nothing"
    if get_origin(hint) is tuple:
        return f"{KINDS[get_args(hint)[0]]}, may be repeated"
    inner = [hint]
    if get_origin(hint) is not Literal:
        inner = [kind for kind in get_args(hint) or (hint,) if kind is not type(None)]
    if get_origin(inner[0]) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(inner[0]))
    return ", ".join([KINDS[inner[0]], *bounds(argument)])


def bounds(argument: Argument) -> Iterable[str]:
    """`at least 1`, as the options' own check has it."""
    known = (
        SearchOptions.model_fields.get(argument.field_info.name) if is_option(argument) else None
    )
    return (
        f"{word} {getattr(rule, sign)}"
        for rule in (known.metadata if known else [])
        for sign, word in BOUNDS.items()
        if hasattr(rule, sign)
    )


def default(argument: Argument) -> str:
    """As one would type it; a dash where it follows from something else."""
    value: Any = argument.field_info.default
    if is_required(argument):
        return "must be given"
    if argument.hint is bool:
        return "on" if value else "off"
    return "-" if value is None or value == () else f"`{value}`"


def meaning(argument: Argument) -> str:
    return " ".join((argument.parameter.help or "").split())


def first_line(inner: App) -> str:
    """What a command does, in a sentence."""
    text = getattr(inner.default_command, "__doc__", None)
    assert text, f"{inner.name} has no docstring"
    return str(text).strip().splitlines()[0]


if __name__ == "__main__":
    main()
