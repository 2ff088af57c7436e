"""What the live page's process reads beside the store."""

from __future__ import annotations

from pathlib import Path

from haechi.app.dashboard import _Log
from haechi.app.folder import DataFolder
from haechi.configs.port import Port
from haechi.streams.tokens import Tokens


def test_a_log_that_cannot_be_read_hides_no_decision(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.make()
    log = _Log(folder, Port.load(), Tokens(b"k" * 32))
    assert log.erased(0) is None
    folder.keys.parent.mkdir(parents=True, exist_ok=True)
    folder.keys.touch()
    folder.log.mkdir(parents=True, exist_ok=True)
    (folder.log / "segment-000000000000.sqlite").write_bytes(b"no database" * 100)
    assert log.erased(0) is None
