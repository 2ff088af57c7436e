from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from haechi.engine.errors import ConfigError
from haechi.rpc.v1.decision_pb2 import LogPosition
from haechi.streams.faces.vault import Vault
from haechi.streams.log.keys import SubjectKeys

PLAIN = b"the numbers of a face" * 20
BIG = (1 << 64) - 5
"""A token that SQLite's signed integers do not hold."""


def opened(folder: Path) -> tuple[Vault, SubjectKeys]:
    keys = SubjectKeys(folder / "elsewhere" / "keys.sqlite")
    return Vault(folder / "galleries.sqlite", keys), keys


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    vault, _ = opened(tmp_path)
    first = vault.add(BIG, PLAIN, 5)
    second = vault.add(7, b"other", 6, watched=True)
    vault.close()
    again, _ = opened(tmp_path)
    assert [(k.id, k.person, k.watched, k.until_us, k.payload) for k in again.load()] == [
        (first, BIG, False, 5, PLAIN),
        (second, 7, True, 6, b"other"),
    ]


def test_nothing_is_written_in_the_clear(tmp_path: Path) -> None:
    vault, _ = opened(tmp_path)
    vault.add(BIG, PLAIN, 5)
    assert PLAIN[:16] not in on_disk(tmp_path)


def test_an_erased_person_is_in_no_file_and_an_old_copy_reads_as_noise(tmp_path: Path) -> None:
    vault, keys = opened(tmp_path)
    vault.add(BIG, PLAIN, 5)
    vault.add(7, PLAIN, 5)
    copy = (tmp_path / "galleries.sqlite").read_bytes()
    ciphertext = (
        sqlite3.connect(tmp_path / "galleries.sqlite")
        .execute("SELECT payload FROM faces ORDER BY id")
        .fetchone()[0]
    )
    key = keys._db.execute("SELECT key FROM keys ORDER BY rowid").fetchall()
    assert ciphertext in on_disk(tmp_path)
    assert len(vault.erase(BIG)) == 1
    left = on_disk(tmp_path)
    assert ciphertext not in left
    assert sum(one[0] in left for one in key) == 1
    assert vault.holds(BIG) == 0
    keys.close()
    vault.close()
    (tmp_path / "galleries.sqlite").write_bytes(copy)
    restored, _ = opened(tmp_path)
    assert [kept.person for kept in restored.load()] == [7]


def test_who_has_no_face_left_has_no_key_left(tmp_path: Path) -> None:
    vault, keys = opened(tmp_path)
    numbers = [vault.add(7, PLAIN, 5), vault.add(7, PLAIN, 5)]

    def known() -> int:
        return int(keys._db.execute("SELECT count(*) FROM keys").fetchone()[0])

    vault.remove(numbers[:1])
    assert known() == 1
    vault.remove(numbers[1:])
    assert known() == 0


def test_marks_and_the_cursor_outlive_the_process(tmp_path: Path) -> None:
    vault, _ = opened(tmp_path)
    vault.mark(BIG, 50)
    vault.mark(3, 10)
    vault.unmark(3)
    vault.follow(LogPosition(shard=1, offset=9, ordinal=2))
    vault.close()
    again, _ = opened(tmp_path)
    assert again.marked() == {BIG: 50}
    assert again.followed() == LogPosition(shard=1, offset=9, ordinal=2)


def test_a_changed_file_is_named_and_not_read(tmp_path: Path) -> None:
    vault, _ = opened(tmp_path)
    vault.add(7, PLAIN, 5)
    with sqlite3.connect(tmp_path / "galleries.sqlite") as db:
        db.execute("UPDATE faces SET payload = zeroblob(200)")
    with pytest.raises(ConfigError, match="does not decrypt"):
        list(vault.load())


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "galleries.sqlite").write_bytes(b"no database at all, but long enough to be read")
    with pytest.raises(ConfigError, match="cannot be opened"):
        opened(tmp_path)


def test_a_second_service_on_one_vault_is_refused(tmp_path: Path) -> None:
    vault, _ = opened(tmp_path)
    with pytest.raises(ConfigError, match="another face service"):
        opened(tmp_path)
    vault.close()
    opened(tmp_path)
