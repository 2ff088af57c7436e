"""On which line of a TOML file a key stands, which a parsed file no longer tells."""

from __future__ import annotations

import re
from typing import Final

from haechi.configs.tables import Table

_HEADER: Final = re.compile(r"\s*\[\[?\s*([A-Za-z0-9_.-]+)\s*\]\]?\s*(#.*)?$")


class Lines:
    """Where tables and keys stand in a file, which a parsed TOML no longer tells.

    Parameters
    ----------
    text
        The file.
    file
        Its name.
    """

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self._of: dict[tuple[str, int], dict[str, int]] = {}
        seen: dict[str, int] = {}
        keys: dict[str, int] = {}
        quoted = ""
        for number, line in enumerate(text.splitlines(), 1):
            if quoted:
                quoted = "" if quoted in line else quoted
                continue
            header = _HEADER.match(line)
            if header is not None:
                table = header[1]
                at = seen[table] = seen.get(table, -1) + 1
                keys = self._of.setdefault((table, at), {"": number})
                continue
            key = re.match(r"\s*([A-Za-z0-9_-]+)\s*[.=]", line)
            if key is not None:
                keys.setdefault(key[1], number)
            for marks in ('"""', "'''"):
                if line.count(marks) % 2 == 1:
                    quoted = marks
                    if key is not None and line.rstrip().endswith(marks):
                        # What a text begins with is on the next line then.
                        keys.setdefault(_begin(key[1]), number + 1)

    def line(self, table: str, at: int, key: str) -> int:
        """Line of a key, or of its table where the key is not there."""
        keys = self._of.get((table, at), {})
        return keys.get(key, keys.get("", 1))

    def begin(self, table: str, at: int, key: str) -> int:
        """Line on which a key's text begins."""
        return self._of.get((table, at), {}).get(_begin(key), self.line(table, at, key))


def _begin(key: str) -> str:
    return f"{key} text"


class LocatedTable(Table):
    """A table whose complaints name file and line."""

    __slots__ = ("_at", "_kind", "_lines")

    def __init__(self, table: Table, lines: Lines, kind: str, at: int) -> None:
        super().__init__(table.values, kind)
        self._lines, self._kind, self._at = lines, kind, at

    def at(self, key: str) -> str:
        """File, line and name of a key."""
        line = self._lines.line(self._kind, self._at, key)
        named = self.values.get("id")
        which = f" {named}" if isinstance(named, str) else ""
        return f"{self._lines.file}, line {line}: {self._kind}{which}: {key}"

    def inside(self, key: str, line: int) -> str:
        """Path of a line within a key's text."""
        first = self._lines.line(self._kind, self._at, key)
        begin = self._lines.begin(self._kind, self._at, key)
        return self.at(key).replace(f"line {first}:", f"line {begin + line}:", 1)
