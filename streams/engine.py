"""One shard's engine: the log is replayed, a start is logged, and the dataflow runs.

The flow has a thread of its own. If it dies, for whatever reason, the engine is unhealthy at
once and tells whoever supervises it; the process must end and start again from the log.
"""

from __future__ import annotations

import gc
import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from bytewax.testing import run_main

from haechi.configs.port import Port
from haechi.configs.profile import EngineProfile
from haechi.engine.errors import LogUnwritable, Unavailable
from haechi.operators.admission import Admission, Batch
from haechi.operators.intake import Entry, Intake
from haechi.operators.logic import ShardLogic, bodies_by_event
from haechi.operators.shard import Shard
from haechi.operators.window import IdWindow
from haechi.rpc.v1 import governance_pb2
from haechi.streams.burial import bury
from haechi.streams.decode import Decoder
from haechi.streams.flow import build_flow
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.log.writer import LogWriter, Row
from haechi.streams.replay import Replayed, Replayer
from haechi.streams.replay import Row as Logged
from haechi.streams.sinks.watch import WatchHub
from haechi.streams.source import IntakeSource
from haechi.streams.start import settings_of, start_entry
from haechi.streams.tokens import Tokens

_LOG: Final = logging.getLogger("haechi.engine")
_STREAM_KIND: Final = 1
_OBSERVED_MOST: Final = 65536


class Places:
    """Where one shard's files lie.

    Parameters
    ----------
    data
        The data directory.
    """

    def __init__(self, data: Path) -> None:
        self.log = data / "log"
        self.keys = data / "keys" / "subjects.sqlite"
        self.artefacts = data / "log" / "artefacts"


class Engine:
    """One shard, from its intake to its log.

    Parameters
    ----------
    places
        Where its files lie.
    profile
        How it runs.
    port
        Its gates and sensors.
    tokens
        Keyed hashes of ids.
    artefact
        Compiled policy and prior (``pack_artefact``).
    wake_fd
        Pipe to the shipper, or None.
    progress
        Called with events replayed and events in all while it starts.
    """

    def __init__(
        self,
        places: Places,
        profile: EngineProfile,
        port: Port,
        tokens: Tokens,
        artefact: bytes,
        wake_fd: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self._places = places
        self._profile = profile
        self.decoder = Decoder(tokens, port)
        self.intake = Intake(profile.intake_limit, profile.late_limit)
        self.hub = WatchHub()
        self.shard = profile.shard
        self._keys = SubjectKeys(places.keys, durable=profile.durability == "disk")
        self._artefacts = Artefacts(places.artefacts)
        self._writer = LogWriter(places.log, self._keys, profile.durability)
        self._reader = LogReader(places.log, self._keys)
        self._machine = Shard(profile.cases)
        self._window = IdWindow(profile.id_window_us)
        self._wake_fd = wake_fd
        self._stopping = False
        self._failure: BaseException | None = None
        self._alive = False
        self._on_death: list[Callable[[BaseException], None]] = []
        self._observed: deque[tuple[bytes, int, int]] = deque(maxlen=_OBSERVED_MOST)
        self._admission = Admission(
            self._window, self._recall, bury, profile.id_window_us, profile.ahead_us
        )
        self.recovered = self._recover(progress)
        self.first_offset = self._writer.offset
        self.epoch = self._log_start(artefact)
        self._logic = ShardLogic(
            self._machine, self._admission, self._commit, self._stored, self._writer.offset
        )
        self._next_due_us = self._machine.next_due_us()
        self._thread = threading.Thread(target=self._run, name="dataflow", daemon=True)

    def _recover(self, progress: Callable[[int, int], None] | None) -> Replayed:
        def learn_ids(rows: list[Logged]) -> None:
            for offset, _, stamp_us, event_id, digest, _ in rows:
                self._window.insert(event_id, digest, offset, stamp_us)
            self._admission.last_stamp_us = rows[-1][2]

        replayer = Replayer(self._reader, self._artefacts, self._machine, on_page=learn_ids)
        return replayer.run(progress=progress)

    def _log_start(self, artefact: bytes) -> int:
        before = self.recovered.started
        seed = before.seed if before is not None else secrets.randbits(64)
        name = self._artefacts.keep(artefact)
        epoch = self._writer.begin_epoch()
        now_us = time.time_ns() // 1000
        entry, started = start_entry(self._profile, name, seed, epoch, now_us)
        self._machine.configure(settings_of(started, self._artefacts))
        batch = self._admission.admit([entry], self._writer.offset, now_us)
        decisions = self._machine.apply(batch.events)
        self._commit(batch, bodies_by_event(decisions, batch.first_offset, 1), 0)
        self._warn_of_other_build(before)
        return epoch

    def _warn_of_other_build(self, before: governance_pb2.EngineStarted | None) -> None:
        if self.recovered.other_builds:
            _LOG.warning(
                "the log holds decisions of other builds (%s); only they can replay those",
                ", ".join(build[:16] for build in self.recovered.other_builds),
            )

    def _commit(self, batch: Batch, bodies: Sequence[Sequence[bytes]], applied_us: int) -> None:
        raw = batch.events.tobytes()
        now_ns = time.monotonic_ns()
        rows = []
        at = 0
        size = batch.events.itemsize
        for number, event in enumerate(batch.admitted):
            own = bodies[number]
            following = at + event.records * size
            subject = event.subject
            rows.append(
                Row(
                    kind=int(event.kind),
                    stamp_us=batch.stamp_us + number,
                    event_us=event.event_us,
                    subject=subject - (1 << 64) if subject >> 63 else subject,
                    id=event.id,
                    digest=event.digest,
                    source=event.entry.source,
                    records=raw[at:following],
                    payload=event.payload,
                    decisions=own,
                    decision_ids=[body[:16] for body in own],
                    queued_us=(now_ns - event.entry.received_ns) // 1000 - applied_us,
                    applied_us=applied_us,
                )
            )
            at = following
        self._writer.append(rows, deliveries=self._take_observed())
        self._next_due_us = self._machine.next_due_us()

    def _take_observed(self) -> list[tuple[bytes, int, int]]:
        taken = []
        while self._observed:
            taken.append(self._observed.popleft())
        return taken

    def _recall(self, decision_id: bytes) -> tuple[int, bytes] | None:
        found = self._reader.logged_decision(decision_id)
        return (found.position, found.body) if found else None

    def _stored(self, offset: int) -> tuple[bytes, ...]:
        return tuple(row.body for row in self._reader.decisions(offset, offset + 1))

    def start(self) -> None:
        """Start the dataflow."""
        gc.collect()
        # What lives now lives for ever; the collector need not walk it in a gate's time.
        gc.freeze()
        self._alive = True
        self._thread.start()

    def _run(self) -> None:
        source = IntakeSource(self.intake, lambda: self._next_due_us, lambda: self._stopping)
        try:
            run_main(build_flow(source, self._logic, self.hub, self._wake_fd))
        except BaseException as error:
            self._failure = error
            raise
        finally:
            self._alive = False
            if not self._stopping or self._failure is not None:
                self._die()

    def _die(self) -> None:
        cause = self._failure or Unavailable("the dataflow ended by itself")
        _LOG.critical("the dataflow has died: %s", cause)
        for callback in self._on_death:
            callback(cause)

    def on_death(self, callback: Callable[[BaseException], None]) -> None:
        """Call ``callback`` with the cause if the dataflow dies."""
        self._on_death.append(callback)

    def healthy(self) -> bool:
        """Whether the dataflow runs and the log takes commits."""
        return self._alive

    def stop(self, timeout_s: float = 10.0) -> None:
        """Finish what waits, then stop the dataflow and close the log."""
        self._stopping = True
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        observed = self._take_observed()
        if observed and self._failure is None:
            try:
                self._writer.append([], deliveries=observed)
            except LogUnwritable:
                _LOG.exception("the last observations were not written")
        self._writer.close()
        self._reader.close()
        self._keys.close()

    def open_reader(self) -> LogReader:
        """A reader of the log for one thread."""
        return LogReader(self._places.log, self._keys)

    def observe_returned(self, decision_id: bytes, received_ns: int) -> None:
        """Note that a decision was handed to the transport."""
        now_ns = time.monotonic_ns()
        self._observed.append((decision_id, 0, (now_ns - received_ns) // 1000))

    def observations(self, decision_id: bytes) -> Mapping[str, float] | None:
        """Microseconds by stage that the log keeps of a decision."""
        reader = self.open_reader()
        try:
            found = reader.logged_decision(decision_id)
            if found is None:
                return None
            return {"queue_us": found.queued_us, "decide_us": found.applied_us}
        finally:
            reader.close()

    def submit(self, entry: Entry) -> None:
        """Queue an entry; raises ``Overloaded`` when too many wait."""
        self.intake.put(entry)
