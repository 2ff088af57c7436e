"""What a decision costs beyond an empty call, and durability beyond an fdatasync.

In each round one call of each kind is made, in a new order each time; first of empty and
process only, then of all, for the more processes take turns, the colder each one's caches are:

empty      an empty RPC of a bare grpcio server with a thread pool: the floor
same       the same server, with a decision's bytes and metadata: gRPC's own part
process    Decide, durability process
disk       Decide, durability disk
fdatasync  as many bytes as a commit writes, appended to a file beside the log

Servers are processes of their own, this process is the client, one call is in flight. The
subjects' manifests and scans are in the log before, the packaged policy and model decide.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final

import grpc
import numpy as np

from benchmarks import bare_server
from benchmarks.alternate import Call, alternate
from benchmarks.asking import TIMEOUT_S, Append, Gate, check_answers, commit_bytes, prepare
from benchmarks.installation import Durability, Installation
from benchmarks.processes import Child
from benchmarks.quantiles import Times, percentile, ratio, summary
from benchmarks.report import Report
from benchmarks.stages import TITLES, spans
from haechi.rpc.roles import Role

_WARM_UP: Final = 400
_P50_MOST: Final = 1.2
_P99_MOST: Final = 1.25
_P999_MOST: Final = 2.0
_FDATASYNC_MOST: Final = 1.2


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--calls", type=int, default=4000, help="rounds of each part (default %(default)s)"
    )
    parser.add_argument("--no-disk", action="store_true", help="leave disk and fdatasync out")
    parser.add_argument(
        "--stages",
        type=int,
        default=1000,
        metavar="CALLS",
        help="then time so many calls stage by stage, in another engine (default %(default)s)",
    )
    parser.add_argument("--folder", type=Path, help="where logs lie: chooses the filesystem")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    kinds: list[Durability] = ["process"] if given.no_disk else ["process", "disk"]
    alone = range(_WARM_UP, _WARM_UP + given.calls)
    rounds = range(alone.stop, alone.stop + given.calls)
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        base = Installation(folder / "process")
        asked = prepare(base, report.seed, rounds.stop + given.stages)
        if not given.no_disk:
            shutil.copytree(folder / "process", folder / "disk")
        with ExitStack() as stack:
            calls = _bare(stack, base, asked)
            for kind in kinds:
                installation = Installation(folder / kind, kind)
                served = stack.enter_context(Child.engine(installation.data, "--durability", kind))
                gate = Gate(installation, served.ready()["port"], asked)
                calls[kind] = stack.enter_context(closing(gate))
                answers = [gate(number) for number in range(_WARM_UP // 2)]
                report.values[f"verdicts_{kind}"] = check_answers(answers, installation)
                written = commit_bytes(installation, gate, range(_WARM_UP // 2, _WARM_UP))
                report.values[f"commit_bytes_{kind}"] = written
                report.note(f"{kind}: answers are on record; a commit writes {written:,} bytes")
            if not given.no_disk:
                calls["fdatasync"] = stack.enter_context(closing(Append(folder / "floor", written)))
            alternate({k: calls[k] for k in ("empty", "same")}, range(_WARM_UP), 0, "warming up")
            both = {kind: calls[kind] for kind in ("empty", "process")}
            pair = alternate(both, alone, report.seed, "empty and process")
            times = alternate(calls, rounds, report.seed, "all kinds")
        _tell_pair(pair, report)
        _tell(times, report)
        if given.stages:
            _tell_stages(base, folder, asked, range(rounds.stop, len(asked)), report)


def _bare(stack: ExitStack, installation: Installation, asked: list[bytes]) -> dict[str, Call]:
    """Start the bare server; the two calls of it."""
    served = stack.enter_context(Child("benchmarks.bare_server"))
    channel = stack.enter_context(grpc.insecure_channel(f"127.0.0.1:{served.ready()['port']}"))
    empty: Any = channel.unary_unary(bare_server.EMPTY)
    same: Any = channel.unary_unary(bare_server.SAME)
    metadata = installation.token(Role.GATE)
    return {
        "empty": lambda _: empty(b"", timeout=TIMEOUT_S),
        "same": lambda number: same(asked[number], timeout=TIMEOUT_S, metadata=metadata),
    }


_Pair = tuple[str, list[str], str, float, float | None]
"""What a ratio is called, what is above and below, which percentile, and its goal."""


def _tell_pair(times: dict[str, Times], report: Report) -> None:
    what = "Decide / empty RPC"
    pairs: list[_Pair] = [
        (what, ["process"], "empty", 50, _P50_MOST),
        (what, ["process"], "empty", 99, _P99_MOST),
        (what, ["process"], "empty", 99.9, _P999_MOST),
    ]
    _tell_ratios("pair", times, pairs, report)


def _tell(times: dict[str, Times], report: Report) -> None:
    pairs: list[_Pair] = [
        (f"{kind} / empty RPC", [kind], "empty", percent, None)
        for kind in times
        if kind in ("same", "process", "disk")
        for percent in (50, 99)
    ]
    if "disk" in times:
        above = ["disk", "process"]
        pairs += [
            ("(disk - process) / fdatasync", above, "fdatasync", 50, _FDATASYNC_MOST),
            ("(disk - process) / fdatasync", above, "fdatasync", 99, None),
        ]
    _tell_ratios("all", times, pairs, report)


def _tell_ratios(name: str, times: dict[str, Times], pairs: list[_Pair], report: Report) -> None:
    rows = [[kind, *summary(one).values()] for kind, one in times.items()]
    report.table(f"{name}_calls", ["call", *summary(times["empty"])], rows)
    for kind, taken in times.items():
        report.keep(f"{name}: {kind}", taken, "us")
    rows, goals = [], []
    for what, above, below, percent, most in pairs:
        found = ratio([times[one] for one in above], times[below], percent, report.seed)
        rows.append([what, f"p{percent:g}", *found])
        if most is not None:
            goals.append((f"{what}, p{percent:g}", found, most))
    report.table(f"{name}_ratios", ["ratio", "of", "found", "from", "to"], rows)
    for what, (middle, *ends), most in goals:
        report.goal(what, middle, most, kind="ratio", interval=(ends[0], ends[1]))


def _tell_stages(
    installation: Installation, folder: Path, asked: list[bytes], numbers: range, report: Report
) -> None:
    path = folder / "stages.npy"
    sent = np.zeros((len(numbers), 2), np.int64)
    with ExitStack() as stack:
        served = stack.enter_context(Child.engine(installation.data, "--stages", path))
        gate = stack.enter_context(closing(Gate(installation, served.ready()["port"], asked)))
        for at, number in enumerate(numbers):
            sent[at, 0] = time.perf_counter_ns()
            gate(number)
            sent[at, 1] = time.perf_counter_ns()
    spent = spans(np.load(path), sent)
    rows = [
        [title, *(round(percentile(spent[:, at], one), 1) for one in (50, 99))]
        for at, title in enumerate(TITLES)
    ]
    report.table("stages", ["stage of one Decide", "p50_us", "p99_us"], rows)
