"""Counts what is committed, by following the log: the engine does nothing for it."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from typing import Any, Final

import numpy as np

from haechi.engine.codes import CodeClass, DecisionKind, EventKind, Verdict
from haechi.engine.records import DECISION
from haechi.rpc.v1 import journal_pb2
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.log.keys import Erased
from haechi.streams.log.reader import LogReader
from haechi.streams.metrics import families
from haechi.streams.metrics.families import Family
from haechi.streams.shipper.names import PlaceNames

BOUNDS_S: Final = np.array(
    [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 10.0]
)
"""Upper bounds of the histograms' buckets: a decision takes one millisecond, its budget is 250."""

_PIECE: Final = 4096
_REMEMBERED: Final = 65536
_PREFIX: Final = "DEAD_LETTER_REASON_"


class Histogram:
    """Times by bucket, and their sum."""

    def __init__(self) -> None:
        self.counts = np.zeros(BOUNDS_S.size + 1, np.int64)
        self.sum_s = 0.0

    def add(self, times_us: Any) -> None:
        """Count times, microseconds, shape (n,)."""
        times_s = np.asarray(times_us, np.float64) / 1e6
        self.counts += np.bincount(np.searchsorted(BOUNDS_S, times_s), minlength=self.counts.size)
        self.sum_s += float(times_s.sum())

    def buckets(self) -> list[tuple[str, float]]:
        """Bounds and how many were not above them, the last for all."""
        upto = np.cumsum(self.counts).tolist()
        bounds = [*(f"{bound:g}" for bound in BOUNDS_S.tolist()), "+Inf"]
        return list(zip(bounds, map(float, upto), strict=True))


class LogCounts:
    """What was committed since this began to look.

    Parameters
    ----------
    reader
        The log, with keys; used by one thread.
    names
        Names of lanes.
    """

    def __init__(self, reader: LogReader, names: PlaceNames) -> None:
        self._reader = reader
        self._names = names
        head = reader.head()
        self._next = 0 if head is None else head.offset + 1
        self._delivery = reader.last_delivery()
        self._decided_us: OrderedDict[bytes, int] = OrderedDict()
        self._counting = threading.Lock()
        self._counters: dict[Family, Counter[tuple[str, ...]]] = {
            family: Counter()
            for family in (
                families.EVENTS,
                families.DECISIONS,
                families.PROVISIONAL,
                families.DEAD_LETTERS,
            )
        }
        self._clocks = {clock: Histogram() for clock in ("decided", "durable", "returned")}
        self._commits = Histogram()

    @property
    def events(self) -> int:
        """Events in the log, as far as was looked."""
        return self._next

    def catch_up(self) -> None:
        """Count what is new."""
        while self._take_piece():
            pass
        while rows := self._reader.deliveries_after(self._delivery, _PIECE):
            self._delivery = rows[-1][0]
            with self._counting:
                self._take_deliveries(rows)

    def counters(self) -> dict[Family, dict[tuple[str, ...], int]]:
        """Counts by labels, for each counter."""
        with self._counting:
            return {family: dict(counts) for family, counts in self._counters.items()}

    def histograms(self) -> list[tuple[Family, tuple[str, ...], list[tuple[str, float]], float]]:
        """Family, labels, buckets and sum of each histogram."""
        with self._counting:
            told = [
                (families.ANSWERS, (clock,), times.buckets(), times.sum_s)
                for clock, times in self._clocks.items()
            ]
            return [*told, (families.COMMITS, (), self._commits.buckets(), self._commits.sum_s)]

    def _take_piece(self) -> bool:
        events = list(self._reader.events(self._next, self._next + _PIECE))
        if not events:
            return False
        end = events[-1].offset + 1
        decisions = self._reader.decisions(self._next, end)
        with self._counting:
            for event in events:
                self._counters[families.EVENTS][(EventKind(event.kind).name,)] += 1
                if event.kind == EventKind.DEAD_LETTER:
                    self._counters[families.DEAD_LETTERS][(self._reason(event),)] += 1
            if decisions:
                self._take_decisions(decisions)
        self._next = end
        return True

    def _take_decisions(self, decisions: Any) -> None:
        rows = np.frombuffer(b"".join([one.body for one in decisions]), DECISION)
        whole, times = np.unique(
            rows[["verdict", "kind", "lane", "code_class"]], return_counts=True
        )
        for (verdict, kind, lane, code), count in zip(whole.tolist(), times.tolist(), strict=True):
            labels = (Verdict(verdict).name, DecisionKind(kind).name, self._names.lane(lane))
            self._counters[families.DECISIONS][labels] += count
            if kind == DecisionKind.PROVISIONAL:
                self._counters[families.PROVISIONAL][(CodeClass(code).name,)] += count
        decided_us = [one.queued_us + one.applied_us for one in decisions]
        self._clocks["decided"].add(decided_us)
        for one, us in zip(decisions, decided_us, strict=True):
            self._decided_us[one.id] = us
        while len(self._decided_us) > _REMEMBERED:
            self._decided_us.popitem(last=False)

    def _take_deliveries(self, rows: list[tuple[int, bytes, int, int]]) -> None:
        self._clocks["durable"].add([durable for _, _, durable, _ in rows if durable > 0])
        self._clocks["returned"].add([returned for *_, returned in rows if returned > 0])
        self._commits.add(
            [
                max(0, durable - self._decided_us[decision])
                for _, decision, durable, _ in rows
                if durable > 0 and decision in self._decided_us
            ]
        )

    def _reason(self, event: Any) -> str:
        try:
            letter = Event.FromString(self._reader.payload(event)).dead_letter
        except Erased:
            return "ERASED"
        return journal_pb2.DeadLetterReason.Name(letter.reason).removeprefix(_PREFIX)
