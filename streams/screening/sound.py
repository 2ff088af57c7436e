"""What a word in Latin letters roughly sounds like, whatever language spelled it.

A sound is upper case; ``C`` is the first sound of *church*, ``X`` that of *ship*. The skeleton
keeps the consonants in nine classes that no usual spelling crosses: it finds candidates.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

_SOUNDS: Final = {
    "SCHTSCH": "X", "SHTCH": "X", "SHCH": "X", "STCH": "X", "TSCH": "C", "TSH": "C", "TCH": "C",
    "TZSCH": "C", "DSCH": "J", "DZH": "J", "DJ": "J", "DSH": "J", "SCH": "X", "SZCZ": "X",
    "CZ": "C", "SZ": "X", "SH": "X", "CHR": "KR", "CHL": "KL", "CH": "C", "CK": "K", "KH": "H",
    "GH": "G", "PH": "F", "TH": "T", "DH": "D", "ZH": "J", "RH": "R", "BH": "B", "TZ": "S",
    "TS": "S", "DZ": "S", "SC(?=[EIY])": "S", "GU(?=[EI])": "G", "QU": "K", "Q": "K", "X": "KS",
    "C(?=[EIY])": "S", "C": "K", "W": "V", "Z": "S", "EFF$": "EV", "OFF$": "OV", "EW$": "EV",
    "OW$": "OV", "(?<=[AEO])HN": "N", "(?<=[AEIOU])H$": "",
    "(?<=[AEIOU])H(?=[BDFGKLMNPRSTVZ])": "", "OU": "U", "OO": "U", "UE": "U", "EE": "I",
    "IE$": "I", "IY$": "I", "YI$": "I", "II$": "I", "IJ$": "I", "YY$": "I", "EJ": "E", "AJ": "E",
    "YJ": "I", "EI": "E", "EY": "E", "AY": "E", "AI": "E", "AE": "E", "OE": "O", "AU": "AV",
    "AW": "AV", "[YI]+(?=[AEOU])": "", "IU": "U", "IA": "A", "Y": "I",
}  # fmt: skip
_PATTERN: Final = re.compile("|".join(f"({pattern})" for pattern in _SOUNDS))
_TOLD: Final = tuple(_SOUNDS.values())
_BARE: Final = str.maketrans("ZW", "SV")
_DIGRAPH: Final = re.compile("[KSTDGCZ]H")
_TWICE: Final = re.compile(r"(.)\1+")
_TWICE_CONSONANT: Final = re.compile(r"([^AEIOU])\1+")
_SERVANT: Final = re.compile(r"^ABD[AEUO]+(?:L(?=[^AEIOU])|([RNSZTD])(?=\1))")
_ARTICLE: Final = re.compile(r"^(?:AL|EL)(?=[BDFGHJKLMNQRSTWYZ][AEIOU].{3})")
_DIMMED: Final = str.maketrans("EOX", "AUC")
_NARROWED: Final = str.maketrans("EOX", "IUC")
_VOWELS: Final = re.compile("[AEIOU]+")
_CLASS: Final = str.maketrans("GQDTBPFVJZLRNMKSAEIOUYW", "KKTTPPPPJSLLNMKS.......", "H")


class Word(NamedTuple):
    """A word and its sounds.

    Parameters
    ----------
    letters
        Upper case.
    sound
        As it sounds, roughly.
    dim
        The sound with O as U and E as A.
    narrow
        The sound with O as U and E as I.
    consonants
        The sound without vowels.
    bare
        Whether short vowels are not written in its script.
    """

    letters: str
    sound: str
    dim: str
    narrow: str
    consonants: str
    bare: bool


@lru_cache(maxsize=1 << 17)
def word_of(letters: str) -> Word:
    """Make the sounds of a word; lower case says that short vowels are not written."""
    bare = letters.islower()
    letters = letters.upper()
    if not bare:
        letters = _SERVANT.sub("ABD", letters)
    if bare:
        sound = _DIGRAPH.sub(_sound_of_digraph, letters).translate(_BARE)
        sound = sound[1:] if sound[0] == "Y" and len(sound) > 1 else sound
    else:
        sound = _TWICE_CONSONANT.sub(r"\1", _ARTICLE.sub("", letters))
        sound = _PATTERN.sub(_sound, sound)
    sound = _TWICE.sub(r"\1", sound) or letters
    return Word(
        letters,
        sound,
        sound.translate(_DIMMED),
        sound.translate(_NARROWED),
        _VOWELS.sub("", sound),
        bare,
    )


def _sound_of_digraph(found: re.Match[str]) -> str:
    return _SOUNDS[found.group()]


def _sound(found: re.Match[str]) -> str:
    return _TOLD[(found.lastindex or 1) - 1]


@lru_cache(maxsize=1 << 17)
def skeleton(letters: str) -> str:
    """Classes of a word's consonants, after an ``A`` if it begins with a vowel.

    Examples
    --------
    >>> skeleton("JISUNG"), skeleton("CHISONG"), skeleton("MUHAMMAD"), skeleton("ALI")
    ('JSNK', 'JSNK', 'MMT', 'AL')
    """
    text = _HARD_PATTERN.sub(_hard, letters.upper())
    first = "A" if text[0] in "AEIOUYW" else ""
    return first + _TWICE.sub(r"\1", text.translate(_CLASS)).replace(".", "")


def _hard(found: re.Match[str]) -> str:
    return _HARD[found.group()]


_HARD: Final = {
    "SCHTSCH": "S", "SHCH": "S", "TSCH": "J", "TCH": "J", "TSH": "J", "SCH": "S", "CHR": "KR",
    "SH": "S", "ZH": "J", "DJ": "J", "CZ": "J", "TS": "S", "TZ": "S", "DZ": "S", "CH": "J",
    "CK": "K", "CE": "SE", "CI": "SI", "CY": "SY", "C": "K", "X": "S", "KH": "K",
}  # fmt: skip
_HARD_PATTERN: Final = re.compile("|".join(_HARD))
