"""Watch and AcknowledgeWatch: what is decided is pushed, at least once, and taken.

A watcher tails the log from its cursor, so a slow or reconnecting one needs nothing from the
writer, and misses nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Final

import grpc
from google.protobuf.message import DecodeError

from haechi.engine.codes import DecisionKind
from haechi.engine.errors import BadInput
from haechi.operators.intake import Entry, Outcome, Overloaded, Refusal, ReplySlot
from haechi.rpc.answers import seconds_until
from haechi.rpc.callers import Caller, Callers
from haechi.rpc.gate_answers import gate_answer
from haechi.rpc.names import Names
from haechi.rpc.pipeline import Seats
from haechi.rpc.provisional import SOURCE, watch_acknowledged
from haechi.rpc.render import Origin, log_place, place_of
from haechi.rpc.roles import DECISIONS, Role
from haechi.rpc.served import CommittedPlace, ServedEngine
from haechi.rpc.statuses import refuse
from haechi.rpc.v1 import decision_service_pb2 as service_pb
from haechi.streams.log.segment import ORDINAL_BITS

WATCH: Final = f"/{DECISIONS}/Watch"
ACKNOWLEDGE: Final = f"/{DECISIONS}/AcknowledgeWatch"

READ_AT_ONCE: Final = 256
LOOK_EVERY_S: Final = 0.5
"""How often a watcher with nothing to send sees whether its client is still there."""

CURSOR_EVERY_S: Final = 5.0
"""How often a cursor is sent while nothing is for this watcher, so that it resumes near."""

COMMIT_WAIT_S: Final = 5.0
ACKNOWLEDGED_MAX: Final = 1024

EVERY_NEWS: Final = frozenset(
    {
        DecisionKind.STANDING,
        DecisionKind.REVISION,
        DecisionKind.ALERT,
        DecisionKind.FOLLOW_UP,
        DecisionKind.ESCALATION,
    }
)
"""Sent when no kinds are named: all but the answers that gates got already."""

_LAST_ORDINAL: Final = (1 << ORDINAL_BITS) - 1
_AT_SITE: Final = place_of("site")
_AT_GATE: Final = place_of("gate")
_AT_KIND: Final = place_of("kind")
_AT_STAMP: Final = place_of("stamp_us")
_AT_SUBJECT: Final = place_of("subject")


class WatchCalls:
    """The watching half of the decision service.

    Parameters
    ----------
    engine
        The engine.
    callers
        Tells who calls.
    names
        The port's names.
    seats
        Bounds the streams.
    """

    def __init__(self, engine: ServedEngine, callers: Callers, names: Names, seats: Seats) -> None:
        self._engine = engine
        self._callers = callers
        self._names = names
        self._seats = seats
        self._origin = Origin(engine.shard, engine.epoch, engine.first_offset)
        self._promoted = engine.standing_of_log
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Let every watcher end at its next look."""
        self._stopping.set()

    def watch(self, raw: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        """Push what is decided, from a cursor on."""
        caller = self._callers.of(context, WATCH)
        try:
            request = service_pb.WatchRequest.FromString(raw)
        except DecodeError:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "UNDECODABLE: send a WatchRequest")
        if request.HasField("resume_after") and request.resume_after.shard != self._origin.shard:
            context.abort(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"WRONG_SHARD: the cursor is of shard {request.resume_after.shard}, this is "
                f"shard {self._origin.shard}; watch each shard with its own cursor",
            )
        self._check_gate(request, caller, context)
        self._seats.take(context)
        return self._tail(request, caller, context)

    def acknowledge(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Write into the log who took what was pushed."""
        caller = self._callers.of(context, ACKNOWLEDGE)
        try:
            request = service_pb.AcknowledgeWatchRequest.FromString(raw)
        except DecodeError:
            context.abort(
                grpc.StatusCode.INVALID_ARGUMENT, "UNDECODABLE: send an AcknowledgeWatchRequest"
            )
        if len(request.decision_ids) > ACKNOWLEDGED_MAX:
            context.abort(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"TOO_MANY: {len(request.decision_ids)} decisions, at most {ACKNOWLEDGED_MAX} "
                "are taken; send more calls",
            )
        unknown: list[str] = []
        slots: list[ReplySlot] = []
        reader = self._engine.open_reader()
        try:
            for named in request.decision_ids:
                id16 = _id16(named)
                body = reader.decision(id16) if id16 else None
                # Another gate's decision is as unknown to this caller as none.
                if body is None or not self._concerns(body, caller):
                    unknown.append(named)
                else:
                    slots.append(self._put(body, named, caller, request.gate, context))
        finally:
            reader.close()
        offset = self._committed(slots, context)
        response = service_pb.AcknowledgeWatchResponse(unknown_decision_ids=unknown)
        if offset is not None:
            response.position.CopyFrom(self._origin.position(offset, 0))
        return response.SerializeToString()

    def _tail(
        self,
        request: service_pb.WatchRequest,
        caller: Caller,
        context: grpc.ServicerContext,
    ) -> Iterator[bytes]:
        kinds = frozenset(int(kind) for kind in request.kinds) or EVERY_NEWS
        hub = self._engine.hub
        reader = self._engine.open_reader()
        try:
            seen = hub.version
            if request.HasField("resume_after"):
                resumed = request.resume_after
                parted = self._promoted
                if 0 < resumed.epoch < parted.epoch and resumed.offset >= parted.offset:
                    # It saw what is in no log any more, and has not seen what stands there now.
                    at = (parted.offset - 1, _LAST_ORDINAL)
                else:
                    self._check_reached(resumed.offset, reader.head(), context)
                    at = (resumed.offset, min(resumed.ordinal, _LAST_ORDINAL))
            else:
                head = reader.head()
                at = (head.offset if head is not None else -1, _LAST_ORDINAL)
            # The first message tells that the watch stands, and from where.
            yield self._cursor(at)
            told, told_s = at, time.monotonic()
            while context.is_active() and not self._stopping.is_set():
                bodies = reader.decisions_after(*at, READ_AT_ONCE)
                more = len(bodies) == READ_AT_ONCE
                for body in bodies:
                    if log_place(body)[0] > hub.bound:
                        more = False
                        break
                    at = log_place(body)
                    if self._wanted(body, request, kinds, caller):
                        yield self._pushed(body, at, caller)
                        told, told_s = at, time.monotonic()
                if at != told and time.monotonic() - told_s >= CURSOR_EVERY_S:
                    yield self._cursor(at)
                    told, told_s = at, time.monotonic()
                if not more:
                    seen = hub.wait(seen, LOOK_EVERY_S)
        finally:
            reader.close()

    def _check_reached(
        self, offset: int, head: CommittedPlace | None, context: grpc.ServicerContext
    ) -> None:
        """Refuse a cursor that this log never gave: whoever waits there would hear nothing."""
        last = head.offset if head is not None else 0
        if offset > last:
            context.abort(
                grpc.StatusCode.OUT_OF_RANGE,
                f"the cursor is at {offset}, the log ends at {last}: it is another log's; begin "
                "anew, with a cursor at 0 for all or with none for what comes",
            )

    def _check_gate(
        self, request: service_pb.WatchRequest, caller: Caller, context: grpc.ServicerContext
    ) -> None:
        known = {gate.name: gate for gate in self._names.gates}
        if request.gate and (
            request.gate not in known or not caller.has(known[request.gate].token)
        ):
            context.abort(
                grpc.StatusCode.PERMISSION_DENIED,
                f"gate {request.gate} is unknown or outside the scope of {caller.name} "
                f"({', '.join(caller.principal.scope) or 'nothing'})",
            )

    def _wanted(
        self,
        body: bytes,
        request: service_pb.WatchRequest,
        kinds: frozenset[int],
        caller: Caller,
    ) -> bool:
        if body[_AT_KIND] not in kinds or not self._concerns(body, caller):
            return False
        if request.site and self._names.site(_token(body, _AT_SITE)) != request.site:
            return False
        if not request.gate or _site_wide(body):
            return True
        return self._names.gate(_token(body, _AT_GATE)) == request.gate

    def _concerns(self, body: bytes, caller: Caller) -> bool:
        if _site_wide(body):
            return caller.has_site(_token(body, _AT_SITE))
        return caller.has(_token(body, _AT_GATE))

    def _pushed(self, body: bytes, at: tuple[int, int], caller: Caller) -> bytes:
        response = service_pb.WatchResponse(
            cursor=self._origin.position(*at),
            site=self._names.site(_token(body, _AT_SITE)),
            gate=self._names.gate(_token(body, _AT_GATE)),
        )
        if caller.role is Role.FACES:
            response.subject_token = f"{_token(body, _AT_SUBJECT):016x}"
            response.decided_us = _token(body, _AT_STAMP)
        response.answer.MergeFromString(gate_answer(body, self._origin))
        return response.SerializeToString()

    def _cursor(self, at: tuple[int, int]) -> bytes:
        return service_pb.WatchResponse(cursor=self._origin.position(*at)).SerializeToString()

    def _put(
        self, body: bytes, named: str, caller: Caller, gate: str, context: grpc.ServicerContext
    ) -> ReplySlot:
        raw = watch_acknowledged(named, caller.name, gate, self._names.site(_token(body, _AT_SITE)))
        slot = ReplySlot()
        try:
            decoded = self._engine.decoder.decode(raw)
            self._engine.intake.put(Entry(raw, SOURCE, decoded, None, slot))
        except BadInput as error:
            refuse(context, Refusal(error.code, str(error)))
        except Overloaded:
            context.abort(
                grpc.StatusCode.RESOURCE_EXHAUSTED, "the intake is full; acknowledge again"
            )
        return slot

    def _committed(self, slots: list[ReplySlot], context: grpc.ServicerContext) -> int | None:
        deadline_ns = time.monotonic_ns() + int(COMMIT_WAIT_S * 1e9)
        offset = None
        for slot in slots:
            outcome: Outcome | None = slot.wait(seconds_until(deadline_ns))
            if outcome is None:
                context.abort(
                    grpc.StatusCode.UNAVAILABLE,
                    f"not in the log after {COMMIT_WAIT_S:g} s; acknowledge again",
                )
            if outcome.refusal is not None:
                refuse(context, outcome.refusal)
            offset = outcome.offset
        return offset


def _site_wide(body: bytes) -> bool:
    """Whether every gate of the site is concerned: no gate has asked yet, or it is a warning."""
    return body[_AT_KIND] == DecisionKind.ALERT or not _token(body, _AT_GATE)


def _token(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + 8], "little")


def _id16(named: str) -> bytes:
    try:
        id16 = bytes.fromhex(named)
    except ValueError:
        return b""
    return id16 if len(id16) == 16 else b""
