"""From a decision's body to what people and gates read.

The body is the fixed-width ``DECISION`` record whose bytes are digested; everything here is
a rendering and may change without changing a decision.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from haechi.engine.codes import DecisionKind, EvidenceStatus, Stream, Verdict
from haechi.engine.records import DECISION
from haechi.rpc.matched import matched_rules
from haechi.rpc.names import Names
from haechi.rpc.reasons import reasons_of, would_release
from haechi.rpc.seen import seen
from haechi.rpc.spoken import Both
from haechi.rpc.v1 import decision_pb2 as pb

_FIELDS: Final[Mapping[str, tuple[Any, ...]]] = DECISION.fields or {}


def place_of(name: str) -> int:
    """Give the byte offset of a field in a decision's body."""
    return int(_FIELDS[name][1])


_NO_ID: Final = bytes(16)
_AT_ORDINAL: Final = place_of("ordinal")
_AT_OFFSET: Final = place_of("offset")


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose log a decision stands in.

    Parameters
    ----------
    shard
        Number of the shard.
    epoch
        Number of the engine's present start.
    first_offset
        Offset at which this start began; for what is older the epoch is not known here.
    """

    shard: int = 0
    epoch: int = 0
    first_offset: int = 0

    def position(self, offset: int, ordinal: int) -> pb.LogPosition:
        """Give the place of a decision in the log."""
        epoch = self.epoch if offset >= self.first_offset else 0
        return pb.LogPosition(shard=self.shard, epoch=epoch, offset=offset, ordinal=ordinal)

    def prefix(self, offset: int) -> bytes:
        """Write a position up to the number of its offset."""
        return _position_prefix(self.shard, self.epoch if offset >= self.first_offset else 0)


@lru_cache(maxsize=64)
def _position_prefix(shard: int, epoch: int) -> bytes:
    return pb.LogPosition(shard=shard, epoch=epoch).SerializeToString() + b"\x18"


def id_text(id16: bytes) -> str:
    """Write an id as 32 hexadecimal characters; empty for none."""
    return id16.hex() if id16 != _NO_ID else ""


def decision_id(body: bytes) -> bytes:
    """Give the id of a decision: the record holds its 16 bytes in their order."""
    return body[:16]


def log_place(body: bytes) -> tuple[int, int]:
    """Give offset and ordinal of a decision."""
    (offset,) = struct.unpack_from("<q", body, _AT_OFFSET)
    (ordinal,) = struct.unpack_from("<H", body, _AT_ORDINAL)
    return offset, ordinal


def render_decision(
    body: bytes,
    names: Names,
    observations: Mapping[str, float] | None = None,
    origin: Origin = Origin(),
) -> pb.Decision:
    """Render a decision whole, with reasons that add up.

    Parameters
    ----------
    body
        One ``DECISION`` record.
    names
        Names of the port's places.
    observations
        Microseconds by stage (``decode_us``, ..., ``total_us``), where they were kept.
    origin
        Whose log it stands in.

    Returns
    -------
    The decision. ``score.base_log_odds``, all ``reasons[].contribution`` and ``score.uplift`` add
    up to ``score.log_odds``.
    """
    row = np.frombuffer(body, DECISION, count=1)[0]

    def code(name: str) -> Any:
        return int(row[name])

    def text(name: str) -> str:
        at = place_of(f"{name}_hi")
        return id_text(body[at : at + 16])

    return pb.Decision(
        decision_id=text("id"),
        trigger_event_id=text("trigger"),
        subject_kind=code("node"),
        case_reference=f"{int(row['case_key']):016x}",
        ordinal=int(row["ordinal"]),
        kind=code("kind"),
        stage=code("stage"),
        lane=names.lane(int(row["lane"])),
        verdict=code("verdict"),
        directive=code("directive"),
        chute=int(row["chute"]),
        code_class=code("code_class"),
        degraded=bool(row["degraded"]),
        provisional=row["verdict"] == Verdict.HOLD or row["kind"] == DecisionKind.PROVISIONAL,
        supersedes=text("supersedes"),
        answers_event_id=text("answers"),
        valid_until_us=int(row["valid_until_us"]),
        review_by_us=int(row["review_by_us"]),
        decided_us=int(row["stamp_us"]),
        event_time_us=int(row["event_us"]),
        score=_score(row),
        reasons=reasons_of(row["x"].tolist(), row["contribution"].tolist()),
        evidence=_evidence(row),
        versions=pb.Versions(
            model=f"{int(row['model_version']):016x}",
            policy=f"{int(row['policy_version']):016x}",
            features=f"{int(row['feature_version']):016x}",
            build=f"{int(row['build']):016x}",
            learned=int(row["learned"]),
            prior=f"{int(row['prior_version']):016x}",
            rules=f"{int(row['rules_version']):016x}",
            shadow_rules=f"{int(row['shadow_rules_version']):016x}",
        ),
        selected_by=code("selected_by"),
        site=names.site(int(row["site"])),
        gate=names.gate(int(row["gate"])),
        inputs_digest=int(row["inputs"]).to_bytes(8, "big"),
        body_digest=hashlib.sha256(body).digest(),
        position=origin.position(int(row["offset"]), int(row["ordinal"])),
        timings=pb.Timings(**observations) if observations else None,
        would_release=would_release(row["change"].tolist(), float(row["changed_log_odds"])),
        rules=matched_rules(row, names.rules),
        routed=names.lane(int(row["routed"])),
        fell_out=bool(row["fell_out"]),
        waiting=int(row["waiting"]),
        inspection_wait_us=int(row["inspection_wait_us"]),
    )


def probability(log_odds: float) -> float:
    """Give the probability of log-odds.

    Only shown; the core compares log-odds, whose bits do not depend on a libm.
    """
    return 0.5 * (1.0 + math.tanh(0.5 * log_odds))


def _score(row: Any) -> pb.Score:
    log_odds = float(row["log_odds"])
    score = pb.Score(
        log_odds=log_odds,
        base_log_odds=float(row["base"]),
        probability=probability(log_odds),
        hold_at_log_odds=float(row["hold_at"]),
        refer_at_log_odds=float(row["refer_at"]),
        draw=float(row["draw"]),
        propensity=float(row["propensity"]),
        promised=float(row["promised"]),
        held=float(row["held"]),
        uplift=float(row["uplift"]),
    )
    if not math.isnan(row["shadow_log_odds"]):
        score.shadow_log_odds = float(row["shadow_log_odds"])
    if not math.isnan(row["bar"]):
        score.bar_log_odds = float(row["bar"])
    return score


def _evidence(row: Any) -> list[pb.Evidence]:
    """Streams that came, failed or were required; the others say nothing."""
    shown = []
    for stream in Stream:
        status: Any = int(row["evidence"][stream])
        required = bool(int(row["required"]) >> stream & 1)
        if status == EvidenceStatus.ABSENT and not required:
            continue
        came_us = int(row["evidence_us"][stream])
        said = seen(status, row["x"]) if stream is Stream.FACE else Both("", "")
        shown.append(
            pb.Evidence(
                stream=stream.name.lower(),
                status=status,
                event_time_us=came_us,
                age_us=int(row["stamp_us"]) - came_us if came_us else 0,
                required=required,
                text=said.en,
                text_ko=said.ko,
            )
        )
    return shown
