"""TOML tables that know their path, so that every complaint names the key it is about."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from typing import Final

from haechi.engine.errors import ConfigError


class Table:
    """One table of a TOML file, read key by key.

    Parameters
    ----------
    values
        Its keys and values.
    path
        Where it stands, such as ``lanes.toml: lane.walk``.

    Notes
    -----
    Call :meth:`finish` after the last key: what nobody asked for is a typing error of
    whoever wrote the file, and must not be passed over.
    """

    __slots__ = ("_read", "path", "values")

    def __init__(self, values: Mapping[str, object], path: str) -> None:
        self.values: Final = values
        self.path: Final = path
        self._read: Final[set[str]] = set()

    @classmethod
    def parse(cls, text: str, file: str) -> Table:
        """Read a whole file.

        Parameters
        ----------
        text
            TOML.
        file
            Its name, for messages.

        Raises
        ------
        ConfigError
            If it is not TOML.
        """
        try:
            return cls(tomllib.loads(text), f"{file}:")
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{file}: not TOML: {error}; correct the file") from None

    def at(self, key: str) -> str:
        """Path of a key."""
        return f"{self.path} {key}" if self.path.endswith(":") else f"{self.path}.{key}"

    def wrong(self, key: str, remedy: str) -> ConfigError:
        """Make an error that names a key, its value and what it must be."""
        if key in self.values:
            return ConfigError(f"{self.at(key)} is {self.values[key]!r}; {remedy}")
        return ConfigError(f"{self.at(key)} is missing; {remedy}")

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self.values

    def read(self, key: str) -> object:
        """Read a value of any kind; None if it is not there."""
        return self._get(key)

    def text(self, key: str) -> str:
        """Read a string that is not empty."""
        value = self._get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, "it must be a string that is not empty")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Read a list of strings."""
        value = self._get(key)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.wrong(key, "it must be a list of strings")
        return tuple(value)

    def number(self, key: str) -> float:
        """Read a finite number."""
        value = self._get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(key, "it must be a number")
        if not math.isfinite(value):
            raise self.wrong(key, "it must be finite")
        return float(value)

    def whole(self, key: str, least: int, most: int) -> int:
        """Read a whole number between two limits, both included."""
        value = self._get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.wrong(key, f"it must be a whole number from {least} to {most}")
        return value

    def flag(self, key: str) -> bool:
        """Read true or false."""
        value = self._get(key)
        if not isinstance(value, bool):
            raise self.wrong(key, "it must be true or false")
        return value

    def table(self, key: str) -> Table:
        """Read a table inside."""
        value = self._get(key)
        if not isinstance(value, dict):
            raise self.wrong(key, "it must be a table")
        return Table(value, self.at(key))

    def named(self, key: str) -> Iterator[tuple[str, Table]]:
        """Read the tables inside a table, by name."""
        outer = self.table(key)
        for name in outer.values:
            yield name, outer.table(name)

    def listed(self, key: str) -> Iterator[Table]:
        """Read the tables of an array of tables; none if the key is not there."""
        if not self.has(key):
            return
        value = self._get(key)
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self.wrong(key, f"write each as [[{key}]]")
        for place, one in enumerate(value):
            yield Table(one, f"{self.at(key)}[{place}]")

    def finish(self) -> None:
        """Refuse keys that nobody asked for.

        Raises
        ------
        ConfigError
            Naming the first of them.
        """
        for key in self.values:
            if key not in self._read:
                known = ", ".join(sorted(self._read)) or "none"
                raise ConfigError(f"{self.at(key)} is not a known key; known here: {known}")

    def _get(self, key: str) -> object:
        self._read.add(key)
        return self.values.get(key)
