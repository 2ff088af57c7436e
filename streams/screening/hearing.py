"""Which travelers' names sound like which listed ones, kept in memory only.

A name is filed before it is held against the other side. Of a traveler and a list entry that
arrive together at least one sees the other so; if both do, the same is said twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Set
from typing import Final

from haechi.streams.screening.index import Match, NameIndex

_SPARE: Final = 10_000
"""Travelers' names that may be kept for nothing, beside as many as are needed."""


class Hearing:
    """Listed names and those of travelers, by token. Safe between threads.

    Examples
    --------
    >>> hearing = Hearing()
    >>> hearing.listed(20, "LEE MIN HO", None)
    []
    >>> hearing.traveler(10, "이민호", 1987)
    [Match(key=20, similarity=1.0)]
    """

    def __init__(self) -> None:
        self._listed: Final = NameIndex()
        self._travelers: Final = NameIndex()
        self._lock: Final = threading.Lock()
        self._since_kept: set[int] = set()
        self._crowd = _SPARE

    @property
    def sizes(self) -> tuple[int, int]:
        """How many listed names and how many of travelers it holds."""
        return len(self._listed), len(self._travelers)

    @property
    def crowded(self) -> bool:
        """Whether so many travelers are known that most may be gone."""
        return len(self._travelers) > self._crowd

    def traveler(self, token: int, name: str, birth_year: int | None) -> list[Match]:
        """File a traveler's name.

        Returns
        -------
        Listed names that sound like it, by token, the most similar first.
        """
        with self._lock:
            self._file_traveler(token, name, birth_year)
            return self._listed.screen(name, birth_year)

    def listed(self, token: int, name: str, birth_year: int | None) -> list[Match]:
        """File a listed name.

        Returns
        -------
        Travelers' names that sound like it, by token, the most similar first.
        """
        with self._lock:
            if token not in self._listed:
                self._listed.add(token, name, birth_year)
            return self._travelers.screen(name, birth_year)

    def remember(self, token: int, name: str, birth_year: int | None, *, listed: bool) -> None:
        """File a name that was held against the other side before, as after a restart."""
        with self._lock:
            if not listed:
                self._file_traveler(token, name, birth_year)
            elif token not in self._listed:
                self._listed.add(token, name, birth_year)

    def keep(self, travelers: Set[int], pause: Callable[[], object]) -> None:
        """Forget travelers who are gone.

        Parameters
        ----------
        travelers
            Tokens of those who are not; whoever was filed since the last time is kept as well,
            because their manifest may still be on its way to the shard.
        pause
            Called between names, so that others get on with their work.
        """
        with self._lock:
            late, self._since_kept = self._since_kept, set()
            gone = [one for one in self._travelers if one not in travelers and one not in late]
        for token in gone:
            with self._lock:
                if token not in self._since_kept:
                    self._travelers.remove(token)
            pause()
        self._crowd = 2 * len(self._travelers) + _SPARE

    def _file_traveler(self, token: int, name: str, birth_year: int | None) -> None:
        self._since_kept.add(token)
        if token not in self._travelers:
            self._travelers.add(token, name, birth_year)
