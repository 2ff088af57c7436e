"""Names through a whole engine: what a manifest costs more, and how they come back at a start.

Entries of lists and travelers' manifests go through the edge, the intake and the log of an engine
in this process. Then it is started again, and what a gate waits
while the names come back stands beside what it waits afterwards.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np

from benchmarks.installation import Installation
from benchmarks.made_names import some_name
from benchmarks.quantiles import percentile
from benchmarks.report import Progress, Report
from haechi.operators.intake import Entry, ReplySlot
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.engine import Engine

_YEARS: Final = (1940, 2010)
_DAY_US: Final = 86_400_000_000
_WAITING: Final = 2048
_PACE_S: Final = 0.002
_START_S: Final = 15.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--travelers", type=int, default=100_000, help="(default %(default)s)")
    parser.add_argument("--entries", type=int, default=10_000, help="(default %(default)s)")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as name:
        installation = Installation(Path(name))
        made = _Made(report.seed)
        engine = installation.engine(intake_limit=1 << 16)
        engine.start()
        rows = [
            ["entry", *_put_all(engine, (made.entry() for _ in range(given.entries)))],
            ["manifest", *_put_all(engine, (made.manifest() for _ in range(given.travelers)))],
            ["late entry", *_put_all(engine, (made.entry() for _ in range(1000)))],
        ]
        report.table("edge", ["what", "count", "decode_p50_us", "decode_p99_us", "screen_p50_us",
                              "screen_p99_us", "likenesses"], rows)  # fmt: skip
        engine.stop(timeout_s=60.0)
        began = time.perf_counter()
        engine = installation.engine()
        engine.start()
        ready_s = time.perf_counter() - began
        waits: dict[str, list[float]] = {"while names come back": [], "afterwards": []}
        while not engine.names.ready:
            waits["while names come back"].append(_ask(engine, made))
        known_s = time.perf_counter() - began
        waits["afterwards"] = [_ask(engine, made) for _ in range(2000)]
        sizes = engine.names.hearing.sizes
        engine.stop()
    asked = [
        [what, len(spent), *(percentile(np.array(spent), q) for q in (50, 99))]
        for what, spent in waits.items()
        if spent
    ]
    report.table("gates", ["when", "asked", "p50_ms", "p99_ms"], asked)
    report.table("restart", ["listed", "travelers", "ready_s", "names_s"],
                 [[*sizes, ready_s, known_s]])  # fmt: skip
    report.goal("seconds until ready", round(ready_s, 2), _START_S)


class _Made:
    """Entries, manifests and questions, one after another."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._count = itertools.count()
        self._travelers = 0

    def entry(self) -> Event:
        number = next(self._count)
        year = self._random.choice((0, self._random.randrange(*_YEARS)))
        return self._event(
            intelligence={
                "watched": 1, "value": some_name(self._random), "birth_year": year,
                "list_name": "wanted", "entry_id": str(number), "weight": 0.5,
                "legal_basis": "l", "expires_us": time.time_ns() // 1000 + _DAY_US,
            }
        )  # fmt: skip

    def manifest(self) -> Event:
        made = self._event(
            traveler_manifest={
                "name": some_name(self._random), "birth_year": self._random.randrange(*_YEARS),
                "issuing_state": "KOR", "document_number": f"M{self._travelers}",
                "flight": "KE902", "flight_date": 20_261_122,
            }
        )  # fmt: skip
        made.envelope.subjects.add(traveler_id=f"T-{self._travelers}")
        self._travelers += 1
        return made

    def question(self) -> Event:
        asked = {"gate": "ICN-T1-EXIT-3", "lane": "family", "budget_ms": 2000}
        made = self._event(gate_event=asked)
        who = self._random.randrange(self._travelers)
        made.envelope.subjects.add(traveler_id=f"T-{who}")
        return made

    def _event(self, **kind: Any) -> Event:
        made = Event(**kind)
        made.envelope.event_id = f"e-{next(self._count)}"
        made.envelope.schema_version = 1
        made.envelope.event_time_us = time.time_ns() // 1000
        return made


def _put_all(engine: Engine, events: Iterator[Event]) -> list[Any]:
    """Put events through; their number, times of decoding and screening, and likenesses."""
    decoding, screening, alike = [], [], 0
    decoder = engine.decoder
    slot = ReplySlot()
    with Progress("events", 1) as progress:
        for number, made in enumerate(events):
            raw = made.SerializeToString()
            start = time.perf_counter_ns()
            decoded = decoder.decode(raw)
            middle = time.perf_counter_ns()
            screened = decoder.screen(decoded, raw)
            end = time.perf_counter_ns()
            decoding.append((middle - start) / 1000)
            screening.append((end - middle) / 1000)
            alike += len(screened.records) // len(decoded.records) - 1
            while engine.intake.depth() > _WAITING:
                time.sleep(_PACE_S)
            slot = ReplySlot()
            engine.intake.put(Entry(raw, "benchmark", screened, None, slot))
            progress.at(number)
    outcome = slot.wait(120.0)
    if outcome is None or outcome.refusal is not None:
        raise AssertionError(f"the last event was not taken: {outcome}")
    spent = [percentile(np.array(times), q) for times in (decoding, screening) for q in (50, 99)]
    return [len(decoding), *spent, alike]


def _ask(engine: Engine, made: _Made) -> float:
    """Milliseconds that a gate waits."""
    raw = made.question().SerializeToString()
    start = time.perf_counter_ns()
    slot = ReplySlot()
    engine.intake.put(Entry(raw, "benchmark", engine.decoder.decode(raw), None, slot))
    outcome = slot.wait(30.0)
    spent = (time.perf_counter_ns() - start) / 1e6
    if outcome is None or not outcome.decisions:
        raise AssertionError(f"a gate got no answer: {outcome}")
    time.sleep(_PACE_S)
    return spent
