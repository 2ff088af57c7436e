"""A shard: its state, its settings, and records in, decisions out.

Live traffic and replay hold the same object and call the same :meth:`Shard.apply`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from haechi.configs.rule_set import RuleSet
from haechi.configs.rule_tables import compile_rules
from haechi.engine.codes import EventKind, NodeKind
from haechi.engine.kernel import Array, bound
from haechi.engine.records import DECISION, EVENT
from haechi.operators.artefact import settings_digest
from haechi.operators.core import apply
from haechi.operators.decide import MOST_DECISIONS
from haechi.operators.governance import PLACES, RULES, ModelRole, Promotions, Said
from haechi.operators.state import Count, begin_learning, digest, make_room, new_state

_NOTHING_RECALLED: Final = np.frombuffer(bytes(DECISION.itemsize), DECISION)
_NO_EVENTS: Final = np.frombuffer(b"", EVENT)
_OUT: Final = 8 * MOST_DECISIONS
_TRUST_CHANGED: Final = int(EventKind.TRUST_CHANGED)
_VERSION_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class ShardSettings:
    """What a start puts in force; all of it is named in the log.

    Parameters
    ----------
    policy
        Lanes by stages, ``POLICY`` records.
    default_lane
        Lane of a case before any gate, by kind of case, shape (3,).
    prior
        ``TERM`` records, shape (2, features): parcels, travelers.
    base
        Log-odds when nothing speaks, shape (2,); for parcels where learning begins.
    model
        How the models learn, ``MODEL`` records, shape (2,).
    seed
        Seed of the keyed draws.
    prior_version, policy_version
        64-bit content hashes.
    retention_traveler_us, retention_parcel_us
        How long a case is kept after its last event.
    """

    policy: Array
    default_lane: Array
    prior: Array
    base: Array
    model: Array
    seed: int
    prior_version: int
    policy_version: int
    retention_traveler_us: int
    retention_parcel_us: int


def _as(kind: np.dtype[Any], records: Array) -> Array:
    """Records as the bound core takes them: of their kind, in one piece, read-only."""
    flags = records.flags
    if records.dtype is not kind and records.dtype != kind:
        raise TypeError(f"the core takes {kind.itemsize}-byte records")
    if records.ndim != 1 or not flags.c_contiguous:
        raise TypeError("the core takes records in one piece")
    if flags.writeable:
        records = records.view()
        records.flags.writeable = False
    return records


def _signed(value: int) -> int:
    """A 64-bit pattern as the int64 that counters hold."""
    return value - (1 << 64) if value >> 63 else value


class Shard:
    """One shard's deterministic state machine.

    Parameters
    ----------
    capacity
        Cases to make room for before the first growth.

    Attributes
    ----------
    promotions
        Proposals that wait for a second person. Whoever feeds a log gives it the log's artefacts.
    promoted
        Promotions that took effect, by offset.
    trust_changed
        Offsets of events by which a party's trust was granted or withdrawn.
    rules
        The rules in force.
    keeps_rules
        Whether rule sets that the log puts into force are passed over, as in a backtest.
    """

    def __init__(self, capacity: int = 1 << 14) -> None:
        self.state = new_state(capacity)
        self.promotions = Promotions()
        self.promoted: dict[int, Said] = {}
        self.trust_changed: set[int] = set()
        self.rules = compile_rules(None)
        self.keeps_rules = False
        self._rule_sets: dict[ModelRole, RuleSet] = {}
        self._out = np.zeros(_OUT, DECISION)
        self._bytes = self._out.view(np.uint8).reshape(_OUT, DECISION.itemsize)
        self._apply = bound(apply, self.state, _NO_EVENTS, 0, _NOTHING_RECALLED, 0, self._out)

    def configure(self, settings: ShardSettings) -> None:
        """Put a start's settings in force; they hold for every event after it."""
        state = self.state
        state.policy[...] = settings.policy
        state.default_lane[...] = settings.default_lane
        state.prior[...] = settings.prior
        state.base[...] = settings.base
        state.model[...] = settings.model
        begin_learning(state)
        self.promotions.settings = {
            int(node): settings_digest(settings.model[kind])
            for kind, node in enumerate((NodeKind.PARCEL, NodeKind.TRAVELER))
        }
        count = state.counters
        count[Count.SEED] = _signed(settings.seed)
        count[Count.PRIOR_VERSION] = _signed(settings.prior_version)
        count[Count.POLICY_VERSION] = _signed(settings.policy_version)
        count[Count.RETENTION_TRAVELER_US] = settings.retention_traveler_us
        count[Count.RETENTION_PARCEL_US] = settings.retention_parcel_us

    def apply(self, events: Array, recalled: Array | None = None) -> bytes:
        """Apply records in order and return the decisions, in order.

        Parameters
        ----------
        events
            Stamped ``EVENT`` records, shape (n,).
        recalled
            ``DECISION`` records that they name, in the order of the records whose
            ``recall`` is not -1.

        Returns
        -------
        The decisions' bodies, one after another: ``DECISION.itemsize`` bytes each.
        """
        records = events.shape[0]
        events = _as(EVENT, events)
        named = _NOTHING_RECALLED
        if recalled is not None and len(recalled):
            named = _as(DECISION, recalled)
        at, recall_at, made, signed = self._apply(self.state, events, 0, named, 0, self._out)
        raw = self._bytes[:made].tobytes() if made else b""
        if signed:
            self._promote(events[at - 1])
        if at == records:
            return raw
        parts = [raw]
        while at < records:
            self.state = make_room(self.state)
            at, recall_at, made, signed = self._apply(
                self.state, events, at, named, recall_at, self._out
            )
            parts.append(self._bytes[:made].tobytes())
            if signed:
                self._promote(events[at - 1])
        return b"".join(parts)

    def _promote(self, record: Any) -> None:
        """Let a promotion take effect, if it is the second person's.

        Raises
        ------
        LogCorrupt
            If the artefact is not there any more.
        """
        if record["kind"] == _TRUST_CHANGED:
            # Two approvers are counted in the registry itself.
            if self.state.counters[Count.TRUST_TOOK]:
                self.trust_changed.add(int(record["offset"]))
            return
        said = Said.of(record)
        if not self.promotions.take(said, int(record["stamp_us"])):
            return
        offset = int(record["offset"])
        self.promoted[offset] = said
        if said.node == RULES and self.keeps_rules:
            return
        if said.node == RULES:
            rule_set = self.promotions.rules(said, offset)
            self.put_rules(rule_set, ModelRole(said.role), said.artefact)
            return
        model = self.promotions.model(said, offset)
        place = PLACES[NodeKind(said.node), ModelRole(said.role)]
        state, count = self.state, self.state.counters
        model.write_to(state.weights[place])
        if said.node == NodeKind.PARCEL:
            # It goes on learning from where the artefact stood.
            state.platt[0] = model.platt
            count[Count.LEARNED] = model.header.labels
        else:
            shadow = said.role == ModelRole.SHADOW
            which = Count.SHADOW_LEARNED if shadow else Count.TRAVELER_LEARNED
            count[which] = model.header.labels
        if said.role == ModelRole.CHAMPION:
            which = Count.PARCEL_MODEL if said.node == NodeKind.PARCEL else Count.TRAVELER_MODEL
            count[which] = _signed(int.from_bytes(said.artefact[:_VERSION_BYTES], "big"))

    def lay_out(self, rule_set: RuleSet, role: ModelRole) -> None:
        """Lay a rule set out beside what is in force, on the caller's thread.

        If it takes effect next, the dataflow need not do it.
        """
        sets = {**self._rule_sets, role: rule_set}
        compile_rules(sets.get(ModelRole.CHAMPION), sets.get(ModelRole.SHADOW))

    def put_rules(self, rule_set: RuleSet, role: ModelRole, artefact: bytes) -> None:
        """Put a rule set into force from the next record on.

        Parameters
        ----------
        rule_set
            What replaces the one of the same role.
        role
            ``CHAMPION`` decides, ``SHADOW`` is only noted.
        artefact
            SHA-256 of the artefact, 32 bytes: its version.
        """
        self._rule_sets[role] = rule_set
        active, shadow = map(self._rule_sets.get, (ModelRole.CHAMPION, ModelRole.SHADOW))
        compiled = compile_rules(active, shadow, self.rules)
        self.rules = compiled
        self.state = self.state._replace(rules=compiled.tables)
        which = Count.RULES_VERSION if role == ModelRole.CHAMPION else Count.SHADOW_RULES_VERSION
        version = int.from_bytes(artefact[:_VERSION_BYTES], "big")
        self.state.counters[which] = _signed(version)

    def next_due_us(self) -> int | None:
        """When the earliest deadline passes, on the core's clock, or None; 0 for at once."""
        if self.state.counters[Count.SCREEN_LEFT] > 0:
            return 0
        if self.state.counters[Count.TIMERS] == 0:
            return None
        return int(self.state.timers[0]["due_us"])

    def count(self, which: Count) -> int:
        """One of the shard's counters."""
        return int(self.state.counters[which])

    def digest(self) -> str:
        """SHA-256 of the state and of the proposals that wait, in hexadecimal."""
        whole = bytes.fromhex(digest(self.state)) + self.promotions.digest()
        return hashlib.sha256(whole).hexdigest()
