"""A name ready to be compared: its words in Latin letters, and how it reads in each system."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from haechi.streams.screening.chinese import CHINESE
from haechi.streams.screening.folding import fold, script_of
from haechi.streams.screening.hanja import read_in_korean
from haechi.streams.screening.hanzi import pinyin
from haechi.streams.screening.japanese import FAMILIES_IN_KANJI, JAPANESE, given_readings
from haechi.streams.screening.korean import KOREAN, assimilated, romanised
from haechi.streams.screening.korean_families import COMMON, USUAL
from haechi.streams.screening.scripts import latin
from haechi.streams.screening.sound import Word, word_of
from haechi.streams.screening.systems import Reading, System

SYSTEMS: Final[dict[str, System]] = {one.code: one for one in (KOREAN, CHINESE, JAPANESE)}

_READINGS_MAX: Final = 8
_GIVEN_WORDS_MAX: Final = 3
_RUN_TOGETHER: Final = (5, 14)
_PARTICLES: Final = frozenset(
    [
        "AL",
        "EL",
        "BIN",
        "BEN",
        "IBN",
        "BINT",
        "DE",
        "LA",
        "DEL",
        "DA",
        "DOS",
        "DAS",
        "DU",
        "DI",
        "VAN",
        "VON",
        "DER",
        "DEN",
        "ZU",
        "AND",
        "Y",
    ]
)
_SERVANTS: Final = frozenset(["ABD", "ABDUL", "ABDEL", "ABDAL", "ABDOUL", "ABDU", "ABDOU", "ABDIL"])
_COMPOUND_IN_CHINESE: Final = frozenset(
    ["欧阳", "歐陽", "司马", "司馬", "诸葛", "諸葛", "上官", "司徒"]
)
_SUN_LETTERS: Final = frozenset("rnsztd")
_GOD: Final = "allh"


class Name(NamedTuple):
    """A name ready to be compared.

    Parameters
    ----------
    words
        Words in Latin letters, with their sounds; particles left out.
    readings
        How it reads in systems of syllables; none if it fits none.
    letters
        All words as one, the order kept.
    bag
        Their sounds' letters, sorted: what order and spaces cannot change.
    """

    words: tuple[Word, ...]
    readings: tuple[Reading, ...]
    letters: str
    bag: str


@lru_cache(maxsize=1 << 14)
def prepare(name: str) -> Name:
    """Make a name ready.

    Parameters
    ----------
    name
        The name in any script, as it came.

    Raises
    ------
    ValueError
        It cannot be a name: see :func:`folding.fold`.
    """
    written = [(word, script_of(word[0])) for word in fold(name)]
    scripts = "".join(dict.fromkeys(script for _, script in written))
    if "H" in scripts:
        return _hangul([word for word, script in written if script == "H"], written)
    if "Z" in scripts:
        return _characters(written)
    words = tuple(
        told for word, script in written if (told := word if script == "L" else latin(word, script))
    )
    if not words:
        raise ValueError("a name needs letters that can be read; this one has marks only")
    return _name(words, _readings(words))


def _name(words: tuple[str, ...], readings: list[Reading]) -> Name:
    joined = _joined(words)
    letters = "".join([word_of(word).letters for word in joined])
    kept = tuple(map(word_of, _without_particles(joined)))
    bag = "".join(sorted("".join(word.dim for word in kept)))
    return Name(kept, tuple(dict.fromkeys(readings))[:_READINGS_MAX], letters, bag)


def _joined(words: tuple[str, ...]) -> tuple[str, ...]:
    """Words, servants (``ABDUL``) joined with whom they serve."""
    found: list[str] = []
    servant = ""
    for word in words:
        if servant and word in {"AL", "EL", "UL"}:
            continue
        if servant:
            # The article's consonant is not heard before a sun letter.
            heard = servant == "abd" and word[0] not in _SUN_LETTERS and word != _GOD
            article = "l" if heard else ""
            served = word[1:] if word == _GOD else word
            found.append(servant + article + served)
            servant = ""
        elif word.upper() in _SERVANTS and len(words) > 1:
            servant = word
        else:
            found.append(word)
    if servant:
        found.append(servant)
    return tuple(found)


def _without_particles(words: tuple[str, ...]) -> tuple[str, ...]:
    kept = tuple(word for word in words if word not in _PARTICLES)
    return kept if len(kept) > 1 else words


def _readings(words: tuple[str, ...]) -> list[Reading]:
    """Readings of words in Latin letters: the family name stands first or last."""
    found: list[Reading] = []
    if len(words) == 1:
        return [one for head, rest in _splits(words[0]) for one in _reading(KOREAN, head, (rest,))]
    if len(words) > _GIVEN_WORDS_MAX + 1:
        return found
    for system in SYSTEMS.values():
        first = _reading(system, words[0], words[1:])
        last = _reading(system, words[-1], words[:-1])
        if system is KOREAN and first and last and _common(words[0]) and not _common(words[-1]):
            last = []
        found += first + last
    if not found and len(words) == 3:
        # NAM GUNG MIN: a family name of two syllables that was written as two words.
        for system in (KOREAN, CHINESE):
            found += _reading(system, words[0] + words[1], words[2:])
            found += _reading(system, words[1] + words[2], words[:1])
    return found


def _common(family: str) -> bool:
    meanings = KOREAN.families[family]
    return any(one in COMMON and cost == 0.0 for one, cost in meanings.items())


def _splits(word: str) -> Iterator[tuple[str, str]]:
    if _RUN_TOGETHER[0] <= len(word) <= _RUN_TOGETHER[1]:
        for at in range(2, 6):
            yield word[:at], word[at:]


def _reading(system: System, family: str, given: tuple[str, ...]) -> list[Reading]:
    if family not in system.families:
        return []
    return [Reading(system.code, family, cut) for cut in system.givens(given) if cut]


def _hangul(hangul: list[str], written: list[tuple[str, str]]) -> Name:
    text = "".join(hangul)
    families: list[tuple[str, str]] = []
    known = KOREAN.families
    if len(hangul) > 1 and len(hangul[-1]) <= 2 and hangul[-1] in known and hangul[0] not in known:
        families.append((hangul[-1], "".join(hangul[:-1])))
    elif len(text) >= 3 and text[:2] in known:
        families.append((text[:2], text[2:]))
    if not families or len(families[0][0]) == 2:
        families.append((text[:1], text[1:]))
    rest = [word for word, script in written if script == "L"]
    if len(text) == 1 and rest:
        # A family name in Hangul before a given name in Latin letters.
        words = (_family_letters(text), *rest)
        return _name(words, _readings(words))
    family, given = families[0]
    words = (_family_letters(family), romanised(given)) if given else (romanised(text),)
    given_readings = [
        Reading("K", one, tuple(said))
        for one, rest in families
        for said in (rest, assimilated(rest))
        if rest
    ]
    return _name(words, given_readings)


def _family_letters(hangul: str) -> str:
    family = next(iter(KOREAN.families.get(hangul, {hangul: 0.0})))
    return USUAL.get(family) or romanised(hangul)


def _characters(written: list[tuple[str, str]]) -> Name:
    chinese = "".join(word for word, script in written if script == "Z")
    words, readings = _japanese(written)
    size = 2 if chinese[:2] in _COMPOUND_IN_CHINESE else 1
    family = "".join(pinyin(one, family=True) for one in chinese[:size])
    given = tuple(pinyin(one) or _unknown(one) for one in chinese[size:])
    if family and given and all(given) and len(given) <= CHINESE.syllables_max:
        readings = [Reading("C", family, given), *readings]
    readings += _korean_readings(chinese)
    if not words:
        words = tuple(word for word in (family, "".join(given)) if word)
    rest = tuple(
        word if script == "L" else latin(word, script) for word, script in written if script != "Z"
    )
    if not words or (rest and not readings):
        words = (*words, *(word for word in rest if word))
    if not words:
        raise ValueError("a name needs characters that can be read; none of these is known")
    return _name(words, readings)


def _korean_readings(characters: str) -> list[Reading]:
    """Read a name in Chinese characters as a Korean one, if its family is Korean."""
    family = read_in_korean(characters[0], family=True)
    given = "".join(map(read_in_korean, characters[1:]))
    known = family in KOREAN.families and len(given) == len(characters) - 1
    if not (known and 0 < len(given) <= KOREAN.syllables_max):
        return []
    return [Reading("K", family, tuple(given))]


def _unknown(character: str) -> str:
    """Letters for a character that cannot be read, so that it is not taken for nothing."""
    return "Q" + "".join(chr(ord("A") + int(digit)) for digit in str(ord(character)))


def _japanese(written: list[tuple[str, str]]) -> tuple[tuple[str, ...], list[Reading]]:
    text = "".join(word for word, _ in written)
    for size in (3, 2, 1):
        family, given = text[:size], text[size:]
        if family not in FAMILIES_IN_KANJI or not given:
            continue
        told = [latin(given, "J")] if _is_kana(given) else given_readings(given)
        if told:
            words = (FAMILIES_IN_KANJI[family], told[0])
            return words, [
                reading for one in told for reading in _reading(JAPANESE, words[0], (one,))
            ]
    return (), []


def _is_kana(text: str) -> bool:
    return bool(text) and all(script_of(one) == "J" for one in text)


def join_pairs(words: tuple[str, ...]) -> list[str]:
    """Neighbouring words written as one."""
    return [one + other for one, other in pairwise(words)]
