"""Names as sequences of syllables that a language really has.

Korean, Chinese and Japanese names are short, and one syllable tells people apart: letters count
little. Every spelling of a syllable is mapped to the syllables that it can stand for, each with
a cost that says how unusual the spelling is; two spellings agree if they can be the same syllable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Final, NamedTuple

Meanings = Mapping[str, float]
"""What a spelling can stand for, and how unusual that would be, in [0, 1]."""

NEVER: Final = 1.0
"""Cost of two spellings that have no syllable in common."""

ODD: Final = 0.04
"""Another syllable in a spelling that is unusual for it is more likely this one, misspelt."""

INITIAL_COST: Final = 0.08
MORE_INITIALS_COST: Final = 0.04
"""An initial stands for many names; a second one costs less than the first."""

MISSING_COST: Final = 0.12
"""A given name without its last syllables, as where the second counts as a middle name."""

_SEGMENTATIONS_MAX: Final = 4
_PRODUCTS_MAX: Final = 16
_SYLLABLE_LETTERS_MAX: Final = 7
_CUT_COST: Final = 0.1
"""Cost of one more syllable: what is cut into few is more likely meant."""

_VARIANTS_MAX: Final = 48
_USUAL: Final = 0.035
"""Spellings up to this cost are expected when a misspelt name is read."""


class Reading(NamedTuple):
    """One way to read a name: whose system, family name, syllables of the given name."""

    system: str
    family: str
    given: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class System:
    """Syllables and family names of one language.

    Parameters
    ----------
    code
        One letter.
    families
        Spellings of family names, upper case, with what they can stand for.
    syllables
        Spellings of syllables of given names, with what they can stand for.
    syllables_max
        Most syllables of a given name.
    first
        Classes of first letters that initials are compared by.
    single
        Whether a word that is a syllable was never meant as two.
    shortened
        Whether a given name may stand without its last syllable.
    """

    code: str
    families: Mapping[str, Meanings]
    syllables: Mapping[str, Meanings]
    syllables_max: int
    first: Mapping[str, str] = field(default_factory=dict)
    single: bool = True
    shortened: bool = False
    _cut: dict[str, tuple[tuple[str, ...], ...]] = field(init=False, default_factory=dict)
    _family_spellings: dict[str, list[str]] = field(init=False, default_factory=dict)
    _syllable_spellings: dict[str, list[str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for table, spellings in (
            (self.families, self._family_spellings),
            (self.syllables, self._syllable_spellings),
        ):
            for spelling, meanings in table.items():
                for meaning, cost in meanings.items():
                    if cost <= _USUAL and spelling.isascii():
                        spellings.setdefault(meaning, []).append(spelling)

    def givens(self, words: tuple[str, ...]) -> list[tuple[str, ...]]:
        """Every way to cut words into syllables; none if one of them cannot be cut."""
        cuts = []
        # A lone vowel is a syllable (MI A), unless nothing but initials is there; the last one may
        # be either (BO I for BO IN).
        initials_only = max(map(len, words)) == 1
        for at, word in enumerate(words):
            cut = self._segmented(word)
            last = 0 < at == len(words) - 1
            if len(word) == 1 and (initials_only or last or not cut):
                cut = (*cut, (word + ".",))
            if not cut:
                return []
            cuts.append(cut)
        found = [sum(one, ()) for one in islice(product(*cuts), _PRODUCTS_MAX)]
        return [one for one in found if len(one) <= self.syllables_max][:_SEGMENTATIONS_MAX]

    def family_cost(self, one: str, other: str) -> float:
        """How unlikely it is that two spellings are the same family name."""
        return _agree(self.families.get(one, {one: 0.0}), self.families.get(other, {other: 0.0}))

    def given_cost(self, one: tuple[str, ...], other: tuple[str, ...]) -> tuple[float, int]:
        """How unlikely it is that two given names are the same.

        Returns
        -------
        Cost of the syllables that agree, and how many do not.
        """
        if len(one) > len(other):
            one, other = other, one
        total = 0.0
        apart = 0
        initials = 0
        for mine, theirs in zip(one, other, strict=False):
            cost = self._syllable_cost(mine, theirs)
            if cost >= NEVER:
                apart += 1
            elif cost == INITIAL_COST:
                initials += 1
            else:
                total += cost
        if initials:
            total += INITIAL_COST + MORE_INITIALS_COST * (initials - 1)
        if len(one) < len(other):
            whole = not (self.shortened and one and one[0].isascii())
            if whole or len(other) - len(one) > 1:
                apart += len(other) - len(one)
            else:
                total += MISSING_COST
        return total, apart

    def family_spellings(self, family: str) -> list[str]:
        """Usual spellings of a family name, in letters."""
        return _spelled(family, self.families, self._family_spellings)

    def given_spellings(self, given: tuple[str, ...]) -> list[str]:
        """Usual spellings of a given name, in letters, its syllables as one word."""
        parts = [_spelled(one, self.syllables, self._syllable_spellings)[:6] for one in given]
        while _count(parts) > _VARIANTS_MAX:
            longest = max(parts, key=len)
            del longest[-1]
        return ["".join(one) for one in product(*parts)]

    def oddity(self, given: tuple[str, ...]) -> float:
        """How unusual the spelling of the most unusual syllable is."""
        return max(
            (min(self.syllables.get(one, {one: 0.0}).values()) for one in given), default=0.0
        )

    def _syllable_cost(self, one: str, other: str) -> float:
        if one == other:
            return 0.0
        if one[-1] == "." or other[-1] == ".":
            return self._initial_cost(one, other)
        return _agree(self.syllables.get(one, {one: 0.0}), self.syllables.get(other, {other: 0.0}))

    def _initial_cost(self, one: str, other: str) -> float:
        return INITIAL_COST if self._firsts(one) & self._firsts(other) else NEVER

    def _firsts(self, syllable: str) -> set[str]:
        spellings = [syllable]
        if not syllable.isascii():
            spellings = self._syllable_spellings.get(syllable, [syllable])
        return {self.first.get(one[0], one[0]) for one in spellings}

    def _segmented(self, word: str) -> tuple[tuple[str, ...], ...]:
        cut = self._cut.get(word)
        if cut is None:
            # Starting over now and then is cheaper than keeping track of what is old.
            if len(self._cut) > 1 << 16:
                self._cut.clear()
            # What is one syllable was not meant as two.
            whole = self.single and word in self.syllables
            cut = ((word,),) if whole else tuple(one for _, one in self._cuts(word))
            if self.single and cut:
                fewest = min(map(len, cut))
                cut = tuple(one for one in cut if len(one) == fewest)
            self._cut[word] = cut
        return cut

    def _cuts(self, word: str) -> list[tuple[float, tuple[str, ...]]]:
        """The most likely ways to cut a word, from its end to its beginning."""
        size = len(word)
        best: list[list[tuple[float, tuple[str, ...]]]] = [[] for _ in range(size + 1)]
        best[size] = [(0.0, ())]
        for at in range(size - 1, -1, -1):
            found = []
            for end in range(at + 1, min(at + _SYLLABLE_LETTERS_MAX, size) + 1):
                if best[end] and (meanings := self.syllables.get(word[at:end])):
                    cost = min(meanings.values()) + _CUT_COST
                    found += [
                        (cost + rest, (word[at:end], *cut))
                        for rest, cut in best[end]
                        if len(cut) < self.syllables_max
                    ]
            best[at] = sorted(found)[:_SEGMENTATIONS_MAX]
        return best[0]


def _agree(one: Meanings, other: Meanings) -> float:
    if len(other) < len(one):
        one, other = other, one
    return min(
        (cost + other[meaning] for meaning, cost in one.items() if meaning in other), default=NEVER
    )


def _spelled(
    spelling: str, table: Mapping[str, Meanings], spellings: Mapping[str, list[str]]
) -> list[str]:
    """A spelling itself, if it is in letters, and the usual ones of what it likely stands for."""
    found = [spelling] if spelling.isascii() else []
    meanings = table.get(spelling, {spelling: 0.0})
    most = max(_USUAL, min(meanings.values()))
    for meaning, cost in meanings.items():
        if cost <= most:
            found += [one for one in spellings.get(meaning, ()) if one not in found]
    return found or [spelling]


def _count(parts: list[list[str]]) -> int:
    total = 1
    for one in parts:
        total *= len(one)
    return total
