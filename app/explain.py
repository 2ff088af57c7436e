"""`haechi explain ID`: why a decision was made, in numbers that add up.

It reads the log itself, so it works beside a running engine and without one.
"""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from haechi.app.arguments import Commands, command, configs_option, json_option
from haechi.app.exits import OK
from haechi.app.folder import DataFolder
from haechi.app.lookup import Delivered, delivery, find_decision, names, superseding
from haechi.app.shown import age, enum_word, moment
from haechi.app.terminal import columns, emit_json

if TYPE_CHECKING:
    from haechi.rpc.spoken import Both
    from haechi.rpc.v1.decision_pb2 import Decision
    from haechi.streams.listed import Listed
    from haechi.streams.log.reader import LoggedDecision

_EXACT: Final = 1e-9
"""How far a printed sum may be off: it adds in another order than the core did."""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "explain",
        run,
        "show why a decision was made",
        "haechi explain 4f0c2a9be1d37758a6b0c1d2e3f40516\n"
        "haechi explain 4f0c2a9b            # the beginning is enough if it is unambiguous\n"
        "haechi explain 4f0c2a9b --lang ko  # reasons in Korean\n"
        "haechi explain 4f0c2a9b --all      # every feature behind each reason\n"
        "haechi explain 4f0c2a9b --json | jq .score",
        details="The base and the reasons add up to the score's log-odds; so do the features.",
    )
    parser.add_argument("id", metavar="ID", help="decision id, or at least its first 8 characters")
    parser.add_argument(
        "--lang", choices=("en", "ko"), default="en", help="language of the reasons"
    )
    parser.add_argument("--all", action="store_true", help="show every feature's contribution")
    configs_option(parser)
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Explain one decision."""
    from haechi.rpc.render import render_decision
    from haechi.streams.log.reader import LogReader

    folder = DataFolder(args.data.resolve())
    folder.need_log()
    reader = LogReader(folder.log)
    try:
        found = find_decision(reader, args.id)
        decision = render_decision(found.body, names(folder, args.configs))
        superseded_by = superseding(reader, found)
        seen = delivery(reader, found)
        listed = _listed(folder, found)
    finally:
        reader.close()
    total = decision.score.base_log_odds + sum(r.contribution for r in decision.reasons)
    total += decision.score.uplift
    if args.json:
        emit_json(_for_machines(decision, found, seen, superseded_by, total, listed))
    else:
        shown = _Shown(korean=args.lang == "ko", features=args.all)
        print("\n".join(_lines(decision, found, seen, superseded_by, total, shown, listed)))
    return OK


def missing_evidence(decision: Decision) -> list[str]:
    """Streams that the lane required and that were not there."""
    from haechi.rpc.v1.decision_pb2 import EVIDENCE_STATUS_PRESENT

    return [
        e.stream for e in decision.evidence if e.required and e.status != EVIDENCE_STATUS_PRESENT
    ]


@dataclass(frozen=True, slots=True)
class _Shown:
    """How reasons are shown: in Korean, with the features behind them."""

    korean: bool
    features: bool

    def words(self, both: Both) -> str:
        return both.ko if self.korean else both.en


def _reasons(decision: Decision, shown: _Shown) -> Iterator[tuple[str, ...]]:
    """Rows of the reasons, in their order, under the base."""
    from haechi.engine.features import FEATURES, PLACE
    from haechi.rpc.wording import BASE, told

    yield f"{decision.score.base_log_odds:+.6f}", "base", shown.words(BASE)
    for reason in decision.reasons:
        text = reason.text_ko if shown.korean else reason.text
        yield f"{reason.contribution:+.6f}", reason.code, text
        for part in reason.parts if shown.features else ():
            words = shown.words(told(FEATURES[PLACE[part.feature]], part.value))
            yield "", f"  {part.contribution:+.6f}  {part.feature}", words
    if decision.score.uplift:
        yield (
            f"{decision.score.uplift:+.6f}",
            "RULES",
            ", ".join(rule.id for rule in decision.rules if rule.uplift),
        )


def _lines(
    decision: Decision,
    found: LoggedDecision,
    seen: Delivered,
    superseded_by: str,
    total: float,
    shown: _Shown,
    listed: list[Listed],
) -> Iterator[str]:
    """Write it for people."""
    from haechi.rpc.v1 import vocabulary_pb2 as words

    score, versions = decision.score, decision.versions
    verdict = enum_word(words.Verdict, decision.verdict)
    directive = enum_word(words.Directive, decision.directive)
    kind = enum_word(words.DecisionKind, decision.kind)
    kind += ", provisional" if decision.provisional else ""
    kind += ", degraded" if decision.degraded else ""
    subject = enum_word(words.SubjectKind, decision.subject_kind)
    stage = enum_word(words.Stage, decision.stage)
    gate = f", gate {decision.gate}" if decision.gate else ""
    yield f"decision {decision.decision_id}"
    yield columns(
        [
            ("verdict", verdict + (f", {directive}" if directive else "")),
            ("because", _because(decision, shown)),
            ("kind", kind),
            ("subject", f"{subject} case {decision.case_reference}"),
            ("stage", f"{stage}, lane {decision.lane or '-'}{gate}"),
            ("decided", moment(decision.decided_us)),
            ("valid until", moment(decision.valid_until_us)),
            ("review by", moment(decision.review_by_us)),
            ("supersedes", decision.supersedes or "-"),
            ("superseded by", superseded_by or "-"),
        ]
    )  # fmt: skip
    yield f"score: probability {score.probability:.4f}, log-odds {score.log_odds:+.6f}"
    yield (f"  refers from {score.refer_at_log_odds:+.6f}, holds from "
           f"{score.hold_at_log_odds:+.6f}")  # fmt: skip
    if decision.waiting or score.HasField("bar_log_odds"):
        yield f"  {_queue(decision)}"
    if score.HasField("shadow_log_odds"):
        yield f"  shadow model {score.shadow_log_odds:+.6f} (it decides nothing)"
    yield columns(_reasons(decision, shown))
    same = "=" if abs(total - score.log_odds) < _EXACT else "which is NOT"
    yield f"  {total:+.6f}  sum, {same} the log-odds {score.log_odds:+.6f}"
    if decision.would_release.fields:
        change = decision.would_release
        yield f"what would have released it (log-odds {change.log_odds:+.6f} then):"
        yield f"  {change.text_ko if shown.korean else change.text}"
    if decision.rules:
        yield "rules:"
        yield columns(_rules(decision, shown))
    if listed:
        yield "watched for:"
        yield columns(_entries(listed))
    yield "evidence:"
    yield columns(
        [
            (e.stream, enum_word(_evidence(), e.status) or "ABSENT",
             f"{age(e.age_us)} old" if e.age_us else "", "required" if e.required else "",
             e.text_ko if shown.korean else e.text)
            for e in decision.evidence
        ]
    ) or "  none"  # fmt: skip
    missing = missing_evidence(decision)
    yield f"  required and missing: {', '.join(missing) or 'nothing'}"
    yield "made by:"
    yield columns(
        [
            ("build", versions.build), ("features", versions.features),
            ("policy", versions.policy), ("prior", versions.prior), ("model", versions.model),
            ("rules", versions.rules),
            ("learned from", f"{versions.learned} outcomes"),
            ("log", f"offset {found.offset}, ordinal {decision.ordinal}"),
            ("body", f"sha256 {decision.body_digest.hex()}"),
        ]
    )  # fmt: skip
    yield "observed (not part of the decision):"
    yield columns((name, f"{value:,} us") for name, value in _timings(found, seen).items())


def _queue(decision: Decision) -> str:
    """How full the lane's queue for officers was, and what it took to join."""
    waited = f"{decision.waiting} waited for officers"
    if decision.inspection_wait_us:
        waited += f" ({age(decision.inspection_wait_us)} of work)"
    if not decision.score.HasField("bar_log_odds"):
        return f"{waited}; everybody could join"
    bar = decision.score.bar_log_odds
    joins = "nobody could join" if math.isinf(bar) else f"one joined from {bar:+.6f}"
    return f"{waited}; {joins}" + ("; it fell out" if decision.fell_out else "")


def _rules(decision: Decision, shown: _Shown) -> Iterator[tuple[str, ...]]:
    """Rows of the rules that it met."""
    for rule in decision.rules:
        text = rule.reason_ko if shown.korean else rule.reason
        noted = "only noted" if rule.shadow else f"{rule.uplift:+.6f}"
        yield rule.id, noted, text, f"{rule.owner}, {rule.legal_basis}"


def _listed(folder: DataFolder, found: LoggedDecision) -> list[Listed]:
    """Entries of lists behind a decision; none without the keys, which only the owner reads."""
    from haechi.streams.listed import entries_behind
    from haechi.streams.log.keys import SubjectKeys
    from haechi.streams.log.reader import LogReader

    if not os.access(folder.keys, os.R_OK):
        return []
    keys = SubjectKeys(folder.keys)
    reader = LogReader(folder.log, keys)
    try:
        return entries_behind(reader, found.body)
    finally:
        reader.close()
        keys.close()


def _entries(listed: list[Listed]) -> Iterator[tuple[str, ...]]:
    """Rows of the entries of lists."""
    for one in listed:
        alike = f" {one.similarity:.2f} alike" if one.similarity < 1.0 else ""
        name = "/".join(part for part in (one.list_name, one.entry_id) if part) or "-"
        basis = ", ".join(part for part in (one.authority, one.legal_basis) if part)
        yield name, f"weight {one.weight:g}", one.what.name.lower() + alike, basis


def _because(decision: Decision, shown: _Shown) -> str:
    from haechi.engine.codes import CodeClass
    from haechi.rpc.wording import CODE_CLASSES

    if not decision.code_class:
        return "-"
    code_class = CodeClass(decision.code_class)
    return f"{code_class.name}, {shown.words(CODE_CLASSES[code_class])}"


def _timings(found: LoggedDecision, seen: Delivered) -> dict[str, int]:
    said = {
        "waited for the writer": found.queued_us,
        "its batch was applied in": found.applied_us,
        "receipt to commit": seen.committed_us,
        "receipt to reply": seen.returned_us,
    }
    return {name: value for name, value in said.items() if value is not None}


def _for_machines(
    decision: Decision,
    found: LoggedDecision,
    seen: Delivered,
    superseded_by: str,
    total: float,
    listed: list[Listed],
) -> dict[str, Any]:
    from google.protobuf.json_format import MessageToDict

    shown: dict[str, Any] = MessageToDict(
        decision, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    for name in ("inputs_digest", "body_digest"):
        shown[name] = getattr(decision, name).hex()
    shown["offset"] = found.offset
    shown["superseded_by"] = superseded_by
    shown["missing"] = missing_evidence(decision)
    shown["sum_log_odds"] = total
    shown["lists"] = [{**asdict(one), "what": one.what.name} for one in listed]
    shown["timings"] = {
        "queued_us": found.queued_us,
        "applied_us": found.applied_us,
        "committed_us": seen.committed_us,
        "returned_us": seen.returned_us,
    }
    return shown


def _evidence() -> Any:
    from haechi.rpc.v1 import decision_pb2

    return decision_pb2.EvidenceStatus
