"""One snapshot: a folder with a manifest, and each array in a file of its own.

The manifest says of which event, chain, build and format it is, the state's digest, and the
SHA-256 of every file; its own stands beside it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from haechi.engine.build import BUILD_HEX
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.reader import LogReader
from haechi.streams.rebuilt import Rebuilt
from haechi.streams.snapshots.files import (
    Damaged,
    Progress,
    Stored,
    read_arrays,
    sync_folder,
    write_array,
    write_bytes,
)
from haechi.streams.snapshots.parts import Parts, layout, put_together, take_apart

FORMAT: Final = 1
"""Counts up when what a snapshot holds changes beside the core; the build tells of the core."""

_MANIFEST: Final = "manifest.json"


class Unusable(Exception):
    """A snapshot that is left alone; the message, after its name, says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot is of.

    Parameters
    ----------
    format
        Of the folder, :data:`FORMAT`.
    build
        The build that made it, hex.
    offset
        Offset of the first event that it has not seen.
    chain
        The log's link at the event before, hex.
    digest
        The shard's digest, hex.
    window_us
        How long its ids are remembered.
    arrays
        What lies in each array's file.
    facts
        What is no array.
    """

    format: int
    build: str
    offset: int
    chain: str
    digest: str
    window_us: int
    arrays: dict[str, Stored]
    facts: dict[str, Any]

    def check(self, reader: LogReader, window_us: int) -> None:
        """See that it is of this build, of these settings and of this log.

        Raises
        ------
        Unusable
            If it is not.
        """
        if (self.format, self.build) != (FORMAT, BUILD_HEX):
            raise Unusable(
                f"is of build {self.build[:16]}, format {self.format}, and this is build "
                f"{BUILD_HEX[:16]}, format {FORMAT}: it is not used"
            )
        if self.window_us != window_us:
            raise Unusable(
                f"remembers ids for {self.window_us / 86_400e6:g} days and the profile says "
                f"{window_us / 86_400e6:g}: it is not used"
            )
        head = reader.head()
        end = head.offset + 1 if head else 0
        if self.offset > end:
            raise Unusable(
                f"is ahead of the log, which ends at event {end - 1}: refused; if the log came "
                "from a backup, remove the snapshot or bring a later backup"
            )
        link = link_before(reader, self.offset)
        if link is None:
            raise Unusable(
                f"ends at event {self.offset - 1}, which the log does not hold: refused; bring "
                "back the segments from there on"
            )
        if link.hex() != self.chain:
            raise Unusable(
                f"is of another log: event {self.offset - 1} has another hash there: refused; "
                "remove it, or bring back the log that it belongs to"
            )


def link_before(reader: LogReader, offset: int) -> bytes | None:
    """The chain's link at the event before an offset; None if the log does not hold it."""
    event = reader.event(offset - 1)
    if event is not None:
        return event.chain
    # The segments before may be gone; the first one left says what it follows.
    begins = next((path for path, first, _ in reader.ranges() if first == offset), None)
    head = reader.head(begins) if begins is not None else None
    return head.previous if head is not None else None


def write_snapshot(folder: Path, rebuilt: Rebuilt, reader: LogReader, window_us: int) -> Manifest:
    """Write everything into a folder that is there and empty, durably.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    parts, offset = take_apart(rebuilt), rebuilt.replayed.following
    link = link_before(reader, offset)
    assert link is not None, f"event {offset - 1} was applied, so it is in the log"
    manifest = Manifest(
        FORMAT,
        BUILD_HEX,
        offset,
        link.hex(),
        rebuilt.shard.digest(),
        window_us,
        {
            name: Stored(write_array(folder, name, array), len(array), parts.places[name])
            for name, array in parts.arrays.items()
        },
        parts.facts,
    )
    said = _canonical(asdict(manifest))
    sealed = {"manifest": asdict(manifest), "sha256": hashlib.sha256(said).hexdigest()}
    write_bytes(folder / _MANIFEST, _canonical(sealed))
    sync_folder(folder)
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Read what a snapshot is of.

    Raises
    ------
    Unusable
        If it is not what was written.
    """
    try:
        sealed = json.loads((folder / _MANIFEST).read_bytes())
        said = sealed["manifest"]
        if hashlib.sha256(_canonical(said)).hexdigest() != sealed["sha256"]:
            raise Unusable(f"is damaged: {_MANIFEST} was changed")
        # One of another format says so in the two fields that every format has.
        if said["format"] != FORMAT:
            return Manifest(said["format"], said["build"], 0, "", "", 0, {}, {})
        arrays = {name: Stored(*stored) for name, stored in said.pop("arrays").items()}
        return Manifest(arrays=arrays, **said)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unusable(f"is damaged: {_MANIFEST} cannot be read: {error}") from None


def read_snapshot(
    folder: Path, manifest: Manifest, artefacts: Artefacts, progress: Progress | None = None
) -> Rebuilt:
    """Read everything.

    Raises
    ------
    Unusable
        If a file is not what was written.
    LogCorrupt
        If an artefact that it names is gone.
    """
    try:
        arrays = read_arrays(folder, manifest.arrays, layout(), progress)
    except Damaged as error:
        raise Unusable(f"is damaged: {error}") from None
    parts = Parts(arrays, {name: len(arrays[name]) for name in arrays}, manifest.facts)
    return put_together(parts, manifest.offset, artefacts, manifest.window_us)


def _canonical(said: dict[str, Any]) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
