"""What a lost primary costs: acknowledged decisions, and time until a standby decides.

In each durability a primary and its standby begin from the same log of so many subjects. Gates ask
without a pause; the primary is ended with SIGKILL and its files are taken away; the standby is
ordered to take over at once. Lost is what a gate was told and the promoted log does not hold. The
time runs from the kill, over the start of the command, to the first committed answer of a gate.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks import mix
from benchmarks.installation import Installation
from benchmarks.pair import Pair
from benchmarks.report import Report
from haechi.app.folder import Address
from haechi.operators.shard import Shard
from haechi.rpc.client import HaechiClient
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.reader import LogReader
from haechi.streams.replay import Replayer

_DURABILITIES: Final = ("process", "disk", "replica")
_GATE: Final = "ICN-T1-EXIT-3"
_BUDGET_MS: Final = 2000
_MOST_S: Final = 3.0
_UNTIL_S: Final = 600.0
_SETTLED_S: Final = 3.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--subjects", type=int, default=100_000, help="(default %(default)s)")
    parser.add_argument("--gates", type=int, default=4, help="gates that ask (%(default)s)")
    parser.add_argument("--seconds", type=float, default=5.0, help="of load (%(default)s)")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        base = Path(name) / "base"
        subjects = given.subjects
        expected = round(subjects * mix.EVENTS_A_SUBJECT)
        mix.make_log(Installation(base), mix.frames(report.seed, subjects=subjects), expected)
        pause_ms = _digest_ms(Installation(base))
        report.values["digest_ms"] = pause_ms
        report.note(f"a digest of the whole state would hold gates up for {pause_ms:,} ms")
        for durability in _DURABILITIES:
            with tempfile.TemporaryDirectory(dir=name) as root:
                rows.append([durability, *_lose(base, Path(root), durability, given)])
    heads = ["durability", "told", "lost", "took_over_s", "ask_us_p50", "ask_us_p99", "started_s"]
    report.table("standby", heads, rows)
    replica = rows[-1]
    report.goal("acknowledged decisions lost with replica", replica[2], 0, kind="count")
    slowest = max(row[3] for row in rows)
    report.goal(f"seconds until it decides again, {subjects:,} subjects", slowest, _MOST_S)


def _digest_ms(installation: Installation) -> int:
    """How long the dataflow would stand still for a digest of all its arrays."""
    shard = Shard(installation.profile().cases)
    with closing(installation.reader()) as reader:
        Replayer(reader, Artefacts(installation.places.artefacts), shard).run()
    began = time.perf_counter()
    shard.digest()
    return round((time.perf_counter() - began) * 1e3)


@dataclass
class _Asking:
    """What one gate was told, until its engine was gone."""

    told: list[bytes] = field(default_factory=list)
    took_us: list[float] = field(default_factory=list)


def _lose(base: Path, root: Path, durability: str, given: argparse.Namespace) -> list[Any]:
    pair = Pair(base, root, durability)
    try:
        address, caught_up_s = pair.start()
        token = (pair.second.secrets / "gate.token").read_text("utf-8").strip()
        asking = [_Asking() for _ in range(given.gates)]
        over = threading.Event()
        threads = [
            threading.Thread(target=_ask, args=(address, token, number, one, over), daemon=True)
            for number, one in enumerate(asking)
        ]
        _first_answer(address, token, "before")
        # The standby reads what was just committed, and shows what it has, once a second.
        time.sleep(_SETTLED_S)
        for thread in threads:
            thread.start()
        time.sleep(given.seconds)
        began = time.monotonic()
        pair.lose_first()
        pair.promote()
        _first_answer(pair.promoted(), token, "after")
        took_over_s = time.monotonic() - began
        over.set()
        for thread in threads:
            thread.join()
        told = [one for gate in asking for one in gate.told]
        with closing(LogReader(pair.second.log)) as reader:
            lost = sum(reader.decision(one) is None for one in told)
    finally:
        pair.stop()
    took_us = np.array([one for gate in asking for one in gate.took_us])
    return [
        len(told), lost, round(took_over_s, 2),
        round(float(np.percentile(took_us, 50))), round(float(np.percentile(took_us, 99))),
        round(caught_up_s, 1),
    ]  # fmt: skip


def _ask(address: Address, token: str, number: int, asking: _Asking, over: threading.Event) -> None:
    """Ask one question after another, until the engine is gone."""
    with HaechiClient(address.target, token) as client:
        count = 0
        while not over.is_set():
            count += 1
            began = time.perf_counter()
            answer = client.decide(_question(f"{number}-{count}")).answer
            if answer.HasField("position"):
                asking.took_us.append((time.perf_counter() - began) * 1e6)
                asking.told.append(bytes.fromhex(answer.decision_id))
            else:
                # It refers by itself: the engine is gone, or waits for its standby.
                time.sleep(0.05)


def _first_answer(address: Address, token: str, name: str) -> None:
    """Wait until an engine answers with a committed decision."""
    until = time.monotonic() + _UNTIL_S
    count = 0
    while time.monotonic() < until:
        with HaechiClient(address.target, token) as client:
            count += 1
            if client.decide(_question(f"{name}-{count}")).answer.HasField("position"):
                return
        time.sleep(0.02)
    raise RuntimeError(f"{address.target} did not decide within {_UNTIL_S:g} s")


def _question(name: str) -> Event:
    asked = Event(gate_event={"gate": _GATE, "budget_ms": _BUDGET_MS})
    asked.envelope.event_id = f"standby:{time.time_ns()}:{name}"
    asked.envelope.schema_version = 1
    asked.envelope.source = "benchmark"
    asked.envelope.event_time_us = time.time_ns() // 1000
    asked.envelope.subjects.add(traveler_id=f"standby-{name}")
    return asked
