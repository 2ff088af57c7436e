"""How soon new intelligence has reached every open case, and what gates notice of it.

Seeded travelers are all open and released; then an entry names a few of them, and gates ask one
after another while the core looks through the cases, a piece with every event. Beside them stand
the same questions without an entry, in the same process and in turns.
"""

from __future__ import annotations

import argparse
import time
from typing import Any, Final

import numpy as np

from benchmarks.packaged import packaged_settings
from benchmarks.report import Progress, Report
from haechi.engine.codes import DecisionKind, EventKind, NodeKind, Stage, Watched
from haechi.engine.records import DECISION, EVENT, pack_event
from haechi.operators.shard import Shard

_NODE: Final = int(NodeKind.TRAVELER)
_LANE: Final = 2
_START_US: Final = 1_760_000_000_000_000
_BLOCK: Final = 1000
_REVISED: Final = (int(DecisionKind.REVISION), int(DecisionKind.STANDING))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--cases", type=int, default=100_000, help="(default %(default)s)")
    parser.add_argument("--named", type=int, default=100, help="(default %(default)s)")
    parser.add_argument("--rounds", type=int, default=20, help="(default %(default)s)")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    play = _Play(report.seed, given.cases)
    play.open_all()
    quiet_us: list[float] = []
    busy_us: list[float] = []
    whole_ms, ticks = [], []
    with Progress("entries", given.rounds) as progress:
        for number in range(given.rounds):
            quiet_us += [play.ask() for _ in range(_BLOCK)]
            entry = play.watch(number, given.named)
            busy_us.append(entry)
            while play.screening():
                busy_us.append(play.ask())
            whole_ms.append(sum(busy_us[-play.asked :]) / 1000)
            ticks.append(play.asked)
            progress.at(number)
    if play.revised < given.rounds * given.named // 2:
        raise AssertionError(f"only {play.revised} cases were revised")
    report.note(f"{play.revised:,} revisions of {given.rounds} entries over {given.cases:,} cases")
    rows = []
    for name, times in (("without an entry", quiet_us), ("while cases are looked at", busy_us)):
        p50, p99 = np.quantile(times, [0.5, 0.99])
        rows.append([name, len(times), round(float(p50), 1), round(float(p99), 1)])
    report.table("gates", ["questions", "count", "p50_us", "p99_us"], rows)
    spent = float(np.median(whole_ms))
    report.note(f"until the last case: {np.median(ticks):.0f} events, {spent:.1f} ms of the core")
    report.note("of the core alone, decoding and commit not counted")
    report.goal("ms until every case was looked at", round(spent, 1), 1000.0)


class _Play:
    """A shard, the clock, and who is asked next."""

    def __init__(self, seed: int, cases: int) -> None:
        self.shard = Shard(cases + 1024)
        self.shard.configure(packaged_settings(seed))
        self.cases = cases
        self.asked = 0
        self.revised = 0
        self._next = 0
        self._now_us = _START_US
        self._draws = np.random.default_rng(seed)

    def open_all(self) -> None:
        for begin in range(0, self.cases, _BLOCK):
            refs = range(begin + 1, min(begin + _BLOCK, self.cases) + 1)
            rows = [self._manifest(ref) for ref in refs]
            self.shard.apply(np.frombuffer(b"".join(rows), EVENT))

    def watch(self, number: int, named: int) -> float:
        """Enter intelligence about some documents; microseconds of the last entry."""
        self.asked = 1
        first = number * named
        rows = [
            self._event(
                EventKind.INTELLIGENCE,
                token=_document(first + n + 1),
                mode=int(Watched.DOCUMENT),
                weight=1.0,
            )
            for n in range(named)
        ]
        return self._timed(np.frombuffer(b"".join(rows), EVENT))

    def ask(self) -> float:
        """Let a gate ask about the next traveler; microseconds of the core."""
        self.asked += 1
        self._next = self._next % self.cases + 1
        row = self._event(EventKind.GATE_EVENT, ref=self._next, node=_NODE, lane=_LANE,
                          stage=int(Stage.EXIT), gate=5, site=6, budget_ms=250)  # fmt: skip
        return self._timed(np.frombuffer(row, EVENT))

    def _manifest(self, ref: int) -> bytes:
        return self._event(EventKind.TRAVELER_MANIFEST, ref=ref, node=_NODE, pccc=_document(ref))

    def screening(self) -> bool:
        return self.shard.next_due_us() == 0

    def _event(self, kind: EventKind, **fields: Any) -> bytes:
        self._now_us += 1000
        draw = int(self._draws.integers(1 << 62))
        return pack_event(kind=kind, id_hi=draw, id_lo=draw, first=1, last=1,
                          stamp_us=self._now_us, event_us=self._now_us, **fields)  # fmt: skip

    def _timed(self, events: Any) -> float:
        before = time.perf_counter_ns()
        made = self.shard.apply(events)
        took = (time.perf_counter_ns() - before) / 1000
        kinds = np.frombuffer(made, DECISION)["kind"]
        self.revised += int(np.isin(kinds, _REVISED).sum())
        return took


def _document(ref: int) -> int:
    """Token of a traveler's document."""
    return ref + (1 << 40)
