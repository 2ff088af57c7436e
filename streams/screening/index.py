"""Names filed so that screening one against a hundred thousand takes no millisecond."""

from __future__ import annotations

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

    __slots__ = ("_filed", "_names", "_threshold")

    def __init__(self, threshold: float = THRESHOLD) -> None:
        self._threshold = threshold
        self._names: dict[int, tuple[Name, int | None]] = {}
        self._filed: dict[int, list[int]] = {}

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, key: int) -> bool:
        return key in self._names

    def __iter__(self) -> Iterator[int]:
        return iter(self._names)

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
        self._names[key] = (prepared, birth_year)
        for filed in stored_keys(prepared):
            self._filed.setdefault(filed, []).append(key)

    def remove(self, key: int) -> bool:
        """Take a name out.

        Returns
        -------
        Whether it was there.
        """
        found = self._names.pop(key, None)
        if found is None:
            return False
        for filed in stored_keys(found[0]):
            keys = self._filed[filed]
            keys.remove(key)
            if not keys:
                del self._filed[filed]
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
        names = self._names
        found = []
        for key in self._worth_comparing(asked, birth_year):
            theirs, year = names[key]
            alike = with_years(likeness(asked, theirs), birth_year, year)
            if alike >= self._threshold:
                found.append(Match(key, round(alike, _DIGITS)))
        # The order of a set says nothing: similarity and key alone decide.
        found.sort(key=lambda match: (-match.similarity, match.key))
        return found

    def _worth_comparing(self, asked: Name, birth_year: int | None) -> list[int]:
        filed = self._filed
        read, worded = asked_keys(asked)
        keys: set[int] = set()
        for one in read:
            if one in filed:
                keys.update(filed[one])
        others: set[int] = set()
        for one in worded:
            if one in filed:
                others.update(filed[one])
        others -= keys
        kept, near = [*keys], [*others]
        if birth_year is not None:
            names, years = self._names, years_like(birth_year, self._threshold)
            kept = [key for key in kept if names[key][1] in years]
            near = [key for key in near if names[key][1] in years]
        return [*kept, *self._of_like_letters(asked, near)]

    def _of_like_letters(self, asked: Name, keys: list[int]) -> list[int]:
        """Drop names that do not even have the letters: a slip changes two of them."""
        if len(keys) < _FEW:
            return keys
        names = self._names
        bags = [names[key][0].bag for key in keys]
        common = cdist([asked.bag], bags, scorer=LCSseq.similarity, dtype=np.uint16)[0]
        sizes = np.minimum(np.fromiter(map(len, bags), np.int64, len(bags)), len(asked.bag))
        return [keys[at] for at in np.flatnonzero(common >= _LETTERS_SHARED * sizes).tolist()]


_DIGITS: Final = 6
_FEW: Final = 8
_LETTERS_SHARED: Final = 0.8
