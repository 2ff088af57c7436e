"""The intake of one shard: where everything that arrives meets the one writer.

gRPC handlers, feeders and timers put entries here; the dataflow's source takes them out in
order. A handler never touches state: it waits at its reply slot until the batch that holds
its event is committed.
"""

from __future__ import annotations

import _thread
import queue
import time
from collections.abc import Callable
from contextlib import suppress
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

FACTS_MOST: Final = 128
"""Facts that may wait at once: they can, at their sender, and gates stand behind them."""

_FEW: Final = 32
"""So many may wait in any case. What fewer took together says nothing of what each takes of many:
alone, one costs five times as much."""

_WAIT_MOST: Final = 0.2
"""Part of the time left that may pass until an entry is decided: the wait is only expected, what
was not read yet comes on top, and a gate's own network takes time too."""

_WAIT_STANDING: Final = 0.1
"""The same while a queue stands. A burst is worked off and harms nobody; a queue that stands only
makes everybody late."""

_STANDING_NS: Final = 150_000_000
"""For how long nobody must have seen the end of a queue that stands; and it does until its end was
seen each time for as long."""

_MEMORY: Final = 0.9
"""What weight the time of older batches keeps with each new one."""

_LATE_PART: Final = 8
"""An eighth of a batch is for those whom nobody waits for, so that their line moves too."""

_CYCLE_NS: Final = 20_000_000
"""How long it may take until the next batch, calls read between them included: what has come
meanwhile has not been seen yet, and is not told that it will be late."""

Attend = Callable[[Callable[[], int], float], bool]
"""Reads what has come to gates' calls, and waits for more: is given what tells how many entries
wait, and how many seconds to wait for the first; tells whether nothing was left unread."""


class Intake:
    """A bounded queue with one reader; what is large, and so refused, is bounded by its bytes.

    Whose turn would come too late is turned away at once. If it were let in, then in an overload
    that lasts everybody would wait for those whose gates have long been told to refer.

    Parameters
    ----------
    limit
        Entries that may wait before :class:`Overloaded` is raised.
    late_limit
        Entries that are kept although they were turned away; as many again once it is calm.

    Attributes
    ----------
    attend
        What the reader does while it waits, where calls are served on its thread.
    """

    def __init__(self, limit: int, late_limit: int) -> None:
        self._queue: Final[queue.SimpleQueue[Entry]] = queue.SimpleQueue()
        self._late: Final[queue.SimpleQueue[Entry]] = queue.SimpleQueue()
        self._limit = limit
        self._facts_limit = min(limit, FACTS_MOST)
        self._late_limit = late_limit
        self._late_room = late_limit
        self._stands = False
        self._calm_ns = self._crowded_ns = time.monotonic_ns()
        self._large = 0
        self._counting = _thread.allocate_lock()
        self._working = 0
        self._taken_ns = 0
        self._batches_ns = self._batches_entries = self._each_ns = 0.0
        self.attend: Attend | None = None

    def depth(self) -> int:
        """Entries that wait."""
        return self._queue.qsize() + self._late.qsize()

    def expected_ns(self) -> float:
        """How long it will take to decide what waits and what is in work, nanoseconds.

        That is what the last batches took, for as many entries.
        """
        return (self._queue.qsize() + self._working) * self._each_ns

    def put(self, entry: Entry, until_ns: int | None = None) -> None:
        """Queue an entry.

        Parameters
        ----------
        entry
            The entry.
        until_ns
            Until when it must be answered, monotonic nanoseconds.

        Raises
        ------
        Overloaded
            If ``limit`` entries wait already, or it is not expected to be decided in time.
        """
        if self._is_full(until_ns):
            raise Overloaded
        self._queue_up(entry, self._queue)

    def turns_away(self, until_ns: int) -> bool:
        """Whether an entry that must be answered by then would neither be let in nor kept.

        Who asks first need not make an entry that is thrown away.
        """
        return self._late_room < 1 and self._is_full(until_ns)

    def _is_full(self, until_ns: int | None) -> bool:
        depth = self._queue.qsize()
        if depth >= self._limit or until_ns is None or depth <= _FEW:
            return depth >= self._limit
        part = _WAIT_STANDING if self._stands else _WAIT_MOST
        return self.expected_ns() > part * (until_ns - time.monotonic_ns())

    def put_fact(self, entry: Entry) -> None:
        """Queue an entry whose sender can wait.

        Raises
        ------
        Overloaded
            If it has to.
        """
        if self._queue.qsize() >= self._facts_limit:
            raise Overloaded
        self._queue_up(entry, self._queue)

    def put_late(self, entry: Entry) -> None:
        """Queue an entry that :meth:`put` has turned away, so that it is kept.

        Raises
        ------
        Overloaded
            If there are too many of them; the caller must then refuse the call itself.
        """
        with self._counting:
            if self._late_room < 1:
                raise Overloaded
            self._late_room -= 1
        self._queue_up(entry, self._line_of_late())

    def put_record(self, entry: Entry) -> None:
        """Queue the record of an answer that was given; there are no more than entries let in."""
        self._line_of_late().put(entry)

    def _line_of_late(self) -> queue.SimpleQueue[Entry]:
        """Where what nobody waits for is put: behind the others, but in its own order."""
        calm = self._queue.qsize() <= _FEW and self._late.empty()
        return self._queue if calm else self._late

    def _queue_up(self, entry: Entry, line: queue.SimpleQueue[Entry]) -> None:
        if len(entry.raw) > LARGE:
            self._count_large(len(entry.raw))
        line.put(entry)

    def take(self, most: int, wait_s: float) -> list[Entry]:
        """Take up to ``most`` entries, waiting up to ``wait_s`` seconds for the first.

        The wait releases the interpreter lock; the rest is taken without waiting. Who takes again
        has dealt with what it took before.
        """
        if not self._late.empty():
            wait_s = 0.0
        all_read = True
        if self.attend is not None:
            all_read = self.attend(self.depth, wait_s)
            wait_s = 0.0
        if self._working >= _FEW:
            self._note_batch()
        if self._each_ns:
            most = min(most, max(_FEW, int(_CYCLE_NS / self._each_ns)))
        entries: list[Entry] = []
        with suppress(queue.Empty):
            entries.append(self._queue.get(wait_s > 0, wait_s or None))
        _move(self._queue, entries, most - (0 if self._late.empty() else most // _LATE_PART))
        _move(self._late, entries, most)
        if self._large:
            self._count_large(-sum(len(one.raw) for one in entries if len(one.raw) > LARGE))
        self._working, self._taken_ns = len(entries), time.monotonic_ns()
        self._note_queue(self._taken_ns, calm=all_read and not self.depth())
        return entries

    def _note_queue(self, now_ns: int, *, calm: bool) -> None:
        """Note whether whoever comes now is decided with the next batch."""
        if calm:
            self._calm_ns = now_ns
        else:
            self._crowded_ns = now_ns
        if abs(self._calm_ns - self._crowded_ns) > _STANDING_NS:
            self._stands = not calm
        if calm and not self._stands:
            self._late_room = self._late_limit

    def _note_batch(self) -> None:
        """Note how long a large batch took until the next one.

        What came meanwhile had to be read in that time.
        """
        self._batches_ns = _MEMORY * self._batches_ns + time.monotonic_ns() - self._taken_ns
        self._batches_entries = _MEMORY * self._batches_entries + self._working
        self._each_ns = self._batches_ns / self._batches_entries

    def _count_large(self, size: int) -> None:
        with self._counting:
            if size > 0 and self._large + size > LARGE_MOST:
                raise Overloaded
            self._large += size


def _move(line: queue.SimpleQueue[Entry], entries: list[Entry], most: int) -> None:
    """Take entries from a line without waiting until there are ``most``; only one thread does."""
    while len(entries) < most and not line.empty():
        entries.append(line.get_nowait())
