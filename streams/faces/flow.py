"""The face service as a dataflow: what cameras and the engine say -> hall -> matches.

The source blocks while nothing comes, as the engine's does, and for the same reason: a face is
answered at once, and an idle service costs nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.inputs import DynamicSource, StatelessSourcePartition
from bytewax.operators import StatefulBatchLogic
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main

from haechi.engine.errors import BadInput
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.faces.hall import Hall
from haechi.streams.faces.inbox import Answer, Asked, Inbox

Send = Callable[[Event], None]
"""Hands an event to the engine, now or as soon as there is one."""

_KEY: Final = "hall"
"""One key: one writer, and faces in the order of their coming."""

_EXPIRE_EVERY_S: Final = 1.0
_AT_ONCE: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Made:
    """A change that was made, or refused."""

    answer: Answer
    told: Any = None
    error: Exception | None = None
    events: Sequence[Event] = ()


class _Taking(StatelessSourcePartition[tuple[str, list[Asked]]]):
    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def next_batch(self) -> Iterable[tuple[str, list[Asked]]]:
        asked = self._inbox.take()
        if not asked and self._inbox.closed:
            raise StopIteration
        # Nothing asked is time that passes.
        return [(_KEY, asked)]

    def next_awake(self) -> datetime | None:
        return _AT_ONCE


class InboxSource(DynamicSource[tuple[str, list[Asked]]]):
    """Reads the inbox in one worker."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Taking:
        """One partition."""
        assert worker_count == 1, "the hall has one writer"
        return _Taking(self._inbox)


class HallLogic(StatefulBatchLogic[list[Asked], Made, None]):
    """Makes the changes, in order.

    Parameters
    ----------
    hall
        The state.
    """

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._expired_s = 0.0

    def on_batch(self, values: list[list[Asked]]) -> tuple[Iterable[Made], bool]:
        """Make what was asked, and forget what has expired."""
        made = [self._make(asked) for batch in values for asked in batch]
        # Not by the wall clock, which may be set back.
        now_s = time.monotonic()
        if now_s - self._expired_s >= _EXPIRE_EVERY_S:
            self._expired_s = now_s
            self._hall.pass_time(time.time_ns() // 1000)
        return made, False

    def _make(self, asked: Asked) -> Made:
        try:
            told, events = asked.change(self._hall, time.time_ns() // 1000)
        except BadInput as error:
            return Made(asked.answer, error=error)
        return Made(asked.answer, told, None, events)

    def on_notify(self) -> tuple[Iterable[Made], bool]:
        """Never called."""
        return (), False

    def on_eof(self) -> tuple[Iterable[Made], bool]:
        """Nothing is left over."""
        return (), False

    def snapshot(self) -> Any:
        """Nothing: the vault keeps what may be kept."""
        return None


class _Telling(StatelessSinkPartition[Made]):
    def __init__(self, send: Send) -> None:
        self._send = send

    def write_batch(self, items: list[Made]) -> None:
        for made in items:
            # The engine first: a gate may wait for it.
            for event in made.events:
                self._send(event)
            made.answer.settle(made.told, made.error)


class TellingSink(DynamicSink[Made]):
    """Tells the engine, and whoever asked."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Telling:
        """One partition."""
        return _Telling(self._send)


def build_flow(inbox: Inbox, hall: Hall, send: Send) -> Dataflow:
    """Wire the face service.

    Parameters
    ----------
    inbox
        What is asked.
    hall
        The state.
    send
        Hands matches to the engine.
    """
    flow = Dataflow("faces")
    asked = op.input("inbox", flow, InboxSource(inbox))
    made = op.stateful_batch("hall", asked, lambda _: HallLogic(hall))
    op.output("tell", op.map("told", made, lambda item: item[1]), TellingSink(send))
    return flow


class FaceFlow:
    """Runs the dataflow on a thread of its own.

    Parameters
    ----------
    hall
        The state; nothing else may touch it from now on.
    send
        Hands matches to the engine.

    Attributes
    ----------
    inbox
        Where changes are asked for.
    failure
        What the flow died of, if it did.
    """

    def __init__(self, hall: Hall, send: Send) -> None:
        self.inbox: Final = Inbox()
        self.failure: BaseException | None = None
        self._hall = hall
        self._send = send
        self._thread = threading.Thread(target=self._run, name="faces", daemon=True)
        self._thread.start()

    def healthy(self) -> bool:
        """Whether faces are compared."""
        return self._thread.is_alive() and self.failure is None

    def stop(self, timeout_s: float = 5.0) -> None:
        """Do what was asked, then end."""
        self.inbox.close()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            run_main(build_flow(self.inbox, self._hall, self._send))  # type: ignore[no-untyped-call]
        except BaseException as error:
            self.failure = error
            raise
        finally:
            self.inbox.close()
