"""Cyrillic, Greek, Arabic and kana in Latin letters.

One Latin form for each script is enough: :mod:`sound` brings together what conventions spell
differently. Arabic leaves short vowels out, so its words come in lower case, which says that
vowels may be missing anywhere.
"""

# ruff: noqa: RUF001 - letters of other scripts look like Latin ones; that is why this file exists.

from __future__ import annotations

from typing import Final

_CYRILLIC: Final = """
А A Б B В V Г G Ґ G Д D Е E Є YE Ё YO Ж ZH З Z И I І I Ї YI Й Y К K Л L М M Н N О O П P Р R С S
Т T У U Ў U Ф F Х KH Ц TS Ч CH Ш SH Щ SHCH Ъ - Ы Y Ь - Э E Ю YU Я YA Ђ DJ Ј J Љ LJ Њ NJ Ћ C Џ DZ
Ғ G Қ K Ң N Ө O Ұ U Ү U Һ H Ә A
"""
_GREEK: Final = """
Α A Β V Γ G Δ D Ε E Ζ Z Η I Θ TH Ι I Κ K Λ L Μ M Ν N Ξ X Ο O Π P Ρ R Σ S Τ T Υ Y Φ F Χ CH Ψ PS Ω O
"""
_GREEK_PAIRS: Final = "ΟΥ OU ΜΠ B ΓΚ GK ΕΥ EV ΑΥ AV"
_ARABIC: Final = """
ا a أ a إ a آ a ى a ب b ت t ث th ج j ح h خ kh د d ذ dh ر r ز z س s ش sh ص s ض d ط t ظ z ع a غ gh
ف f ق q ك k ل l م m ن n ه h ة a و u ي i ئ i ء - ؤ u پ p چ ch ژ zh گ g ک k ی i ڤ v
"""
_KANA: Final = """
あ A い I う U え E お O か KA き KI く KU け KE こ KO さ SA し SHI す SU せ SE そ SO た TA
ち CHI つ TSU て TE と TO な NA に NI ぬ NU ね NE の NO は HA ひ HI ふ FU へ HE ほ HO ま MA み MI
む MU め ME も MO や YA ゆ YU よ YO ら RA り RI る RU れ RE ろ RO わ WA ゐ I ゑ E を O ん N
が GA ぎ GI ぐ GU げ GE ご GO ざ ZA じ JI ず ZU ぜ ZE ぞ ZO だ DA ぢ JI づ ZU で DE ど DO ば BA
び BI ぶ BU べ BE ぼ BO ぱ PA ぴ PI ぷ PU ぺ PE ぽ PO ゔ VU
"""
_SMALL_KANA: Final = "ゃ YA ゅ YU ょ YO ぁ A ぃ I ぅ U ぇ E ぉ O"


def _table(told: str) -> dict[str, str]:
    """Read letters and what they are written as, in turn; a dash is nothing."""
    parts = told.split()
    return {letter: said.strip("-") for letter, said in zip(parts[::2], parts[1::2], strict=True)}


_LETTERS: Final = {script: _table(told) for script, told in (("C", _CYRILLIC), ("G", _GREEK))}
_PAIRS: Final = _table(_GREEK_PAIRS)
_CONSONANTS: Final = _table(_ARABIC)
_SYLLABLES: Final = _table(_KANA)
_SMALL: Final = _table(_SMALL_KANA)
_GOD: Final = "الله"


def latin(word: str, script: str) -> str:
    """Write a word in Latin letters.

    Parameters
    ----------
    word
        Upper case, of one script.
    script
        ``C``, ``G``, ``A`` or ``J`` as :func:`folding.script_of` says.

    Returns
    -------
    Upper case, or lower case where short vowels are not written; empty if nothing is readable.

    Examples
    --------
    >>> latin("ЧАЙКОВСКИЙ", "C"), latin("محمد", "A"), latin("シュンスケ", "J")
    ('CHAYKOVSKIY', 'mhmd', 'SHUNSUKE')
    """
    if script == "J":
        return _kana(word)
    if script == "A":
        return _arabic(word)
    if script == "G":
        for pair, told in _PAIRS.items():
            word = word.replace(pair, told)
    table = _LETTERS[script]
    return "".join(table.get(letter, letter if letter.isascii() else "") for letter in word)


def _arabic(word: str) -> str:
    if word.startswith("عبد") and word.endswith(_GOD):
        return "abdllah"
    if word.startswith("ال") and len(word) > 4 and word != _GOD:
        word = word[2:]
    told = "".join(_CONSONANTS.get(letter, "") for letter in word)
    # At the beginning a word has the consonant, not the long vowel.
    return {"u": "w", "i": "y"}.get(told[:1], told[:1]) + told[1:]


def _kana(word: str) -> str:
    parts: list[str] = []
    double = False
    for character in word:
        # Katakana lies 96 points above hiragana.
        letter = chr(ord(character) - 96) if "ァ" <= character <= "ヶ" else character
        if letter == "っ":
            double = True
            continue
        if letter in _SMALL and parts and len(parts[-1]) > 1:
            stem, glide = parts[-1][:-1], _SMALL[letter]
            soft = stem in {"SH", "CH", "J"} or len(glide) == 1
            parts[-1] = stem + (glide[-1] if soft else glide)
            continue
        told = _SYLLABLES.get(letter, "")
        if double and told:
            told = told[0] + told
            double = False
        parts.append(told)
    return "".join(parts)
