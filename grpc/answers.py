"""From an outcome to the answer that a gate waits for."""

from __future__ import annotations

import time
from typing import Final

from haechi.operators.intake import Decoded, Outcome, Refusal
from haechi.rpc import provisional, wire
from haechi.rpc.entrance import budget_ms
from haechi.rpc.placement import Elsewhere
from haechi.rpc.render import place_of
from haechi.rpc.settings import ServerSettings
from haechi.rpc.v1 import decision_pb2

_AT_ANSWERS: Final = place_of("answers_hi")

OVERLOADED: Final = Refusal(
    "OVERLOADED", "the intake is full; answer REFER at the gate and report it when this clears"
)


def answering(outcome: Outcome, decoded: Decoded) -> bytes | None:
    """Find the decision that answers a gate event; the others revise other cases.

    Parameters
    ----------
    outcome
        What became of the gate event.
    decoded
        The gate event; its first record begins with its id, as a decision's ``answers`` holds it.
    """
    asked = decoded.records[:16]
    for body in outcome.decisions:
        if body[_AT_ANSWERS : _AT_ANSWERS + 16] == asked:
            return body
    return None


def deadline_ns(decoded: Decoded | None, settings: ServerSettings, received_ns: int) -> int:
    """Tell until when a gate event, or a refused one, must be answered; from its arrival."""
    asked_ms = (budget_ms(decoded) if decoded else 0) or settings.budget_ms_default
    return received_ns + min(asked_ms, settings.budget_ms_max) * 1_000_000


def seconds_until(moment_ns: int) -> float:
    """Seconds until a moment of the monotonic clock; not below 0."""
    return max(0.0, (moment_ns - time.monotonic_ns()) / 1e9)


def provisional_response(told: provisional.Outside) -> bytes:
    """Write a ``DecideResponse`` around a provisional answer."""
    return wire.response(provisional.provisional_answer(told))


def overloaded_response() -> bytes:
    """Give the ``DecideResponse`` to an event for which there is no room at all."""
    return _OVERLOADED_RESPONSE


def refused_response(why: Refusal) -> bytes:
    """Write a ``DecideResponse`` to an event that was refused: REFER, and why, or where to go."""
    refusal = refusal_message(why).SerializeToString()
    redirect = why.redirect().SerializeToString() if isinstance(why, Elsewhere) else b""
    return wire.response(provisional.refused_answer(), refusal, redirect)


def refusal_message(why: Refusal) -> decision_pb2.Refusal:
    """Render a refusal; what follows the first semicolon of its message is the remedy."""
    reason, _, remedy = why.message.partition("; ")
    return decision_pb2.Refusal(code=why.code, reason=reason, remedy=remedy)


_OVERLOADED_RESPONSE: Final = refused_response(OVERLOADED)
