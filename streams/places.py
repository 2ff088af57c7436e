"""Where one shard's files lie."""

from __future__ import annotations

from pathlib import Path


class Places:
    """Where one shard's files lie.

    Parameters
    ----------
    data
        The data directory.
    """

    def __init__(self, data: Path) -> None:
        self.log = data / "log"
        self.keys = data / "keys" / "subjects.sqlite"
        self.artefacts = data / "log" / "artefacts"
        self.snapshots = data / "log" / "snapshots"
