from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from haechi.engine.records import DECISION
from haechi.streams.log.reader import LogReader

Run = Callable[..., tuple[int, str, str]]
Tamper = Callable[[sqlite3.Connection, int, int], int]


def _segment(data: Path) -> sqlite3.Connection:
    (path,) = sorted((data / "log").glob("segment-*.sqlite"))
    return sqlite3.connect(path, isolation_level=None)


def _last(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT max(offset) FROM events").fetchone()[0])


def _flip(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def _payload_bit(db: sqlite3.Connection, at: int, last: int) -> int:
    (payload,) = db.execute("SELECT payload FROM events WHERE offset = ?", (at,)).fetchone()
    db.execute("UPDATE events SET payload = ? WHERE offset = ?", (_flip(payload, 5), at))
    return at


def _decision_bit(db: sqlite3.Connection, at: int, last: int) -> int:
    offset, bodies = db.execute(
        "SELECT offset, decisions FROM events WHERE offset >= ? AND length(decisions) > 0", (at,)
    ).fetchone()
    place = (DECISION.fields or {})["verdict"][1]
    db.execute("UPDATE events SET decisions = ? WHERE offset = ?", (_flip(bodies, place), offset))
    return int(offset)


def _removed(db: sqlite3.Connection, at: int, last: int) -> int:
    db.execute("DELETE FROM events WHERE offset = ?", (at,))
    return at


def _swapped(db: sqlite3.Connection, at: int, last: int) -> int:
    for old, new in ((at, -1), (at + 1, at), (-1, at + 1)):
        db.execute("UPDATE events SET offset = ? WHERE offset = ?", (new, old))
    return at


def _cut(db: sqlite3.Connection, at: int, last: int) -> int:
    db.execute("DELETE FROM events WHERE offset = ?", (last,))
    return last


def test_a_whole_log_verifies(haechi: Run, written: Path) -> None:
    code, out, _ = haechi("verify", "--data", written, "--json")
    assert code == 0
    said = json.loads(out)
    assert said["whole"] is True
    assert said["events"] > 400
    assert said["anchors"] is None


@pytest.mark.parametrize("tamper", [_payload_bit, _decision_bit, _removed, _swapped, _cut])
def test_tampering_is_found_and_its_offset_named(haechi: Run, data: Path, tamper: Tamper) -> None:
    db = _segment(data)
    offset = tamper(db, 100, _last(db))
    db.close()
    code, out, err = haechi("verify", "--data", data, "--json")
    assert code == 3
    assert json.loads(out)["offset"] == offset
    assert f"offset {offset}" in err


def test_a_log_replays_bit_for_bit(haechi: Run, written: Path) -> None:
    code, out, _ = haechi("replay", "--data", written, "--json")
    assert code == 0
    said = json.loads(out)
    assert said["identical"] is True
    assert said["compared"] == said["decisions"] > 50


def test_a_replay_ends_at_the_decision_asked_for(haechi: Run, written: Path) -> None:
    reader = LogReader(written / "log")
    wanted = reader.decisions(0, 1 << 40)[20]
    reader.close()
    code, out, _ = haechi("replay", wanted.id.hex()[:16], "--data", written, "--json")
    assert code == 0
    said = json.loads(out)
    assert said["events"] == wanted.offset + 1
    assert said["decision_id"] == wanted.id.hex()


def test_drift_names_decision_offset_and_field(haechi: Run, data: Path) -> None:
    db = _segment(data)
    offset = _decision_bit(db, 100, _last(db))
    (bodies,) = db.execute("SELECT decisions FROM events WHERE offset = ?", (offset,)).fetchone()
    db.close()
    code, out, err = haechi("replay", "--data", data, "--json")
    assert code == 3
    said = json.loads(out)
    assert (said["offset"], said["field"]) == (offset, "verdict")
    assert said["decision_id"] == bodies[:16].hex()
    assert said["decision_id"] in err


def test_another_build_is_named(
    haechi: Run, written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("haechi.streams.replay.BUILD_HEX", "0" * 64)
    monkeypatch.setattr("haechi.engine.build.BUILD", 0)
    code, out, err = haechi("replay", "--data", written, "--json")
    assert code == 4
    (build,) = json.loads(out)["other_builds"]
    assert build in err


@pytest.mark.parametrize("rewritten", [False, True])
def test_anchors_outside_show_a_cut_tail_and_a_rewritten_chain(
    haechi: Run, data: Path, monkeypatch: pytest.MonkeyPatch, rewritten: bool
) -> None:
    db = _segment(data)
    last = _last(db)
    (chain,) = db.execute("SELECT chain FROM events WHERE offset = ?", (last,)).fetchone()
    if not rewritten:
        db.execute("DELETE FROM events WHERE offset = ?", (last,))
        # Whoever cuts the tail also removes the note of where it ended.
        (data / "log" / "head.json").unlink()
    db.close()
    anchored = bytes(32) if rewritten else chain
    monkeypatch.setattr("haechi.app.verify._anchors", lambda *_: [(last, anchored.hex())])
    code, out, _ = haechi("verify", "--data", data, "--json")
    assert code == 3
    assert json.loads(out)["offset"] == last


def test_agreeing_anchors_are_counted(
    haechi: Run, written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = LogReader(written / "log")
    event = reader.event(7)
    reader.close()
    assert event is not None
    monkeypatch.setattr("haechi.app.verify._anchors", lambda *_: [(7, event.chain.hex())])
    code, out, _ = haechi("verify", "--data", written, "--json")
    assert code == 0
    assert json.loads(out)["anchors"] == 1
