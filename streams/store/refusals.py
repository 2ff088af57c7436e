"""ClickHouse's numbers for what goes wrong, and the HTTP status that goes with each."""

from __future__ import annotations

import re
from typing import Final

SYNTAX_ERROR: Final = 62
NOT_IMPLEMENTED: Final = 48
TIMEOUT_EXCEEDED: Final = 159
READONLY: Final = 164
REQUIRED_PASSWORD: Final = 194
TOO_MANY_SIMULTANEOUS_QUERIES: Final = 202
CANNOT_DECOMPRESS: Final = 271
SUPPORT_IS_DISABLED: Final = 344
QUERY_WAS_CANCELLED: Final = 394
SETTING_CONSTRAINT_VIOLATION: Final = 452
ACCESS_DENIED: Final = 497
AUTHENTICATION_FAILED: Final = 516
UNKNOWN_EXCEPTION: Final = 1002

_NAMES: Final = {
    SYNTAX_ERROR: "SYNTAX_ERROR",
    NOT_IMPLEMENTED: "NOT_IMPLEMENTED",
    READONLY: "READONLY",
    REQUIRED_PASSWORD: "REQUIRED_PASSWORD",
    TOO_MANY_SIMULTANEOUS_QUERIES: "TOO_MANY_SIMULTANEOUS_QUERIES",
    CANNOT_DECOMPRESS: "CANNOT_DECOMPRESS",
    SUPPORT_IS_DISABLED: "SUPPORT_IS_DISABLED",
    QUERY_WAS_CANCELLED: "QUERY_WAS_CANCELLED",
    SETTING_CONSTRAINT_VIOLATION: "SETTING_CONSTRAINT_VIOLATION",
    ACCESS_DENIED: "ACCESS_DENIED",
    AUTHENTICATION_FAILED: "AUTHENTICATION_FAILED",
    UNKNOWN_EXCEPTION: "UNKNOWN_EXCEPTION",
}

# As ClickHouse's HTTP interface answers; whatever is not listed is 500.
_STATUS: Final = {
    REQUIRED_PASSWORD: 401,
    AUTHENTICATION_FAILED: 403,
    ACCESS_DENIED: 403,
    TIMEOUT_EXCEEDED: 408,
    NOT_IMPLEMENTED: 501,
    **dict.fromkeys((6, 26, 27, 38, 41, 53, 62, 72, 117, 130, 168, 169, 386, 457, 456), 400),
    **dict.fromkeys((16, 46, 47, 50, 60, 63, 73, 81, 115), 404),
}

_CODE: Final = re.compile(r"Code: (\d+)\. DB::Exception: ")


class Refusal(Exception):
    """A request that fails, as ClickHouse would say it.

    Parameters
    ----------
    code
        ClickHouse's error number.
    message
        Text after ``DB::Exception: ``.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def status(self) -> int:
        """HTTP status."""
        return _STATUS.get(self.code, 500)

    def text(self, version: str) -> str:
        """Body of the response, for a server of that version."""
        message = self.message
        name = _NAMES.get(self.code)
        if name is not None and not message.endswith(f"({name})"):
            message = f"{message.rstrip()} ({name})"
        return f"Code: {self.code}. DB::Exception: {message} (version {version})\n"


def refusal_of(error: Exception) -> Refusal:
    """Read what the embedded engine raised, with its own number.

    The engine wraps its messages in each other; the first number is the one that counts.
    """
    if isinstance(error, Refusal):
        return error
    text = str(error)
    found = _CODE.search(text)
    if found is None:
        return Refusal(UNKNOWN_EXCEPTION, text or type(error).__name__)
    return Refusal(int(found[1]), _CODE.sub("", text[found.end() :]).strip())
