"""How soon a decision can be queried: from an event handed in to its acknowledged insert.

Gate events go to a running engine over gRPC at a fixed rate, whether or not the one before was
answered; clocks run from the moment at which each was meant to be sent. The shipper notes when
each insert of decisions returned, which is when its rows can be seen; so each event has its own
time, and no percentiles are added up. --poll asks the store as an analyst would, in a run more, for
asking costs the store time.

Then, while nobody asks, what it costs to keep a decision in other ways, in alternation: one row an
insert into the same store and a hundred, one row a commit in SQLite, and a file with an fdatasync a
row.

An insert creates a dozen small files. On a disk without a journal that is slow for minutes after
many files were deleted, by a former run for instance; so what a file costs is measured first.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

import grpc
import numpy as np

from benchmarks.alternate import alternate
from benchmarks.asking import TIMEOUT_S, check_answers, prepare
from benchmarks.installation import Installation
from benchmarks.quantiles import Times, percentile
from benchmarks.report import Progress, Report
from benchmarks.rivals_sink import Sqlite, Store, rivals
from benchmarks.shipping import Running, whole
from haechi.rpc.decide import DECIDE
from haechi.rpc.roles import Role
from haechi.rpc.v1 import decision_service_pb2

_MOST_MS: Final = {50.0: ((50, 10.0),), 1000.0: ((50, 25.0), (99, 150.0))}
"""Goals by rate: percentile and milliseconds."""

_WARM_UP_S: Final = 3.0
_SETTLE_S: Final = 2.0
_POLL_S: Final = 0.005
_FILES: Final = 200
_SLOW_US: Final = 60.0
_DECISIONS: Final = 2000
_WARM_CALLS: Final = 5


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--seconds", type=float, default=15.0, help="of each rate (default %(default)s)"
    )
    parser.add_argument(
        "--rates",
        type=float,
        nargs="+",
        default=[*_MOST_MS],
        metavar="R",
        help="events/s, one after another (default %(default)s)",
    )
    parser.add_argument(
        "--rows", type=int, default=100, help="calls of each other way (default %(default)s)"
    )
    parser.add_argument("--poll", action="store_true", help="then poll the store, in another run")
    parser.add_argument("--folder", type=Path, help="where the data lies: chooses the filesystem")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    counts = [round(given.seconds * rate) for rate in given.rates]
    warm_up, poll = round(_WARM_UP_S * given.rates[0]), counts[0] if given.poll else 0
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        created_us = report.values["created_us"] = _file_us(Path(name))
        report.note(f"creating a file takes {created_us:.0f} us where the data lies")
        if created_us > _SLOW_US:
            report.note("that is slow: wait five minutes after deleting files, or give --folder")
        installation = Installation(Path(name))
        asked = iter(prepare(installation, report.seed, warm_up + sum(counts) + poll))
        with whole(installation) as running:
            running.settle(_SETTLE_S)
            first = [*islice(asked, warm_up)]
            answers, _, _ = _ask(running, first, given.rates[0], "warming up")
            report.values["verdicts"] = check_answers(answers, installation)
            rows, cpu = [], []
            for rate, count in zip(given.rates, counts, strict=True):
                clocks, used = _at_rate(running, [*islice(asked, count)], rate, report)
                rows += clocks
                cpu.append([f"{rate:g}/s", *used])
            if poll:
                rows.append(_by_polling(running, [*asked], given.rates[0]))
            _other_ways(running, Path(name), given.rows, report)
    report.table("sink", ["clock", "p50_ms", "p99_ms"], rows)
    report.table("cpu", ["percent of a core", *running.children], cpu)
    for rate, (clock, *found) in zip(given.rates, rows[_ACKNOWLEDGED::_CLOCKS], strict=False):
        for (percent, most), told in zip(_MOST_MS.get(rate, ()), found, strict=False):
            report.goal(f"{clock}, p{percent} ms", told, most)


def _at_rate(
    running: Running, asked: list[bytes], rate: float, report: Report
) -> tuple[list[list[Any]], list[float]]:
    """Ask at a rate; rows of the clocks, and what each process used."""
    before = {who: child.cpu_s() for who, child in running.children.items()}
    answers, sent_us, gate_us = _ask(running, asked, rate, f"{rate:g} events/s")
    lasted_s = len(asked) / rate
    used = [
        round(100 * (child.cpu_s() - before[who]) / lasted_s, 1)
        for who, child in running.children.items()
    ]
    running.settle(0.0)
    offsets = np.array(_offsets(answers))
    stamps_us = _stamps_us(running.installation, answers)
    inserts = running.acknowledged()
    # An insert holds all up to, and not including, its offset.
    which = np.searchsorted(inserts[:, 0], offsets, side="right")
    acknowledged_us = inserts[which, 1]
    rows_a_time = len(asked) / len(np.unique(which))
    report.note(f"{rate:g} events/s: {rows_a_time:.1f} of them an insert")
    return [
        [f"{rate:g}/s: sent to stamp", *_ms(stamps_us - sent_us)],
        [f"{rate:g}/s: sent to answer at the gate", *_ms(gate_us)],
        [f"{rate:g}/s: stamp to acknowledged insert", *_ms(acknowledged_us - stamps_us)],
        [f"{rate:g}/s: event to acknowledged insert", *_ms(acknowledged_us - sent_us)],
    ], used


_ACKNOWLEDGED: Final = 3
_CLOCKS: Final = 4
"""Of the clocks of a rate: which one the goals are about, and how many there are."""


def _by_polling(running: Running, asked: list[bytes], rate: float) -> list[Any]:
    with _polled(running) as seen:
        answers, sent_us, _ = _ask(running, asked, rate, "polled")
        time.sleep(_SETTLE_S)
    return [f"{rate:g}/s: sent to seen by polling", *_ms(_seen_us(seen, answers) - sent_us)]


def _other_ways(running: Running, folder: Path, calls: int, report: Report) -> None:
    """Keep decisions in other ways, in alternation, once each has been seen to keep them."""
    with closing(running.installation.reader()) as reader:
        head = reader.head()
        decisions = reader.decisions(0, head.offset + 1 if head else 0)
    with ExitStack() as stack:
        ways = rivals(running, folder, decisions[:_DECISIONS])
        for _, call in ways.values():
            stack.enter_context(closing(call))  # type: ignore[type-var]
        kinds = {name: call for name, (_, call) in ways.items()}
        alternate(kinds, range(_WARM_CALLS), report.seed, "warming up")
        _check_kept(ways)
        times = alternate(kinds, range(calls), report.seed, "other ways")
    rows = []
    for name, one in times.items():
        p50_ms, p99_ms = _ms(one)
        a_row_us = percentile(one, 50) / ways[name][0]
        rows.append([name, p50_ms, p99_ms, round(a_row_us, 1), round(1e6 / a_row_us)])
    report.table("ways", ["kept by", "p50_ms", "p99_ms", "us_a_row", "rows_s"], rows)


def _check_kept(ways: dict[str, tuple[int, Any]]) -> None:
    stores = [(rows, way) for rows, way in ways.values() if isinstance(way, Store)]
    wanted = sum(rows * way.inserts for rows, way in stores)
    found = stores[0][1].kept()
    others = [way for _, way in ways.values() if isinstance(way, Sqlite)]
    if found != wanted or any(way.kept() != way.inserts for way in others):
        raise RuntimeError(f"of {wanted} rows the store has {found}: nothing was timed")


def _file_us(folder: Path) -> float:
    """Mean time to create a file, microseconds."""
    began = time.perf_counter()
    for number in range(_FILES):
        (folder / f"probe-{number}").touch()
    return (time.perf_counter() - began) / _FILES * 1e6


def _ms(times: Times) -> list[float]:
    return [round(percentile(times, percent) / 1000, 2) for percent in (50, 99)]


def _ask(
    running: Running, asked: list[bytes], rate: float, what: str
) -> tuple[list[bytes], Times, Times]:
    """Ask at a fixed rate; answers, when each was meant to be sent, and how long it took.

    Times are microseconds: since the epoch, and from the intended sending to the answer.
    """
    metadata = running.installation.token(Role.GATE)
    taken = np.zeros(len(asked))
    with closing(grpc.insecure_channel(f"127.0.0.1:{running.grpc_port}")) as channel:
        decide: Any = channel.unary_unary(DECIDE)
        grpc.channel_ready_future(channel).result(TIMEOUT_S)
        began, began_us = time.monotonic(), time.time_ns() / 1000
        due = began + np.arange(len(asked)) / rate
        calls = []

        def note(number: int) -> None:
            taken[number] = (time.monotonic() - due[number]) * 1e6

        with Progress(what, len(asked)) as progress:
            for number, request in enumerate(asked):
                time.sleep(max(0.0, due[number] - time.monotonic()))
                call = decide.future(request, timeout=TIMEOUT_S, metadata=metadata)
                call.add_done_callback(lambda _, number=number: note(number))
                calls.append(call)
                progress.at(number)
        answers = [call.result() for call in calls]
    return answers, began_us + (due - began) * 1e6, taken


def _offsets(answers: list[bytes]) -> list[int]:
    parse = decision_service_pb2.DecideResponse.FromString
    return [parse(raw).answer.position.offset for raw in answers]


def _stamps_us(installation: Installation, answers: list[bytes]) -> Times:
    """The writer's stamps of the events that were answered, microseconds since the epoch."""
    with closing(installation.reader()) as reader:
        events = [reader.event(offset) for offset in _offsets(answers)]
        return np.array([event.stamp_us for event in events if event is not None], np.float64)


@contextmanager
def _polled(running: Running) -> Iterator[list[tuple[int, float]]]:
    """Poll meanwhile: the last offset that could be queried, and when, in microseconds."""
    seen: list[tuple[int, float]] = []
    stop = threading.Event()

    def poll() -> None:
        with closing(running.client()) as client:
            while not stop.wait(_POLL_S):
                last = int(client.command("SELECT max(offset) FROM haechi.decisions"))
                seen.append((last, time.time_ns() / 1000))

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def _seen_us(seen: list[tuple[int, float]], answers: list[bytes]) -> Times:
    """When each answer's decision was first seen, microseconds since the epoch."""
    offsets, times = np.array([one[0] for one in seen]), np.array([one[1] for one in seen])
    # Rows are inserted in the order of offsets.
    return np.array(times[np.searchsorted(offsets, _offsets(answers))], np.float64)
