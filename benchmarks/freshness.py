"""How soon a decision can be queried: from an event handed in to its decision in ClickHouse.

Gate events go to a running engine over gRPC at a fixed rate, whether or not the one before was
answered; clocks run from the moment at which each was meant to be sent. The shipper tells how
long after its event's stamp each decision's insert was acknowledged; a row can be seen as soon
as its insert returns. The figure of merit is the sum of the median from sending to the stamp
and the median from the stamp to the acknowledgement. --poll asks the store as an analyst
would, in a second run, for asking costs the store time.

An insert creates a dozen small files. On a disk without a journal that is slow for minutes after
many files were deleted, by a former run for instance; so what a file costs is measured first.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import grpc
import numpy as np

from benchmarks.asking import TIMEOUT_S, check_answers, prepare
from benchmarks.installation import Installation
from benchmarks.quantiles import Times, percentile
from benchmarks.report import Progress, Report
from benchmarks.shipping import Running, whole
from haechi.rpc.decide import DECIDE
from haechi.rpc.roles import Role
from haechi.rpc.v1 import decision_service_pb2

_P50_MOST_MS: Final = 15.0
_WARM_UP_S: Final = 3.0
_SETTLE_S: Final = 2.0
_POLL_S: Final = 0.005
_FILES: Final = 200
_SLOW_US: Final = 60.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--seconds", type=float, default=25.0, help="(default %(default)s)")
    parser.add_argument("--poll", action="store_true", help="then poll the store, in another run")
    parser.add_argument("--folder", type=Path, help="where the data lies: chooses the filesystem")
    parser.add_argument("--rate", type=float, default=50.0, help="events/s (default %(default)s)")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    warm_up, count = round(_WARM_UP_S * given.rate), round(given.seconds * given.rate)
    runs = 2 if given.poll else 1
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        created_us = report.values["created_us"] = _file_us(Path(name))
        report.note(f"creating a file takes {created_us:.0f} us where the data lies")
        if created_us > _SLOW_US:
            report.note("that is slow: wait five minutes after deleting files, or give --folder")
        installation = Installation(Path(name))
        asked = prepare(installation, report.seed, warm_up + runs * count)
        with whole(installation) as running:
            running.settle(_SETTLE_S)
            answers, _, _ = _ask(running, asked[:warm_up], given.rate, "warming up")
            report.values["verdicts"] = check_answers(answers, installation)
            before = {who: child.cpu_s() for who, child in running.children.items()}
            answers, sent_us, gate_us = _ask(
                running, asked[warm_up : warm_up + count], given.rate, "events"
            )
            cpu = [
                [who, round(100 * (child.cpu_s() - before[who]) / given.seconds, 1)]
                for who, child in running.children.items()
            ]
            time.sleep(_SETTLE_S)
            shipper = running.shipped()
            stamped_us = _stamps_us(installation, answers) - sent_us
            stamped, acknowledged = _ms(stamped_us), _told(shipper)
            rows = [
                ["sent to stamp", *stamped],
                ["sent to answer at the gate", *_ms(gate_us)],
                ["stamp to acknowledged insert, last 1,024", *acknowledged],
            ]
            if given.poll:
                with _polled(running) as seen:
                    rest = asked[warm_up + count :]
                    answers, sent_us, _ = _ask(running, rest, given.rate, "events")
                    time.sleep(_SETTLE_S)
                rows.append(["sent to seen by polling", *_ms(_seen_us(seen, answers) - sent_us)])
    report.keep("sent to stamp", stamped_us, "us")
    report.keep("sent to answer at the gate", gate_us, "us")
    report.table("freshness", ["clock", "p50_ms", "p99_ms"], rows)
    report.table("cpu", ["process", "percent_of_a_core"], cpu)
    report.goal("event to acknowledged insert, p50 ms", stamped[0] + acknowledged[0], _P50_MOST_MS)


def _file_us(folder: Path) -> float:
    """Mean time to create a file, microseconds."""
    began = time.perf_counter()
    for number in range(_FILES):
        (folder / f"probe-{number}").touch()
    return (time.perf_counter() - began) / _FILES * 1e6


def _ms(times: Times) -> list[float]:
    return [round(percentile(times, percent) / 1000, 2) for percent in (50, 99)]


def _told(shipper: dict[str, Any]) -> list[float]:
    return [round(shipper[f"acknowledged_ms_p{percent}"], 2) for percent in (50, 99)]


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
