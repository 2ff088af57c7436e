"""The intake of one shard: where everything that arrives meets the one writer.

gRPC handlers, feeders and timers put entries here; the dataflow's source takes them out in
order. A handler never touches state: it waits at its reply slot until the batch that holds
its event is committed.
"""

from __future__ import annotations

import _thread
import queue
import time
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from haechi.engine.codes import EventKind


class Decoded(NamedTuple):
    """One incoming message in the core's terms.

    Parameters
    ----------
    kind
        What it is.
    id
        128-bit keyed hash of its event id, 16 bytes.
    digest
        128-bit hash of all its bytes, 16 bytes; tells a retry from a conflict.
    subject
        Token under whose key the payload is encrypted, 0 for none.
    event_us
        When it happened, microseconds since the epoch.
    historical
        A fact of the past, fed on purpose: exempt from the age limit.
    records
        One or more ``EVENT`` records.
    target
        Id of the decision that it acts on or labels, 16 bytes, or empty.
    """

    kind: EventKind
    id: bytes
    digest: bytes
    subject: int
    event_us: int
    historical: bool
    records: bytes
    target: bytes = b""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an event changed nothing. It is kept among the dead letters.

    Parameters
    ----------
    code
        Short stable name of the fault.
    message
        What was found, what is allowed, what to do.
    """

    code: str
    message: str


class Outcome(NamedTuple):
    """What became of one event, after the commit that holds it.

    Parameters
    ----------
    offset
        Its place in the log (of its dead letter, if refused).
    duplicate
        It came before; this is the stored answer.
    decisions
        Bodies of the decisions that it caused, each one ``DECISION`` record.
    refusal
        Why it changed nothing, or None.
    """

    offset: int
    duplicate: bool
    decisions: tuple[bytes, ...]
    refusal: Refusal | None = None


class ReplySlot:
    """One waiting handler. A bare lock: half the cost of a Future, and it is all we need."""

    __slots__ = ("_lock", "outcome")

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()
        self._lock.acquire()
        self.outcome: Outcome | None = None

    def wait(self, timeout_s: float) -> Outcome | None:
        """Wait for the commit; None if it did not come in time."""
        self._lock.acquire(True, max(0.0, timeout_s))
        return self.outcome

    def complete(self, outcome: Outcome) -> None:
        """Hand over the outcome; called once, by the reply sink."""
        self.outcome = outcome
        self._lock.release()


class Completion(Protocol):
    """Whoever wants to know what became of an event: a reply slot, or a stream's callback."""

    def complete(self, outcome: Outcome) -> None:
        """Called once, after the commit, on the dataflow's thread: be quick."""


@dataclass(slots=True)
class Entry:
    """One message on its way to the writer.

    Parameters
    ----------
    raw
        Its bytes as they came.
    source
        Who sent it: the name from the credentials.
    decoded
        Its records, or None if it could not be decoded.
    refusal
        Why it could not be decoded, or None.
    completion
        Who waits for the outcome, or None.
    """

    raw: bytes
    source: str
    decoded: Decoded | None
    refusal: Refusal | None = None
    completion: Completion | None = None
    received_ns: int = field(default_factory=time.monotonic_ns)


class Overloaded(Exception):
    """The intake is full; the gate gets a provisional REFER."""


LARGE: Final = 64 << 10
"""Bytes from which an entry counts as large; no event of the contract comes near."""

LARGE_MOST: Final = 256 << 20
"""Bytes of large entries that may wait together."""


class Intake:
    """A bounded queue with one reader; what is large, and so refused, is bounded by its bytes.

    Parameters
    ----------
    limit
        Entries that may wait before :class:`Overloaded` is raised.
    late_limit
        Entries that may wait beyond that because they must not be lost: events whose gate
        already got a provisional answer, and the record of that answer.
    """

    def __init__(self, limit: int, late_limit: int) -> None:
        self._queue: Final[queue.SimpleQueue[Entry]] = queue.SimpleQueue()
        self._limit = limit
        self._late_limit = late_limit
        self._large = 0
        self._counting = _thread.allocate_lock()

    def depth(self) -> int:
        """Entries that wait."""
        return self._queue.qsize()

    def put(self, entry: Entry) -> None:
        """Queue an entry.

        Raises
        ------
        Overloaded
            If ``limit`` entries wait already.
        """
        self._put(entry, self._limit)

    def put_late(self, entry: Entry) -> None:
        """Queue an entry that must not be lost, within ``late_limit`` more.

        Raises
        ------
        Overloaded
            If even that is used up; the caller must then refuse the call itself.
        """
        self._put(entry, self._limit + self._late_limit)

    def _put(self, entry: Entry, limit: int) -> None:
        if self._queue.qsize() >= limit:
            raise Overloaded
        if len(entry.raw) > LARGE:
            self._count_large(len(entry.raw))
        self._queue.put(entry)

    def take(self, most: int, wait_s: float) -> list[Entry]:
        """Take up to ``most`` entries, waiting up to ``wait_s`` seconds for the first.

        The wait releases the interpreter lock; the rest is taken without waiting.
        """
        try:
            entries = [self._queue.get(True, wait_s)]
        except queue.Empty:
            return []
        get = self._queue.get_nowait
        while len(entries) < most and not self._queue.empty():
            entries.append(get())
        if self._large:
            self._count_large(-sum(len(one.raw) for one in entries if len(one.raw) > LARGE))
        return entries

    def _count_large(self, size: int) -> None:
        with self._counting:
            if size > 0 and self._large + size > LARGE_MOST:
                raise Overloaded
            self._large += size
