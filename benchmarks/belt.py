"""A parcel hall whose officers are few: what is stopped waits beside the belt, and leaves.

The simulated port's parcels are played through decoder and core. What the engine stops waits for
the officers, who take the first or the riskiest of those who wait. A parcel to which nobody came
within the window leaves. Chance belongs to the parcel and not to the policy: an inspection of the
same parcel lasts as long and finds the same under each.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from benchmarks.port_run import PortRun
from haechi.rpc.v1.decision_pb2 import GateAnswer
from haechi.rpc.v1.gate_pb2 import ExitSeen
from haechi.rpc.v1.officers_pb2 import (
    CASE_END_SEIZED,
    FINDING_FOUND,
    SELECTED_BY_MODEL,
    SELECTED_BY_RANDOM,
    CaseClosed,
    OfficerAction,
)
from haechi.rpc.v1.vocabulary_pb2 import (
    CODE_CLASS_CAPACITY,
    CODE_CLASS_MISSING_EVIDENCE,
    CODE_CLASS_RANDOM_CHECK,
    STAGE_RELEASE_OUT,
    STAGE_SORTER,
    VERDICT_HOLD,
    VERDICT_RELEASE,
)
from haechi.streams.simulator import Item, places
from haechi.streams.simulator.draws import draws_for
from haechi.streams.simulator.inspections import inspect
from haechi.streams.simulator.items import write_named

_REPORT_US: Final = 5_000_000
_LEAVE_US: Final = 10_000_000
_SHAPE: Final = 4.0
"""Of the gamma distribution of how long an inspection lasts: the middle half within 0.6 to 1.3 of
its mean."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Officers.

    Parameters
    ----------
    officers
        How many.
    mean_us
        How long an inspection lasts, in the mean.
    window_us
        How long a parcel waits for one to begin.
    by_risk
        Whether they take the riskiest of those who wait instead of the first.
    tell
        Whether the engine learns at once what they find.
    """

    officers: int
    mean_us: float
    window_us: int
    by_risk: bool = False
    tell: bool = True


@dataclass(slots=True)
class Stopped:
    """One parcel that was stopped for an inspection."""

    item: Item
    answer: GateAnswer
    risk: float
    at_us: int
    begun_us: int = 0
    found: bool = False

    @property
    def was_seen(self) -> bool:
        """Whether an officer came before it left."""
        return self.begun_us != 0


@dataclass(slots=True)
class Hall:
    """One hall, its officers and the shard that decides.

    Parameters
    ----------
    run
        The port and the shard.
    staff
        Who inspects; may change between calls of :meth:`play`.

    Attributes
    ----------
    asked
        Highest log-odds at the sorter, by parcel.
    stopped
        Parcels that were to be inspected, in order.
    fell_out
        Parcels whose risk asked for an inspection and that were let go for want of officers.
    waited
        How many waited and were looked at, after each change: (microseconds, count).
    """

    run: PortRun
    staff: Staff
    asked: dict[str, float] = field(init=False, default_factory=dict)
    stopped: list[Stopped] = field(init=False, default_factory=list)
    fell_out: list[str] = field(init=False, default_factory=list)
    waited: list[tuple[int, int]] = field(init=False, default_factory=list)
    _events: list[tuple[int, int, Any]] = field(init=False, default_factory=list)
    _number: int = field(init=False, default=0)
    _waiting: list[Stopped] = field(init=False, default_factory=list)
    _busy: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        for item in self.run.port.items:
            self._at(item.send_us, item)

    def play(self, until_us: int = 1 << 62) -> None:
        """Play on, to a time or to the end."""
        while self._events and self._events[0][0] < until_us:
            now_us, _, event = heapq.heappop(self._events)
            if isinstance(event, Item):
                answer = self.run.take(event)
                if answer is not None:
                    self._follow(event, answer)
            elif event is None:
                self._busy -= 1
            elif event in self._waiting:
                self._waiting.remove(event)
                self._leave(event.item, now_us)
            while self._waiting and self._busy < self.staff.officers:
                self._begin(now_us)
            here = self._busy + len(self._waiting)
            if not self.waited or self.waited[-1][1] != here:
                self.waited.append((now_us, here))

    def _at(self, at_us: int, event: Item | Stopped | None) -> None:
        """Let something happen: an item is sent, a parcel's window ends, an officer is free."""
        self._number += 1
        heapq.heappush(self._events, (at_us, self._number, event))

    def _follow(self, item: Item, answer: GateAnswer) -> None:
        asked = item.event.gate_event.stage == STAGE_SORTER
        if asked:
            score = self.run.told(answer.decision_id, "log_odds")
            self.asked[item.subject] = max(score, self.asked.get(item.subject, score))
        lacks = answer.code_class == CODE_CLASS_MISSING_EVIDENCE
        if asked and answer.verdict != VERDICT_RELEASE and not lacks:
            risk = self.run.told(answer.decision_id, "selection")
            stopped = Stopped(item, answer, risk, item.send_us)
            self.stopped.append(stopped)
            self._waiting.append(stopped)
            self._at(item.send_us + self.staff.window_us, stopped)
            return
        if asked and answer.code_class == CODE_CLASS_CAPACITY:
            self.fell_out.append(item.subject)
        for new in self.run.port.respond(item, answer):
            # Nobody is asked again at the way out: one decision settles a parcel.
            if new.kind == "gate_event" and new.event.gate_event.stage == STAGE_RELEASE_OUT:
                self._leave(item, new.send_us)
            else:
                self._at(new.send_us, new)

    def _begin(self, now_us: int) -> None:
        """Let an officer look at one of those who wait."""
        one = self._waiting[0]
        if self.staff.by_risk:
            one = max(self._waiting, key=lambda one: one.risk)
        self._waiting.remove(one)
        self._busy += 1
        item, seed = one.item, self.run.port.seed
        lasts = draws_for(seed, "lasts", item.name).gamma(_SHAPE, self.staff.mean_us / _SHAPE)
        one.begun_us, done_us = now_us, now_us + int(lasts)
        self._at(done_us, None)
        drawn = one.answer.code_class == CODE_CLASS_RANDOM_CHECK
        outcome = inspect(
            draws_for(seed, "looked", item.name),
            self.run.port.truth[item.subject].pattern,
            one.answer.decision_id,
            SELECTED_BY_RANDOM if drawn else SELECTED_BY_MODEL,
            now_us,
            done_us,
            body=False,
        )
        one.found = outcome.finding == FINDING_FOUND
        if self.staff.tell:
            self._write(item, "inspection_outcome", outcome, done_us)
        said = OfficerAction(
            decision_id=one.answer.decision_id,
            from_verdict=one.answer.verdict,
            to_verdict=VERDICT_HOLD if one.found else VERDICT_RELEASE,
            reason_code="CHECKED",
        )
        self._write(item, "officer_action", said, done_us + _REPORT_US)
        said = OfficerAction(
            decision_id=one.answer.decision_id,
            from_verdict=one.answer.verdict,
            to_verdict=VERDICT_HOLD if one.found else VERDICT_RELEASE,
            reason_code="CHECKED",
        )
        self._write(item, "officer_action", said, done_us + _REPORT_US)
        if one.found:
            self._write(item, "case_closed", CaseClosed(end=CASE_END_SEIZED), done_us + _LEAVE_US)
        else:
            self._leave(item, done_us + _LEAVE_US)

    def _leave(self, item: Item, at_us: int) -> None:
        asked = item.event.gate_event
        self._write(item, "exit_seen", ExitSeen(gate=asked.gate, stage=asked.stage), at_us)

    def _write(self, item: Item, kind: str, payload: Any, at_us: int) -> None:
        head, _, number = item.name.rpartition(":")
        write = partial(write_named, subjects=item.event.envelope.subjects, subject=item.subject)
        name = f"{head}.{kind}:{number}"
        self._at(at_us, write(name, kind, payload, places.SHED_OFFICERS, at_us))
