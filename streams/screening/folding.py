"""A name as it comes, brought into words of one script each.

Unicode forms, case, punctuation, diacritics, titles and the digits that passport readers take
for letters go here. What a word sounds like is not decided yet.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

CHARACTERS_MAX: Final = 256
WORDS_MAX: Final = 8
"""Words read of a name; ICAO 9303 leaves 39 characters, and no table of people goes further."""

_WORD_CHARACTERS_MAX: Final = 40

_SPECIAL: Final = {
    "Đ": "D", "Ð": "D", "Ø": "O", "Ł": "L", "ẞ": "SS", "ß": "SS", "Þ": "TH", "Æ": "AE", "Œ": "OE",
    "İ": "I", "\u0131": "I", "Ə": "A", "Ħ": "H", "Ŋ": "NG",
    # McCune-Reischauer marks the two vowels that Latin lacks; everybody else drops the breve.
    "Ŏ": "EO", "Ŭ": "EU",
}  # fmt: skip
_SILENT: Final = frozenset(
    "'\u2019\u2018\u02bc\u02bb\u02bf\u02be`\u00b4\u02b9\u02ba·ـ\u200b\u200c\u200d\u2060\ufeff\u00ad"
)
_OCR: Final = str.maketrans("0123456789", "OIZEASGTBG")
_TITLES: Final = frozenset({"MR", "MRS", "MS", "MISS", "MSTR", "DR", "PROF", "JR", "SR"})
_GLUED_TITLE: Final = re.compile(r"(?<=[A-Z]{2})(?:MR|MRS|MSTR|MISS)$")
_PLAIN: Final = re.compile(r"[A-Z]+")


def fold(name: str) -> tuple[str, ...]:
    """Split a name into words, upper case, without marks, each of one script.

    Parameters
    ----------
    name
        The name in any script, at most 256 characters, with at least one letter.

    Returns
    -------
    At least one word, in the order written.

    Raises
    ------
    ValueError
        The name is too long or holds no letter.

    Examples
    --------
    >>> fold("Park, Ji-Sung (Mr.)")
    ('PARK', 'JI', 'SUNG')
    >>> fold("MÜLLER/J0HN")
    ('MULLER', 'JOHN')
    """
    if len(name) > CHARACTERS_MAX:
        raise ValueError(
            f"a name has at most {CHARACTERS_MAX} characters, not {len(name)}: send the name alone"
        )
    text = name.upper() if name.isascii() else _marked(name)
    words = [word for piece in text.split() for word in _by_script(piece)]
    if not words and any(character.isalpha() for character in name):
        raise ValueError("a name needs letters of a script that is read here")
    if not words:
        raise ValueError("a name needs at least one letter; this one has none")
    if "/" in name:
        words[-1] = _GLUED_TITLE.sub("", words[-1])
    if len(words) > 2:
        kept = [word for word in words if word not in _TITLES]
        words = kept if len(kept) > 1 else words
    if len(words) > WORDS_MAX:
        # Family names stand first or last: what is left out is in the middle.
        words = [*words[: WORDS_MAX // 2], *words[-WORDS_MAX // 2 :]]
    return tuple(word[:_WORD_CHARACTERS_MAX] for word in words)


def script_of(character: str) -> str:
    """Tell the script of a letter: ``L`` Latin, ``H`` Hangul, ``Z`` Chinese characters.

    ``J`` is kana, ``C`` Cyrillic, ``G`` Greek, ``A`` Arabic, and an empty text is none of them.
    """
    if "A" <= character <= "Z":
        return "L"
    return _foreign_script(character)


@lru_cache(maxsize=8192)
def _foreign_script(character: str) -> str:
    point = ord(character)
    for first, last, script in _RANGES:
        if first <= point <= last:
            return script
    return ""


_RANGES: Final = (
    (0x0370, 0x03FF, "G"),
    (0x0400, 0x052F, "C"),
    (0x0620, 0x06D3, "A"),
    (0x3041, 0x30FF, "J"),
    (0x3400, 0x4DBF, "Z"),
    (0x3005, 0x3006, "Z"),
    (0x4E00, 0x9FFF, "Z"),
    (0xAC00, 0xD7A3, "H"),
)


def _marked(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).upper()
    # Upper-casing can leave composed letters open (a dotted I, a ligature): compose once more.
    text = unicodedata.normalize("NFC", text)
    return "".join(map(_letter, text[: 2 * CHARACTERS_MAX]))


@lru_cache(maxsize=8192)
def _letter(character: str) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    if character in _SILENT or unicodedata.category(character) == "Mn":
        return ""
    if "LATIN" in unicodedata.name(character, "") or _foreign_script(character) in {"G", "C"}:
        # Cyrillic short I is a letter of its own, not a marked one.
        return character if character in "ЙЁЇ" else unicodedata.normalize("NFD", character)[0]
    return character


def _by_script(piece: str) -> list[str]:
    if piece.isalpha() and piece.isascii():
        return [piece]
    words: list[str] = []
    word = ""
    last = ""
    for character in piece:
        script = script_of(character)
        digit = "0" <= character <= "9"
        if digit:
            script = "L"
        if script != last and word:
            words.append(word)
            word = ""
        last = script
        if script:
            word += character
    if word:
        words.append(word)
    read = [_without_digits(word) for word in words]
    return [word for word in read if word]


def _without_digits(word: str) -> str:
    if script_of(word[0]) in {"", "L"} and not _PLAIN.fullmatch(word):
        # A number beside a name is none; a digit within a word is a letter misread.
        return "" if word.isdigit() else word.translate(_OCR)
    return word
