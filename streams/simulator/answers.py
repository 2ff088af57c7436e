"""What the port does with an answer.

The gate acts within two seconds; who is let through leaves seconds later; who is not is
inspected, or gets the check that the answer names, and goes on or stays. Everything follows
from the question, the answer and the truth, so the order in which a driver asks is no matter.

=======================  ==========================================================
answer                   what follows
=======================  ==========================================================
RELEASE                  opened; left, or (sorter) the gate at the way out asks
HOLD, REFER for a        inspected: 3-25 minutes for travelers, 10-60 for parcels;
reason in the subject    found: case closed; else cleared by an officer, as above
REFER for want of        the named check: body scan or X-ray and the gate asks again,
evidence                 a search, or an officer who looks and clears
anything at DESK,        the subject is sent on; what it is about is settled at the
RECLAIM, WAREHOUSE_IN    exit or on the sorter
=======================  ==========================================================

Of those released at exit or sorter, 0.2% are picked by an officer all the same, whatever they
hide: labels that no score selected.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from haechi.rpc.v1.decision_pb2 import GateAnswer
from haechi.rpc.v1.gate_pb2 import (
    GATE_ACTED_DIVERTED,
    GATE_ACTED_FAILED,
    GATE_ACTED_KEPT_SHUT,
    GATE_ACTED_OPENED,
    ExitSeen,
    GateAction,
)
from haechi.rpc.v1.officers_pb2 import (
    CASE_END_SEIZED,
    FINDING_FOUND,
    SELECTED_BY_MODEL,
    SELECTED_BY_OFFICER,
    SELECTED_BY_RANDOM,
    SELECTED_BY_RULE,
    CaseClosed,
    OfficerAction,
    SelectedBy,
)
from haechi.rpc.v1.vocabulary_pb2 import (
    CODE_CLASS_INTELLIGENCE,
    CODE_CLASS_POLICY,
    CODE_CLASS_RANDOM_CHECK,
    CODE_CLASS_RISK,
    CODE_CLASS_SENSOR_ALARM,
    DIRECTIVE_BAG_SEARCH,
    DIRECTIVE_BODY_SCAN,
    DIRECTIVE_OPEN_PARCEL,
    DIRECTIVE_XRAY_AGAIN,
    STAGE_EXIT,
    STAGE_RELEASE_OUT,
    STAGE_SORTER,
    VERDICT_HOLD,
    VERDICT_RELEASE,
    CodeClass,
)
from haechi.streams.simulator import places
from haechi.streams.simulator.draws import Draws, between_us, draws_for, happens
from haechi.streams.simulator.inspections import inspect
from haechi.streams.simulator.items import Item, write_named
from haechi.streams.simulator.sensors import BODY, PARCEL, scan
from haechi.streams.simulator.truth import Truth

PICKED: Final = 0.002
GATE_FAILS: Final = 0.001

_SELECTED: Final[dict[CodeClass, SelectedBy]] = {
    CODE_CLASS_RISK: SELECTED_BY_MODEL,
    CODE_CLASS_SENSOR_ALARM: SELECTED_BY_MODEL,
    CODE_CLASS_INTELLIGENCE: SELECTED_BY_RULE,
    CODE_CLASS_POLICY: SELECTED_BY_RULE,
    CODE_CLASS_RANDOM_CHECK: SELECTED_BY_RANDOM,
}
"""Answers that lead to an inspection, and what it then was that chose the subject."""

_SEARCHED: Final = (DIRECTIVE_BAG_SEARCH, DIRECTIVE_OPEN_PARCEL)
_AGAIN: Final = "-again"
_LAST: Final = (STAGE_EXIT, STAGE_SORTER, STAGE_RELEASE_OUT)
"""Stages at which subjects are inspected."""


class Responder:
    """Answers of the port to answers of the engine.

    Parameters
    ----------
    seed
        Seed of the port.
    truth
        What is true, by subject.
    """

    def __init__(self, seed: int, truth: Mapping[str, Truth]) -> None:
        self._seed = seed
        self._truth = truth

    def respond(self, item: Item, answer: GateAnswer, drawn_as: str = "") -> list[Item]:
        """Follow up one answer.

        Parameters
        ----------
        item
            What was asked; anything but a gate's question, and any repetition, has no
            follow-up.
        answer
            What the engine said, or the client library in its stead.
        drawn_as
            Name of the question whose chance this one has, if it is a copy; else its own.

        Returns
        -------
        New items in the order of their sending, each after ``item``.
        """
        if item.kind != "gate_event" or item.duplicate:
            return []
        truth = self._truth.get(item.subject, Truth(item.subject))
        turn = _Turn(draws_for(self._seed, "answer", drawn_as or item.name), item, answer, truth)
        return sorted(turn.play(), key=lambda new: new.order)


class _Turn:
    """One question, its answer and what comes of it."""

    def __init__(self, draws: Draws, item: Item, answer: GateAnswer, truth: Truth) -> None:
        self._item = item
        self._asked = item.event.gate_event
        self._answer = answer
        self._truth = truth
        self._draws = draws
        self._parcel = self._asked.stage in (STAGE_SORTER, STAGE_RELEASE_OUT)
        self._officers = places.SHED_OFFICERS if self._parcel else places.OFFICERS
        self._write = partial(
            write_named,
            subjects=item.event.envelope.subjects,
            subject=item.subject,
            group=item.group,
            scripted=item.scripted,
        )

    def _named(self, label: str) -> str:
        """Name of a follow-up: the question's, with a label behind its kind."""
        head, _, number = self._item.name.rpartition(":")
        return f"{head}.{label}:{number}"

    def play(self) -> list[Item]:
        released = self._answer.verdict == VERDICT_RELEASE
        at_us = self._item.event_us + between_us(self._draws, 0.3, 2.0)
        last = self._asked.stage in _LAST
        picked = (
            last
            and not self._item.inspected
            and (
                self._item.handpicked or (not self._item.scripted and happens(self._draws, PICKED))
            )
        )
        items = [self._act(at_us, opened=released and not picked)]
        if not last:
            return items
        if released and not picked:
            return items + self._leave(at_us)
        if self._item.inspected:
            # Cleared once already: an officer lets the subject go in person.
            return items + self._clear(at_us + between_us(self._draws, 20, 120))
        selected = SELECTED_BY_OFFICER if picked else _SELECTED.get(self._answer.code_class)
        if selected is None and self._answer.verdict == VERDICT_HOLD:
            selected = SELECTED_BY_RULE
        if selected is None and self._answer.directive in _SEARCHED:
            selected = SELECTED_BY_RULE
        if selected is not None:
            return items + self._inspect(at_us, selected)
        return items + self._check(at_us)

    def _act(self, at_us: int, *, opened: bool) -> Item:
        """Write what the gate did."""
        shut = GATE_ACTED_KEPT_SHUT if self._answer.verdict == VERDICT_HOLD else GATE_ACTED_DIVERTED
        acted = GATE_ACTED_OPENED if opened else GATE_ACTED_DIVERTED if self._parcel else shut
        if not opened and not self._item.scripted and happens(self._draws, GATE_FAILS):
            acted = GATE_ACTED_FAILED
        action = GateAction(
            decision_id=self._answer.decision_id,
            acted=acted,
            gate=self._asked.gate,
            presentation_id=self._asked.presentation_id,
        )
        place = places.SORTER if self._asked.gate.startswith(places.SHED) else places.GATES
        return self._write(self._named("acted"), "gate_action", action, place, at_us)

    def _leave(self, at_us: int) -> list[Item]:
        """Let the subject go: out of the hall, or from the sorter to the way out."""
        if self._asked.stage == STAGE_SORTER:
            return [self._ask_again("out", at_us + between_us(self._draws, 1200, 3600))]
        seen = ExitSeen(gate=self._asked.gate, stage=self._asked.stage)
        place = places.SORTER if self._parcel else places.GATES
        left_us = at_us + between_us(self._draws, 5, 20)
        return [self._write(self._named("left"), "exit_seen", seen, place, left_us)]

    def _clear(self, at_us: int) -> list[Item]:
        """Have an officer release the subject; at the way out nobody asks once more."""
        action = OfficerAction(
            decision_id=self._answer.decision_id,
            from_verdict=self._answer.verdict,
            to_verdict=VERDICT_RELEASE,
            reason_code="CHECKED",
        )
        name = self._named("cleared")
        cleared = self._write(name, "officer_action", action, self._officers, at_us)
        return [cleared, *self._leave(at_us)]

    def _inspect(self, at_us: int, selected_by: SelectedBy) -> list[Item]:
        """Open and search."""
        low_s, high_s = (600, 3600) if self._parcel else (180, 1500)
        if self._item.scripted:
            low_s, high_s = 120, 180
        begun_us = at_us + between_us(self._draws, 30, 120)
        done_us = begun_us + between_us(self._draws, low_s, high_s)
        outcome = inspect(
            self._draws,
            self._truth.pattern,
            self._answer.decision_id,
            selected_by,
            begun_us,
            done_us,
            body=self._answer.directive == DIRECTIVE_BODY_SCAN,
            certain=self._item.scripted,
        )
        name = self._named("inspected")
        items = [self._write(name, "inspection_outcome", outcome, self._officers, done_us)]
        if outcome.finding != FINDING_FOUND:
            return items + self._clear(done_us + between_us(self._draws, 5, 60))
        closed_us = done_us + between_us(self._draws, 60, 300)
        ended = CaseClosed(end=CASE_END_SEIZED)
        closed = self._write(self._named("closed"), "case_closed", ended, self._officers, closed_us)
        return [*items, closed]

    def _check(self, at_us: int) -> list[Item]:
        """Bring the evidence that was wanting, and ask once more; or have an officer look."""
        checked_us = at_us + between_us(self._draws, 40, 180)
        detector, device, place = BODY, places.BODY_SCANNER, places.SCANNERS
        if self._parcel:
            detector, device = PARCEL, places.PARCEL_SCANNER_IDS[0]
            place = places.PARCEL_SCANNERS
        wanted = DIRECTIVE_XRAY_AGAIN if self._parcel else DIRECTIVE_BODY_SCAN
        if self._answer.directive != wanted or self._asked.presentation_id.endswith(_AGAIN):
            return self._clear(checked_us)
        number = 60_000_000 + int(self._item.name.rpartition(":")[2])
        result = scan(detector, self._draws, self._truth.pattern, device, number)
        name = self._named("scanned")
        again = self._ask_again("again", checked_us + between_us(self._draws, 10, 30))
        return [self._write(name, "scanner_result", result, place, checked_us), again]

    def _ask_again(self, label: str, at_us: int) -> Item:
        """Ask anew, at the same gate with new evidence or at the way out."""
        asked = type(self._asked)()
        asked.CopyFrom(self._asked)
        asked.presentation_id = f"{self._asked.presentation_id}-{label}"
        asked.recirculated = label == "again" and self._parcel
        if label == "out":
            asked.gate, asked.stage = places.RELEASE_OUT, STAGE_RELEASE_OUT
        place = places.SORTER if self._parcel else places.GATES
        return self._write(
            self._named(label),
            "gate_event",
            asked,
            place,
            at_us,
            inspected=label == "out" and self._answer.verdict != VERDICT_RELEASE,
        )
