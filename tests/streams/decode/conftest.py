"""Events as text, and their records, for the decoder's tests."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from google.protobuf import text_format

from haechi.configs.port import Port
from haechi.engine.records import EVENT
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.decode import Decoder
from haechi.streams.tokens import Tokens

NOW_US = 1_767_225_600_000_000
DECODER = Decoder(Tokens(bytes(range(32))), Port.load())
SHARED = {"id_hi", "id_lo", "subject", "event_us", "schema_version", "first", "last", "spare"}


def _event(kind: str, subjects: str = 'subjects { traveler_id: "T-1" }', more: str = "") -> bytes:
    text = (
        f'envelope {{ event_id: "e-1" schema_version: 1 event_time_us: {NOW_US} site: "ICN-T1" '
        f"{subjects} {more} }} {kind}"
    )
    return text_format.Parse(text, Event()).SerializeToString()


def _records(kind: str, *rest: str) -> np.ndarray[Any, Any]:
    return np.frombuffer(DECODER.decode(_event(kind, *rest)).records, EVENT)


def _assert_row(row: Any, **fields: float) -> None:
    for name in EVENT.names or ():
        value = row[name]
        if name in SHARED:
            continue
        if name in fields:
            assert value == pytest.approx(fields[name], nan_ok=True), name
        elif name == "recall":
            assert value == -1
        elif EVENT[name].kind == "f":
            assert math.isnan(value), name
        else:
            assert value == 0, name


@pytest.fixture
def event() -> Callable[..., bytes]:
    """Bytes of an event: its kind, then its subjects and the rest of its envelope, as text."""
    return _event


@pytest.fixture
def records() -> Callable[..., np.ndarray[Any, Any]]:
    """Records of such an event."""
    return _records


@pytest.fixture
def assert_row() -> Callable[..., None]:
    """Check all of a record's fields: those that are not named must be empty."""
    return _assert_row
