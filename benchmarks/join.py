"""The join of evidence: the core's beside Bytewax's operator, a plain dict and Pathway.

Travelers' manifests, declarations, face matches and body scans come in any order, and each
traveler is told once all four are there. Ours takes decoded records: alone (find the case, join,
count in the histories, no decision), and whole, where every event is scored and decided as well. A
dict keeps nothing but four values, forgets who is complete, and knows no late, repeated or
withdrawn evidence.

Before anything is timed, all must tell the same values of the same travelers. Then all take turns,
by processor time. Of Bytewax's operator, what the same flow takes without it is taken off, for ours
runs in a flow as well. Pathway is no dependency: name an interpreter that has it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.alternate import alternate
from benchmarks.packaged import packaged_settings
from benchmarks.quantiles import Times, percentile, ratio
from benchmarks.report import Report
from benchmarks.rivals_join import STREAMS, Flow, Joined, Told, join_dicts, join_pathway
from haechi.engine.codes import (
    CameraRole,
    EventKind,
    EvidenceStatus,
    FaceOutcome,
    NodeKind,
    ScanKind,
    ScanResult,
    Stream,
)
from haechi.engine.kernel import Array, Int, bound, kernel
from haechi.engine.records import DECISION, EVENT, pack_event
from haechi.operators.cases import case_of, touch
from haechi.operators.decide import MOST_DECISIONS
from haechi.operators.join import take_declaration, take_face, take_manifest, take_scan
from haechi.operators.shard import Shard
from haechi.operators.state import Count, State

_LEAST: Final = 5.0
_DICT: Final = "a plain dict"
_BATCH: Final = 100
_WARM: Final = 1
_GAP_US: Final = 1_000
_PAGE: Final = 4096
_BEGIN_US: Final = 1_750_000_000_000_000
_MANIFEST: Final = int(EventKind.TRAVELER_MANIFEST)
_DECLARATION: Final = int(EventKind.TRAVELER_DECLARATION)
_FACE: Final = int(EventKind.FACE_MATCH)
_KINDS: Final = (
    EventKind.TRAVELER_MANIFEST,
    EventKind.TRAVELER_DECLARATION,
    EventKind.FACE_MATCH,
    EventKind.SCANNER_RESULT,
)
_PLACES: Final = np.array(
    [int(one) for one in (Stream.MANIFEST, Stream.DECLARATION, Stream.FACE, Stream.BODY_SCAN)]
)
_PRESENT: Final = int(EvidenceStatus.PRESENT)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--travelers", type=int, default=2_000, help="(default %(default)s)")
    parser.add_argument("--rounds", type=int, default=15, help="(default %(default)s)")
    parser.add_argument(
        "--pathway",
        type=Path,
        metavar="PYTHON",
        help="an interpreter that has Pathway (python -m venv DIR; DIR/bin/pip install pathway)",
    )


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    rounds = [
        _events(report.seed, number, given.travelers) for number in range(given.rounds + _WARM)
    ]
    told = [_told(events) for events in rounds]
    right = join_dicts(told[0])
    _check("ours alone", _Alone(1, given.travelers).joined(_cut(rounds[0], 1)), right)
    _check(
        "ours alone, in batches", _Alone(1, given.travelers).joined(_cut(rounds[0], _BATCH)), right
    )
    _check("ours whole", _whole_joined(rounds[0]), right)
    for size in (1, _BATCH):
        _check(f"op.join by {size}", dict(Flow(told[0], size, joins=True).run()), right)
    pathway_us = _pathway(given.pathway, told[0], right, report)
    report.note(f"{len(right):,} travelers, the same four values of each from all")
    calls: dict[str, Callable[[int], Any]] = {_DICT: lambda number: join_dicts(told[number])}
    for size in (1, _BATCH):
        pieces = [_cut(events, size) for events in rounds]
        alone, whole = _Alone(len(rounds), given.travelers), _shard(len(rounds) * given.travelers)
        calls[f"ours alone by {size}"] = _taking(alone.run, pieces)
        calls[f"ours whole by {size}"] = _taking(_whole(whole), pieces)
        for joins, name in ((True, "op.join"), (False, "its flow without a join")):
            flows = [Flow(one, size, joins=joins) for one in told]
            calls[f"{name} by {size}"] = _running(flows)
    alternate(calls, range(_WARM), report.seed, "warming up")
    measured = range(_WARM, len(rounds))
    times = alternate(calls, measured, report.seed, "joins", time.process_time_ns)
    _tell(times, pathway_us, len(rounds[0]), report)


def _events(seed: int, number: int, travelers: int) -> Array:
    """Four records of each of a round's travelers, all in one random order."""
    draws = np.random.default_rng((seed, number))
    fields = {
        EventKind.FACE_MATCH: {"role": CameraRole.EXIT, "result": FaceOutcome.SAME},
        EventKind.SCANNER_RESULT: {"mode": ScanKind.BODY_MM_WAVE, "result": ScanResult.CLEAR},
    }
    same = {"node": NodeKind.TRAVELER, "first": 1, "last": 1, "similarity": 0.9, "score": 0.1}
    records = b"".join(pack_event(kind=kind, **same, **fields.get(kind, {})) for kind in _KINDS)
    events = np.tile(np.frombuffer(records, EVENT), travelers)
    refs = draws.integers(1, 1 << 63, size=travelers, dtype=np.uint64)
    events["ref"] = events["subject"] = np.repeat(refs, STREAMS)
    events = events[draws.permutation(len(events))]
    order = number * len(events) + np.arange(len(events))
    events["offset"] = events["id_hi"] = order + 1
    events["event_us"] = events["stamp_us"] = _BEGIN_US + _GAP_US * order
    return events


def _told(events: Array) -> list[Told]:
    """The same for rivals: of each event its stream, its key and when it happened."""
    streams = [_KINDS.index(kind) for kind in events["kind"]]
    keys = [f"{ref:016x}" for ref in events["ref"]]
    return list(zip(streams, keys, events["event_us"].tolist(), strict=True))


def _cut(events: Array, size: int) -> list[Array]:
    return [events[at : at + size] for at in range(0, len(events), size)]


@kernel
def _join(s: State, events: Array, out: Array, complete: Array, done: Int) -> Int:
    """Join records and note who is complete; how many are, of all so far."""
    for i in range(events.shape[0]):
        e = events[i]
        slot = case_of(s, e, e.ref, e.node)
        touch(s, slot, e)
        if e.kind == _MANIFEST:
            take_manifest(s, slot, e, out, 0)
        elif e.kind == _DECLARATION:
            take_declaration(s, slot, e)
        elif e.kind == _FACE:
            take_face(s, slot, e)
        else:
            take_scan(s, slot, e)
        case = s.cases[slot]
        there = 0
        for k in range(_PLACES.shape[0]):
            there += 1 if case.evidence[_PLACES[k]] == _PRESENT else 0
        if there == _PLACES.shape[0]:
            # Refs of this benchmark are below 2**63.
            complete[done, 0] = np.int64(case.ref)
            for k in range(_PLACES.shape[0]):
                complete[done, k + 1] = case.evidence_us[_PLACES[k]]
            done += 1
    return done


class _Alone:
    """The core's join without its decisions.

    Parameters
    ----------
    rounds, travelers
        How many travelers there will be, and how many of them in a round.
    """

    def __init__(self, rounds: int, travelers: int) -> None:
        self._state = _shard(rounds * travelers).state
        _touch(self._state)
        self._out = np.zeros(MOST_DECISIONS, DECISION)
        self._complete: NDArray[np.int64] = np.zeros((travelers, STREAMS + 1), np.int64)
        self._join = bound(_join, self._state, np.zeros(0, EVENT), self._out, self._complete, 0)

    def run(self, pieces: Sequence[Array]) -> int:
        """Join a round; how many are complete."""
        state, out, complete, join = self._state, self._out, self._complete, self._join
        done = 0
        for events in pieces:
            done = join(state, events, out, complete, done)
        return done

    def joined(self, pieces: Sequence[Array]) -> Joined:
        """The same, and what came out."""
        rows = self._complete[: self.run(pieces)].tolist()
        return {f"{ref:016x}": tuple(values) for ref, *values in rows}


def _shard(travelers: int) -> Shard:
    """A shard with room for all, so that nothing grows while the join alone runs."""
    shard = Shard(2 * travelers + 64)
    shard.configure(packaged_settings(seed=0))
    return shard


def _touch(state: State) -> None:
    """Have the system hand out the memory before anything is timed.

    A shard that runs uses the slots of closed cases again, as the rivals use freed memory again.
    """
    for array in state:
        if isinstance(array, np.ndarray):
            array.reshape(-1).view(np.uint8)[::_PAGE] |= 0


def _whole(shard: Shard) -> Callable[[Sequence[Array]], Any]:
    """The whole core: join, score, decide and record at every event."""

    def take(pieces: Sequence[Array]) -> None:
        apply = shard.apply
        for events in pieces:
            apply(events)

    return take


def _whole_joined(events: Array) -> Joined:
    """What the whole core's cases say, once it has taken everything."""
    shard = _shard(len(events))
    shard.apply(events)
    cases = shard.state.cases[: shard.count(Count.CASES)]
    cases = cases[(cases["evidence"][:, _PLACES] == _PRESENT).all(axis=1)]
    times = cases["evidence_us"][:, _PLACES].tolist()
    keys = [f"{ref:016x}" for ref in cases["ref"]]
    return dict(zip(keys, map(tuple, times), strict=True))


def _check(name: str, joined: Joined, right: Joined) -> None:
    if joined != right:
        wrong = [key for key in {*joined, *right} if joined.get(key) != right.get(key)]
        raise AssertionError(
            f"{name}: {len(wrong)} of {len(right)} travelers differ, so nothing was timed; "
            f"of {wrong[0]} it says {joined.get(wrong[0])}, a dict {right.get(wrong[0])}"
        )


def _pathway(python: Path | None, told: list[Told], right: Joined, report: Report) -> float | None:
    """Microseconds of processor time an event, or None where there is no Pathway."""
    try:
        joined, cpu_s = join_pathway(python, told)
    except (ModuleNotFoundError, OSError) as error:
        report.note(f"no Pathway ({error}): see --pathway")
        return None
    _check("Pathway", joined, right)
    return cpu_s / len(told) * 1e6


def _taking(
    take: Callable[[Sequence[Array]], Any], rounds: Sequence[Sequence[Array]]
) -> Callable[[int], Any]:
    return lambda number: take(rounds[number])


def _running(flows: Sequence[Flow]) -> Callable[[int], Any]:
    return lambda number: flows[number].run()


def _tell(times: dict[str, Times], pathway_us: float | None, events: int, report: Report) -> None:
    rows: list[list[Any]] = []
    for name, one in times.items():
        report.keep(name, one / events, "us/event")
        rows.append([name, round(percentile(one, 50) / events, 2)])
    told = "not installed" if pathway_us is None else round(pathway_us, 2)
    rows.append(["Pathway, connectors and all, once", told])
    report.table("join", ["join", "us_an_event"], rows)
    found: dict[str, tuple[float, float, float]] = {}
    for size in (1, _BATCH):
        joins = [times[f"op.join by {size}"], times[f"its flow without a join by {size}"]]
        for name in (f"ours alone by {size}", f"ours whole by {size}", _DICT):
            what = f"op.join by {size} less its flow / {name}"
            found[what] = ratio(joins, times[name], 50, report.seed)
    report.table(
        "ratios", ["ratio", "found", "from", "to"], [[what, *one] for what, one in found.items()]
    )
    for size in (1, _BATCH):
        joins_less_flow = f"op.join by {size} less its flow"
        what = f"{joins_less_flow} / ours alone by {size}"
        middle, *ends = found[what]
        report.goal(
            what, middle, _LEAST, least=True, kind="ratio", interval=(ends[0], ends[1]),
            rivals={_DICT: found[f"{joins_less_flow} / {_DICT}"][0]},
        )  # fmt: skip
