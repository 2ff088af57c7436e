"""What a gate answers by itself when no engine can be reached, and how it says so later."""

from __future__ import annotations

import base64
import binascii
import logging
import os
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from haechi.engine.codes import CodeClass
from haechi.rpc.v1 import decision_pb2, envelope_pb2, event_pb2, gate_pb2
from haechi.rpc.v1 import decision_service_pb2 as service_pb

SPOOL_MAX: Final = 4096
_BACKOFF_S: Final = (0.25, 5.0)
_LOG: Final = logging.getLogger(__name__)


def local_answer(asked: event_pb2.Event, reason: CodeClass) -> service_pb.DecideResponse:
    """Answer REFER at the gate itself. It has no id, because no engine knows of it."""
    code_class: Any = int(reason)
    return service_pb.DecideResponse(
        answer=decision_pb2.GateAnswer(
            verdict="VERDICT_REFER",
            directive="DIRECTIVE_CALL_OFFICER",
            code_class=code_class,
            kind="DECISION_KIND_PROVISIONAL",
            stage=asked.gate_event.stage,
            provisional=True,
        )
    )


def local_action(asked: event_pb2.Event) -> bytes:
    """Write the event that tells the engine later what the gate did by itself."""
    envelope = envelope_pb2.Envelope()
    envelope.CopyFrom(asked.envelope)
    envelope.event_id = uuid.uuid4().hex
    envelope.event_time_us = time.time_ns() // 1000
    return event_pb2.Event(
        envelope=envelope,
        gate_action=gate_pb2.GateAction(
            acted="GATE_ACTED_KEPT_SHUT",
            local_fallback=True,
            gate=asked.gate_event.gate,
            presentation_id=asked.gate_event.presentation_id,
        ),
    ).SerializeToString()


class Spool:
    """Local fallbacks that wait to be reported, oldest first.

    Parameters
    ----------
    path
        File in which they outlive the gate's restart, mode 0600; None to keep them in memory.
    most
        How many are kept; beyond that the oldest goes, and :attr:`dropped` counts it.
    """

    def __init__(self, path: Path | None = None, most: int = SPOOL_MAX) -> None:
        self.dropped = 0
        self._path = path
        self._lock = threading.Lock()
        self._waiting: deque[bytes] = deque(maxlen=most)
        if path is not None and path.exists():
            self._waiting.extend(_read(path))

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, event: bytes) -> None:
        """Keep an event."""
        with self._lock:
            full = len(self._waiting) == self._waiting.maxlen
            self.dropped += full
            self._waiting.append(event)
            if self._path is None:
                return
            if full:
                self._rewrite(self._path)
            else:
                descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                with os.fdopen(descriptor, "ab") as file:
                    file.write(base64.b64encode(event) + b"\n")

    def waiting(self) -> list[bytes]:
        """List what waits."""
        with self._lock:
            return list(self._waiting)

    def discard(self, events: set[bytes]) -> None:
        """Forget what was reported."""
        with self._lock:
            kept = [event for event in self._waiting if event not in events]
            self._waiting.clear()
            self._waiting.extend(kept)
            if self._path is not None:
                self._rewrite(self._path)

    def _rewrite(self, path: Path) -> None:
        draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(base64.b64encode(event) + b"\n" for event in self._waiting)
        draft.replace(path)


def _read(path: Path) -> list[bytes]:
    """Read a spool; a last line that a crash cut short is left out."""
    events = []
    for line in path.read_bytes().splitlines(keepends=True):
        if line.endswith(b"\n"):
            try:
                events.append(base64.b64decode(line[:-1], validate=True))
            except binascii.Error:
                _LOG.warning("a line of %s cannot be read and is left out", path)
    return events


class Reporter:
    """Reports the spool in the background, from when it fills until it is empty.

    Parameters
    ----------
    spool
        What to report.
    send
        Sends events; returns those that the engine has dealt with. May fail.
    """

    def __init__(self, spool: Spool, send: Callable[[list[bytes]], set[bytes]]) -> None:
        self._spool = spool
        self._send = send
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    def wake(self) -> None:
        """Make sure that somebody is at it."""
        with self._lock:
            if self._thread is None and len(self._spool) and not self._stopped.is_set():
                self._thread = threading.Thread(
                    target=self._run, name="haechi-fallback-reporter", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """Leave what is not reported in the spool."""
        self._stopped.set()

    def _run(self) -> None:
        wait_s, longest_s = _BACKOFF_S
        while not self._stopped.wait(wait_s):
            try:
                done = self._send(self._spool.waiting())
            except Exception as error:
                _LOG.info("local fallbacks are still unreported: %s", type(error).__name__)
                done = set()
            if done:
                self._spool.discard(done)
                wait_s = _BACKOFF_S[0]
            else:
                wait_s = min(wait_s * 2, longest_s)
            with self._lock:
                if not len(self._spool):
                    self._thread = None
                    return
