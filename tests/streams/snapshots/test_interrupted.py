"""A writer that is killed, or a disk that is full, leaves the snapshots before it as they were."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from shelved import WINDOW_US, assert_same

from haechi.engine.errors import LogUnwritable
from haechi.streams.snapshots import Shelf

_WRITER: Final = """
import resource, sys
from pathlib import Path
from haechi.engine.errors import LogUnwritable
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.snapshots import Shelf, snapshot

base, window_us, end, hangs_at, most = Path(sys.argv[1]), *map(int, sys.argv[2:])
write_array, written = snapshot.write_array, []

def slow(folder, name, array):
    written.append(name)
    if len(written) == hangs_at:
        print("writing", flush=True)
        sys.stdin.read()
    return write_array(folder, name, array)

snapshot.write_array = slow
reader = LogReader(base / "log", SubjectKeys(base / "keys" / "subjects.sqlite"))
artefacts = Artefacts(base / "artefacts")
shelf = Shelf(base / "log" / "snapshots", artefacts, window_us)
rebuilt = shelf.restore(reader, 64)
rebuilt.catch_up(reader, artefacts, end)
if most:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
try:
    shelf.write(rebuilt, reader)
except LogUnwritable as error:
    print(error, flush=True)
else:
    print("written", flush=True)
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.mark.parametrize("hangs_at", [1, 9, 30])
def test_a_writer_that_is_killed_leaves_nothing_that_counts(
    shelved: Any, start_python: Start, hangs_at: int
) -> None:
    before = shelved.write(400)
    writer = start_python("-c", _WRITER, shelved.base, WINDOW_US, 800, hangs_at, 0)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "writing\n"
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    folder = before.parent
    assert list(folder.glob("*.partial"))
    assert shelved.shelf.paths() == [before]
    again = shelved.caught_up()
    assert again.replayed.start == 400
    assert_same(again, shelved.whole())
    # The next writer clears up and gets on.
    shelved.write(800)
    assert not list(folder.glob("*.partial"))
    assert shelved.restored().replayed.start == 800
    assert not shelved.said


@pytest.mark.parametrize("most_bytes", [1, 20_000, 60_000])
def test_a_full_disk_is_told_and_leaves_nothing_behind(
    shelved: Any, start_python: Start, most_bytes: int
) -> None:
    before = shelved.write(400)
    writer = start_python("-c", _WRITER, shelved.base, WINDOW_US, 800, 0, most_bytes)
    said, errors = writer.communicate(timeout=200)
    assert "cannot be written" in said, errors
    assert "those before it are kept" in said
    assert sorted(path.name for path in before.parent.iterdir()) == ["lock", before.name]
    assert shelved.caught_up().replayed.start == 400


def test_a_folder_that_cannot_be_made_is_told(shelved: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    shelf = Shelf(tmp_path / "file" / "snapshots", shelved.artefacts, WINDOW_US)
    with pytest.raises(LogUnwritable, match="cannot be written"):
        shelf.write(shelved.whole(100), shelved.reader)
