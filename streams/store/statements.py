"""Read statements as far as the gateway must: inserts' data, the result's format, bans.

Selects are judged in the engine's own canonical wording (``formatQuerySingleLine``), in which
comments are gone and names that were spelled in quotes or escapes stand plainly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from haechi.streams.store.refusals import ACCESS_DENIED, SUPPORT_IS_DISABLED, Refusal

HEAD_BYTES_MAX: Final = 1 << 18
"""ClickHouse's own limit on a statement without its data (``max_query_size``)."""

STREAMABLE: Final = frozenset(
    {"Native", "TabSeparated", "TSV", "CSV", "RowBinary", "JSONEachRow", "JSONCompactEachRow"}
)
"""Formats whose blocks can be sent one after the other; others have heads, tails or indexes."""

_INSERT: Final = re.compile(
    rb"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*INSERT\s+INTO\s", re.IGNORECASE | re.DOTALL
)
_INSERT_PART: Final = re.compile(
    rb"""`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'"""
    rb"|\b(?P<inline>VALUES|SELECT|WITH|WATCH)\b|\bFORMAT\s+(?P<format>\w+)[ \t]*;?\r?\n?",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED: Final = re.compile(r"(`(?:[^`\\]|\\.)*`)|'(?:[^'\\]|\\.)*'", re.DOTALL)
_FORMAT: Final = re.compile(r"\bFORMAT (\w+)(?: SETTINGS [^()]*)?$")
# The engine runs with grants that know no files and no network. What those do not cover: the
# scalar function file, objects of this process, and functions that call out to models.
_REACHES_OUT: Final = re.compile(r"\b(?:(?i:file|python|arrowstream|eval)|ai[A-Z]\w*)\b")


@dataclass(frozen=True, slots=True)
class Insert:
    """An insert whose data came along.

    Parameters
    ----------
    head
        The statement up to ``FORMAT``.
    data_format
        Format of the data.
    data
        The data.
    """

    head: str
    data_format: str
    data: bytes


def split_insert(statement: bytes) -> Insert | None:
    """Part an insert from its data; None if it is no insert, or carries no formatted data."""
    begin = _INSERT.match(statement)
    if begin is None:
        return None
    for part in _INSERT_PART.finditer(statement, begin.end(), HEAD_BYTES_MAX):
        if part["inline"] is not None:
            return None
        if part["format"] is not None:
            data_format = part["format"].decode()
            if data_format.lower() == "values":
                return None
            head = statement[: part.start()].decode("utf-8", "replace")
            return Insert(head, data_format, statement[part.end() :])
    return None


def result_format(canonical: str, default: str) -> str:
    """Format in which a statement, in canonical wording, asks for its result."""
    found = _FORMAT.search(_without_strings(canonical))
    return found[1] if found is not None else default


def is_select(canonical: str) -> bool:
    """Whether a statement, in canonical wording, gives rows that can be streamed."""
    return canonical.lstrip("(").startswith(("SELECT ", "WITH "))


def refuse_reaching_out(canonical: str, user: str) -> None:
    """Refuse a select, in canonical wording, that would leave the database.

    Raises
    ------
    Refusal
        If it names such a function, or would write a file.
    """
    words = _without_strings(canonical)
    if " INTO OUTFILE " in words:
        raise Refusal(SUPPORT_IS_DISABLED, "INTO OUTFILE is not allowed over HTTP")
    found = _REACHES_OUT.search(words)
    if found is not None:
        raise Refusal(
            ACCESS_DENIED,
            f"{user}: Not enough privileges. `{found[0]}` reaches outside the database; if it "
            "is only a name, choose another",
        )


def _without_strings(canonical: str) -> str:
    return _QUOTED.sub(lambda found: found[1] or "''", canonical)
