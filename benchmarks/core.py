"""The core alone: what an event costs it, by kind, one at a time and in batches, and how it grows.

A log of the simulated port's mix is made through admission and core, and read again as records.
Before anything is timed, the core must make the decisions on record, byte for byte, one event at a
time as well as in batches. Then each message is decoded and each event is applied by itself, with a
clock read before and after, which costs a tenth of a microsecond, for the table by kind. Then all
are applied in batches of several sizes, by processor time, with the clock read once. Shards begin
empty each time, so new memory is paid for.

Growth: shards of several sizes, in which everybody's manifest is, take what cameras, scanners,
declarations and gates say next, about subjects drawn evenly and by Zipf's law (exponent 0.99, as in
YCSB), in alternation. Bytes a subject are what counts in the shard's
tables, and its indexes with the room they keep; `restart` says what a snapshot takes by part.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks import mix
from benchmarks.alternate import alternate
from benchmarks.crowd import Crowd
from benchmarks.installation import Installation
from benchmarks.machine import one_processor
from benchmarks.popularity import Numbers, uniform, zipf
from benchmarks.quantiles import Times, percentile, ratio
from benchmarks.recorded import Recorded, read_recorded
from benchmarks.report import Progress, Report
from haechi.configs.port import Port
from haechi.engine.codes import EventKind
from haechi.engine.kernel import Array
from haechi.operators.shard import Shard
from haechi.operators.state import INDEXES, TABLES
from haechi.streams.decode.decoder import Decoder
from haechi.streams.simulator import Frame

_ALONE_MOST_US: Final = 8.0
_BATCH_LEAST: Final = 150_000.0
_GROWTH_MOST: Final = 1.25
_SIZES: Final = (1, 16, 128, 1024)
_CHUNK: Final = 2048
_WARM: Final = 4
_DRAWN: Final[dict[str, Callable[[np.random.Generator, int, int], Numbers]]] = {
    "uniform": uniform,
    "Zipf": zipf,
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--events", type=int, default=50_000, help="(default %(default)s)")
    parser.add_argument("--times", type=int, default=5, help="of each size (default %(default)s)")
    parser.add_argument(
        "--subjects",
        type=int,
        nargs="+",
        default=[10_000, 100_000],
        metavar="N",
        help="how many are known while it grows (default %(default)s); a million take 6 GB",
    )
    parser.add_argument(
        "--rounds", type=int, default=24, help=f"of {_CHUNK:,} events each (default %(default)s)"
    )


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder))
        frames = list(mix.frames(report.seed, subjects=round(given.events / mix.EVENTS_A_SUBJECT)))
        mix.log_swiftly(installation, frames, len(frames))
        recorded = read_recorded(installation)
        decode = Decoder(installation.tokens, Port.load()).decode
        capacity = installation.profile().cases
    with one_processor():
        _check(recorded, capacity, report)
        decoded = _decode_times(decode, frames)
        _tell_kinds(frames, decoded, recorded, _alone(recorded, capacity), report)
        _tell_batches(recorded, capacity, given.times, _decode_us(decode, frames), report)
        _grow(recorded, sorted(given.subjects), given.rounds, report)


def _check(recorded: Recorded, capacity: int, report: Report) -> None:
    """Insist on the decisions on record; this also loads and warms what is timed next."""
    for size in (_SIZES[0], _SIZES[-1]):
        shard = recorded.shard(capacity)
        made = b"".join([shard.apply(*piece) for piece in recorded.pieces(size)])
        if made != recorded.decisions:
            raise RuntimeError(f"other decisions than on record, {size} at a time: nothing timed")
    report.note(f"{len(recorded):,} events make the decisions on record, alone and in batches")


def _decode_times(decode: Callable[[bytes], Any], frames: Sequence[Frame]) -> Times:
    """Microseconds to decode each message."""
    clock, times = time.perf_counter_ns, np.zeros(len(frames))
    for number, frame in enumerate(frames):
        before = clock()
        decode(frame.raw)
        times[number] = clock() - before
    return times / 1000


def _decode_us(decode: Callable[[bytes], Any], frames: Sequence[Frame]) -> float:
    """Processor time to decode a message, in the mean, with the clock read once."""
    began = time.thread_time()
    for frame in frames:
        decode(frame.raw)
    return (time.thread_time() - began) / len(frames) * 1e6


def _alone(recorded: Recorded, capacity: int) -> Times:
    """Microseconds to apply each event by itself, to a shard that begins empty."""
    apply = recorded.shard(capacity).apply
    pieces = list(recorded.pieces(1))
    clock, times = time.perf_counter_ns, np.zeros(len(pieces))
    for number, (events, named) in enumerate(pieces):
        before = clock()
        apply(events, named)
        times[number] = clock() - before
    return times / 1000


def _tell_kinds(
    frames: Sequence[Frame], decoded: Times, recorded: Recorded, applied: Times, report: Report
) -> None:
    sent = np.array([frame.kind for frame in frames])
    rows = []
    for kind, count in zip(*np.unique(recorded.kinds, return_counts=True), strict=True):
        name = EventKind(int(kind)).name.lower()
        core, edge = applied[recorded.kinds == kind], decoded[sent == name]
        rows.append([name, int(count), *_costs(core), *_costs(edge)])
    rows.sort(key=lambda row: -int(row[1]))
    rows.append(["all", len(applied), *_costs(applied), *_costs(decoded)])
    heads = [f"{what}_{of}" for what in ("core", "decode") for of in ("s", "us", "p50", "p99")]
    report.table("kinds", ["kind", "events", *heads], rows)
    report.keep("an event alone", applied, "us")
    report.keep("decoding a message", decoded, "us")
    report.note("by the clock: events/s, then mean, p50 and p99 in us; others' work shows in means")


def _costs(times: Times) -> list[Any]:
    """Events/s; mean, p50 and p99 in microseconds."""
    if not len(times):
        # Made by the engine itself: nobody sends it.
        return ["-"] * 4
    shown = [times.mean(), percentile(times, 50), percentile(times, 99)]
    return [round(1e6 / times.mean()), *(round(float(one), 2) for one in shown)]


def _tell_batches(
    recorded: Recorded, capacity: int, times: int, decode_us: float, report: Report
) -> None:
    spent: dict[int, list[float]] = {size: [] for size in _SIZES}
    with Progress("batches", times) as progress:
        for number in range(times):
            for size in _SIZES:
                shard, pieces = recorded.shard(capacity), list(recorded.pieces(size))
                began = time.thread_time()
                for piece in pieces:
                    shard.apply(*piece)
                spent[size].append((time.thread_time() - began) / len(recorded) * 1e6)
            progress.at(number)
    rows = []
    for size, costs in spent.items():
        report.keep(f"{size:,} at a time", costs, "us/event")
        us, least, most = (float(one) for one in (np.median(costs), min(costs), max(costs)))
        with_decoding = round(1e6 / (us + decode_us))
        rows.append([size, *(round(one, 2) for one in (us, least, most))])
        rows[-1] += [round(1e6 / us), with_decoding]
    heads = ["events a batch", "us_an_event", "least", "most", "events_s", "with decoding"]
    report.table("batches", heads, rows)
    report.goal("us an event, one at a time", rows[0][1], _ALONE_MOST_US)
    report.goal(f"events/s, {_SIZES[-1]:,} at a time", rows[-1][4], _BATCH_LEAST, least=True)


def _grow(recorded: Recorded, sizes: Sequence[int], rounds: int, report: Report) -> None:
    calls: dict[str, Callable[[int], Any]] = {}
    rows = []
    for size in sizes:
        for name, draw in _DRAWN.items():
            people = Crowd(recorded.events, size, report.seed)
            shard = recorded.shard(1 << 14)
            with Progress(f"{size:,} subjects arrive", size) as progress:
                for events in people.arrive():
                    shard.apply(events)
                    progress.at(int(events["offset"][-1]))
            if name == "uniform":
                rows.append([size, *_bytes(shard, size)])
            drawn = draw(np.random.default_rng(report.seed), size, (_WARM + rounds) * _CHUNK)
            chunks = [people.go_on(one) for one in np.split(drawn, _WARM + rounds)]
            calls[f"{size:,} {name}"] = _taking(shard, chunks)
    alternate(calls, range(_WARM), report.seed, "warming up")
    measured = range(_WARM, _WARM + rounds)
    times = alternate(calls, measured, report.seed, "growth", time.thread_time_ns)
    for name, one in times.items():
        report.keep(f"growth: {name}", one / _CHUNK, "us/event")
    told = [[name, *_rates(one)] for name, one in times.items()]
    report.table("growth", ["subjects known", "us_an_event", "events_s"], told)
    report.table("bytes", ["subjects", "tables", "indexes", "bytes_a_subject"], rows)
    least, most = (f"{size:,}" for size in (sizes[0], sizes[-1]))
    found = {
        name: ratio([times[f"{most} {name}"]], times[f"{least} {name}"], 50, report.seed)
        for name in _DRAWN
    }
    what = f"time an event, {most} subjects / {least}"
    ratios = [[f"{what}, {name}", *one] for name, one in found.items()]
    report.table("growth_ratios", ["ratio", "found", "from", "to"], ratios)
    middle, *ends = found["Zipf"]
    report.goal(f"{what}, Zipf", middle, _GROWTH_MOST, kind="ratio", interval=(ends[0], ends[1]))


def _taking(shard: Shard, chunks: Sequence[Array]) -> Callable[[int], Any]:
    return lambda number: shard.apply(chunks[number])


def _rates(times: Times) -> list[float]:
    us = percentile(times, 50) / _CHUNK
    return [round(us, 2), round(1e6 / us)]


def _bytes(shard: Shard, subjects: int) -> list[int]:
    """What the shard's tables and indexes hold a subject, and both together."""
    state = shard.state
    tables = sum(
        getattr(state, name).itemsize * shard.count(count) for name, count in TABLES.items()
    )
    indexes = sum(getattr(state, name).nbytes for name in INDEXES)
    return [round(one / subjects) for one in (tables, indexes, tables + indexes)]
