"""Every error that Haechi raises on purpose.

HaechiError
├── ConfigError            a setting, lane, prior or profile that cannot be used
├── BadInput               what came in cannot be an event (becomes a dead letter)
│   └── Conflict           an event id that came before with other bytes
├── ModelUnusable          an artefact that is no model of this build, or of another kind
├── LogError               the log on disk
│   ├── LogUnwritable      disk full, read-only, or the file is gone
│   ├── LogCorrupt         the hash chain does not hold; names the offset
│   ├── Drift              a replayed decision is not the one on record
│   └── OtherBuild         only another build can read what the log holds
├── StoreError             the ClickHouse store cannot be opened or reached
└── Unavailable            the engine cannot be reached, or its flow has died
"""

from __future__ import annotations


class HaechiError(Exception):
    """Base of all errors. The message gives the value, the limit and the remedy."""


class ConfigError(HaechiError):
    """A setting, lane, prior or profile cannot be used; the message names its path."""


class BadInput(HaechiError):
    """What came in cannot become an event; it goes to the dead letters.

    Parameters
    ----------
    code
        Short stable name of the fault, ``UPPER_SNAKE``.
    message
        What was found, what is allowed, what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Conflict(BadInput):
    """An event id that came before, with other bytes."""

    def __init__(self, message: str) -> None:
        super().__init__("ID_CONFLICT", message)


class ModelUnusable(HaechiError):
    """A model's artefact cannot be used.

    Parameters
    ----------
    code
        Short stable name of the fault, ``UPPER_SNAKE``.
    message
        What was found, what is needed, what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class LogError(HaechiError):
    """The log on disk."""


class LogUnwritable(LogError):
    """Nothing can be committed: disk full, read-only, or the file is gone."""


class LogCorrupt(LogError):
    """The hash chain does not hold.

    Parameters
    ----------
    offset
        Offset of the first event at which it does not.
    """

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset


class Drift(LogError):
    """A replayed decision differs from the one on record.

    Parameters
    ----------
    offset
        Offset of the event whose decision differs.
    """

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset


class OtherBuild(LogError):
    """Only another build can read what the log holds; the message names it."""


class StoreError(HaechiError):
    """The ClickHouse store cannot be opened or reached."""


class Unavailable(HaechiError):
    """The engine cannot be reached, or its dataflow has died."""
