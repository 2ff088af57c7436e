"""A small border for tests: events by name through one shard, with the packaged policy."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np

from haechi.configs.model import compile_model
from haechi.configs.policy import compile_policy, compile_prior, pack_artefact
from haechi.engine.codes import (
    CameraRole,
    CodeClass,
    DecisionKind,
    Directive,
    EventKind,
    FaceOutcome,
    Finding,
    GateActed,
    IdentityChange,
    NodeKind,
    ScanKind,
    ScanResult,
    Stage,
    Verdict,
)
from haechi.engine.records import DECISION, EVENT, pack_event
from haechi.operators.shard import Shard, ShardSettings

T0 = 1_700_000_000_000_000
SECOND = 1_000_000
DAY = 86_400 * SECOND
WALK, FAMILY, DECLARE, SCREENED, EXPRESS, GENERAL = range(1, 7)
TRAVELER, PARCEL, BAG = NodeKind.TRAVELER, NodeKind.PARCEL, NodeKind.BAG
SITE = 600
RETENTION_TRAVELER = 3 * DAY
RETENTION_PARCEL = 60 * DAY


def compiled() -> tuple[Any, Any, Any, Any, Any]:
    """The packaged lanes, prior and models, without random checks."""
    root = files("haechi.configs")
    policy, lanes = compile_policy((root / "lanes.toml").read_text())
    prior, base = compile_prior((root / "prior.toml").read_text())
    policy["explore"] = 0.0
    return policy, lanes, prior, base, compile_model((root / "model.toml").read_text())


def artefact() -> bytes:
    return pack_artefact(*compiled())


def shard_settings(**changes: Any) -> ShardSettings:
    policy, lanes, prior, base, model = compiled()
    given = {
        "policy": policy,
        "default_lane": lanes,
        "prior": prior,
        "base": base,
        "model": model,
        "seed": 7,
        "prior_version": 1,
        "policy_version": 2,
        "retention_traveler_us": RETENTION_TRAVELER,
        "retention_parcel_us": RETENTION_PARCEL,
    }
    return ShardSettings(**{**given, **changes})


def records(*rows: bytes) -> Any:
    return np.frombuffer(bytearray(b"".join(rows)), EVENT)


def with_bags(kind: int, fields: dict[str, Any], bags: Sequence[int]) -> list[dict[str, Any]]:
    """The records of one event, as the edge makes them: a gate's question comes last."""
    taken = [{**fields, "other": bag, "other_node": BAG} for bag in bags]
    return [*taken, fields] if kind == EventKind.GATE_EVENT else [fields, *taken]


class Border:
    """One shard that is fed event by event.

    Time goes on by a millisecond an event unless ``after`` says otherwise.
    """

    def __init__(self, capacity: int = 64, settings: ShardSettings | None = None) -> None:
        self.shard = Shard(capacity)
        self.shard.configure(settings or shard_settings())
        self.count = 0
        self.now = T0
        self.decisions: list[Any] = []
        self.log: list[tuple[Any, Any]] = []

    def send(
        self,
        kind: EventKind,
        after: int = 1000,
        of: Any = None,
        late: int = 0,
        bags: Sequence[int] = (),
        **fields: Any,
    ) -> Any:
        """Apply one event.

        ``of`` is the decision it names, ``late`` how long ago it happened, ``bags`` what goes
        along through the exit.
        """
        self.now += after
        self.count += 1
        fields.setdefault("event_us", self.now - late)
        recalled = None
        if of is not None:
            # As admission does: the case it belongs to, and the body where it is a label.
            fields |= {"other": of["case_key"], "target_hi": of["id_hi"], "target_lo": of["id_lo"]}
            if kind == EventKind.INSPECTION_OUTCOME:
                fields["recall"] = 0
                recalled = np.asarray(of).reshape(1)
        rows = with_bags(kind, fields, bags)
        event = records(
            *(
                pack_event(
                    kind=kind,
                    id_hi=self.count,
                    id_lo=99,
                    first=row is rows[0],
                    last=row is rows[-1],
                    offset=self.count,
                    stamp_us=self.now,
                    **row,
                )
                for row in rows
            )
        )
        made = np.frombuffer(self.shard.apply(event, recalled), DECISION)
        self.log.append((event, recalled))
        self.decisions.extend(made)
        return made

    def manifest(self, ref: int = 1, flight: int = 10, **fields: Any) -> Any:
        return self.send(
            EventKind.TRAVELER_MANIFEST, ref=ref, node=TRAVELER, flight=flight, **fields
        )

    def parcel(self, ref: int = 500, lane: int = EXPRESS, **fields: Any) -> Any:
        return self.send(EventKind.PARCEL_MANIFEST, ref=ref, node=PARCEL, lane=lane, **fields)

    def gate(self, ref: int = 1, lane: int = FAMILY, stage: int = Stage.EXIT, **fields: Any) -> Any:
        given = {"node": TRAVELER, "gate": 5, "site": SITE, "budget_ms": 250, **fields}
        return self.send(EventKind.GATE_EVENT, ref=ref, lane=lane, stage=stage, **given)

    def acted(self, decision: Any, acted: int = GateActed.OPENED, **fields: Any) -> Any:
        return self.send(EventKind.GATE_ACTION, of=decision, acted=acted, **fields)

    def scan(
        self, ref: int = 1, score: float = 0.95, result: int = ScanResult.ALARM, **fields: Any
    ) -> Any:
        given = {"node": TRAVELER, "mode": ScanKind.BODY_MM_WAVE, "site": SITE, **fields}
        return self.send(EventKind.SCANNER_RESULT, ref=ref, score=score, result=result, **given)

    def clear(self, ref: int = 1, **fields: Any) -> Any:
        return self.scan(ref, 0.0, ScanResult.CLEAR, **fields)

    def bag_scan(self, ref: int, score: float = 0.95, result: int = 1, **fields: Any) -> Any:
        return self.scan(ref, score, result, node=BAG, mode=ScanKind.BAGGAGE_XRAY, **fields)

    def parcel_scan(
        self, ref: int = 500, score: float = 0.95, result: int = 1, **fields: Any
    ) -> Any:
        return self.scan(ref, score, result, node=PARCEL, mode=ScanKind.PARCEL_XRAY, **fields)

    def face(self, ref: int = 1, outcome: int = FaceOutcome.SAME, **fields: Any) -> Any:
        given = {"stage": Stage.EXIT, "lane": WALK, "site": SITE, "role": CameraRole.EXIT, **fields}
        return self.send(EventKind.FACE_MATCH, ref=ref, node=TRAVELER, result=outcome, **given)

    def declare(self, ref: int = 1, cash: float = 0.0, value: float = 0.0, **fields: Any) -> Any:
        return self.send(
            EventKind.TRAVELER_DECLARATION,
            ref=ref,
            node=TRAVELER,
            cash=cash,
            value=value,
            **fields,
        )

    def link(
        self, ref: int, other: int = 1, node: int = BAG, version: int = 1, **fields: Any
    ) -> Any:
        given = {"kind": EventKind.LINK, "other_node": TRAVELER, **fields}
        return self.send(
            given.pop("kind"), ref=ref, node=node, other=other, version=version, **given
        )

    def unlink(self, ref: int, other: int = 1, node: int = BAG, version: int = 2) -> Any:
        return self.link(ref, other, node, version, kind=EventKind.UNLINK)

    def identity(
        self, ref: int, other: int, change: int = IdentityChange.ALIAS, **fields: Any
    ) -> Any:
        given = {"node": TRAVELER, "other_node": TRAVELER, **fields}
        return self.send(EventKind.IDENTITY_LINK, ref=ref, other=other, change=change, **given)

    def watch(self, token: int, what: int, weight: float = 1.0, **fields: Any) -> Any:
        return self.send(EventKind.INTELLIGENCE, token=token, mode=what, weight=weight, **fields)

    def outcome(self, decision: Any, found: int = Finding.FOUND, **fields: Any) -> Any:
        return self.send(EventKind.INSPECTION_OUTCOME, of=decision, found=found, **fields)

    def left(self, ref: int = 1, node: int = TRAVELER, **fields: Any) -> Any:
        return self.send(EventKind.EXIT_SEEN, ref=ref, node=node, **fields)

    def close(self, ref: int = 1, node: int = TRAVELER, **fields: Any) -> Any:
        return self.send(EventKind.CASE_CLOSED, ref=ref, node=node, **fields)

    def wait(self, us: int) -> Any:
        return self.send(EventKind.TICK, after=us)


def verdicts(decisions: Any) -> list[str]:
    return [Verdict(d["verdict"]).name for d in decisions]


def told(decisions: Any, ref: int | None = None) -> list[tuple[str, str, str, str]]:
    """Kind, verdict, directive and code class of each decision, of one subject if named."""
    return [
        (
            DecisionKind(d["kind"]).name,
            Verdict(d["verdict"]).name,
            Directive(d["directive"]).name,
            CodeClass(d["code_class"]).name,
        )
        for d in decisions
        if ref is None or d["subject"] == ref
    ]


def answer(decisions: Any) -> Any:
    """The one decision that answers a gate."""
    found = [d for d in decisions if d["kind"] == DecisionKind.ANSWER]
    assert len(found) == 1, told(decisions)
    return found[0]


def first_open(border: Border) -> Any:
    """The slots of open cases."""
    cases = border.shard.state.cases
    return cases[cases["open"] == 1]
