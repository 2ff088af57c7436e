"""An answer made outside the core, because the core could not answer in time.

It has its own id, and once it was handed over, its delivery goes to the log, where the core
supersedes it with its own verdict. It is REFER, unless the lane's policy lets a fresh release stand
in, which is marked as degraded.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from typing import Any, Final, NamedTuple

from haechi.engine.codes import CodeClass
from haechi.operators.intake import Decoded, Entry
from haechi.rpc.entrance import stage_of
from haechi.rpc.served import ServedEngine
from haechi.rpc.v1 import decision_pb2, envelope_pb2, event_pb2, gate_pb2, journal_pb2

SOURCE: Final = "haechi.rpc"
SCHEMA_VERSION: Final = 1


def provisional_id(event_id: bytes) -> bytes:
    """Id of the provisional answer to a gate event, 16 bytes."""
    return hashlib.blake2b(event_id, digest_size=16, person=b"provisional").digest()


class Outside(NamedTuple):
    """What a gate is told outside the core.

    Parameters
    ----------
    decoded
        Its event.
    reason
        Why the core did not answer.
    valid_until_us
        Until when a fresh release that stands in may be used, microseconds since the epoch; 0 for a
        REFER.
    """

    decoded: Decoded
    reason: CodeClass
    valid_until_us: int = 0

    @property
    def released(self) -> bool:
        """Whether a fresh release stands in."""
        return self.valid_until_us != 0


def outside(engine: ServedEngine, decoded: Decoded, reason: CodeClass) -> Outside:
    """Say what a gate is told when the core cannot answer it."""
    now_us = time.time_ns() // 1000
    valid_us = engine.standing.stands_in(decoded.records, reason, now_us)
    return Outside(decoded, reason, now_us + valid_us if valid_us else 0)


def provisional_answer(told: Outside) -> bytes:
    """Render the provisional answer to a gate event.

    Returns
    -------
    A serialised ``GateAnswer`` without a position, because it stands in no log yet.
    """
    stage: Any = stage_of(told.decoded)
    return decision_pb2.GateAnswer(
        decision_id=provisional_id(told.decoded.id).hex(),
        verdict="VERDICT_RELEASE" if told.released else "VERDICT_REFER",
        directive="DIRECTIVE_UNSPECIFIED" if told.released else "DIRECTIVE_CALL_OFFICER",
        code_class=_code_class(told.reason),
        kind="DECISION_KIND_PROVISIONAL",
        stage=stage,
        degraded=told.released,
        valid_until_us=told.valid_until_us,
        provisional=True,
        answers_event_id=told.decoded.id.hex(),
    ).SerializeToString()


def refused_answer() -> bytes:
    """Render the answer to a gate event that was refused: REFER, whatever was wrong."""
    return decision_pb2.GateAnswer(
        verdict="VERDICT_REFER",
        directive="DIRECTIVE_CALL_OFFICER",
        code_class="CODE_CLASS_BAD_REQUEST",
        kind="DECISION_KIND_PROVISIONAL",
        provisional=True,
    ).SerializeToString()


def report_delivered(engine: ServedEngine, raw: bytes, told: Outside) -> None:
    """Put the delivery of a provisional answer on its way to the log.

    Parameters
    ----------
    engine
        The engine.
    raw
        The gate event.
    told
        What its gate was told.
    """
    asked = event_pb2.Event.FromString(raw)
    now_us = time.time_ns() // 1000
    event = event_pb2.Event(
        envelope=journal_envelope(asked.envelope.site, now_us),
        provisional_delivered=gate_pb2.ProvisionalDelivered(
            gate_event_id=asked.envelope.event_id,
            provisional_decision_id=provisional_id(told.decoded.id).hex(),
            reason=_code_class(told.reason),
            delivered_us=now_us,
            gate=asked.gate_event.gate,
            directive="DIRECTIVE_UNSPECIFIED" if told.released else "DIRECTIVE_CALL_OFFICER",
            verdict="VERDICT_RELEASE" if told.released else "VERDICT_REFER",
        ),
    )
    event.envelope.subjects.MergeFrom(asked.envelope.subjects)
    written = event.SerializeToString(deterministic=True)
    engine.intake.put_record(Entry(written, SOURCE, engine.decoder.decode(written)))


def watch_acknowledged(decision: str, watcher: str, gate: str, site: str) -> bytes:
    """Write the event that says who took what was pushed."""
    return event_pb2.Event(
        envelope=journal_envelope(site, time.time_ns() // 1000),
        watch_acknowledged=journal_pb2.WatchAcknowledged(
            decision_id=decision, watcher=watcher, gate=gate
        ),
    ).SerializeToString(deterministic=True)


def journal_envelope(site: str, now_us: int) -> envelope_pb2.Envelope:
    """Begin an event that this server writes itself."""
    return envelope_pb2.Envelope(
        event_id=uuid.uuid4().hex,
        schema_version=SCHEMA_VERSION,
        source=SOURCE,
        site=site,
        event_time_us=now_us,
    )


def _code_class(reason: CodeClass) -> Any:
    return int(reason)
