"""Gates that ask: logs in which a subject's evidence waits, and clients that present subjects."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import grpc

from benchmarks import mix
from benchmarks.installation import Installation
from haechi.configs.port import Port
from haechi.engine.codes import Stage
from haechi.rpc import wire
from haechi.rpc.decide import DECIDE
from haechi.rpc.roles import Role
from haechi.rpc.v1 import decision_service_pb2, event_pb2
from haechi.rpc.v1.decision_pb2 import GateAnswer
from haechi.rpc.v1.vocabulary_pb2 import Verdict
from haechi.streams.log.segment import ORDINAL_BITS, PAGE_BYTES
from haechi.streams.simulator import Frame

TIMEOUT_S: Final = 5.0
_AFTER: Final = frozenset({"gate_action", "exit_seen"})
_BUDGET_MS: Final = 10_000
_ASKED_AT: Final = frozenset({Stage.EXIT, Stage.SORTER})
_FRAME_BYTES: Final = PAGE_BYTES + 24
"""A page of SQLite's write-ahead log with its header."""


def prepare(installation: Installation, seed: int, questions: int) -> list[bytes]:
    """Make a log that knows everything about its subjects but that they stand at a gate now.

    Parameters
    ----------
    installation
        Where; its log is made.
    seed
        Seed of the subjects.
    questions
        How many requests to prepare at least.

    Returns
    -------
    ``DecideRequest`` messages of travelers at an exit and parcels at a sorter, one a subject.
    """
    gates = Port.load().gates
    asked: list[bytes] = []

    def told() -> Iterator[Frame]:
        for frame in mix.frames(seed, subjects=int(questions * 1.1) + 50):
            if frame.channel == "decide":
                event = event_pb2.Event.FromString(frame.raw)
                if gates[event.gate_event.gate].stage in _ASKED_AT:
                    # A call that stalls is to be timed, not ended by its own deadline.
                    event.gate_event.budget_ms = _BUDGET_MS
                    raw = event.SerializeToString()
                    asked.append(wire.request(raw))
                    continue
            if frame.kind not in _AFTER:
                yield frame

    mix.make_log(installation, told(), int(questions * mix.EVENTS_A_SUBJECT * 0.6))
    if len(asked) < questions:
        raise RuntimeError(f"{len(asked)} questions came, {questions} are needed")
    return asked[:questions]


class Gate:
    """A client of one engine, one call in flight.

    Parameters
    ----------
    installation
        Whose tokens it has.
    port
        Where the engine serves.
    asked
        What it asks, by number.
    """

    def __init__(self, installation: Installation, port: int, asked: list[bytes]) -> None:
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._decide: Any = self._channel.unary_unary(DECIDE)
        self._metadata = installation.token(Role.GATE)
        self._asked = asked

    def __call__(self, number: int) -> bytes:
        """Ask."""
        answer: bytes = self._decide(
            self._asked[number], timeout=TIMEOUT_S, metadata=self._metadata
        )
        return answer

    def close(self) -> None:
        """Let go of the connection."""
        self._channel.close()


def check_answers(answers: list[bytes], installation: Installation) -> dict[str, int]:
    """Check that answers are the core's, and those on record; count the verdicts.

    Raises
    ------
    RuntimeError
        If one is not on record.
    """
    told = [decision_service_pb2.DecideResponse.FromString(raw).answer for raw in answers]
    check_on_record(told, installation)
    verdicts = Counter(Verdict.Name(one.verdict).removeprefix("VERDICT_") for one in told)
    return dict(verdicts.most_common())


def check_on_record(answers: Iterable[GateAnswer], installation: Installation) -> None:
    """Check that answers are the core's, and those on record.

    Raises
    ------
    RuntimeError
        If one is not on record.
    """
    reader = installation.reader()
    for answer in answers:
        position = (answer.position.offset << ORDINAL_BITS) + answer.position.ordinal
        body = reader.decision_at(position)
        if body is None or body[:16] != bytes.fromhex(answer.decision_id):
            raise RuntimeError(f"an answer is not on record, so nothing was timed: {answer}")
    reader.close()


def commit_bytes(installation: Installation, gate: Gate, numbers: range) -> int:
    """Bytes that the commit of one answer appends to the write-ahead log, typically."""
    index = next(installation.places.log.glob("segment-*-shm"))
    grown = []
    for number in numbers:
        before = _frames(index)
        gate(number)
        grown.append(_frames(index) - before)
    # A checkpoint in between starts the log anew, and makes the difference negative.
    return sorted(one for one in grown if one > 0)[len(grown) // 2] * _FRAME_BYTES


def _frames(index: Path) -> int:
    """Frames in the write-ahead log, by its index's header."""
    return int.from_bytes(index.read_bytes()[16:20], "little")


class Append:
    """Appends to a file and waits for the disk: the floor of durability.

    Parameters
    ----------
    path
        The file, on the filesystem of the log.
    size
        Bytes each time.
    """

    def __init__(self, path: Path, size: int) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._bytes = os.urandom(size)

    def __call__(self, _: int) -> None:
        """Append."""
        os.write(self._file, self._bytes)
        os.fdatasync(self._file)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
