"""One shard's engine: the log is replayed, a start is logged, and the dataflow runs.

The flow has a thread of its own. If it dies, for whatever reason, the engine is unhealthy at
once and tells whoever supervises it; the process must end and start again from the log.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import numpy as np
from bytewax.testing import run_main

from haechi.configs.artefact import unpack_artefact
from haechi.configs.port import Port
from haechi.configs.profile import EngineProfile, StandbyProfile
from haechi.engine.errors import ConfigError, LogCorrupt, Unavailable
from haechi.engine.records import EVENT
from haechi.operators.admission import Admission, Batch
from haechi.operators.governance import ModelRole
from haechi.operators.intake import Intake
from haechi.operators.logic import ShardLogic, by_event
from haechi.operators.rule_artefact import pack_rules, unpack_rules
from haechi.operators.state import Count
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.standby_service_pb2 import FollowOpening
from haechi.streams.cores import core_of, keeping_to, on_all_cores
from haechi.streams.decode import Decoder
from haechi.streams.decode.plain import PlainQuestions
from haechi.streams.flow import build_flow
from haechi.streams.giving_way import giving_way
from haechi.streams.interpreter import set_for_latency
from haechi.streams.lane import EmptyLane, Lane, bury_sourced, positions_of
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.keys import Erased, SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.log.writer import LogWriter
from haechi.streams.log_rows import rows_of
from haechi.streams.name_recovery import NameRecovery, open_travelers
from haechi.streams.name_screen import NameScreen
from haechi.streams.places import Places
from haechi.streams.rebuilt import Rebuilt
from haechi.streams.recall import Recall
from haechi.streams.sinks.watch import WatchHub
from haechi.streams.snapshots import Shelf
from haechi.streams.source import IntakeSource
from haechi.streams.standby.copy import Copy
from haechi.streams.standby.replica import Replica
from haechi.streams.standby.shipments import Shipments, chain_before
from haechi.streams.standby.standing import give_up_office, read_standing, take_office
from haechi.streams.standing import MAY_END_CLEARANCE, StandingReleases
from haechi.streams.start import settings_of, start_entry
from haechi.streams.tokens import Tokens

_SHA256_BYTES: Final = 32
_LOG: Final = logging.getLogger("haechi.engine")


def _show_nobody(_text: str, _done: int, _total: int) -> None:
    """Show nobody how far it is."""


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
        Called while it starts: with what it does, how far it is, and of how much.
    replicated
        How long answers wait for a standby, and what then.
    standby
        Whether it only follows until :meth:`begin` is called.
    """

    def __init__(
        self,
        places: Places,
        profile: EngineProfile,
        port: Port,
        tokens: Tokens,
        artefact: bytes,
        wake_fd: int | None = None,
        progress: Callable[[str, int, int], None] = _show_nobody,
        *,
        replicated: StandbyProfile = StandbyProfile(),  # noqa: B008 (frozen)
        standby: bool = False,
    ) -> None:
        self._places = places
        self._profile = profile
        self._artefact = artefact
        self.names = NameScreen(ready=False)
        self.decoder = Decoder(tokens, port, self.names, PlainQuestions(tokens, port).read)
        self.intake = Intake(profile.intake_limit, profile.late_limit)
        self.hub = WatchHub()
        self.lane: Lane = EmptyLane()
        self.replica = Replica(replicated, self.hub, needed=profile.durability == "replica")
        self.shard = profile.shard
        self.core = core_of(profile)
        self._keys = SubjectKeys(places.keys, durable=profile.durability == "disk")
        self._artefacts = Artefacts(places.artefacts)
        self._writer = LogWriter(places.log, self._keys, profile.durability)
        self._reader = LogReader(places.log, self._keys)
        rebuilt = self._rebuild(progress)
        self._machine = rebuilt.shard
        self._lanes = self._machine.promotions.lanes = port.lanes
        self._wake_fd = wake_fd
        self._stopping = False
        self._failure: BaseException | None = None
        self._alive = False
        self._on_death: list[Callable[[BaseException], None]] = []
        self._recall = Recall(self._reader)
        self.tasks = rebuilt.tasks
        self.standing = StandingReleases(unpack_artefact(artefact).policy)
        self._admission = Admission(
            rebuilt.window,
            self._recall.find,
            self._recall.body,
            bury_sourced,
            profile.id_window_us,
            profile.ahead_us,
            self._machine.promotions,
        )
        self._rebuilt = rebuilt
        self.recovered = rebuilt.replayed
        self._naming: NameRecovery | None = None
        self._thread = threading.Thread(target=self._run, name="dataflow", daemon=True)
        if not standby:
            self.begin()

    def _rebuild(self, progress: Callable[[str, int, int], None]) -> Rebuilt:
        """What the log made of an empty shard, from the newest snapshot on."""
        window_us = self._profile.id_window_us + self._profile.ahead_us
        shelf = Shelf(self._places.snapshots, self._artefacts, window_us, _LOG.warning)
        with on_all_cores():
            rebuilt = shelf.restore(
                self._reader, self._profile.cases, progress=partial(progress, "reading a snapshot")
            )
        rebuilt.catch_up(
            self._reader, self._artefacts, progress=partial(progress, "replaying the log")
        )
        return rebuilt

    def catch_up(self) -> int:
        """Apply what was appended to a standby's log; the offset of the last event in the state."""
        self._rebuilt.catch_up(self._reader, self._artefacts)
        return self.applied_offset

    @property
    def applied_offset(self) -> int:
        """Last event that was replayed into the state."""
        return self.recovered.following - 1

    @property
    def last_epoch(self) -> int:
        """Highest epoch in the log that was replayed."""
        return self.recovered.started.epoch if self.recovered.started is not None else 0

    def begin(self) -> None:
        """Log this start: from here on this copy of the log is the one that decides.

        Raises
        ------
        ConfigError
            If it may not: it is a standby's, or another copy was promoted over it.
        Drift
            If a standby made a decision otherwise than the log has it.
        """
        # Whatever else happened: what decides has seen all that it goes on from.
        self.catch_up()
        self._admission.last_stamp_us = self._rebuilt.last_stamp_us
        self._naming = NameRecovery(
            self.names,
            self.open_reader(),
            self._rebuilt.listed.in_force(time.time_ns() // 1000),
            open_travelers(self._machine.state),
            self._fail,
        )
        self.first_offset = self._writer.offset
        self.epoch = self._log_start()
        self._logic = ShardLogic(
            self._machine, self._admission, self._commit, self._recall.stored, self._writer.offset
        )
        self._next_due_us = self._machine.next_due_us()

    def _log_start(self) -> int:
        before = self.recovered.started
        seed = before.seed if before is not None else secrets.randbits(64)
        name = self._artefacts.keep(self._artefact)
        last = max(self._writer.epoch, self.last_epoch)
        after, promotion = take_office(self._places.log, last, self._writer.offset)
        epoch = self._writer.begin_epoch(after)
        self.standing_of_log = read_standing(self._places.log)
        now_us = time.time_ns() // 1000
        entry, started = start_entry(self._profile, name, seed, epoch, now_us)
        self._machine.configure(settings_of(started, self._artefacts))
        batch = self._admission.admit([entry], self._writer.offset, now_us)
        decisions = self._machine.apply(np.frombuffer(batch.records, EVENT))
        self._commit(batch, by_event(decisions, batch.first_offset, 1), 0)
        self.replica.begin(batch.first_offset, alone=promotion)
        self._warn_of_other_builds()
        return epoch

    def _warn_of_other_builds(self) -> None:
        if self.recovered.other_builds:
            _LOG.warning(
                "the log holds decisions of other builds (%s); only they can replay those",
                ", ".join(build[:16] for build in self.recovered.other_builds),
            )

    def _commit(self, batch: Batch, bodies: Sequence[bytes], applied_us: int) -> None:
        if self._failure is not None:
            # Superseded meanwhile: what is not committed was never decided.
            raise self._failure
        first = self._writer.append(rows_of(batch, bodies, applied_us), positions_of(batch))
        for number, own in enumerate(bodies):
            event = batch.admitted[number]
            if event.kind in MAY_END_CLEARANCE:
                self.standing.forget(event.subject)
            if own:
                self._recall.add(own, first + number)
                self.tasks.take(own)
                self.standing.take(own)
        self._next_due_us = self._machine.next_due_us()
        if self.names.crowded:
            self.names.keep_only(open_travelers(self._machine.state)[:, 1])

    def start(self) -> None:
        """Start the dataflow."""
        set_for_latency()
        self._alive = True
        with keeping_to(self.core):
            self._thread.start()
        if self._naming is not None:
            self._naming.start()
        self.replica.start()

    def _run(self) -> None:
        source = IntakeSource(
            self.intake, lambda: self._next_due_us, lambda: self._stopping, self.lane
        )
        flow = build_flow(source, self._logic, self.replica.take, self.hub, self._wake_fd)
        try:
            run_main(flow)  # type: ignore[no-untyped-call]
        except BaseException as error:
            self._failure = error
            raise
        finally:
            self._alive = False
            if not self._stopping or self._failure is not None:
                self._die()

    def _fail(self, error: BaseException) -> None:
        self._failure = error
        self._alive = False
        self._die()

    def _die(self) -> None:
        cause = self._failure or Unavailable("the dataflow ended by itself")
        _LOG.critical("the dataflow has died: %s", cause)
        for callback in self._on_death:
            callback(cause)

    def on_death(self, callback: Callable[[BaseException], None]) -> None:
        """Call ``callback`` with the cause if the dataflow dies."""
        self._on_death.append(callback)

    @property
    def positions(self) -> Mapping[str, int]:
        """Where each source is to be read on, by its name, as committed."""
        return self._writer.positions

    def healthy(self) -> bool:
        """Whether the dataflow runs, the log takes commits and a standby, if needed, has them."""
        return self._alive and self.replica.serves()

    def open_cases(self) -> int:
        """Cases that the core holds."""
        count = self._machine.state.counters
        return int(count[Count.CASES] - count[Count.FREE_CASES])

    def stop(self, timeout_s: float = 10.0) -> None:
        """Finish what waits, then stop the dataflow and close the log."""
        self._stopping = True
        self.replica.stop()
        if self._naming is not None:
            self._naming.stop()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        self._writer.close()
        self._reader.close()
        self._keys.close()

    def supersede(self, peer: str, epoch: int) -> None:
        """Decide nothing any more: another copy of the log was promoted."""
        self._fail(give_up_office(self._places.log, peer, epoch))

    def copy(self) -> Copy:
        """What a standby writes into, before :meth:`begin`."""
        return Copy(self._writer, self._keys, self._artefacts)

    def shipments(self, opening: FollowOpening) -> Shipments:
        """What a standby lacks of this log, for one thread."""
        return Shipments(self._places.log, self._places.keys, self._places.artefacts, opening)

    def link_before(self, offset: int) -> bytes | None:
        """The chain's link before an event; None if the log does not reach it."""
        return chain_before(self._places.log, offset)

    def officer_at(self, offset: int) -> str:
        """Name of the officer who acted in the event at an offset; empty if it was erased."""
        reader = self.open_reader()
        try:
            event = reader.event(offset)
            assert event is not None, f"an officer acted at offset {offset}, so it is in the log"
            return Event.FromString(reader.payload(event)).officer_action.officer
        except Erased:
            return ""
        finally:
            reader.close()

    def took_effect(self, offset: int) -> bool:
        """Whether what one approver said at an offset, once committed, is in force."""
        return offset in self._machine.promoted or offset in self._machine.trust_changed

    def keep_rules(self, text: str) -> bytes:
        """Keep a rule set beside the log, where a promotion can name it.

        Raises
        ------
        ConfigError
            If it cannot be used; with line and what is wrong.
        """
        content = pack_rules(text, self._lanes)
        # Read here, it need not be read again on the dataflow's thread.
        with giving_way():
            unpack_rules(content, time.time_ns() // 1000)
        return bytes.fromhex(self._artefacts.keep(content))

    def lay_out_rules(self, sha256: bytes, *, shadow: bool) -> None:
        """Lay out on the caller's thread what may come into force next.

        What cannot be used is left to admission, which refuses it on the record.
        """
        if len(sha256) != _SHA256_BYTES or not self._artefacts.has(sha256.hex()):
            return
        with giving_way(), suppress(ConfigError, LogCorrupt):
            rule_set = unpack_rules(self._artefacts.read(sha256.hex()))
            self._machine.lay_out(rule_set, ModelRole.SHADOW if shadow else ModelRole.CHAMPION)

    def open_reader(self) -> LogReader:
        """A reader of the log for one thread."""
        return LogReader(self._places.log, self._keys)

    def observe_returned(self, decision_id: bytes, received_ns: int, committed_ns: int = 0) -> None:
        """Note that a decision was handed to the transport, and when its commit was known."""
        returned_us = (time.monotonic_ns() - received_ns) // 1000
        committed_us = max(1, (committed_ns - received_ns) // 1000) if committed_ns else 0
        self._writer.keeper.observe(decision_id, committed_us, returned_us)

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
