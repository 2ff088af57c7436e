"""The ways to ask an engine, and the empty call beside them; and whether answers are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks import bare_server
from benchmarks.arrivals import Schedule
from benchmarks.open_loop import Plan, Run
from haechi.rpc.decide import DECIDE
from haechi.rpc.decide_batch import BATCH
from haechi.rpc.decide_stream import STREAM
from haechi.rpc.v1 import decision_service_pb2 as service_pb
from haechi.rpc.v1 import vocabulary_pb2 as words

BATCH_SIZE: Final = 128

_OUTSIDE: Final = (words.CODE_CLASS_DEADLINE, words.CODE_CLASS_OVERLOAD)
_NO_ROOM: Final = ("OVERLOADED", "UNAVAILABLE")


@dataclass(frozen=True, slots=True)
class Way:
    """A way to ask.

    Parameters
    ----------
    name
        What it is called.
    path
        Its method.
    each
        Questions in a message.
    streaming
        Whether the questions of a connection share one call.
    """

    name: str
    path: str
    each: int = 1
    streaming: bool = False


EMPTY: Final = Way("empty", bare_server.EMPTY)
UNARY: Final = Way("unary", DECIDE)
STREAMED: Final = Way("stream", STREAM, streaming=True)
BATCHED: Final = Way("batch", BATCH, each=BATCH_SIZE)
WAYS: Final = {way.name: way for way in (EMPTY, UNARY, STREAMED, BATCHED)}


@dataclass(frozen=True, slots=True)
class Target:
    """A server that is asked in one way.

    Parameters
    ----------
    way
        How.
    port
        Where it listens on loopback.
    metadata
        What each call carries.
    connections
        How many to make.
    """

    way: Way
    port: int
    metadata: tuple[tuple[str, str], ...] = ()
    connections: int = 4

    def plan(self, due_ns: Schedule, asked: Sequence[bytes]) -> Plan:
        """Plan to ask; of each message, ``way.each`` questions."""
        each = self.way.each
        messages = (
            asked
            if each == 1
            else [b"".join(asked[at : at + each]) for at in range(0, len(asked), each)]
        )
        return Plan(
            self.port, self.way.path, due_ns, messages, self.metadata, self.way.streaming,
            self.connections,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """What gates were told, one an asked question, each of shape (n,).

    Parameters
    ----------
    accepted
        Whether the core decided it, on record.
    shed
        Whether it was answered outside the core, for the deadline had come or there was no room.
    verdicts
        The verdicts; 0 where there is no answer.
    """

    accepted: NDArray[np.bool_]
    shed: NDArray[np.bool_]
    verdicts: NDArray[np.int64]

    @property
    def wrong(self) -> int:
        """Questions that were refused, or had no answer at all."""
        return int((~self.accepted & ~self.shed).sum())


def read(way: Way, run: Run) -> Told:
    """Read the answers of a run."""
    rows: list[tuple[bool, bool, int]] = []
    for raw in run.answers:
        rows += [(False, False, 0)] * way.each if raw is None else map(_row, _answers(way, raw))
    accepted, shed, verdicts = np.array(rows, np.int64).reshape(-1, 3).T
    return Told(accepted.astype(bool), shed.astype(bool), verdicts)


def _answers(
    way: Way, raw: bytes
) -> Sequence[service_pb.DecideResponse | service_pb.DecideStreamResponse]:
    if way.each > 1:
        return service_pb.DecideBatchResponse.FromString(raw).responses
    if way.streaming:
        return [service_pb.DecideStreamResponse.FromString(raw)]
    return [service_pb.DecideResponse.FromString(raw)]


def _row(
    response: service_pb.DecideResponse | service_pb.DecideStreamResponse,
) -> tuple[bool, bool, int]:
    answer = response.answer
    placed = answer.HasField("position") and len(answer.decision_id) == 32
    outside = answer.code_class in _OUTSIDE or response.refusal.code in _NO_ROOM
    shed = not placed and answer.provisional and outside
    return placed, shed, answer.verdict
