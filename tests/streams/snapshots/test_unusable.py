"""A snapshot that is not exactly what this build made of this log is left alone, and named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from border import DAY
from ledger import edit, rechain
from shelved import Shelved, assert_same

from haechi.streams.log.segment import first_offset_of, segment_paths
from haechi.streams.snapshots import snapshot

Spoil = Callable[[Path], None]


def _flipped(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    _replaced(path, bytes(content))


def _replaced(path: Path, content: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(content)


def _cut(name: str) -> Spoil:
    return lambda folder: _replaced(folder / name, (folder / name).read_bytes()[:-8])


def _longer(folder: Path) -> None:
    path = folder / "cases.npy"
    _replaced(path, path.read_bytes() + b"\0")


def _of_fewer_rows(folder: Path) -> None:
    """Whole, but of another array."""
    _replaced(folder / "links.npy", (folder / "timers.npy").read_bytes())


def _other_fact(folder: Path) -> None:
    path = folder / "manifest.json"
    said = json.loads(path.read_bytes())
    said["manifest"]["facts"]["last_stamp_us"] += 1
    _replaced(path, json.dumps(said).encode())


DAMAGE: dict[str, Spoil] = {
    "a bit of an array": lambda folder: _flipped(folder / "histories.npy", -100),
    "a bit of a header": lambda folder: _flipped(folder / "cases.npy", 60),
    "a bit of the manifest": lambda folder: _flipped(folder / "manifest.json", 40),
    "the end of an array": _cut("ids_young.npy"),
    "the end of the manifest": _cut("manifest.json"),
    "all of an array": lambda folder: _replaced(folder / "cases.npy", b""),
    "all of the manifest": lambda folder: _replaced(folder / "manifest.json", b""),
    "an array that is gone": lambda folder: (folder / "tasks.npy").unlink(),
    "a manifest that is gone": lambda folder: (folder / "manifest.json").unlink(),
    "an array that grew": _longer,
    "one array for another": _of_fewer_rows,
    "another fact": _other_fact,
    "a folder that is empty": lambda folder: [file.unlink() for file in folder.iterdir()],
}


@pytest.mark.parametrize("spoil", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_one_is_named_and_the_one_before_is_used(shelved: Any, spoil: Spoil) -> None:
    shelved.write(400)
    newest = shelved.write(800)
    spoil(newest)
    again = shelved.caught_up()
    assert again.replayed.start == 400
    assert_same(again, shelved.whole())
    (said,) = shelved.said
    assert said.startswith(f"snapshot {newest} is damaged: ")


def test_with_none_that_can_be_used_the_whole_log_is_replayed(shelved: Any) -> None:
    for offset in (400, 800):
        _flipped(shelved.write(offset) / "cases.npy", -1)
    shelved.said.clear()
    again = shelved.caught_up()
    assert again.replayed.start == 0
    assert_same(again, shelved.whole())
    assert ["cases.npy was changed" in line for line in shelved.said] == [True, True]


def test_a_damaged_one_is_written_again(shelved: Any) -> None:
    path = shelved.write(800)
    _flipped(path / "cases.npy", -1)
    assert shelved.write(800) == path
    assert shelved.restored().replayed.start == 800


def test_one_of_another_build_is_not_used(shelved: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shelved.write(400)
    monkeypatch.setattr(snapshot, "BUILD_HEX", "f" * 64)
    other = shelved.write(800)
    monkeypatch.undo()
    assert shelved.caught_up().replayed.start == 400
    (said,) = shelved.said[1:]
    assert said.startswith(f"snapshot {other} is of build ffffffffffffffff, format 1, and this is")


def test_one_of_another_format_is_not_used(shelved: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "FORMAT", 2)
    shelved.write(800)
    monkeypatch.undo()
    assert shelved.caught_up().replayed.start == 0
    assert "format 2, and this is build" in shelved.said[0]


def test_one_that_remembers_ids_for_another_time_is_not_used(shelved: Any) -> None:
    shelved.write(800)
    longer = shelved.shelf_of(shelved.window_us + DAY)
    assert longer.restore(shelved.reader, 64).replayed.start == 0
    assert "remembers ids for 2 days and the profile says 3" in shelved.said[0]


def test_one_that_is_ahead_of_the_log_is_refused(shelved: Any) -> None:
    shelved.write(600)
    ahead = shelved.write(1100)
    last = segment_paths(shelved.reader.folder)[-1]
    last.unlink()
    again = shelved.caught_up()
    assert again.replayed.start == 600
    assert_same(again, shelved.whole())
    (said,) = shelved.said
    end = first_offset_of(last) - 1
    assert said.startswith(
        f"snapshot {ahead} is ahead of the log, which ends at event {end}: refused"
    )
    # What is ahead is left for a person, and the new one is not taken for older than that.
    shelved.said.clear()
    written = shelved.write(900, keep=1)
    assert shelved.shelf.paths() == [written, ahead]
    assert shelved.restored().replayed.start == 900


def test_one_of_another_chain_is_refused(shelved: Any) -> None:
    shelved.write(100)
    other = shelved.write(800)
    (_, second, *_) = segment_paths(shelved.reader.folder)
    edit(second, "UPDATE events SET payload = ? WHERE offset = ?", b"rewritten", 300)
    rechain(shelved.reader.folder)
    again = shelved.caught_up()
    assert again.replayed.start == 100
    (said,) = shelved.said
    assert said.startswith(
        f"snapshot {other} is of another log: event 799 has another hash there: refused; "
    )


def test_one_of_another_installation_is_refused(shelved: Any, tmp_path: Path) -> None:
    path = shelved.write(800)
    manifest = json.loads((path / "manifest.json").read_bytes())
    assert len(manifest["manifest"]["chain"]) == 64
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(shelved.base, elsewhere)
    log = elsewhere / "log"
    edit(segment_paths(log)[0], "UPDATE events SET source = 'other' WHERE offset = 5")
    rechain(log)
    other = Shelved(elsewhere)
    try:
        assert other.restored().replayed.start == 0
        assert "of another log" in other.said[0]
    finally:
        other.close()
