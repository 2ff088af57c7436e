"""Exit codes, the same for every command, and which error ends in which."""

from __future__ import annotations

from typing import Final

from haechi.engine.errors import (
    BadInput,
    ConfigError,
    Drift,
    HaechiError,
    LogCorrupt,
    OtherBuild,
)

OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
INTEGRITY: Final = 3
OTHER_BUILD: Final = 4
DATAFLOW_DIED: Final = 70
INTERRUPTED: Final = 130

LASTING: Final = frozenset({USAGE, INTEGRITY, OTHER_BUILD})
"""Starting again cannot cure these, so the supervisor does not try."""

HELP: Final = """exit codes:
  0    done
  1    something was refused or failed; the message says what to do
  2    wrong usage, an unusable configuration or an unreadable file
  3    integrity: a replayed decision drifted, or the log is not what was written
  4    another build wrote this and only that one can replay it; the message names it
  70   the engine's dataflow died; start it again, it continues from its log
  130  interrupted with Ctrl-C
"""


class UnusableFile(BadInput):
    """A file that was named on the command line cannot be used at all."""


class ChildFailed(HaechiError):
    """A process of the installation ended before it was ready.

    Parameters
    ----------
    code
        Its exit code.
    message
        What it said last.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def exit_code(error: Exception) -> int:
    """Tell the exit code of an error."""
    if isinstance(error, ChildFailed):
        return error.code if error.code > 0 else FAILED
    if isinstance(error, OtherBuild):
        return OTHER_BUILD
    if isinstance(error, LogCorrupt | Drift):
        return INTEGRITY
    if isinstance(error, ConfigError | UnusableFile):
        return USAGE
    return FAILED
