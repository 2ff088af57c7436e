"""Verify says where the log was touched: a bit, a row, an order, an end, a segment."""

from __future__ import annotations

import random
import shutil
import sqlite3
from pathlib import Path

import pytest
from ledger import edit, fetch, rechain, verified, write_log

from haechi.engine.errors import LogCorrupt
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.log.segment import segment_paths

EVENTS = 24
COLUMNS = (
    *("kind", "stamp_us", "event_us", "subject", "id", "digest"),
    *("source", "records", "payload", "chain", "decisions"),
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("written")
    keys = SubjectKeys(base / "keys" / "subjects.sqlite")
    write_log(base / "log", keys, EVENTS, 9)
    keys.close()
    return base / "log"


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "log"))


def holding(folder: Path, offset: int) -> Path:
    return segment_paths(folder)[offset // 9]


def spoilt_at(folder: Path) -> int:
    with pytest.raises(LogCorrupt) as caught:
        verified(folder)
    return caught.value.offset


def test_a_whole_log_passes(folder: Path) -> None:
    whole = verified(folder)
    assert (whole.events, whole.segments) == (EVENTS, 3)
    assert whole.decisions == sum(n % 3 for n in range(EVENTS))


def flipped(value: object, draw: random.Random) -> object:
    if isinstance(value, int):
        return value ^ (1 << draw.randrange(40))
    if isinstance(value, str):
        raw = bytearray(value.encode())
        # The lowest bit of ASCII keeps it text; other bits are tried on the blobs.
        raw[draw.randrange(len(raw))] ^= 1
        return raw.decode()
    assert isinstance(value, bytes)
    raw = bytearray(value)
    raw[draw.randrange(len(raw))] ^= 1 << draw.randrange(8)
    return bytes(raw)


@pytest.mark.parametrize("column", COLUMNS)
def test_one_bit_of_any_column(folder: Path, column: str) -> None:
    draw = random.Random(column)
    for _ in range(4):
        offset = draw.choice([n for n in range(EVENTS) if n % 3])
        path = holding(folder, offset)
        before = fetch(path, f"SELECT {column} FROM events WHERE offset = ?", offset)[0][0]
        edit(
            path, f"UPDATE events SET {column} = ? WHERE offset = ?", flipped(before, draw), offset
        )
        assert spoilt_at(folder) == offset
        edit(path, f"UPDATE events SET {column} = ? WHERE offset = ?", before, offset)
    assert verified(folder).events == EVENTS


@pytest.mark.parametrize("offset", [0, 4, 8, 9, 13, 17, 18])
def test_a_row_removed(folder: Path, offset: int) -> None:
    edit(holding(folder, offset), "DELETE FROM events WHERE offset = ?", offset)
    assert spoilt_at(folder) == offset


@pytest.mark.parametrize("offset", [0, 4, 20])
def test_two_rows_swapped(folder: Path, offset: int) -> None:
    path = holding(folder, offset)
    for there, to in ((offset, -1), (offset + 1, offset), (-1, offset + 1)):
        edit(path, "UPDATE events SET offset = ? WHERE offset = ?", to, there)
    assert spoilt_at(folder) == offset


@pytest.mark.parametrize("count", [1, 3, 6])
def test_the_last_rows_removed(folder: Path, count: int) -> None:
    edit(segment_paths(folder)[-1], "DELETE FROM events WHERE offset >= ?", EVENTS - count)
    assert spoilt_at(folder) == EVENTS - count


@pytest.mark.parametrize(("number", "offset"), [(0, 0), (1, 9), (2, 18)])
def test_a_segment_removed(folder: Path, number: int, offset: int) -> None:
    path = segment_paths(folder)[number]
    for part in folder.glob(f"{path.name}*"):
        part.unlink()
    assert spoilt_at(folder) == offset


def test_a_row_added_behind_the_end(folder: Path) -> None:
    edit(
        segment_paths(folder)[-1],
        "INSERT INTO events SELECT 24, kind, stamp_us, event_us, subject, id, digest, source,"
        " records, payload, chain, 0, 0, decisions FROM events WHERE offset = 23",
    )
    assert spoilt_at(folder) == 24


def test_a_row_added_behind_the_end_of_an_earlier_segment(folder: Path) -> None:
    edit(
        segment_paths(folder)[0],
        "INSERT INTO events SELECT 10, kind, stamp_us, event_us, subject, id, digest, source,"
        " records, payload, chain, 0, 0, decisions FROM events WHERE offset = 8",
    )
    with pytest.raises(LogCorrupt):
        verified(folder)
    reader = LogReader(folder)
    assert [event.offset for event in reader.events()] == list(range(EVENTS))
    reader.close()


def test_bytes_cannot_move_from_one_part_to_the_next(folder: Path) -> None:
    path = holding(folder, 4)
    ((records, payload, decisions),) = fetch(
        path, "SELECT records, payload, decisions FROM events WHERE offset = 4"
    )
    edit(
        path,
        "UPDATE events SET records = ?, payload = ? WHERE offset = 4",
        records[:-1],
        records[-1:] + payload,
    )
    assert spoilt_at(folder) == 4
    edit(
        path,
        "UPDATE events SET records = ?, payload = ?, decisions = x'' WHERE offset = 4",
        records,
        payload + decisions,
    )
    assert spoilt_at(folder) == 4


@pytest.mark.parametrize("value", [None, "text", 1.5, b"\xff"])
@pytest.mark.parametrize("column", ["kind", "source", "records", "decisions"])
def test_a_value_of_another_type(folder: Path, column: str, value: object) -> None:
    path = holding(folder, 4)
    try:
        edit(path, f"UPDATE events SET {column} = ? WHERE offset = 4", value)
    except sqlite3.IntegrityError:
        return
    assert spoilt_at(folder) == 4


def test_text_that_is_no_text(folder: Path) -> None:
    edit(holding(folder, 4), "UPDATE events SET source = CAST(x'ff' AS TEXT) WHERE offset = 4")
    assert spoilt_at(folder) <= 4


def test_bits_of_the_files_themselves(folder: Path) -> None:
    """Any flipped bit of a segment's file is either told or changes nothing that counts."""
    draw = random.Random(1)
    path = segment_paths(folder)[0]
    db = sqlite3.connect(path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.execute("PRAGMA journal_mode=DELETE")
    db.close()
    whole = path.read_bytes()
    expected = verified(folder)
    told = 0
    for _ in range(60):
        raw = bytearray(whole)
        raw[draw.randrange(len(raw))] ^= 1 << draw.randrange(8)
        path.write_bytes(raw)
        try:
            assert verified(folder) == expected
        except LogCorrupt as error:
            assert 0 <= error.offset <= EVENTS  # noqa: PT017
            told += 1
    path.write_bytes(whole)
    assert told > 10
    assert verified(folder) == expected


def test_a_rewritten_log_is_not_the_noted_one(folder: Path) -> None:
    note = (folder / "head.json").read_bytes()
    edit(holding(folder, 4), "UPDATE events SET stamp_us = stamp_us + 1 WHERE offset = 4")
    rechain(folder)
    assert verified(folder).events == EVENTS
    (folder / "head.json").write_bytes(note)
    assert spoilt_at(folder) == EVENTS - 1
