"""Names filed so that screening one against a hundred thousand takes no millisecond."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

from haechi.streams.screening.blocking import asked_keys, stored_keys
from haechi.streams.screening.likeness import THRESHOLD, likeness
from haechi.streams.screening.name import Name, prepare
from haechi.streams.screening.years import with_years, years_like


class Match(NamedTuple):
    """A filed name that may be the same person's.

    Parameters
    ----------
    key
        What it was filed under.
    similarity
        In [0, 1], birth years taken into account.
    """

    key: int
    similarity: float


class NameIndex:
    """Names by key, found again however they are written. Not safe to share between threads.

    Parameters
    ----------
    threshold
        Least similarity of a match.

    Examples
    --------
    >>> index = NameIndex()
    >>> index.add(7, "박지성", 1981)
    >>> [match.key for match in index.screen("PARK JI-SUNG", 1981)]
    [7]
    """

    __slots__ = ("_filed", "_free", "_names", "_slots", "_threshold", "_years")

    def __init__(self, threshold: float = THRESHOLD) -> None:
        self._threshold = threshold
        self._slots: dict[int, int] = {}
        self._names: list[tuple[int, Name]] = []
        # Years by themselves are few bytes: most names are told apart by reading nothing else.
        self._years = array("H")
        self._free: list[int] = []
        self._filed: dict[int, list[int]] = {}

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, key: int) -> bool:
        return key in self._slots

    def __iter__(self) -> Iterator[int]:
        return iter(self._slots)

    def add(self, key: int, name: str, birth_year: int | None = None) -> None:
        """File a name; a key that is there already is filed anew.

        Parameters
        ----------
        key
            What a match names.
        name
            In any script, at most 256 characters, with a letter at least.
        birth_year
            If it is known.

        Raises
        ------
        ValueError
            It cannot be a name; nothing was changed.
        """
        prepared = prepare(name)
        self.remove(key)
        if self._free:
            slot = self._free.pop()
            self._names[slot] = (key, prepared)
            self._years[slot] = birth_year or _UNKNOWN
        else:
            slot = len(self._names)
            self._names.append((key, prepared))
            self._years.append(birth_year or _UNKNOWN)
        self._slots[key] = slot
        for filed in stored_keys(prepared):
            self._filed.setdefault(filed, []).append(slot)

    def remove(self, key: int) -> bool:
        """Take a name out.

        Returns
        -------
        Whether it was there.
        """
        slot = self._slots.pop(key, None)
        if slot is None:
            return False
        for filed in stored_keys(self._names[slot][1]):
            slots = self._filed[filed]
            slots.remove(slot)
            if not slots:
                del self._filed[filed]
        self._names[slot] = _NOBODY
        self._free.append(slot)
        return True

    def screen(self, name: str, birth_year: int | None = None) -> list[Match]:
        """Find the names that may be the same person's.

        Parameters
        ----------
        name
            In any script.
        birth_year
            If it is known.

        Returns
        -------
        Matches, the most similar first, then by key.

        Raises
        ------
        ValueError
            It cannot be a name.
        """
        asked = prepare(name)
        names, years = self._names, self._years
        found = []
        for slot in self._worth_comparing(asked, birth_year):
            key, theirs = names[slot]
            alike = with_years(likeness(asked, theirs), birth_year, years[slot] or None)
            if alike >= self._threshold:
                found.append(Match(key, round(alike, _DIGITS)))
        # The order of a set says nothing: similarity and key alone decide.
        found.sort(key=lambda match: (-match.similarity, match.key))
        return found

    def _worth_comparing(self, asked: Name, birth_year: int | None) -> list[int]:
        filed = self._filed
        read, worded = asked_keys(asked)
        slots: set[int] = set()
        for one in read:
            if one in filed:
                slots.update(filed[one])
        others: set[int] = set()
        for one in worded:
            if one in filed:
                others.update(filed[one])
        others -= slots
        kept, near = [*slots], [*others]
        if birth_year:
            years, like = self._years, years_like(birth_year, self._threshold)
            kept = [slot for slot in kept if years[slot] in like]
            near = [slot for slot in near if years[slot] in like]
        return [*kept, *self._of_like_letters(asked, near)]

    def _of_like_letters(self, asked: Name, slots: list[int]) -> list[int]:
        """Drop names that do not even have the letters: a slip changes two of them."""
        if len(slots) < _FEW:
            return slots
        names = self._names
        bags = [names[slot][1].bag for slot in slots]
        common = cdist([asked.bag], bags, scorer=LCSseq.similarity, dtype=np.uint16)[0]
        sizes = np.minimum(np.fromiter(map(len, bags), np.int64, len(bags)), len(asked.bag))
        return [slots[at] for at in np.flatnonzero(common >= _LETTERS_SHARED * sizes).tolist()]


_UNKNOWN: Final = 0
_NOBODY: Final = (0, Name((), (), "", ""))
_DIGITS: Final = 6
_FEW: Final = 8
_LETTERS_SHARED: Final = 0.8
