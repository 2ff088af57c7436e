"""What officers and watchers do, how cases end, and what governs the engine, as records."""

from __future__ import annotations

from typing import Final

from haechi.engine.codes import EventKind, NodeKind, OfficerAct, Party, TrustChange
from haechi.engine.errors import BadInput
from haechi.engine.records import id_words
from haechi.rpc.v1.envelope_pb2 import Envelope
from haechi.rpc.v1.governance_pb2 import (
    Capacity,
    DriftDetected,
    EngineStarted,
    Erasure,
    ModelPromotion,
    RuleSet,
    TrustChanged,
)
from haechi.rpc.v1.journal_pb2 import DeadLetter, Tick, WatchAcknowledged
from haechi.rpc.v1.officers_pb2 import CaseClosed, InspectionOutcome, OfficerAction
from haechi.rpc.v1.vocabulary_pb2 import VERDICT_HOLD
from haechi.streams.decode import parties
from haechi.streams.decode.checks import MOST, decision_id, known, number, shown, version
from haechi.streams.decode.gates import set_target
from haechi.streams.decode.places import Edge, Fields
from haechi.streams.decode.references import subject_if_any, subject_of

_VERDICTS: Final = range(1, 4)
_FROM_VERDICTS: Final = range(4)
_ACTS: Final = range(1, 7)
_DIRECTIVES: Final = range(10)
_SELECTED_BY: Final = range(5)
_METHODS: Final = range(7)
_LEAST_PROPENSITY: Final = 1e-9
_FINDINGS: Final = range(1, 5)
_OFFENCES: Final = range(10)
_ENDS: Final = range(5)
_MODEL_ROLES: Final = range(1, 4)
_RULE_ROLES: Final = range(1, 3)
_ROLE_OF_RULES: Final = {1: 1, 2: 3}
"""Roles of models, by which promotions are told apart, by those of rule sets."""

_MODELLED: Final = range(1, 3)
_FAMILIES: Final = {"parcel": NodeKind.PARCEL, "traveler": NodeKind.TRAVELER}
_TRUSTED_AS: Final = {
    1: (Party.IMPORTER, parties.IMPORTER),
    2: (Party.DECLARANT, parties.DECLARANT),
    3: (Party.SELLER, parties.SELLER),
    4: (Party.CONSIGNEE, parties.CONSIGNEE),
}
_SHA256_BYTES: Final = 32


def officer_action(edge: Edge, message: OfficerAction, envelope: Envelope) -> list[Fields]:
    """Read what an officer did with a task, or decided otherwise.

    ``mode`` is the act, ``acted`` the new verdict, ``result`` the old one, ``method`` the
    directive, ``token`` the reason.
    """
    ref, node, alias = subject_if_any(edge, envelope.subjects)
    act = _act_of(message)
    decides = act is OfficerAct.OVERRIDE or not message.act
    row: Fields = {
        "ref": ref,
        "node": node,
        "alias": alias,
        "actor": edge.name(parties.OFFICER, message.officer),
        "mode": act,
        "acted": known(
            message.to_verdict,
            _VERDICTS if decides else _FROM_VERDICTS,
            "officer_action.to_verdict",
        ),
        "result": known(message.from_verdict, _FROM_VERDICTS, "officer_action.from_verdict"),
        "method": known(message.directive, _DIRECTIVES, "officer_action.directive"),
        "token": edge.name(parties.REASON, message.reason_code),
    }
    set_target(row, decision_id(message.decision_id))
    unasked = act is OfficerAct.RELEASE and message.from_verdict == VERDICT_HOLD
    if (act is OfficerAct.OVERRIDE or unasked) and not message.reason_code.strip():
        raise BadInput(
            "MISSING_FIELD",
            "officer_action.reason_code is empty; who decides otherwise, or releases a HOLD, "
            "says why",
        )
    return [row]


def _act_of(message: OfficerAction) -> OfficerAct:
    """What was done; without a word of it, what the verdicts say."""
    if message.act:
        return OfficerAct(known(message.act, _ACTS, "officer_action.act"))
    same = message.from_verdict == message.to_verdict
    return OfficerAct.CONFIRM if same else OfficerAct.OVERRIDE


def inspection_outcome(edge: Edge, message: InspectionOutcome, envelope: Envelope) -> list[Fields]:
    """Read an inspection's outcome, the only label.

    ``result`` is the class of offence, ``answers`` the outcome that it corrects.
    """
    row: Fields = {
        "found": known(message.finding, _FINDINGS, "inspection_outcome.finding"),
        "selected_by": known(message.selected_by, _SELECTED_BY, "inspection_outcome.selected_by"),
        "method": known(message.method, _METHODS, "inspection_outcome.method"),
        "result": known(message.offence_class, _OFFENCES, "inspection_outcome.offence_class"),
        "actor": edge.name(parties.OFFICER, message.officer),
    }
    version(message.started_us, "inspection_outcome.started_us")
    version(message.finished_us, "inspection_outcome.finished_us")
    if message.quantity or message.HasField("quantity"):
        row["quantity"] = number(message.quantity, "inspection_outcome.quantity")
    if message.HasField("propensity"):
        row["propensity"] = number(
            message.propensity, "inspection_outcome.propensity", _LEAST_PROPENSITY, 1.0
        )
    corrected = message.corrects_event_id or envelope.corrects_event_id
    if corrected:
        row["answers_hi"], row["answers_lo"] = id_words(edge.tokens.id128("event", corrected))
    if message.decision_id:
        set_target(row, decision_id(message.decision_id))
        subject = subject_if_any(edge, envelope.subjects)
    else:
        subject = subject_of(edge, envelope.subjects)
    row["ref"], row["node"], row["alias"] = subject
    return [row]


def watch_acknowledged(edge: Edge, message: WatchAcknowledged, envelope: Envelope) -> list[Fields]:
    """Read that a watcher took what was pushed to it."""
    row: Fields = {"actor": edge.name(parties.WATCHER, message.watcher)}
    if message.gate:
        gate = edge.gate(message.gate)
        row["gate"] = gate.token
        row["site"] = gate.site
    set_target(row, decision_id(message.decision_id))
    row["ref"], row["node"], row["alias"] = subject_if_any(edge, envelope.subjects)
    return [row]


def case_closed(edge: Edge, message: CaseClosed, envelope: Envelope) -> list[Fields]:
    """Read that a case ends; ``result`` says how."""
    ref, node, alias = subject_of(edge, envelope.subjects)
    return [
        {
            "ref": ref,
            "node": node,
            "alias": alias,
            "result": known(message.end, _ENDS, "case_closed.end"),
        }
    ]


def rule_set(edge: Edge, message: RuleSet, _envelope: Envelope) -> list[Fields]:
    """Read that one person wants a rule set in force; its text is an artefact.

    Words as in :func:`model_promotion`, and no ``node``.
    """
    role = known(message.role, _RULE_ROLES, "rule_set.role")
    return [
        {
            "role": _ROLE_OF_RULES[role],
            **_artefact(message.sha256, "rule_set.sha256", "haechi rules list"),
            "actor": _approver(edge, list(message.approvers), "rule_set.approvers"),
        }
    ]


def model_promotion(edge: Edge, message: ModelPromotion, _envelope: Envelope) -> list[Fields]:
    """Read that one person wants a model to have a role.

    ``node`` is its family; ``model``, ``other`` and ``answers`` are the artefact's SHA-256, most
    significant word first; ``actor`` is the person.
    """
    node = _FAMILIES.get(message.family)
    if node is None:
        raise BadInput(
            "UNKNOWN_FAMILY",
            f"model_promotion.family is {shown(message.family)}; it must be one of "
            f"{', '.join(_FAMILIES)}",
        )
    field = "model_promotion.artefact_sha256"
    return [
        {
            "node": node,
            "role": known(message.role, _MODEL_ROLES, "model_promotion.role"),
            **_artefact(message.artefact_sha256, field, "haechi models list"),
            "actor": _approver(edge, list(message.approvers), "model_promotion.approvers"),
        }
    ]


def capacity(edge: Edge, message: Capacity, envelope: Envelope) -> list[Fields]:
    """Read how much officers can inspect: one record a lane, every lane if none is named."""
    if message.lane and message.lane not in edge.lanes:
        raise BadInput(
            "UNKNOWN_LANE",
            f"capacity.lane is {shown(message.lane)}; it must be one of "
            f"{', '.join(edge.lanes)}, or empty for every lane",
        )
    if envelope.site and envelope.site not in edge.sites:
        raise BadInput(
            "UNKNOWN_SITE",
            f"envelope.site is {shown(envelope.site)}; it must be one of "
            f"{', '.join(edge.sites)}, or empty",
        )
    begins_us = version(message.from_us, "capacity.from_us")
    if begins_us > envelope.event_time_us:
        raise BadInput(
            "NOT_YET",
            f"capacity.from_us is {begins_us} and the event is of {envelope.event_time_us}; "
            "a capacity holds at once, so send it when it begins",
        )
    names = [message.lane] if message.lane else list(edge.lanes)
    row: Fields = {
        "kind": EventKind.CAPACITY,
        "value": number(message.inspections_per_hour, "capacity.inspections_per_hour"),
        "until_us": version(message.until_us, "capacity.until_us"),
    }
    if message.approver:
        row["actor"] = edge.name(parties.APPROVER, message.approver)
    return [{**row, "lane": edge.lanes[name]} for name in names]


def trust_changed(edge: Edge, message: TrustChanged, envelope: Envelope) -> list[Fields]:
    """Read what one person says of a party; ``mode`` is who it is, ``change`` what becomes of it.

    Nobody is trusted without a right to it, or for ever.
    """
    party, kind = _TRUSTED_AS[known(message.trusted_as, range(1, 5), "trust_changed.trusted_as")]
    change = known(message.change, range(1, 3), "trust_changed.change")
    if not message.party.strip():
        raise BadInput("MISSING_REFERENCE", "trust_changed.party is empty; say whom")
    granted = change == TrustChange.GRANT
    if granted and not message.legal_basis.strip():
        raise BadInput(
            "MISSING_FIELD", "trust_changed.legal_basis is empty; say by what right it is trusted"
        )
    if granted and message.until_us <= envelope.event_time_us:
        raise BadInput(
            "BAD_EXPIRY",
            f"trust_changed.until_us is {message.until_us} and the event is of "
            f"{envelope.event_time_us}; state when the trust ends, and withdraw it to end it now",
        )
    return [
        {
            "token": edge.token(kind, message.party),
            "mode": party,
            "change": change,
            "until_us": version(message.until_us, "trust_changed.until_us"),
            "actor": _approver(edge, [message.approver], "trust_changed.approver"),
        }
    ]


def _artefact(sha256: bytes, field: str, shown_by: str) -> Fields:
    """Words of an artefact's name."""
    if len(sha256) != _SHA256_BYTES:
        raise BadInput(
            "BAD_SHA256",
            f"{field} has {len(sha256)} bytes; it must have {_SHA256_BYTES}, as {shown_by} "
            "shows them",
        )
    model, other, hi, lo = (int.from_bytes(sha256[at : at + 8], "big") for at in range(0, 32, 8))
    return {"model": model, "other": other, "answers_hi": hi, "answers_lo": lo}


def _approver(edge: Edge, approvers: list[str], field: str) -> int:
    """Token of the one person who says it."""
    if len(approvers) != 1 or not approvers[0].strip():
        raise BadInput(
            "MISSING_FIELD",
            f"{field} names {len(approvers)} persons; an event names one, from the credentials, "
            "and the second person sends their own",
        )
    return edge.name(parties.APPROVER, approvers[0])


def drift_detected(edge: Edge, message: DriftDetected, _envelope: Envelope) -> list[Fields]:
    """Read what the monitor noticed: ``node`` has the model, ``token`` names what changed."""
    return [
        {
            "node": known(message.subject_kind, _MODELLED, "drift_detected.subject_kind"),
            "token": edge.name(parties.DRIFTED, message.watched),
            "score": number(message.before, "drift_detected.before", -MOST),
            "value": number(message.after, "drift_detected.after", -MOST),
        }
    ]


def erasure(edge: Edge, message: Erasure, envelope: Envelope) -> list[Fields]:
    """Read whose payloads are to be erased."""
    version(message.before_us, "erasure.before_us")
    ref, node, alias = subject_if_any(edge, envelope.subjects)
    return [{"ref": ref, "node": node, "alias": alias}]


def not_from_outside(
    _edge: Edge, message: Tick | EngineStarted | DeadLetter, _envelope: Envelope
) -> list[Fields]:
    """Refuse what only the engine itself writes.

    Raises
    ------
    BadInput
        ``NOT_ALLOWED``.
    """
    name = message.DESCRIPTOR.name
    raise BadInput("NOT_ALLOWED", f"{name} is written by the engine only; nobody may send it")
