"""A message of a raw feed, and the headers by which its sender says what its value does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from haechi.engine.errors import BadInput

COLUMNS: Final = "haechi-columns"
"""Header of a row of a CSV file: the file's first line."""

LINE: Final = "haechi-line"
"""Header of a row: its line in the file, decimal digits."""

EVENT_TIME_US: Final = "haechi-event-time-us"
"""Header of a row: when it happened, where the row itself only knows the day."""

MEANS: Final = "haechi-means"
"""Header of a row: :data:`OUTCOME` if it is sent again for what the inspection found."""

OUTCOME: Final = b"outcome"


@dataclass(frozen=True, slots=True)
class Raw:
    """One message as it lay on Kafka.

    Parameters
    ----------
    topic, partition, offset
        Where.
    timestamp_ms
        When Kafka got it, milliseconds since the epoch.
    value
        Its bytes; empty for a message without a value.
    headers
        What stands beside.
    key
        Its key; empty for a message without one.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    value: bytes
    headers: Mapping[str, bytes]
    key: bytes = b""

    @property
    def origin(self) -> str:
        """Where it lay, for tracing back."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def own_id(self) -> str:
        """Identity of what came without one: the same at every reading.

        The time is part of it, because a topic that is made anew counts from zero again.
        """
        return f"kafka:{self.origin}/{self.timestamp_ms}"

    def number(self, header: str) -> int | None:
        """Read a whole number from a header; None if it is not there.

        Raises
        ------
        BadInput
            ``BAD_HEADER``.
        """
        text = self.headers.get(header)
        if text is None:
            return None
        # Nineteen digits do not fit a field of the event.
        if not (text.isdigit() and len(text) <= 18):
            raise BadInput(
                "BAD_HEADER",
                f"header {header} is {text[:40]!r}; it must be at most 18 decimal digits",
            )
        return int(text)
