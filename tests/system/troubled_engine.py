"""An engine whose dataflow is in trouble: python troubled_engine.py TROUBLE ARGUMENTS...

A test double around :class:`haechi.streams.engine.Engine`, and otherwise the engine's own
command. ``slow`` makes every commit take ``STALL_S`` seconds, ``stuck`` makes the first gate
event's commit wait for the file ``TROUBLE_FILE``, ``poisoned`` makes the core raise once that
file is there. How long provisional answers took, from the call's arrival to the hand-over to
the transport, is written to ``TROUBLE_TIMES``, a number of nanoseconds and the reason a line.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import haechi.rpc.decide as served
import haechi.streams.engine as engine
from haechi.app.__main__ import main
from haechi.engine.codes import CodeClass, EventKind
from haechi.operators.admission import Batch
from haechi.operators.shard import Shard

FILE = Path(os.environ.get("TROUBLE_FILE", "/nonexistent"))
TIMES = os.environ.get("TROUBLE_TIMES")
STALL_S = float(os.environ.get("STALL_S", "0.3"))

commit = engine.Engine._commit
apply = Shard.apply
refer = served._Asked._refer


def slow(self: Any, batch: Batch, bodies: Sequence[bytes], applied_us: int) -> None:
    if any(event.kind == EventKind.GATE_EVENT for event in batch.admitted):
        time.sleep(STALL_S)
    commit(self, batch, bodies, applied_us)


def stuck(self: Any, batch: Batch, bodies: Sequence[bytes], applied_us: int) -> None:
    if any(event.kind == EventKind.GATE_EVENT for event in batch.admitted):
        while not FILE.exists():
            time.sleep(0.005)
    commit(self, batch, bodies, applied_us)


def poisoned(self: Any, records: Any, recalled: Any = None) -> bytes:
    if FILE.exists():
        raise RuntimeError("the core is poisoned")
    return apply(self, records, recalled)


def timed(self: Any, reply: Any, entry: Any, reason: CodeClass) -> None:
    refer(self, reply, entry, reason)
    took_ns = time.monotonic_ns() - self._received_ns
    if TIMES:
        with Path(TIMES).open("a") as file:
            file.write(f"{took_ns} {reason.name}\n")


served._Asked._refer = timed  # type: ignore[method-assign]
trouble = sys.argv[1]
if trouble == "poisoned":
    Shard.apply = poisoned  # type: ignore[method-assign]
else:
    engine.Engine._commit = {"slow": slow, "stuck": stuck}[trouble]  # type: ignore[method-assign]
sys.exit(main(sys.argv[2:]))
