"""Where bytes become entries for the writer: decoded, checked against the caller, or refused.

What is refused is an entry too: it goes through the intake to the dead letters, so that it can
be put in again after a fix.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any, Final

from google.protobuf.message import DecodeError

from haechi.engine.codes import EventKind
from haechi.engine.errors import BadInput
from haechi.engine.records import EVENT
from haechi.operators.intake import Completion, Decoded, Entry, Refusal
from haechi.rpc.callers import Caller
from haechi.rpc.placement import HERE, Placement
from haechi.rpc.roles import EVENTS, Role, may_send
from haechi.rpc.served import EventDecoder
from haechi.rpc.statuses import FORBIDDEN
from haechi.rpc.v1 import event_pb2

EVENT_BYTES_MAX: Final = 1 << 20
"""No event of the contract comes near; what is larger is refused before it is read."""

UNDECODABLE: Final = Refusal(
    "UNDECODABLE", "the request's bytes are no message of this method; send a haechi.v1 request"
)

_EVENT_FIELDS: Final[Mapping[str, tuple[Any, ...]]] = EVENT.fields or {}
_SCOPED: Final = struct.Struct("<3Q")
_AT_SCOPED: Final = int(_EVENT_FIELDS["site"][1])
_AT_BUDGET: Final = int(_EVENT_FIELDS["budget_ms"][1])
_AT_STAGE: Final = int(_EVENT_FIELDS["stage"][1])
assert int(_EVENT_FIELDS["gate"][1]) == _AT_SCOPED + 8
assert int(_EVENT_FIELDS["device"][1]) == _AT_SCOPED + 16

_SIGNED_BY_OFFICERS: Final = frozenset({EventKind.OFFICER_ACTION, EventKind.INSPECTION_OUTCOME})


class Entrance:
    """Makes entries.

    Parameters
    ----------
    decoder
        The engine's decoder.
    placement
        The shard's place among all.
    """

    __slots__ = ("_decode", "_elsewhere", "_screen")

    def __init__(self, decoder: EventDecoder, placement: Placement = HERE) -> None:
        self._elsewhere = placement.elsewhere
        self._decode = decoder.decode
        self._screen = decoder.screen

    def entry(
        self,
        raw: bytes,
        caller: Caller,
        completion: Completion | None,
        received_ns: int,
        *,
        asks: bool,
    ) -> Entry:
        """Make an entry of one event's bytes; it carries a refusal if they are none.

        Where the refusal is ``Elsewhere``, the event is another shard's and no entry for this
        one's intake.

        Parameters
        ----------
        raw
            A serialised ``haechi.v1.Event``.
        caller
            Who sent it.
        completion
            Who waits for the outcome.
        received_ns
            When it came, monotonic nanoseconds.
        asks
            True where a gate asks (only a gate event is right), False where facts are handed in
            (anything but a gate event is).
        """
        try:
            if len(raw) > EVENT_BYTES_MAX:
                raise BadInput(
                    "TOO_LARGE",
                    f"event has {len(raw)} bytes, at most {EVENT_BYTES_MAX} are taken; "
                    "send images by reference",
                )
            decoded = self._decode(raw)
            check(decoded, caller, asks=asks)
            if (elsewhere := self._elsewhere(raw)) is not None:
                return refused(raw, caller, elsewhere, completion, received_ns)
            if decoded.kind in _SIGNED_BY_OFFICERS and caller.role is Role.OFFICER:
                raw = signed_by(raw, caller.name)
                decoded = self._decode(raw)
            decoded = self._screen(decoded, raw)
        except BadInput as error:
            return refused(raw, caller, Refusal(error.code, str(error)), completion, received_ns)
        return Entry(raw, caller.name, decoded, None, completion, received_ns)


def refused(
    raw: bytes, caller: Caller, why: Refusal, completion: Completion | None, received_ns: int
) -> Entry:
    """Make an entry that only becomes a dead letter."""
    return Entry(raw, caller.name, None, why, completion, received_ns)


def check(decoded: Decoded, caller: Caller, *, asks: bool) -> None:
    """Refuse an event that this caller may not send, or not here.

    Raises
    ------
    BadInput
        ``WRONG_METHOD`` or ``FORBIDDEN``.
    """
    kind = decoded.kind
    if asks is not (kind is EventKind.GATE_EVENT):
        right = "a gate event" if asks else "Decide for a gate event"
        raise BadInput("WRONG_METHOD", f"{kind.name} was sent here; send {right} instead")
    if not may_send(caller.role, kind, historical=decoded.historical):
        allowed = ", ".join(sorted(k.name for k in EVENTS[caller.role])) or "nothing"
        raise BadInput(
            FORBIDDEN,
            f"{caller.name} has role {caller.role} and may not send {kind.name}"
            f"{'' if decoded.historical else ' that is not historical'}; it may send: {allowed}",
        )
    if caller.places is None:
        return
    _, gate, device = _SCOPED.unpack_from(decoded.records, _AT_SCOPED)
    if gate not in caller.places and device not in caller.places:
        raise BadInput(
            FORBIDDEN,
            f"{caller.name} sent {kind.name} for a place outside its scope "
            f"({', '.join(caller.principal.scope) or 'nothing'}); use that place's own token",
        )


def budget_ms(decoded: Decoded) -> int:
    """Budget that a gate event asks for, milliseconds; 0 if it leaves that to us."""
    (asked,) = struct.unpack_from("<I", decoded.records, _AT_BUDGET)
    return int(asked)


def stage_of(decoded: Decoded) -> int:
    """Stage of a gate event."""
    return decoded.records[_AT_STAGE]


def signed_by(raw: bytes, officer: str) -> bytes:
    """Write the officer from the credentials over whatever the sender wrote.

    A second approver is not taken from a message either: that person signs on their own.
    """
    event = event_pb2.Event()
    try:
        event.ParseFromString(raw)
    except DecodeError:
        raise BadInput(UNDECODABLE.code, UNDECODABLE.message) from None
    if event.WhichOneof("kind") == "officer_action":
        event.officer_action.officer = officer
        event.officer_action.second_approver = ""
    else:
        event.inspection_outcome.officer = officer
    return event.SerializeToString(deterministic=True)
