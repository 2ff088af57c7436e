"""A small log, made through the engine itself."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

from haechi.app import credentials
from haechi.app.configuration import compile_artefact, load_profile
from haechi.app.folder import DataFolder
from haechi.configs.port import Port
from haechi.operators.intake import Entry, ReplySlot
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.engine import Engine
from haechi.streams.places import Places
from haechi.streams.simulator import endless
from haechi.streams.tokens import Tokens

EVENTS = 400


def write_small_log(root: Path, events: int = EVENTS) -> None:
    """Put the port's mix of events through an engine on ``root``, twice started."""
    folder = DataFolder(root)
    folder.make()
    credentials.keyring(folder)
    tokens = Tokens(credentials.token_key(folder, make=True))
    start_us = time.time_ns() // 1000 - 3_600_000_000
    frames = [frame.raw for frame in itertools.islice(endless(7, start_us), events)]
    # So that a decision is superseded for certain.
    frames[-1] = _said_again(frames)
    for part in (frames[: events // 2], frames[events // 2 :]):
        engine = Engine(
            Places(root), load_profile(None).engine, Port.load(), tokens, compile_artefact(None)
        )
        engine.start()
        for raw in part:
            slot = ReplySlot()
            engine.intake.put(Entry(raw, "test", engine.decoder.decode(raw), None, slot))
            assert slot.wait(30.0) is not None
        engine.stop()


def _said_again(frames: list[bytes]) -> bytes:
    """The first manifest once more, as a later event."""
    manifests = ("traveler_manifest", "parcel_manifest")
    event = next(e for e in map(Event.FromString, frames) if e.WhichOneof("kind") in manifests)
    event.envelope.event_id += "-again"
    event.envelope.event_time_us += 1
    return event.SerializeToString()
