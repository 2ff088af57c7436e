"""Looks for photographs and templates wherever there should be none: files, messages, tables.

It looks for the bytes of the files, for rows of the decoded frames, and for the templates, as
numbers in memory's order and as text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from haechi.app.installation import Installation

_DIGITS: Final = 10
_PIECE: Final = 32
"""Bytes of an image or template that are looked for: chance does not make them."""


@dataclass(frozen=True, slots=True)
class Traces:
    """Where was looked, and what was found.

    Parameters
    ----------
    files, messages, tables
        How many were searched.
    found
        Where something lies that should not.
    """

    files: int
    messages: int
    tables: int
    found: list[str]

    def told(self) -> str:
        """Tell it in a sentence."""
        return (
            f"Searched for photographs, frames and templates: {self.files} files, "
            f"{self.messages:,} messages of the log, {self.tables} tables of ClickHouse: "
            f"{'FOUND in ' + ', '.join(self.found) if self.found else 'nowhere'}."
        )


def search(installation: Installation, photos: Path) -> Traces:
    """Search an installation for photographs and for the templates that they give."""
    needles = [*_pixels(photos), *_templates(photos)]
    found: list[str] = []
    files = messages = tables = 0
    for path in sorted(installation.folder.root.rglob("*")):
        if path.is_file():
            files += 1
            _look(path.read_bytes(), needles, str(path), found)
    for offset, message in _messages(installation):
        messages += 1
        _look(message, needles, f"message {offset} of the log", found)
    for table, rows in _tables(installation):
        tables += 1
        _look(rows, needles, f"table {table}", found)
    return Traces(files, messages, tables, found)


def _look(content: bytes, needles: list[bytes], where: str, found: list[str]) -> None:
    if any(needle in content for needle in needles):
        found.append(where)


def _pixels(photos: Path) -> Iterator[bytes]:
    from haechi.configs.faces import Faces
    from haechi.streams.vision.picture import read_picture

    most = Faces.load().capture.max_megapixels
    for photo in sorted(photos.glob("*.jpg")):
        for content in (photo.read_bytes(), read_picture(photo, most).tobytes()):
            for part in (1, 2, 3):
                begin = len(content) * part // 4
                yield content[begin : begin + _PIECE]


def _templates(photos: Path) -> Iterator[bytes]:
    """What the cameras made of the photographs: once more, and the same numbers."""
    import numpy as np

    from haechi.configs.faces import Faces
    from haechi.streams.faces.templates import vector_of
    from haechi.streams.vision.camera import CameraEye
    from haechi.streams.vision.frames import pictures
    from haechi.streams.vision.weights import default_folder

    config = Faces.load()
    eye = CameraEye("search", config, default_folder(), run="search", one_person=True)
    for frame in pictures(photos, config.capture.max_megapixels, lambda: 0):
        for seen in eye.look(frame):
            if seen.HasField("template"):
                given = np.array(seen.template.values, np.float32)
                for numbers in (given, vector_of(seen.template, config.model)):
                    # As they lie in memory and, little-endian, in every message.
                    yield numbers.astype("<f4").tobytes()[_PIECE : 2 * _PIECE]
                yield str(given[0])[:_DIGITS].encode()


def _messages(installation: Installation) -> Iterator[tuple[int, bytes]]:
    from haechi.streams.log.keys import SubjectKeys
    from haechi.streams.log.reader import LogReader

    keys = SubjectKeys(installation.folder.keys)
    reader = LogReader(installation.folder.log, keys)
    try:
        for event in reader.events():
            yield event.offset, reader.payload(event)
    finally:
        reader.close()
        keys.close()


def _tables(installation: Installation) -> Iterator[tuple[str, bytes]]:
    client = installation.clickhouse("engine")
    named = client.query(
        "SELECT name FROM system.tables WHERE database = 'haechi' AND engine LIKE '%MergeTree%'"
    )
    for (name,) in named.result_rows:
        yield name, client.raw_query(f"SELECT * FROM haechi.`{name}` FORMAT RowBinary")  # noqa: S608
