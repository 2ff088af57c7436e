"""One decision as its page shows it: whole for an officer, without the subject for others.

An officer's comes from the engine, with the officer's own token, so that the engine's rules of who
may see what hold. Everybody else's, and an officer's while the engine is down, comes from the
store, which has no words for the reasons.
"""

from __future__ import annotations

from typing import Any, Final

import grpc

from haechi.dashboards.web.reach import Reach
from haechi.dashboards.web.sessions import Session
from haechi.dashboards.web.store import Store, plain
from haechi.engine.codes import EventKind
from haechi.engine.errors import Unavailable
from haechi.rpc.roles import EVENTS, Role
from haechi.rpc.v1 import decision_pb2 as pb
from haechi.rpc.v1 import vocabulary_pb2 as words
from haechi.rpc.v1.officers_pb2 import SelectedBy
from haechi.rpc.watching import failure

_PERSONS: Final = ("task_by", "case_hex")
_FROM_PERSONS: Final = {kind.name for kind in (*EVENTS[Role.OFFICER], EventKind.WATCH_ACKNOWLEDGED)}


def show(reach: Reach, store: Store, session: Session, decision_id: str) -> dict[str, Any] | None:
    """Everything that a person may see of a decision; None if there is none.

    Raises
    ------
    Unavailable
        If neither the store nor the engine answers.
    """
    row, store_said = _stored(store, decision_id)
    shown: dict[str, Any] | None = _from_store(row, whole=session.is_officer) if row else None
    engine_said = ""
    if session.is_officer:
        told, engine_said = _explained(reach, session, decision_id)
        if told is not None:
            shown = {**(shown or {}), **_from_engine(told)}
    if shown is None:
        if store_said:
            raise Unavailable(engine_said or store_said)
        return None
    shown["said"] = engine_said or store_said
    shown["timeline"] = _timeline(store, session, decision_id) if row else []
    shown |= _stands(store, session, decision_id) if row else {}
    shown["erased"] = reach.erased(shown["offset"])
    return {key: plain(value) for key, value in shown.items()}


def _stored(store: Store, decision_id: str) -> tuple[dict[str, Any] | None, str]:
    try:
        rows = store.rows("asked/decision", id=decision_id)
    except Unavailable as error:
        return None, str(error).partition("\n")[0]
    return (rows[0] if rows else None), ""


def _stands(store: Store, session: Session, decision_id: str) -> dict[str, Any]:
    now = store.rows("asked/stands", id=decision_id)[0]
    return now if session.is_officer else {**now, "task_by": ""}


def _explained(reach: Reach, session: Session, decision_id: str) -> tuple[pb.Decision | None, str]:
    try:
        with reach.engine(session.token) as client:
            return client.explain(decision_id).decision, ""
    except grpc.RpcError as error:
        status, details = failure(error)
        return None, f"{status.name if status else 'FAILED'}: {details}"
    except Unavailable as error:
        return None, str(error)


def _from_store(row: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    hidden = () if whole else _PERSONS
    kept = {key: value for key, value in row.items() if key not in hidden}
    reasons = kept.pop("reasons")
    weights = kept.pop("reason_contributions")
    status, age_s = kept.pop("evidence"), kept.pop("evidence_age_s")
    kept["reasons"] = [
        {"code": code, "contribution": weight, "text": "", "text_ko": ""}
        for code, weight in zip(reasons, weights, strict=True)
    ]
    kept["evidence"] = [
        {
            "stream": stream, "status": status.get(stream, "ABSENT"), "age_s": age_s.get(stream),
            "required": stream in row["required"], "text": "", "text_ko": "",
        }
        for stream in sorted({*status, *row["required"]})
    ]  # fmt: skip
    fields = kept.pop("would_release")
    kept["would_release"] = {
        "fields": fields, "log_odds": kept.pop("would_release_log_odds"), "text": "", "text_ko": ""
    }  # fmt: skip
    kept["rules"] = [{"id": rule} for rule in row["rules"]]
    kept["source"] = "store"
    return kept


def _from_engine(d: pb.Decision) -> dict[str, Any]:
    score, made = d.score, d.versions
    return {
        "decision_id": d.decision_id,
        "kind": _word(words.DecisionKind, d.kind),
        "verdict": _word(words.Verdict, d.verdict),
        "directive": _word(words.Directive, d.directive),
        "code_class": _word(words.CodeClass, d.code_class),
        "subject_kind": _word(words.SubjectKind, d.subject_kind),
        "stage": _word(words.Stage, d.stage),
        "lane": d.lane, "site": d.site, "gate": d.gate,
        "selected_by": _word(SelectedBy, d.selected_by),
        "is_provisional": d.provisional, "is_degraded": d.degraded,
        "log_odds": score.log_odds, "base": score.base_log_odds, "uplift": score.uplift,
        "probability": score.probability,
        "hold_at": score.hold_at_log_odds, "refer_at": score.refer_at_log_odds,
        "shadow_log_odds": score.shadow_log_odds if score.HasField("shadow_log_odds") else None,
        "draw": score.draw, "propensity": score.propensity,
        "promised": score.promised, "held": score.held,
        "reasons": [
            {"code": r.code, "contribution": r.contribution, "text": r.text, "text_ko": r.text_ko}
            for r in d.reasons
        ],
        "evidence": [
            {
                "stream": e.stream, "status": _word(pb.EvidenceStatus, e.status) or "ABSENT",
                "age_s": e.age_us / 1e6 if e.event_time_us else None,
                "required": e.required, "text": e.text, "text_ko": e.text_ko,
            }
            for e in d.evidence
        ],
        "would_release": {
            "fields": list(d.would_release.fields), "log_odds": d.would_release.log_odds,
            "text": d.would_release.text, "text_ko": d.would_release.text_ko,
        },
        "rules": [
            {"id": r.id, "shadow": r.shadow, "uplift": r.uplift, "text": r.reason,
             "text_ko": r.reason_ko, "owner": r.owner, "legal_basis": r.legal_basis}
            for r in d.rules
        ],
        "decided_us": d.decided_us, "review_by_us": d.review_by_us,
        "valid_until_us": d.valid_until_us, "supersedes": d.supersedes,
        "case_hex": d.case_reference,
        "model_version": made.model, "prior_version": made.prior, "rules_version": made.rules,
        "policy_version": made.policy, "feature_version": made.features, "build": made.build,
        "learned": made.learned, "body_digest": d.body_digest.hex(),
        "shard": d.position.shard, "epoch": d.position.epoch, "offset": d.position.offset,
        "ordinal": d.ordinal,
        "source": "engine",
    }  # fmt: skip


def _timeline(store: Store, session: Session, decision_id: str) -> list[dict[str, Any]]:
    rows = store.rows("asked/timeline", id=decision_id)
    if not session.is_officer:
        for row in rows:
            if row["what"] == "action" and row["detail"] == "OFFICER":
                row["place"] = row["more"] = ""
            elif row["what"] == "event" and row["word"] in _FROM_PERSONS:
                # Who sent such an event is the person.
                row["detail"] = ""
    return rows


def _word(enum: Any, number: int) -> str:
    """Name of a number without the enum's own name before it; empty for 0."""
    if not number:
        return ""
    name: str = enum.Name(number)
    prefix = "".join(f"_{c}" if c.isupper() else c for c in enum.DESCRIPTOR.name)
    return name.removeprefix(prefix.upper().lstrip("_") + "_")
