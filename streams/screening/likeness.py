"""How alike two names are, in [0, 1].

If both read in one system of syllables, only syllables count: MIN JUN and MIN JI are two people,
MIN JUN and MINJOON are one. If only one of them does, the other may be misspelt, and letters count.
If neither does, words are compared by letters and by sound, whatever their order.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import permutations
from typing import Final

from rapidfuzz.distance import OSA

from haechi.streams.screening.name import SYSTEMS, Name, prepare
from haechi.streams.screening.sound import Word, word_of
from haechi.streams.screening.systems import NEVER, ODD, Reading

THRESHOLD: Final = 0.85
"""From here on two names count as one; ``python -m benchmarks names`` chose it."""

_OTHER_FAMILY: Final = 0.4
_OTHER_SYLLABLE: Final = 0.7
_NEAR_SYLLABLE: Final = 0.8
"""Another name, one letter away: below the threshold, unless the birth year is the same."""

_SURE: Final = 0.99
_ODD_SYLLABLE: Final = 0.86
_USUAL_FAMILY: Final = 0.03
_NONE: Final = {"": 0.0}
_MISSPELT: Final = 0.9
_MISSPELT_TWICE: Final = 0.86
_LETTERS_TWICE: Final = 11
_LETTERS_ONCE: Final = 6
_TURNED_LEAST: Final = 5
_LEFT_OUT: Final = 0.04
_INITIAL: Final = 0.88
_SERVANT: Final = "ABD"
_ROOT: Final = 3
_VOWELS: Final = frozenset("AEIOU")
_ALIGNED_MAX: Final = 4
_WORD_LEAST: Final = 0.7
"""No other word makes up for one that is less alike."""

_ONE_WORD: Final = 0.7
_LITTLE: Final = 0.3

_CONFUSED: Final = frozenset(
    ("MN", "OQ", "IL", "UV", "EF", "BR", "CG", "OD", "BP", "IJ", "CK", "IY", "VW", "HN", "SZ")
)
"""Letters that readers and typists take for each other."""


def similarity(one: str, other: str) -> float:
    """How alike two names are.

    Parameters
    ----------
    one, other
        Names in any script.

    Returns
    -------
    In [0, 1]; from :data:`THRESHOLD` on they count as one.

    Raises
    ------
    ValueError
        One of them cannot be a name.

    Examples
    --------
    >>> similarity("박지성", "PARK JISUNG") >= THRESHOLD
    True
    >>> similarity("KIM MIN JUN", "KIM MIN JI") >= THRESHOLD
    False
    """
    return likeness(prepare(one), prepare(other))


def likeness(one: Name, other: Name) -> float:
    """How alike two prepared names are, in [0, 1]."""
    if one.letters == other.letters:
        return 1.0
    by_system: dict[str, float] = {}
    for mine in one.readings:
        for theirs in other.readings:
            if mine.system == theirs.system:
                alike = _readings_alike(mine, theirs)
                if alike >= _SURE:
                    return alike
                by_system[mine.system] = max(alike, by_system.get(mine.system, 0.0))
    if by_system:
        best = max(by_system.values())
        # What looks like a slip in one language may be another name in a second one.
        return best if best != _ODD_SYLLABLE else min(by_system.values())
    best = _words_alike(one.words, other.words)
    best = max(best, _joined_alike(one, other))
    for known, misspelt in ((one, other), (other, one)):
        for reading in known.readings:
            best = max(best, _misspelt(reading, misspelt))
    return best


@lru_cache(maxsize=1 << 15)
def _families_alike(system: str, one: str, other: str) -> float:
    return SYSTEMS[system].family_cost(one, other)


@lru_cache(maxsize=1 << 16)
def _givens_alike(
    system: str, one: tuple[str, ...], other: tuple[str, ...]
) -> tuple[float, int, int]:
    """Compare given names.

    Returns
    -------
    Cost of the syllables that agree; how many do not; whether one letter would mend it, 2 if a
    slip is likelier than another name.
    """
    syllables = SYSTEMS[system]
    cost, apart = syllables.given_cost(one, other)
    near = 0
    if apart:
        mine, theirs = _letters(system, one), _letters(system, other)
        slips = [(a, b) for a in mine for b in theirs if OSA.distance(a, b, score_cutoff=1) <= 1]
        if slips:
            odd = max(syllables.oddity(one), syllables.oddity(other)) >= ODD
            # Who writes both in the language's own script makes no slips of Latin letters.
            typed = system == "K" and ("".join(one).isascii() or "".join(other).isascii())
            near = 2 if odd or (typed and all(_forgotten(a, b) for a, b in slips)) else 1
    return cost, apart, near


def _forgotten(one: str, other: str) -> bool:
    """Whether a letter was left out, added or swapped, and not one that makes a usual syllable.

    Y tells HYUN from HUN and a G after N tells SUNG from SUN: people are called all of these.
    """
    short, long = sorted((one, other), key=len)
    if len(short) == len(long):
        return sorted(short) == sorted(long)
    at = next((at for at, letter in enumerate(short) if letter != long[at]), len(short))
    return long[at] != "Y" and long[at - 1 : at + 1] != "NG"


@lru_cache(maxsize=1 << 14)
def _letters(system: str, given: tuple[str, ...]) -> list[str]:
    if all(map(str.isascii, given)):
        return ["".join(given)]
    return SYSTEMS[system].given_spellings(given)


def _readings_alike(one: Reading, other: Reading) -> float:
    family = _families_alike(one.system, one.family, other.family)
    if family >= NEVER and not _family_misspelt(one, other):
        return _OTHER_FAMILY
    cost, apart, near = _givens_alike(one.system, one.given, other.given)
    if near == 2 and family <= _USUAL_FAMILY:
        return _ODD_SYLLABLE
    if apart:
        most = _NEAR_SYLLABLE if near else _OTHER_SYLLABLE
        return max(0.0, most - family - cost - 0.2 * (apart - 1))
    if family >= NEVER:
        return _ODD_SYLLABLE if cost + apart <= _USUAL_FAMILY else _OTHER_FAMILY
    return max(0.0, 1.0 - family - cost)


@lru_cache(maxsize=1 << 12)
def _family_misspelt(one: Reading, other: Reading) -> bool:
    """Whether a rare spelling of one family is more likely another family's, misspelt."""
    families = SYSTEMS[one.system].families
    for rare, usual in ((one.family, other.family), (other.family, one.family)):
        if len(rare) > 2 and min(families.get(rare, _NONE).values()) >= ODD:
            return _family_slips(rare, one.system, usual) <= 1
    return False


@lru_cache(maxsize=1 << 14)
def _family_slips(letters: str, system: str, family: str) -> int:
    return _least(letters, SYSTEMS[system].family_spellings(family))


@lru_cache(maxsize=1 << 12)
def _givens(reading: Reading) -> list[str]:
    return SYSTEMS[reading.system].given_spellings(reading.given)


def _misspelt(reading: Reading, name: Name) -> float:
    """How likely words that read in no system are a reading with a slip in it."""
    if len(name.words) < 2:
        return 0.0
    size = len(name.letters)
    best = 0.0
    for family, given in (
        (name.words[0].letters, name.words[1:]),
        (name.words[-1].letters, name.words[:-1]),
    ):
        family_slips = _family_slips(family, reading.system, reading.family)
        if family_slips > 1 or (family_slips and len(family) < 2):
            continue
        slips = family_slips + _least("".join([one.letters for one in given]), _givens(reading))
        if slips == 0:
            best = max(best, 0.95)
        elif slips == 1 and size >= _LETTERS_ONCE:
            best = max(best, _MISSPELT)
        elif slips == 2 and size >= _LETTERS_TWICE:
            best = max(best, _MISSPELT_TWICE)
    return best


def _least(letters: str, spellings: list[str]) -> int:
    return min(OSA.distance(letters, one, score_cutoff=2) for one in spellings)


def _words_alike(one: tuple[Word, ...], other: tuple[Word, ...]) -> float:
    if len(one) > len(other):
        one, other = other, one
    if len(one) == 2 == len(other):
        return max(
            _both_alike(one[0], other[0], one[1], other[1]),
            _both_alike(one[0], other[1], one[1], other[0]),
        )
    best = 0.0
    if len(one) > _ALIGNED_MAX or len(other) > 2 * _ALIGNED_MAX:
        return best
    grid = []
    for mine in one:
        row = [_word_alike(mine, theirs) for theirs in other]
        if max(row) < _WORD_LEAST:
            return best
        grid.append(row)
    for order in _orders(len(one), len(other)):
        alike = [grid[at][to] for at, to in enumerate(order)]
        total = 0.7 * min(alike) + 0.3 * sum(alike) / len(alike)
        if len(one) == 1 and len(other) > 1:
            total = min(total, _ONE_WORD)
        best = max(best, total - min(_LEFT_OUT * (len(other) - len(one)), 0.1))
    return best


def _both_alike(one: Word, other: Word, second: Word, other_second: Word) -> float:
    first = _word_alike(one, other)
    if first < _WORD_LEAST:
        return _LITTLE
    last = _word_alike(second, other_second)
    return 0.7 * min(first, last) + 0.15 * (first + last)


@lru_cache(maxsize=64)
def _orders(few: int, many: int) -> tuple[tuple[int, ...], ...]:
    return (
        tuple(permutations(range(many), few))
        if many <= _ALIGNED_MAX + 1
        else (
            tuple(range(few)),
            tuple(range(many - few, many)),
        )
    )


def _joined_alike(one: Name, other: Name) -> float:
    """Compare letters alone: words split otherwise, the first or last ones moved to the end."""
    mine, theirs = one.letters, other.letters
    size = len(mine)
    if size == len(theirs):
        return 0.95 if size >= _TURNED_LEAST and mine in theirs + theirs else 0.0
    if len(one.words) == len(other.words) or size < _LETTERS_ONCE + 3:
        return 0.0
    return 0.88 if OSA.distance(mine, theirs, score_cutoff=1) == 1 else 0.0


@lru_cache(maxsize=1 << 16)
def _word_alike(one: Word, other: Word) -> float:
    if one.letters == other.letters:
        return 1.0
    short, long = sorted((one.letters, other.letters), key=len)
    if len(short) == 1:
        return _INITIAL if short == long[0] else 0.0
    if short.startswith(_SERVANT) and long.startswith(_SERVANT) and len(short) > len(_SERVANT):
        return _word_alike(_served(one), _served(other))
    if one.bare or other.bare:
        return _bare_alike(one, other)
    if _other_gender(short, long):
        return 0.8
    best = _letters_alike(short, long)
    return max(best, _sounds_alike(one, other))


def _served(word: Word) -> Word:
    """Whom a servant (ABD-) serves: that alone tells such names apart."""
    letters = word.letters[len(_SERVANT) :]
    return word_of(letters.lower() if word.bare else letters)


def _letters_alike(short: str, long: str) -> float:
    slips = OSA.distance(short, long, score_cutoff=2)
    size = len(long)
    if slips == 1:
        if size < 5:
            return 0.8 if size == 4 else 0.6
        return 0.9 if size >= 7 or _likely_slip(short, long) else 0.82
    if slips == 2 and size >= 9:
        return 0.86
    return 0.75 if slips == 2 and size >= 6 else 0.3


def _likely_slip(short: str, long: str) -> bool:
    """Whether one letter was left out, swapped or misread: another one makes another name."""
    if len(short) != len(long):
        return True
    apart = [mine + theirs for mine, theirs in zip(short, long, strict=True) if mine != theirs]
    return len(apart) != 1 or apart[0] in _CONFUSED or apart[0][::-1] in _CONFUSED


def _sounds_alike(one: Word, other: Word) -> float:
    if one.sound == other.sound:
        return 0.96
    solid = len(one.consonants) >= 3
    if one.dim == other.dim or one.narrow == other.narrow:
        return 0.94 if solid else 0.88
    vowels = OSA.distance(one.sound, other.sound, score_cutoff=2)
    if one.consonants == other.consonants:
        if len(one.sound) == len(other.sound):
            mixed = _mixed_vowels(one.sound, other.sound)
            return 0.87 if mixed and len(one.sound) >= 4 else 0.75
        return 0.9 if vowels == 1 and solid else 0.75
    if len(one.sound) >= 6 and vowels == 1 and len(one.sound) != len(other.sound):
        return 0.88
    if "J" in one.sound[:1] + other.sound[:1] and one.sound.lstrip("J") == other.sound.lstrip("J"):
        return 0.9
    return 0.3


def _mixed_vowels(one: str, other: str) -> bool:
    """Whether two sounds differ in vowels only that conventions mix up: E with any, O with U."""
    return all(
        mine == theirs or "E" in mine + theirs or {mine, theirs} == {"O", "U"}
        for mine, theirs in zip(one, other, strict=True)
    )


def _other_gender(short: str, long: str) -> bool:
    """Whether one is the other's feminine form: a relative more often than a spelling."""
    if long == short + "A" or (short[:-1] == long[:-1] and {short[-1], long[-1]} == {"A", "O"}):
        return True
    return (
        short[-2:] in {"IY", "II", "YI", "KY"}
        and long[-3:] in {"AYA", "AIA", "AJA"}
        and short[:3] == long[:3]
    )


def _bare_alike(one: Word, other: Word) -> float:
    """Compare where short vowels are not written: consonants agree, long vowels are there."""
    if one.bare and other.bare:
        return _letters_alike(*sorted((one.letters, other.letters), key=len))
    bare, full = (one, other) if one.bare else (other, one)
    mine, theirs = bare.consonants, full.consonants
    mine, theirs = mine.replace("X", "S"), theirs.replace("X", "S")
    if mine.rstrip("H") != theirs.rstrip("H"):
        # Q is the K of some conventions, the G of others; the G of Egypt is the J of the rest.
        heard = "G" if "G" in theirs else "K"
        loose = mine.replace("H", "").replace("Q", heard), theirs.replace("H", "")
        if heard == "G" and "J" in mine:
            loose = loose[0], loose[1].replace("G", "J")
        if loose[0] == loose[1] and len(loose[0]) >= 2:
            return 0.88
        near = OSA.distance(*loose, score_cutoff=1) == 1
        return 0.86 if near and min(map(len, loose)) >= 4 else 0.3
    return 0.93 if _long_vowels_fit(bare.sound, full.letters) else 0.75


def _long_vowels_fit(bare: str, full: str) -> bool:
    """Whether a long I of one is a sound of the other, and a written diphthong has its letter."""
    written = "I" in bare[1:-1]
    diphthong = any(pair in full for pair in ("EI", "AY", "EY", "AI", "EE", "IY", "II"))
    if diphthong and not written:
        return False
    if len(bare) == _ROOT and not _VOWELS & set(bare):
        # A bare root is HASAN or OMAR; KARIM would have its long vowel written.
        return full[-2] not in "IY"
    return not written or any(vowel in full[1:] for vowel in "IEY")
