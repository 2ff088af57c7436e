"""How soon a decision can be queried: from an event handed in to its acknowledged insert.

Gate events go to a running engine over gRPC at a fixed rate, by the same generator as in ``load``;
clocks run from the moment at which each was meant to be sent. The shipper notes when
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

import numpy as np

from benchmarks.alternate import alternate
from benchmarks.arrivals import schedule
from benchmarks.asking import check_answers, prepare
from benchmarks.installation import Installation
from benchmarks.open_loop import Generator, Plan, generating
from benchmarks.quantiles import Times, percentile
from benchmarks.report import Progress, Report
from benchmarks.rivals_sink import Sqlite, Store, rivals
from benchmarks.shipping import Running, whole
from haechi.rpc.decide import DECIDE
from haechi.rpc.roles import Role
from haechi.rpc.v1 import decision_service_pb2
from haechi.streams.cores import core_of

_MOST_MS: Final = {50.0: ((50, 10.0),), 1000.0: ((50, 25.0), (99, 150.0))}
"""Goals by rate: percentile and milliseconds."""

_ACKNOWLEDGED: Final = "event to acknowledged insert"
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
        with (
            whole(installation) as running,
            generating(core_of(installation.profile())) as generator,
        ):
            running.settle(_SETTLE_S)
            gates = _Gates(running, generator)
            answers, _, _ = gates.ask([*islice(asked, warm_up)], given.rates[0])
            report.values["verdicts"] = check_answers(answers, installation)
            clocks: dict[str, Times] = {}
            cpu = []
            with Progress("rates", len(given.rates)) as progress:
                for at, (rate, count) in enumerate(zip(given.rates, counts, strict=True)):
                    found, used = _at_rate(gates, [*islice(asked, count)], rate, report)
                    clocks |= {f"{rate:g}/s: {clock}": times for clock, times in found.items()}
                    cpu.append([f"{rate:g}/s", *used])
                    progress.at(at + 1)
            if poll:
                polled_us = _by_polling(gates, [*asked], given.rates[0])
                clocks[f"{given.rates[0]:g}/s: sent to seen by polling"] = polled_us
            _other_ways(running, Path(name), given.rows, report)
    for clock, times in clocks.items():
        report.keep(clock, times, "us")
    rows = [[clock, *_ms(times)] for clock, times in clocks.items()]
    report.table("sink", ["clock", "p50_ms", "p99_ms"], rows)
    report.table("cpu", ["percent of a core", *running.children], cpu)
    for rate in given.rates:
        clock = f"{rate:g}/s: {_ACKNOWLEDGED}"
        for (percent, most), told in zip(_MOST_MS.get(rate, ()), _ms(clocks[clock]), strict=False):
            report.goal(f"{clock}, p{percent} ms", told, most)


class _Gates:
    """Asks a running engine over gRPC.

    Parameters
    ----------
    running
        Of whose parts it is one.
    generator
        Who asks.
    """

    def __init__(self, running: Running, generator: Generator) -> None:
        self.running = running
        self._generator = generator
        self._metadata = running.installation.token(Role.GATE)

    def ask(self, asked: list[bytes], rate: float) -> tuple[list[bytes], Times, Times]:
        """Ask at a fixed rate.

        Returns
        -------
        Answers; when each question was meant to be sent, microseconds since the epoch; and how
        long it took from then, microseconds.

        Raises
        ------
        RuntimeError
            If a question had no answer.
        """
        due_ns = schedule("fixed", rate, len(asked) / rate, 0)
        run = self._generator.run(
            Plan(self.running.grpc_port, DECIDE, due_ns, asked, self._metadata)
        )
        if run.failures:
            raise RuntimeError(f"at {rate:g} events/s some had no answer, by status {run.failures}")
        epoch_ns = time.time_ns() - time.monotonic_ns()
        sent_us = (epoch_ns + run.began_ns + due_ns) / 1000
        return [raw for raw in run.answers if raw is not None], sent_us, run.late_us.astype(float)


def _at_rate(
    gates: _Gates, asked: list[bytes], rate: float, report: Report
) -> tuple[dict[str, Times], list[float]]:
    """Ask at a rate; what each clock says of each event, microseconds, and what processes used."""
    running = gates.running
    before = {who: child.cpu_s() for who, child in running.children.items()}
    answers, sent_us, gate_us = gates.ask(asked, rate)
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
    return {
        "sent to stamp": stamps_us - sent_us,
        "sent to answer at the gate": gate_us,
        "stamp to acknowledged insert": acknowledged_us - stamps_us,
        _ACKNOWLEDGED: acknowledged_us - sent_us,
    }, used


def _by_polling(gates: _Gates, asked: list[bytes], rate: float) -> Times:
    with _polled(gates.running) as seen:
        answers, sent_us, _ = gates.ask(asked, rate)
        time.sleep(_SETTLE_S)
    return _seen_us(seen, answers) - sent_us


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
        report.keep(name, one, "us")
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
