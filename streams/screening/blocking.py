"""Which names are worth comparing: keys that two spellings of one name share.

A name that reads in a system of syllables (*well*) meets others that do by family and skeleton
of the given name, or with one sound of it wrong. With a name that does not (*ill*), it shares a
key if one consonant of one word is wrong, missing or too many, or only the family is misspelt.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations, islice, product
from typing import Final
from zlib import crc32

from haechi.streams.screening.korean import KOREAN, coarse
from haechi.streams.screening.name import SYSTEMS, Name
from haechi.streams.screening.sound import skeleton
from haechi.streams.screening.systems import ODD

_NONE: Final = {"": 0.0}
_WORDS_MAX: Final = 4
_SKELETON_MAX: Final = 7
_SYLLABIC_LETTERS: Final = 6
_CLASSES_EACH: Final = 3
_CLASSES_MAX: Final = 6
_CONVENTIONS_COST: Final = 0.06
_SILENT: Final = ("N", "", "-")
_LOST: Final = ({"J": "H"}, {"E": "A"}, {"G": "K"})
"""What a first consonant, a vowel and a last consonant of :func:`coarse` become without a letter:
none, or the one that the rest of CH, AE and NG spells."""

_INITIAL_IN_KOREAN: Final = str.maketrans("GCDTLRYWAEIOUBZQVF", "KJTTNNNNNNNNNPJKPP")
_INITIAL_CLASS: Final = str.maketrans("BPDTGKQJZCXS", "PPTTKKJJJJSS")


def stored_keys(name: Name) -> list[int]:
    """Keys that a name is filed under."""
    keys = list(_reading_keys(name, stored=True))
    keys += ["-" + key for key in _with_a_sound_lost(name)]
    keys += ["w" + key for key in _with_a_sound_open(name)]
    words = [*_word_keys(name), *_given_alone(name)]
    if name.readings:
        keys += ["w" + key for key in words]
    if _maybe_misspelt(name):
        keys += ["i" + key for key in words]
        keys += ["i" + key for key in _with_a_sound_open(name)]
    return [crc32(key.encode()) for key in dict.fromkeys(keys)]


def asked_keys(name: Name) -> tuple[list[int], list[int]]:
    """Keys that a name is looked up by.

    Returns
    -------
    Keys of names that read in the same system, and of names that may be this one misspelt.
    """
    read = [crc32(key.encode()) for key in dict.fromkeys(_reading_keys(name, stored=False))]
    words = [*_word_keys(name), *_given_alone(name), *_with_a_sound_open(name)]
    near = ["i" + key for key in words]
    if _maybe_misspelt(name):
        near += ["w" + key for key in words]
    near += _with_a_sound_lost(name)
    near += [f"-{head}={sounds}" for heads, sounds in _sounds(name) for head in heads]
    return read, [crc32(key.encode()) for key in dict.fromkeys(near)]


def _maybe_misspelt(name: Name) -> bool:
    """Whether it fits no system, or only by spellings that are unusual there."""
    return all(
        max(
            SYSTEMS[one.system].oddity(one.given),
            min(SYSTEMS[one.system].families.get(one.family, _NONE).values()),
        )
        >= ODD
        for one in name.readings
    )


def _reading_keys(name: Name, *, stored: bool) -> Iterator[str]:
    for reading in name.readings:
        system = SYSTEMS[reading.system]
        meanings = system.families.get(reading.family, {reading.family: 0.0})
        heads = [reading.system + family for family in meanings]
        for classes in _given_classes(reading.system, reading.given):
            for key in _given_keys(classes, shortened=system.shortened, stored=stored):
                for head in heads:
                    yield head + key


def _given_keys(classes: tuple[str, ...], *, shortened: bool, stored: bool) -> Iterator[str]:
    """Keys of a given name: whole; by its initial; by its first syllable, if one may be missing."""
    initial = classes[0][0]
    if any(one[-1] == "." for one in classes):
        yield f"I{initial}"
        if not stored:
            yield f"i{initial}" if classes[0][-1] == "." or not shortened else f"1{classes[0]}"
        return
    yield "=" + "".join(classes)
    yield f"i{initial}" if stored else f"I{initial}"
    if not shortened:
        return
    if stored and len(classes) > 1:
        yield "1" + classes[0]
    elif not stored:
        yield ("=" if len(classes) > 1 else "1") + classes[0]


def _with_a_sound_lost(name: Name) -> Iterator[str]:
    """Keys of Korean readings with one sound of the given name left out, as a slip leaves it."""
    for heads, sounds in _sounds(name):
        for at, sound in enumerate(sounds):
            part = at % len(_SILENT)
            for lost in {_SILENT[part], _LOST[part].get(sound, "")} - {"", sound}:
                for head in heads:
                    yield f"{head}={sounds[:at]}{lost}{sounds[at + 1 :]}"


def _with_a_sound_open(name: Name) -> Iterator[str]:
    """Keys of Korean readings with one sound of the given name left open."""
    for heads, sounds in _sounds(name):
        for at in range(len(sounds)):
            for head in heads:
                yield f"{head}~{sounds[:at]}_{sounds[at + 1 :]}"


def _sounds(name: Name) -> Iterator[tuple[list[str], str]]:
    """Families and coarse classes of the given name, for each Korean reading of two syllables."""
    for reading in name.readings:
        if reading.system == KOREAN.code and len(reading.given) > 1:
            families = KOREAN.families.get(reading.family, {reading.family: 0.0})
            classes = _given_classes(reading.system, reading.given)[0]
            if all(one[-1] != "." for one in classes):
                yield [reading.system + family for family in families], "".join(classes)


def _given_alone(name: Name) -> Iterator[str]:
    """Keys of a Korean given name by itself, where the family name may be what is misspelt."""
    if name.readings:
        givens = {one.given for one in name.readings if one.system == KOREAN.code}
    else:
        words = tuple(word.letters for word in name.words)
        parts = (words[1:], words[:-1]) if 1 < len(words) <= _WORDS_MAX - 1 else ()
        givens = {cut for part in parts for cut in KOREAN.givens(part)}
    for given in givens:
        if len(given) > 1 and not any(one[-1] == "." for one in given):
            yield "*" + "".join(_given_classes(KOREAN.code, given)[0])


@lru_cache(maxsize=1 << 14)
def _given_classes(system: str, given: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Coarse classes of the syllables of a given name; several where spellings cross them."""
    syllables = SYSTEMS[system].syllables
    choices = []
    for one in given:
        meanings = syllables.get(one, {one: 0.0})
        least = min(meanings.values())
        # Chinese classes keep vowels, so every convention's reading is filed.
        most = least if system != "C" else least + _CONVENTIONS_COST
        likely = sorted((cost, one) for one, cost in meanings.items() if cost <= most)
        classes = dict.fromkeys(_class_of(system, meaning) for _, meaning in likely)
        choices.append(list(classes)[:_CLASSES_EACH])
    return tuple(islice(product(*choices), _CLASSES_MAX))


def _class_of(system: str, meaning: str) -> str:
    if system == "K":
        return meaning.translate(_INITIAL_IN_KOREAN) if meaning.isascii() else coarse(meaning)
    return _pinyin_class(meaning) if system == "C" else meaning


def _pinyin_class(syllable: str) -> str:
    """Initials that Wade-Giles writes alike are one class; vowels stay."""
    for pair, told in (("ZH", "J"), ("CH", "J"), ("SH", "S"), ("V", "U")):
        syllable = syllable.replace(pair, told)
    return syllable[:1].translate(_INITIAL_CLASS) + syllable[1:]


def _word_keys(name: Name) -> Iterator[str]:
    words = [word.letters for word in name.words]
    if len(words) == 1:
        yield f"1{skeleton(words[0])}"
        return
    words = [*words[: _WORDS_MAX - 1], words[-1]] if len(words) > _WORDS_MAX else words
    if name.readings and len(words) == 3:
        # Only slips matter here: the given name as one word, the family name first or last.
        families = {one.family for one in name.readings}
        if words[0] in families:
            yield from _slipped(words[0], words[1] + words[2])
        if words[-1] in families:
            yield from _slipped(words[0] + words[1], words[2])
        return
    pairs = list(combinations(words, 2))
    if len(words) == 3 and sorted(map(len, words))[1] <= _SYLLABIC_LETTERS:
        # What was meant as one given name may stand as two words.
        yield from _slipped(words[0], words[1] + words[2])
        yield from _slipped(words[0] + words[1], words[2])
    if len(words) == 2:
        yield from _slipped(*words)
        yield f"1{skeleton(words[0] + words[1])}"
        return
    for one, other in pairs:
        yield _pair(_code(one), _code(other))


def _slipped(one: str, other: str) -> Iterator[str]:
    """Keys of two words, and with each consonant of either left out."""
    for mine, theirs in ((one, other), (other, one)):
        kept = _code(mine)
        whole = _skeleton(theirs)
        yield _pair(kept, _code(theirs))
        yield _pair(_skeleton(mine), whole)
        if len(whole) > 2 or not kept.isascii() or (len(whole) == 2 and len(kept) > 2):
            for at in range(len(whole)):
                yield _pair(kept, whole[:at] + whole[at + 1 :])


@lru_cache(maxsize=1 << 14)
def _code(word: str) -> str:
    """A Korean family by itself, however it is spelled; other words by their skeleton."""
    meanings = KOREAN.families.get(word)
    return min(meanings, key=meanings.__getitem__) if meanings else _skeleton(word)


def _skeleton(word: str) -> str:
    return skeleton(word)[:_SKELETON_MAX]


def _pair(one: str, other: str) -> str:
    return f"{one}|{other}" if one < other else f"{other}|{one}"
