"""A log of every kind of event, made by the core alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from border import T0, artefact
from border_traffic import traffic

from haechi.configs.profile import Profile
from haechi.engine.codes import EventKind
from haechi.engine.records import DECISION, EVENT
from haechi.operators.logic import by_event
from haechi.operators.shard import Shard
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.log.writer import LogWriter, Row
from haechi.streams.start import settings_of, start_entry

EVENTS = 600


def append(writer: LogWriter, shard: Shard, events: Any, payload: bytes, source: str) -> None:
    recalled = RECALLED.pop() if RECALLED else None
    bodies = by_event(shard.apply(events, recalled), writer.offset, len(events))
    rows = []
    for event, body in zip(events, bodies, strict=True):
        identity = event.tobytes()[:16]
        rows.append(
            Row(
                int(event["kind"]),
                int(event["stamp_us"]),
                int(event["event_us"]),
                int(event["ref"]),
                identity,
                identity,
                source,
                event.tobytes(),
                payload,
                body,
                0,
                0,
            )
        )
    writer.append(rows)


RECALLED: list[Any] = []


def begin(writer: LogWriter, shard: Shard, artefacts: Artefacts, epoch: int, now: int) -> None:
    name = artefacts.keep(artefact())
    entry, started = start_entry(Profile.load().engine, name, 7, epoch, now)
    shard.configure(settings_of(started, artefacts))
    assert entry.decoded is not None
    events = np.frombuffer(bytearray(entry.decoded.records), EVENT)
    events["offset"], events["stamp_us"] = writer.offset, now
    append(writer, shard, events, entry.raw, "engine")


def learn(writer: LogWriter, shard: Shard, now: int) -> None:
    """Inspection outcomes of some parcels decided so far."""
    reader = LogReader(writer._folder)
    bodies = reader.decisions(0, writer.offset)
    reader.close()
    parcels = [d for d in bodies if np.frombuffer(d.body, DECISION)[0]["node"] == 2]
    for number, decision in enumerate(parcels[:40:4]):
        body = np.frombuffer(decision.body, DECISION)
        event = np.zeros(1, EVENT)
        event["kind"], event["first"], event["last"] = EventKind.INSPECTION_OUTCOME, 1, 1
        event["id_hi"], event["id_lo"] = 10_000 + number, now
        event["found"], event["recall"] = 1 + number % 2, decision.position
        event["other"], event["offset"] = body["case_key"][0], writer.offset
        event["stamp_us"] = event["event_us"] = now + number
        RECALLED.append(body)
        append(writer, shard, event, b"outcome", "officer")


def mixed_log(base: Path) -> str:
    """A mixed log with two starts, labels in between, in segments of 250 events; its digest."""
    keys = SubjectKeys(base / "keys" / "subjects.sqlite")
    artefacts = Artefacts(base / "artefacts")
    shard = Shard(64)
    writer = LogWriter(base / "log", keys, segment_events=250)
    now = T0 - 1_000_000
    for epoch in (1, 2):
        begin(writer, shard, artefacts, epoch, now)
        events = traffic(epoch, EVENTS, subjects=30).copy()
        events["stamp_us"] += now - T0 + 1_000_000
        events["event_us"] += now - T0 + 1_000_000
        for at in range(0, EVENTS, 37):
            batch = events[at : at + 37]
            batch["offset"] = writer.offset + np.arange(len(batch))
            append(writer, shard, batch, b"payload", "gate")
        now = int(events["stamp_us"][-1]) + 1_000_000
        learn(writer, shard, now)
        now += 1_000_000
    writer.close()
    keys.close()
    return shard.digest()
