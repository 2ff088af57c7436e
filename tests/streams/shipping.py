"""A store in a process of its own, and logs made by hand, for the shipper's tests."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import clickhouse_connect
import numpy as np

from haechi.engine.codes import EventKind
from haechi.engine.records import DECISION, pack_event
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.log.writer import LogWriter, Row
from haechi.streams.store import new_users, save_users


class Store:
    """``python -m haechi.streams.store`` on a fixed port, to be killed and started again."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        users, self.passwords = new_users()
        save_users(folder / "users.json", users)
        self.port = 0
        self.start()

    def start(self, data: str = "data") -> None:
        command = [sys.executable, "-m", "haechi.streams.store"]
        command += [str(self._folder / data), str(self._folder / "users.json")]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.port = json.loads(self.process.stdout.readline())["port"]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)

    def client(self, user: str = "engine") -> Any:
        return clickhouse_connect.get_client(
            host="127.0.0.1",
            port=self.port,
            username=user,
            password=self.passwords[user],
            autogenerate_session_id=False,
        )


class Log:
    """A log that grows by batches of random events and decisions."""

    def __init__(
        self, folder: Path, segment_events: int = 1_000_000, *, begins: bool = True
    ) -> None:
        self.folder = folder / "log"
        self.keys_path = folder / "keys" / "subjects.sqlite"
        self.run = folder / "run"
        self._keys = SubjectKeys(self.keys_path)
        self.writer = LogWriter(self.folder, self._keys, segment_events=segment_events)
        self.random = np.random.default_rng(7)
        self._number = 0
        self.observed = 0
        self._decided: list[tuple[bytes, int]] = []
        if begins:
            self.begin()

    def take_over(self, other: Log, events: int) -> None:
        """Copy the first events of another log, with the keys that they need."""
        rows, _ = LogReader(other.folder).tail(0, events)
        keys = sqlite3.connect(other.keys_path)
        self._keys.adopt([], keys.execute("SELECT subject, key FROM keys").fetchall())
        keys.close()
        self.writer.append_copies(rows)
        self._number = 1_000_000

    def begin(self, after: int = 0) -> None:
        """A start of the engine, counted on from its last one, or from a promotion."""
        self.writer.begin_epoch(max(after, self.writer.epoch))
        self.writer.append([self._row(EventKind.ENGINE_STARTED, 0)])

    def grow(self, events: int, batch: int = 20) -> None:
        """Append events of all kinds, in batches, some with deliveries."""
        for start in range(0, events, batch):
            rows = [self._next() for _ in range(min(batch, events - start))]
            self.writer.append(rows)
            for row in rows:
                if row.decisions:
                    self.writer.keeper.observe(row.decisions[:16], 0, 900)
                    self.observed += 1

    def settle(self) -> None:
        """Wait until the log's keeper has written what was observed."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            reader = self.reader()
            # The keeper makes the file before the table in it.
            with contextlib.suppress(sqlite3.OperationalError):
                if len(reader.deliveries_after(0, 1 << 30)) >= self.observed:
                    return
            reader.close()
            time.sleep(0.05)
        raise AssertionError("the log's keeper did not write what was observed")

    def _next(self) -> Row:
        kinds = [EventKind.GATE_EVENT] * 10
        kinds += [EventKind.PARCEL_MANIFEST] * 10
        if self._decided:
            kinds += [EventKind.INSPECTION_OUTCOME, EventKind.GATE_ACTION, EventKind.DEAD_LETTER]
            kinds += [EventKind.OFFICER_ACTION]
        kind = kinds[self.random.integers(len(kinds))]
        deciding = kind in (EventKind.GATE_EVENT, EventKind.PARCEL_MANIFEST)
        return self._row(kind, int(self.random.integers(1, 4)) if deciding else 0)

    def _row(self, kind: EventKind, decisions: int) -> Row:
        self._number += 1
        identity = self._number.to_bytes(16, "big")
        subject = 1000 + self._number % 50
        stamp_us = time.time_ns() // 1000
        fields: dict[str, Any] = {"kind": kind, "ref": subject, "node": 2, "site": 0xABC}
        fields |= {"budget_ms": 250, "first": 1, "last": 1, "event_us": stamp_us}
        if kind in (EventKind.INSPECTION_OUTCOME, EventKind.GATE_ACTION, EventKind.OFFICER_ACTION):
            target, position = self._decided[-1]
            fields["target_hi"] = int.from_bytes(target[:8], "little")
            fields["target_lo"] = int.from_bytes(target[8:], "little")
            fields["recall"] = position
            fields |= {"found": 1, "selected_by": 3, "method": 2, "result": 1, "quantity": 2.5}
        bodies = [self._decision(identity, ordinal, subject) for ordinal in range(decisions)]
        ids = [body[:16] for body in bodies]
        if ids:
            self._decided = [(ids[-1], self.writer.offset << 10)][-1:]
        return Row(
            kind=int(kind),
            stamp_us=stamp_us,
            event_us=stamp_us,
            subject=subject,
            id=identity,
            digest=bytes(16),
            source="gate.icn.t1",
            records=pack_event(**fields),
            payload=_payload(kind, self.writer.epoch),
            decisions=b"".join(bodies),
            queued_us=11,
            applied_us=22,
        )

    def _decision(self, trigger: bytes, ordinal: int, subject: int) -> bytes:
        row = np.zeros(1, DECISION)
        low, high = self.random.integers(1, 1 << 62, 2)
        row["id_hi"], row["id_lo"] = low, high
        row["trigger_hi"] = row["answers_hi"] = int.from_bytes(trigger[:8], "little")
        row["trigger_lo"] = row["answers_lo"] = int.from_bytes(trigger[8:], "little")
        row["case_key"], row["subject"], row["gate"] = subject * 3, subject, 0xBEEF
        row["carrier"] = int.from_bytes(b"KE", "little")
        row["ordinal"], row["node"], row["kind"], row["stage"] = ordinal, 2, 2, 6
        row["verdict"], row["code_class"], row["lane"] = 3, 2, 2
        row["stamp_us"] = row["event_us"] = time.time_ns() // 1000
        row["review_by_us"] = row["stamp_us"] + 1_000_000
        row["evidence"][0, 0], row["evidence_us"][0, 0] = 1, row["stamp_us"][0] - 3_000_000
        row["required"], row["missing"] = 0b100001, 0b100000
        row["x"] = np.where(self.random.random(row["x"].shape) < 0.5, 1.5, np.nan)
        added = self.random.normal(size=row["contribution"].shape[1])
        row["contribution"] = np.where(self.random.random(added.size) < 0.9, 0.0, added)
        row["model_version"], row["prior_version"] = 0xAB, 0xCD
        row["promised"], row["held"] = 0.05, 0.04
        row["bar"], row["fell_out"], row["waiting"] = 0.5, 1, 3
        row["inspection_wait_us"] = 7
        row["rules"][0, :2], row["shadow_rules"][0, 0] = (3, 1), 2
        row["change"][0, 0] = 1
        row["base"] = -4.0
        row["log_odds"] = -4.0 + row["contribution"].sum()
        return row.tobytes()

    def reader(self) -> LogReader:
        return LogReader(self.folder, SubjectKeys(self.keys_path))


def _payload(kind: EventKind, epoch: int) -> bytes:
    event = Event()
    if kind == EventKind.INSPECTION_OUTCOME:
        event.inspection_outcome.substance = "methamphetamine"
        event.inspection_outcome.started_us = 1_700_000_000_000_000
    elif kind == EventKind.ENGINE_STARTED:
        event.engine_started.epoch = epoch
    elif kind == EventKind.GATE_ACTION:
        event.gate_action.gate = "exit-04"
        event.gate_action.acted = 1
    elif kind == EventKind.OFFICER_ACTION:
        event.officer_action.officer = "kim"
        event.officer_action.from_verdict = 2
        event.officer_action.to_verdict = 1
        event.officer_action.reason_code = "FALSE_ALARM"
    elif kind == EventKind.DEAD_LETTER:
        event.dead_letter.reason = 5
        event.dead_letter.detail = "TOO_OLD: document 'M12345678' is old"
        event.dead_letter.size_bytes = 40
    return event.SerializeToString()


_SHIP = """
import json, sys
from pathlib import Path
from haechi.streams.shipper import ship
folder, keys, run, port, password, wake = json.loads(sys.argv[1])
ship(Path(folder), Path(keys), Path(run), "127.0.0.1", port, "engine", password, wake)
"""


class Shipping:
    """The shipper in a process of its own."""

    def __init__(self, log: Log, port: int, password: str, pass_fds: Sequence[int] = ()) -> None:
        said = [str(log.folder), str(log.keys_path), str(log.run), port, password]
        said.append(pass_fds[0] if pass_fds else None)
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SHIP, json.dumps(said)], pass_fds=pass_fds
        )

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(30)


def status(log: Log) -> dict[str, Any]:
    """What shipper.json says."""
    path = log.run / "shipper.json"
    return json.loads(path.read_text()) if path.exists() else {"shipped_offset": -1, "pid": 0}


def wait_until_shipped(log: Log, timeout_s: float = 60.0, pid: int | None = None) -> None:
    """Wait until everything in the log has been acknowledged."""
    log.settle()
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        said = status(log)
        if said["shipped_offset"] >= log.writer.offset - 1 and pid in (None, said["pid"]):
            return
        time.sleep(0.05)
    raise AssertionError(f"not shipped in {timeout_s} s: {status(log)}, {os.getpid()}")
