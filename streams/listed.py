"""Which entries of which lists were behind a decision, read from the log.

The core only knows tokens, and a decision only the weight that counted. What watched its case is
worked out again here from the log before it: the manifest, the entries, and which names sound
alike. Lists and entries are told by their names; whom they name stays in the payloads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from haechi.engine.codes import EventKind, NodeKind, Watched
from haechi.engine.features import PLACE
from haechi.engine.records import DECISION, EVENT
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.log.keys import Erased
from haechi.streams.log.reader import LogReader

_ENTRY: Final = EventKind.INTELLIGENCE
_MANIFESTS: Final = {
    int(NodeKind.TRAVELER): EventKind.TRAVELER_MANIFEST,
    int(NodeKind.PARCEL): EventKind.PARCEL_MANIFEST,
}
_FIELDS: Final[Mapping[int, Mapping[Watched, str]]] = {
    int(NodeKind.TRAVELER): {
        Watched.DOCUMENT: "pccc",
        Watched.PHONE: "contact",
        Watched.NAME: "consignee",
        Watched.ROUTE: "departure",
    },
    int(NodeKind.PARCEL): {
        Watched.PCCC: "pccc",
        Watched.ADDRESS: "address",
        Watched.PHONE: "phone",
        Watched.SELLER: "seller",
        Watched.CONSIGNEE: "consignee",
        Watched.HS: "hs6",
        Watched.ROUTE: "departure",
    },
}
"""Where a manifest has what is watched, as the core's ``intelligence_of`` reads it."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry that was in force on a case when it was decided.

    Parameters
    ----------
    list_name, entry_id, authority, legal_basis
        As the entry states them; empty if its payload was erased.
    what
        What of the case it names.
    weight
        Its weight.
    similarity
        How alike the names are, 1 for everything else.
    """

    list_name: str
    entry_id: str
    authority: str
    legal_basis: str
    what: Watched
    weight: float
    similarity: float


@dataclass(frozen=True, slots=True)
class _Entry:
    offset: int
    event_us: int
    until_us: int
    weight: float
    what: int
    token: int


def entries_behind(reader: LogReader, body: bytes) -> list[Listed]:
    """Entries in force on the case of a decision, the weightiest first.

    Parameters
    ----------
    reader
        The log, with keys.
    body
        The decision's ``DECISION`` record.

    Returns
    -------
    Nothing at once where no intelligence counted; otherwise the log is read up to the decision.
    """
    decision: Any = np.frombuffer(body, DECISION)[0]
    node = int(decision["node"])
    if not decision["x"][PLACE["intelligence"]] > 0.0 or node not in _MANIFESTS:
        return []
    manifest: Any = None
    entries: dict[int, _Entry] = {}
    alike: dict[int, dict[int, float]] = {}
    for offset, record in _before(reader, decision, _MANIFESTS[node]):
        if record["kind"] != _ENTRY:
            if manifest is None or record["event_us"] >= manifest["event_us"]:
                manifest = record
        elif record["similarity"] > 0.0:
            alike.setdefault(int(record["token"]), {})[int(record["alias"])] = float(
                record["similarity"]
            )
        else:
            _enter(entries, offset, record)
    if manifest is None:
        return []
    found = []
    for entry in entries.values():
        field = _FIELDS[node].get(Watched(entry.what))
        over = entry.until_us != 0 and entry.until_us < decision["event_us"]
        if field is None or over or entry.weight == 0.0:
            continue
        token = int(manifest[field])
        heard = alike.get(token, {}) if entry.what == Watched.NAME else {}
        similarity = 1.0 if entry.token == token else heard.get(entry.token, 0.0)
        if token and similarity > 0.0:
            found.append(_told(reader, entry, similarity))
    return sorted(found, key=lambda one: -one.weight * one.similarity)


def _before(reader: LogReader, decision: Any, manifest: EventKind) -> Iterator[tuple[int, Any]]:
    """Records of entries, likenesses and of the case's manifests, in the order of the log."""
    subject = int(decision["subject"])
    for rows in reader.records_about(subject, manifest, _ENTRY, int(decision["offset"]) + 1):
        for offset, records in rows:
            for record in np.frombuffer(records, EVENT):
                if record["kind"] in (manifest, _ENTRY):
                    yield offset, record


def _enter(entries: dict[int, _Entry], offset: int, record: Any) -> None:
    what, token = int(record["mode"]), int(record["token"])
    key = int(record["alias"]) or hash((what, token))
    event_us = int(record["event_us"])
    if key not in entries or event_us >= entries[key].event_us:
        until_us, weight = int(record["until_us"]), float(record["weight"])
        entries[key] = _Entry(offset, event_us, until_us, weight, what, token)


def _told(reader: LogReader, entry: _Entry, similarity: float) -> Listed:
    event = reader.event(entry.offset)
    assert event is not None, f"event {entry.offset} was read a moment ago"
    try:
        said = Event.FromString(reader.payload(event)).intelligence
    except Erased:
        said = Event().intelligence
    return Listed(
        said.list_name,
        said.entry_id,
        said.authority,
        said.legal_basis,
        Watched(entry.what),
        entry.weight,
        similarity,
    )
