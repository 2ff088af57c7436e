"""What the log names by content: policies, priors, models. Kept as long as the log."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Final

from haechi.engine.errors import LogCorrupt, LogUnwritable

_NAME: Final = re.compile("[0-9a-f]{64}")


class Artefacts:
    """Files named by the SHA-256 of their bytes.

    Parameters
    ----------
    folder
        Where they lie; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, content: bytes) -> str:
        """Store some bytes durably and return their name."""
        name = hashlib.sha256(content).hexdigest()
        path = self._folder / name
        if path.exists():
            return name
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = path.with_suffix(".partial")
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except OSError as error:
            raise LogUnwritable(f"artefact {path} cannot be written: {error}") from error
        return name

    def names(self) -> set[str]:
        """Names of everything that lies here."""
        if not self._folder.is_dir():
            return set()
        return {path.name for path in self._folder.iterdir() if _NAME.fullmatch(path.name)}

    def has(self, name: str) -> bool:
        """Whether something lies under that name."""
        return (self._folder / name).exists()

    def read(self, name: str, offset: int = -1) -> bytes:
        """Read what :meth:`keep` stored.

        Raises
        ------
        LogCorrupt
            If it is gone, or is not what its name says.
        """
        try:
            content = (self._folder / name).read_bytes()
        except OSError as error:
            raise LogCorrupt(
                offset,
                f"the log names artefact {name}, which cannot be read ({error}); "
                "restore the artefacts folder from the log's backup",
            ) from error
        if hashlib.sha256(content).hexdigest() != name:
            raise LogCorrupt(offset, f"artefact {name} was changed; restore it from a backup")
        return content
