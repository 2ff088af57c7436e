"""Names as passports have them: what must match, and what must not."""

from __future__ import annotations

import pytest

from haechi.streams.screening import THRESHOLD, similarity, with_years
from haechi.streams.screening.folding import fold
from haechi.streams.screening.korean import KOREAN, romanised, spellings_of

ONE_PERSON = """
박지성 = 朴智星 = PARK JISUNG = JI-SUNG PARK = PAK CHI SONG = PARK J1SUNG = PAKR JISUNG
이민호 = LEE MIN HO = YI MINHO = MINHO RHEE = LI MIN-HO = I MINHO
김민준 = 金民俊 = KIM MINJOON
조국 = CHO KUK = CHO KOOK = JO GUK
김정은 = KIM JONG UN = KIM CHŎNG-ŬN = KIM JUNG EUN
류현진 = RYU HYUN JIN = YOO HYEONJIN
임꺽정 = LIM KKEOK JEONG
신라영 = SHIN RA YOUNG = SIN LAYEONG
강신라 = KANG SILLA = KANG SHINRA
노무현 = ROH MOO HYUN = NO MUHYEON
남궁민 = NAMKOONG MIN = NAM GUNG MIN
우상혁 = WOO SANGHYUK = U SANG HYEOK
KIM MIN HO = KIM MIN H = KIM M H
Чайковский Пётр = PYOTR TCHAIKOVSKY = PETR CHAYKOVSKIY
Юлия Жукова = IULIIA ZHUKOVA = YULIYA JUKOVA
محمد علي = MOHAMMED ALI = MUHAMAD ALY
عبد الرحمن = ABDUL RAHMAN = ABDURRAHMAN = ABD AL-RAHMAN
MOHAMMED AL-FAYED = MUHAMMAD EL FAYED
张伟 = 張偉 = ZHANG WEI = CHANG WEI = CHEUNG WAI
毛泽东 = MAO TSE-TUNG = MAO ZEDONG
佐藤健一 = SATO KENICHI = SATOH KEN'ICHI = SATOU KENITI
やまだ ひろし = 山田浩 = HIROSI YAMADA
MÜLLER JÜRGEN = MUELLER JUERGEN = MULLER JURGEN
NGUYỄN VĂN AN = NGUYEN VAN AN
JOHN MICHAEL SMITH = SMITH JOHN = JOHN M SMITH = SMITH/JOHN MICHAELMR
JEAN-PAUL SARTRE = SARTRE JEANPAUL
"""
OTHERS = """
KIM MIN JUN | KIM MIN JI
LEE JI EUN | LEE JI HYUN
박지성 | PARK JISOO
박지성 | KIM JISUNG
KIM MINJUN | KIM MINJUNG
PARK SEO YEON | PARK SEO YUN
이지은 | LEE JI HYUN
한승희 | 한성희
KIM M H | KIM MIN JI
حسن علي | HUSSEIN ALI
MOHAMMED ALI | MAHMOUD ALI
ABDULRAHMAN SAID | ABDULRAHIM SAID
SERGEY IVANOV | SERGEY IVANOVA
王伟 | WANG WEN
TANAKA HIROSHI | TANAKA HIROMI
NGUYEN VAN AN | NGUYEN VAN ANH
MARIA GARCIA | MARIO GARCIA
JOHN SMITH | JOHN BROWN
"""


@pytest.mark.parametrize("line", ONE_PERSON.strip().splitlines())
def test_spellings_of_one_person_match(line: str) -> None:
    first, *others = line.split(" = ")
    for other in others:
        assert similarity(first, other) >= THRESHOLD, (first, other)
        assert similarity(other, first) >= THRESHOLD, (other, first)


@pytest.mark.parametrize("line", OTHERS.strip().splitlines())
def test_people_with_similar_names_do_not(line: str) -> None:
    one, other = line.split(" | ")
    assert similarity(one, other) < THRESHOLD
    assert similarity(other, one) < THRESHOLD


def test_a_slip_is_forgiven_where_it_is_likelier_than_another_name() -> None:
    assert similarity("KIM MIN JUN", "KIM MIN JUB") >= THRESHOLD
    assert similarity("KIM MIN JUN", "KIM MNIJUN") >= THRESHOLD
    assert similarity("YOON MIN JUN", "YOON MIJUN") >= THRESHOLD
    assert similarity("김민준", "김미준") < THRESHOLD, "nobody slips so in Hangul"
    assert similarity("KIM MIN JUN", "KIM MIN JIN") < THRESHOLD
    assert similarity("OH SE HUN", "OH SE HYUN") < THRESHOLD
    assert similarity("PARK JI SUNG", "PARK JI SUN") < THRESHOLD


def test_a_slip_that_only_the_letters_show_goes_with_a_birth_year() -> None:
    forgiven = similarity("YOON MIN JUN", "YOON MIJUN")
    assert with_years(forgiven, 1990, 1990) >= THRESHOLD
    assert with_years(forgiven, 1990, 1992) < THRESHOLD


def test_the_last_vowel_of_a_given_name_may_be_an_initial() -> None:
    assert similarity("KIM BO IN", "KIM BO I") >= THRESHOLD
    assert similarity("KIM MI A", "김미아") >= THRESHOLD


def test_birth_years_help_or_reject() -> None:
    assert with_years(0.8, 1980, 1980) >= THRESHOLD
    assert with_years(0.9, 1980, 1981) == 0.9
    assert with_years(0.9, None, 1981) == 0.9
    assert with_years(0.9, 1978, 1987) > with_years(0.9, 1978, 1988)
    assert with_years(0.95, 1950, 1990) < THRESHOLD
    assert with_years(1.0, 1980, 1980) == 1.0


def test_every_syllable_that_names_use_is_read_from_its_official_spelling() -> None:
    for syllable in "지민서준현수우은영진성승정연윤희혜경재호석철훈혁섭범엽률":
        official = romanised(syllable)
        assert official in spellings_of(syllable)
        assert syllable in KOREAN.syllables[official]


@pytest.mark.parametrize(
    ("spelling", "meanings"), [("SUNG", "성승"), ("JUNG", "정중"), ("SUK", "석숙"), ("UN", "은운")]
)
def test_a_spelling_of_two_syllables_stands_for_both(spelling: str, meanings: str) -> None:
    assert set(meanings) <= set(KOREAN.syllables[spelling])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Park, Ji-Sung (Mr.)", ("PARK", "JI", "SUNG")),
        ("\uff30ark\tJISUN\uff27", ("PARK", "JISUNG")),
        ("KIM/MINSU MR", ("KIM", "MINSU")),
        ("KIM/MINSUMR", ("KIM", "MINSU")),
        ("박JISUNG", ("박", "JISUNG")),
        ("0H SEHUN 77", ("OH", "SEHUN")),
        ("O\u2019Connor\x00Sean", ("OCONNOR", "SEAN")),
        ("Đặng Thị Ñu", ("DANG", "THI", "NU")),
    ],
)
def test_names_are_folded_into_words(name: str, words: tuple[str, ...]) -> None:
    assert fold(name) == words


@pytest.mark.parametrize("name", ["", " ", "123 456", "\x00\x07", "-'-", "!?", "ـــ", "A" * 257])
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a name"):
        fold(name)
