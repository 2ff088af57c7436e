"""How well the port was guarded, how long it took, and what is left to do."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from haechi.app.shown import enum_word

if TYPE_CHECKING:
    from haechi.app.demo.ledger import Ledger
    from haechi.streams.simulator import Port

_CROWD_ONLY: Final = "demo-"


@dataclass(frozen=True, slots=True)
class Detection:
    """What inspections found, and who was stopped; the told cases are left out.

    Parameters
    ----------
    inspected, seized
        Inspections that the engine's reasons led to and that ended in a finding or in nothing.
    random_inspected, random_seized
        The same for subjects picked at random or by an officer.
    per_100, low, high
        Seizures per 100 inspections, with the 95% interval (Wilson).
    base_per_100
        Guilty per 100 subjects in the simulated truth: what random selection would find at
        most.
    guilty, guilty_stopped, innocent, innocent_stopped
        Subjects that asked at a last gate, and how many of them were held or referred for
        their risk.
    unproven
        Subjects referred for want of evidence or at random, which says nothing about them.
    """

    inspected: int
    seized: int
    random_inspected: int
    random_seized: int
    per_100: float
    low: float
    high: float
    base_per_100: float
    guilty: int
    guilty_stopped: int
    innocent: int
    innocent_stopped: int
    unproven: int

    def as_dict(self) -> dict[str, Any]:
        """Give it to machines."""
        return asdict(self)


def detection(port: Port, ledger: Ledger) -> Detection:
    """Hold what was done against the simulated truth."""
    from haechi.rpc.v1 import officers_pb2 as officers
    from haechi.rpc.v1 import vocabulary_pb2 as words
    from haechi.streams.monitor.estimates import wilson

    led, picked = [0, 0], [0, 0]
    for handed in ledger.handed:
        item = handed.item
        if item.kind != "inspection_outcome" or not _of_crowd(item.subject) or item.duplicate:
            continue
        outcome = item.event.inspection_outcome
        if outcome.finding not in (officers.FINDING_FOUND, officers.FINDING_NOTHING):
            continue
        ours = outcome.selected_by in (officers.SELECTED_BY_MODEL, officers.SELECTED_BY_RULE)
        counts = led if ours else picked
        counts[0] += 1
        counts[1] += outcome.finding == officers.FINDING_FOUND
    risky = (
        words.CODE_CLASS_RISK,
        words.CODE_CLASS_SENSOR_ALARM,
        words.CODE_CLASS_INTELLIGENCE,
    )
    last = (words.STAGE_EXIT, words.STAGE_SORTER, words.STAGE_RELEASE_OUT)
    seen: set[str] = set()
    stopped: set[str] = set()
    other: set[str] = set()
    for asked in ledger.asked.values():
        item, answer = asked.item, asked.answer
        if answer is None or not _of_crowd(item.subject):
            continue
        if item.event.gate_event.stage not in last:
            continue
        seen.add(item.subject)
        if answer.verdict != words.VERDICT_RELEASE:
            (stopped if answer.code_class in risky else other).add(item.subject)
    guilty = {subject for subject in seen if port.truth[subject].guilty}
    crowd = [truth for subject, truth in port.truth.items() if _of_crowd(subject)]
    low, high = wilson(led[1] / max(1, led[0]), led[0])
    return Detection(
        inspected=led[0],
        seized=led[1],
        random_inspected=picked[0],
        random_seized=picked[1],
        per_100=100.0 * led[1] / led[0] if led[0] else 0.0,
        low=100.0 * low,
        high=100.0 * high,
        base_per_100=100.0 * sum(t.guilty for t in crowd) / max(1, len(crowd)),
        guilty=len(guilty),
        guilty_stopped=len(guilty & stopped),
        innocent=len(seen - guilty),
        innocent_stopped=len(stopped - guilty),
        unproven=len(other - stopped),
    )


def _of_crowd(subject: str) -> bool:
    return bool(subject) and not subject.startswith(_CROWD_ONLY)


def verdicts(ledger: Ledger) -> dict[str, int]:
    """Count the gates' answers by verdict."""
    from haechi.rpc.v1 import vocabulary_pb2 as words

    told = Counter(
        enum_word(words.Verdict, asked.answer.verdict)
        for asked in ledger.asked.values()
        if asked.answer is not None
    )
    return dict(sorted(told.items()))


def percentiles(values: list[float]) -> dict[str, float | None]:
    """Give p50 and p99 of some durations, and how many there are."""
    ordered = sorted(values)
    count = len(ordered)

    def at(share: float) -> float | None:
        return round(ordered[min(count - 1, int(count * share))], 3) if ordered else None

    return {"p50": at(0.50), "p99": at(0.99), "count": count}
