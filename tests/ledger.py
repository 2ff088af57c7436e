"""Small logs for tests, and the hands that spoil them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import numpy as np

from haechi.engine.records import DECISION, pack_event
from haechi.streams.log.chain import GENESIS, link
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.log.segment import segment_paths
from haechi.streams.log.verify import Verified, verify
from haechi.streams.log.writer import LogWriter, Row


def decision_bodies(number: int, count: int) -> bytes:
    """What stands in for the decisions of one event where only the log is under test."""
    rows = np.zeros(count, DECISION)
    rows["offset"] = number
    rows["ordinal"] = np.arange(count)
    rows["id_hi"] = number + 1
    rows["id_lo"] = np.arange(count) + 1
    return rows.tobytes()


def row(number: int, decisions: int = 0, subject: int = 7) -> Row:
    return Row(
        kind=1 + number % 20,
        stamp_us=1000 + number,
        event_us=900 + number,
        subject=subject,
        id=number.to_bytes(8, "little") * 2,
        digest=bytes([number % 256]) * 16,
        source=f"gate-{number % 3}",
        records=pack_event(id_hi=number, id_lo=number, offset=number),
        payload=b"payload of %d" % number,
        decisions=decision_bodies(number, decisions),
        queued_us=1,
        applied_us=2,
    )


def write_log(
    folder: Path, keys: SubjectKeys, events: int = 12, segment_events: int = 1 << 20
) -> None:
    """A log with no, one or two decisions an event, in batches of one to three."""
    writer = LogWriter(folder, keys, segment_events=segment_events)
    rows = [row(number, number % 3) for number in range(events)]
    at = 0
    while at < events:
        batch = rows[at : at + 1 + at % 3]
        writer.append(batch)
        at += len(batch)
    writer.close()


def edit(path: Path, statement: str, *values: Any) -> None:
    """Change a segment behind everybody's back."""
    db = sqlite3.connect(path)
    changed = db.execute(statement, values).rowcount
    assert changed != 0, statement
    db.commit()
    db.close()


def fetch(path: Path, statement: str, *values: Any) -> list[Any]:
    db = sqlite3.connect(path)
    rows = db.execute(statement, values).fetchall()
    db.close()
    return rows


def verified(folder: Path) -> Verified:
    reader = LogReader(folder)
    try:
        return verify(reader)
    finally:
        reader.close()


def rechain(folder: Path) -> None:
    """Recompute every link, as whoever rewrites the log with all its hashes would."""
    chain = GENESIS
    for path in segment_paths(folder):
        db = sqlite3.connect(path)
        db.execute("UPDATE segment SET previous = ?", (chain,))
        for event in db.execute(
            "SELECT offset, kind, stamp_us, event_us, subject, id, digest, source, records,"
            " payload, decisions FROM events ORDER BY offset"
        ).fetchall():
            chain = link(chain, event[:10], event[10])
            db.execute("UPDATE events SET chain = ? WHERE offset = ?", (chain, event[0]))
        db.commit()
        db.close()
    (folder / "head.json").unlink(missing_ok=True)
