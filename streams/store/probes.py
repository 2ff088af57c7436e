"""What clients ask at connect, where the embedded engine alone would mislead them."""

from __future__ import annotations

import re
import struct
from typing import Final

from haechi.streams.store.refusals import READONLY, SETTING_CONSTRAINT_VIOLATION, Refusal

HARMLESS: Final = frozenset(
    {
        "async_insert",
        "date_time_output_format",
        "extremes",
        "join_use_nulls",
        "max_block_size",
        "max_result_rows",
        "output_format_json_quote_64bit_integers",
        "output_format_native_write_json_as_string",
        "result_overflow_mode",
        "session_timezone",
        "wait_for_async_insert",
    }
)
"""Settings that only shape a result, or inserts, which analysts have none of: they may set them,
as their clients do unasked."""

_LOWERED: Final = "max_execution_time"

# What clickhouse_connect asks: the settings an analyst may change must look so.
_SETTINGS: Final = re.compile(
    rb"\s*SELECT name, value, readonly (?:as readonly )?FROM system\.settings\b", re.IGNORECASE
)
# What clickhouse-go asks, and with it Grafana's plugin.
_HELLO: Final = re.compile(
    rb"\s*SELECT displayName\(\), version\(\), revision\(\), timezone\(\)\s*", re.IGNORECASE
)


def analyst_settings(asked: dict[str, str], execution_s: float) -> dict[str, str]:
    """Give the settings that an analyst's statement runs with, beside the role's own limits.

    A client's time-out may be far over the limit; the limit holds all the same.

    Raises
    ------
    Refusal
        If it is none of those that an analyst may change, or asks for no limit.
    """
    wanted = dict(asked)
    text = wanted.pop(_LOWERED, f"{execution_s:g}")
    for name in wanted:
        if name not in HARMLESS:
            raise Refusal(READONLY, f"Cannot modify '{name}' setting in readonly mode.")
    try:
        wanted_s = float(text)
    except ValueError:
        raise Refusal(27, f"Cannot parse '{text}' as {_LOWERED}") from None
    if not wanted_s > 0:
        raise Refusal(
            SETTING_CONSTRAINT_VIOLATION,
            f"Setting {_LOWERED} should be greater than 0, which would mean no limit.",
        )
    return wanted | {_LOWERED: f"{min(wanted_s, execution_s):g}"}


def reworded(statement: bytes) -> bytes:
    """Word a question for settings so that those an analyst may change look changeable."""
    found = _SETTINGS.match(statement)
    if found is None:
        return statement
    names = ", ".join(f"'{name}'" for name in sorted(HARMLESS | {_LOWERED}))
    head = f"SELECT name, value, if(name IN ({names}), 0, readonly) AS readonly "
    return head.encode() + b"FROM system.settings" + statement[found.end() :]


def hello(statement: bytes, version: str, timezone: str) -> bytes | None:
    """Answer clickhouse-go's first question, or None if this is not it.

    It reads this one answer in the framing of the newest protocol, whatever the server, and all
    others in that of the revision it is told. The embedded engine writes the oldest only, so that
    is what it is told: 0.
    """
    if _HELLO.fullmatch(statement) is None:
        return None
    columns = (
        ("displayName()", "String", _text("haechi")),
        ("version()", "String", _text(version)),
        ("revision()", "UInt32", struct.pack("<I", 0)),
        ("timezone()", "String", _text(timezone)),
    )
    # Block info: no overflow, bucket -1, end. Then columns, rows; each column says that it has
    # no serialisation of its own.
    block = b"\x01\x00\x02" + struct.pack("<i", -1) + b"\x00" + bytes((len(columns), 1))
    return block + b"".join(_text(name) + _text(kind) + b"\0" + one for name, kind, one in columns)


def _text(text: str) -> bytes:
    coded = text.encode()
    assert len(coded) < 0x80, "a length of one byte"
    return bytes((len(coded),)) + coded
