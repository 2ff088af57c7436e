"""Hands the rows of a file to the engine, and accounts for each.

Events go over one stream, many in flight. An outcome waits until its declaration has been
decided, because it names that decision. If the stream breaks, what was not acknowledged is
handed in again; an event that was taken before has no second effect.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from haechi.engine.errors import ConfigError, Unavailable
from haechi.streams.adapters.kcs import Declaration, LaterOutcome, Row, RowRefused, RowRepeated

if TYPE_CHECKING:
    from haechi.rpc.client import HaechiClient
    from haechi.rpc.v1.event_pb2 import Event
    from haechi.rpc.v1.ingest_service_pb2 import PublishResponse

BACK_S: Final = 120.0
"""How long a feed waits for an engine that went away."""

_LOOK_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that changed nothing; it is kept among the dead letters."""

    line: int
    reason: str


@dataclass(slots=True)
class Account:
    """What became of the rows of one file.

    Parameters
    ----------
    decided
        Rows that were decided now.
    known
        Rows that had been decided by an earlier feed.
    undecided
        Rows that were taken and made no decision.
    repeated
        Rows that say again what an earlier line says.
    refused
        Rows that were refused.
    outcomes, outcomes_known
        Outcomes that were taken, and those that an earlier feed had brought.
    outcomes_refused
        Outcomes that were refused, by line of their row.
    outcomes_withheld
        Outcomes that were not sent, because their row was refused.
    decisions
        Ids of the rows' decisions.
    first_offset, last_offset
        Where in the log the rows are.
    """

    decided: int = 0
    known: int = 0
    undecided: int = 0
    repeated: int = 0
    refused: list[Refused] = field(default_factory=list)
    outcomes: int = 0
    outcomes_known: int = 0
    outcomes_refused: list[Refused] = field(default_factory=list)
    outcomes_withheld: int = 0
    decisions: list[str] = field(default_factory=list)
    first_offset: int = 1 << 62
    last_offset: int = -1

    @property
    def rows(self) -> int:
        """Rows accounted for."""
        return self.decided + self.known + self.undecided + self.repeated + len(self.refused)


class Feeder:
    """Feeds one file.

    Parameters
    ----------
    client
        A client with a feeder's token.
    items
        Rows and later outcomes, in their order.
    on_progress
        Called with the number of rows accounted for.
    """

    def __init__(
        self,
        client: HaechiClient,
        items: Iterator[Row | LaterOutcome],
        on_progress: Callable[[int], None],
    ) -> None:
        self.account: Final = Account()
        self._client = client
        self._items = items
        self._on_progress = on_progress
        self._changed = threading.Condition()
        self._held: Row | LaterOutcome | None = None
        self._over = False
        self._stream = 0
        self._waiting: dict[int, Row | LaterOutcome] = {}
        self._next_number = 0
        self._decision_of: dict[int, str] = {}
        self._failure: Exception | None = None

    def run(self) -> Account:
        """Feed everything.

        Raises
        ------
        Unavailable
            If the engine went away and did not come back.
        ConfigError
            If the token is not good for this.
        BadInput
            If the file cannot be read on.
        """
        import grpc

        from haechi.rpc.client import NOT_OURS
        from haechi.rpc.watching import failure

        while True:
            order: list[int] = []
            with self._changed:
                self._stream += 1
            try:
                for told in self._client.publish(self._requests(self._stream, order)):
                    self._settle(order[told.index], told)
            except grpc.RpcError as error:
                status, details = failure(error)
                if status in NOT_OURS:
                    raise ConfigError(f"the engine refused the token: {details}") from None
            finally:
                with self._changed:
                    # Whatever thread still reads for the old stream must not go on.
                    self._stream += 1
                    self._changed.notify_all()
            if self._failure is not None:
                raise self._failure
            if self._over and not self._waiting:
                return self.account
            self._await_engine()

    def _requests(self, stream: int, order: list[int]) -> Iterator[Event | bytes]:
        """Events of one stream: first what is open, then what is new. In gRPC's own thread."""
        with self._changed:
            again = list(self._waiting.items())
        for number, item in again:
            order.append(number)
            yield self._event(item)
        try:
            while (taken := self._take(stream)) is not None:
                number, item = taken
                order.append(number)
                yield self._event(item)
        except Exception as error:
            # gRPC would turn it into a broken stream and lose what it says.
            self._failure = error

    def _take(self, stream: int) -> tuple[int, Row | LaterOutcome] | None:
        """Take the next thing to send, once it can be sent; None at the end."""
        with self._changed:
            while stream == self._stream:
                if self._held is None:
                    self._held = next(self._items, None)
                item = self._held
                if item is None:
                    self._over = True
                    return None
                if isinstance(item, RowRepeated):
                    self.account.repeated += 1
                    self._held = None
                    continue
                if isinstance(item, LaterOutcome):
                    decision = self._decision_of.get(item.row)
                    if decision is None:
                        self._changed.wait(_LOOK_S)
                        continue
                    if decision == "refused":
                        self.account.outcomes_withheld += 1
                        self._held = None
                        continue
                self._held = None
                number = self._next_number
                self._next_number += 1
                self._waiting[number] = item
                return number, item
        return None

    def _event(self, item: Row | LaterOutcome) -> Event | bytes:
        if isinstance(item, LaterOutcome):
            decision = self._decision_of[item.row]
            return item.naming(decision) if decision else item.event
        if isinstance(item, RowRefused):
            # No event, and it need not be one: the engine keeps it among the dead letters.
            return item.raw
        assert isinstance(item, Declaration)
        return item.event

    def _settle(self, number: int, told: PublishResponse) -> None:
        if told.refusal.code == "UNAVAILABLE":
            return
        with self._changed:
            item = self._waiting.pop(number)
            if isinstance(item, LaterOutcome):
                self._settle_outcome(item, told)
            else:
                self._settle_row(item, told)
            self._changed.notify_all()
        self._on_progress(self.account.rows)

    def _settle_row(self, item: Row, told: Any) -> None:
        account = self.account
        if told.HasField("refusal") or isinstance(item, RowRefused):
            reason = f"{told.refusal.code}: {told.refusal.reason}"
            refused = isinstance(item, RowRefused)
            account.refused.append(Refused(item.row, str(item) if refused else reason))
            self._decision_of[item.row] = "refused"
            return
        ids = list(told.accepted.decision_ids)
        self._decision_of[item.row] = ids[0] if ids else ""
        account.decisions += ids[:1]
        account.first_offset = min(account.first_offset, told.accepted.position.offset)
        account.last_offset = max(account.last_offset, told.accepted.position.offset)
        if not ids:
            account.undecided += 1
        elif told.accepted.duplicate:
            account.known += 1
        else:
            account.decided += 1

    def _settle_outcome(self, item: LaterOutcome, told: Any) -> None:
        if told.HasField("refusal"):
            reason = f"{told.refusal.code}: {told.refusal.reason}"
            self.account.outcomes_refused.append(Refused(item.row, reason))
        elif told.accepted.duplicate:
            self.account.outcomes_known += 1
        else:
            self.account.outcomes += 1

    def _await_engine(self) -> None:
        until = time.monotonic() + BACK_S
        while not self._client.healthy():
            if time.monotonic() > until:
                raise Unavailable(
                    f"the engine went away and did not come back within {BACK_S:g} s, after "
                    f"{self.account.rows} rows: start it and feed the file again; what was taken "
                    "has no second effect"
                )
            time.sleep(_LOOK_S)
