"""The snapshots beside a log: which can be used, a new one, and which may go."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from haechi.engine.errors import LogCorrupt, LogUnwritable
from haechi.operators.shard import Shard
from haechi.operators.window import IdWindow
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.reader import LogReader
from haechi.streams.rebuilt import Rebuilt
from haechi.streams.snapshots.files import Progress, sync_folder
from haechi.streams.snapshots.snapshot import (
    Manifest,
    Unusable,
    read_manifest,
    read_snapshot,
    write_snapshot,
)

KEPT: Final = 2
"""Snapshots that are kept, if nothing else is said: should one be damaged, there is another."""

_PREFIX: Final = "snapshot-"
_PARTIAL: Final = ".partial"


def _nothing(_: str) -> None:
    """Tell nobody."""


class Shelf:
    """The snapshots of one log.

    Parameters
    ----------
    folder
        Where they lie; made when the first one is written.
    artefacts
        What the log names by content.
    window_us
        How long ids are remembered; snapshots that remember them for another time are not used.
    say
        Told, in a line each, why a snapshot is not used.
    """

    def __init__(
        self,
        folder: Path,
        artefacts: Artefacts,
        window_us: int,
        say: Callable[[str], None] = _nothing,
    ) -> None:
        self._folder = folder
        self._artefacts = artefacts
        self._window_us = window_us
        self._say = say

    def paths(self) -> list[Path]:
        """All snapshots, oldest first."""
        found = self._folder.glob(f"{_PREFIX}*")
        return sorted(path for path in found if path.suffix != _PARTIAL)

    def restore(
        self,
        reader: LogReader,
        cases: int,
        *,
        upto: int | None = None,
        progress: Progress | None = None,
    ) -> Rebuilt:
        """What the newest snapshot that can be used holds; if there is none, an empty shard.

        Parameters
        ----------
        reader
            The log.
        cases
            Cases that an empty shard has room for.
        upto
            Use no snapshot that has seen this event or a later one.
        progress
            Called with bytes read and bytes in all, on other threads.

        Returns
        -------
        What is to catch up with the log.
        """
        for path, manifest in self.usable(reader, upto):
            try:
                return read_snapshot(path, manifest, self._artefacts, progress)
            except Unusable as why:
                self._tell(path, why)
        return Rebuilt(Shard(cases), IdWindow(self._window_us))

    def usable(self, reader: LogReader, upto: int | None = None) -> Iterator[tuple[Path, Manifest]]:
        """Snapshots of this log by this build, the newest first; why not others, is told.

        Parameters
        ----------
        reader
            The log.
        upto
            Leave out those that have seen this event or a later one.
        """
        for path in reversed(self.paths()):
            if upto is not None and _offset_of(path) > upto:
                continue
            try:
                manifest = read_manifest(path)
                manifest.check(reader, self._window_us)
            except Unusable as why:
                self._tell(path, why)
            else:
                yield path, manifest

    def _tell(self, path: Path, why: Unusable) -> None:
        self._say(f"snapshot {path} {why}")

    def write(self, rebuilt: Rebuilt, reader: LogReader, keep: int = KEPT) -> tuple[Path, bool]:
        """Write a snapshot, read it back, and only then let it count and older ones go.

        Parameters
        ----------
        rebuilt
            What it is of; nothing may change it meanwhile.
        reader
            The log that made it.
        keep
            How many are kept, this one counted, at least 1.

        Returns
        -------
        Where it lies, and whether it is new: there may be one of this event already.

        Raises
        ------
        LogUnwritable
            If it cannot be written; those before it stay.
        LogCorrupt
            If what was read back is not what was written; those before it stay.
        """
        path = self._folder / f"{_PREFIX}{rebuilt.replayed.following:015d}"
        partial = path.with_suffix(_PARTIAL)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._alone():
                for left in self._folder.glob(f"*{_PARTIAL}"):
                    shutil.rmtree(left)
                if not rebuilt.replayed.events and path.exists():
                    # It was restored from this very one.
                    return path, False
                try:
                    partial.mkdir(mode=0o700)
                    manifest = write_snapshot(partial, rebuilt, reader, self._window_us)
                    self._prove(partial, manifest)
                    # What lies there under its name could not be used.
                    shutil.rmtree(path, ignore_errors=True)
                    partial.replace(path)
                    sync_folder(self._folder)
                except BaseException:
                    shutil.rmtree(partial, ignore_errors=True)
                    raise
                self._prune(path, keep)
        except OSError as error:
            raise LogUnwritable(
                f"snapshot {path} cannot be written: {error}; those before it are kept. "
                "Free disk space or fix permissions, then try again"
            ) from error
        return path, True

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Let nobody else write here meanwhile."""
        with (self._folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LogUnwritable(
                    f"another process is writing a snapshot to {self._folder}; let it finish"
                ) from None
            yield

    def _prove(self, folder: Path, manifest: Manifest) -> None:
        """Read a snapshot back: it must give the same shard."""
        try:
            again = read_snapshot(folder, manifest, self._artefacts).shard.digest()
        except Unusable as why:
            again = str(why)
        if again != manifest.digest:
            raise LogCorrupt(
                manifest.offset,
                f"a snapshot of the first {manifest.offset} events gave {again} when it was read "
                f"back, not {manifest.digest}; it is not kept. See whether the disk is sound",
            )

    def _prune(self, newest: Path, keep: int) -> None:
        """Remove what is older than what is kept. What is ahead of the log is for a person."""
        upto = [path for path in self.paths() if path <= newest]
        for path in upto[: max(0, len(upto) - max(keep, 1))]:
            # It has to stop being a snapshot at once, and its files go one by one.
            gone = path.with_suffix(_PARTIAL)
            path.replace(gone)
            shutil.rmtree(gone)


def _offset_of(path: Path) -> int:
    """Offset of the first event that a snapshot has not seen, by its name."""
    digits = path.name.removeprefix(_PREFIX)
    return int(digits) if digits.isdigit() else -1
