"""A small engine in this process whose log learns, promotes, rolls back and refits."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from haechi.app import credentials
from haechi.app.configuration import compile_artefact, load_profile
from haechi.app.folder import DataFolder
from haechi.configs.port import Port
from haechi.engine.codes import Finding
from haechi.engine.errors import BadInput
from haechi.engine.records import DECISION
from haechi.operators.intake import Entry, Outcome, Refusal, ReplySlot
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.engine import Engine
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.models.making import Maker, Names
from haechi.streams.places import Places
from haechi.streams.simulator import endless
from haechi.streams.tokens import Tokens

_COUNT = itertools.count(1)


@cache
def frames() -> list[Any]:
    """The port's traffic, an hour ago."""
    start_us = time.time_ns() // 1000 - 3_600_000_000
    return list(itertools.islice(endless(7, start_us), 1200))


class Governed:
    """An engine on a data directory, stopped with its ``with`` block."""

    def __init__(self, root: Path) -> None:
        self.folder = DataFolder(root)
        self.folder.make()
        credentials.keyring(self.folder)
        tokens = Tokens(credentials.token_key(self.folder, make=True))
        self.engine = Engine(
            Places(root), load_profile(None).engine, Port.load(), tokens, compile_artefact(None)
        )
        self.engine.start()

    def put(self, event: Event | bytes) -> Outcome:
        """Put one event through it, as the server would."""
        (outcome,) = self.put_all([event])
        return outcome

    def put_all(self, events: Sequence[Event | bytes]) -> list[Outcome]:
        """Put many through it without waiting in between, so that batches hold several."""
        entries = []
        for event in events:
            raw = event if isinstance(event, bytes) else event.SerializeToString()
            slot = ReplySlot()
            try:
                decoder = self.engine.decoder
                entry = Entry(raw, "test", decoder.screen(decoder.decode(raw), raw), None, slot)
            except BadInput as error:
                entry = Entry(raw, "test", None, Refusal(error.code, str(error)), slot)
            entries.append((entry, slot))
        for entry, _ in entries:
            self.engine.intake.put(entry)
        outcomes = [slot.wait(30.0) for _, slot in entries]
        assert all(outcomes)
        return [one for one in outcomes if one is not None]

    def feed(self, begin: int, end: int) -> None:
        """Put some of the port's traffic through it."""
        for frame in frames()[begin:end]:
            self.put(frame.raw)

    def label(self, most: int, every: int = 2, selected: int = 3) -> int:
        """Report inspections of the newest cases: of every third something was found."""
        reader = self.engine.open_reader()
        try:
            cases = {}
            for one in reader.decisions(0, 1 << 40):
                cases[int(np.frombuffer(one.body, DECISION)[0]["case_key"])] = one
        finally:
            reader.close()
        done = 0
        for one in list(cases.values())[-most * every :: every]:
            row: Any = np.frombuffer(one.body, DECISION)[0]
            event = filled()
            said = event.inspection_outcome
            said.decision_id = one.id.hex()
            said.finding = Finding.FOUND if row["id_lo"] % 3 == 0 else Finding.NOTHING
            said.selected_by = selected
            said.officer = "kim"
            assert self.put(event).refusal is None
            done += 1
        return done

    def say(
        self, name: str, approver: str, kind: str = "traveler", role: int = 1, reason: str = "why"
    ) -> Outcome:
        """Say as one person what a model is to be."""
        return self.put(word(name, approver, kind, role, reason))

    def promote(self, name: str, kind: str = "traveler", role: int = 1) -> None:
        """Both persons say it."""
        for approver in ("approver-1", "approver-2"):
            outcome = self.say(name, approver, kind, role)
            assert outcome.refusal is None, outcome.refusal
        assert self.engine.took_effect(outcome.offset)

    def maker(self) -> Maker:
        return maker(self.folder)

    def digest(self) -> str:
        return self.engine._machine.digest()


def word(
    name: str, approver: str, kind: str = "traveler", role: int = 1, reason: str = "why"
) -> Event:
    """One person's event about a model."""
    event = filled()
    promotion: Any = event.model_promotion
    promotion.family, promotion.role, promotion.reason = kind, role, reason
    promotion.artefact_sha256 = bytes.fromhex(name)
    promotion.approvers.append(approver)
    return event


def maker(folder: DataFolder) -> Maker:
    """Makes artefacts beside the engine."""
    reader = LogReader(folder.log, SubjectKeys(folder.keys))
    return Maker(reader, Artefacts(folder.artefacts), Names(str, "{:016x}".format))


@contextmanager
def governed(root: Path) -> Iterator[Governed]:
    running = Governed(root)
    try:
        yield running
    finally:
        running.engine.stop()


def filled() -> Event:
    """An event with what every envelope must hold."""
    event = Event()
    event.envelope.event_id = f"governed-{next(_COUNT)}-{time.time_ns()}"
    event.envelope.schema_version = 1
    event.envelope.source = "test"
    event.envelope.event_time_us = time.time_ns() // 1000
    return event
