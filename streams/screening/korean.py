"""Korean given names, syllable by syllable, in Hangul and in Latin letters.

Latin spellings are made from the parts of each syllable: the Revised Romanisation, McCune-
Reischauer without its marks, Yale-like spellings, and above all what passports say (HYUN, SOO,
YOUNG). A cost says how far from usual a spelling is; where one spelling serves two syllables
(SUNG for 성 and 승), both are kept.

Only syllables that names use are read from Latin letters: that a misspelt name cannot be cut
into them is how a typing error differs from another person.
"""

from __future__ import annotations

from typing import Final

from haechi.streams.screening.korean_families import families
from haechi.streams.screening.systems import System

HANGUL_FIRST: Final = 0xAC00
_VOWELS: Final = 21
_CODAS: Final = 28

_IN_NAMES: Final = (
    "가각간갈감강갑개거건걸검겸경견결계고곡곤골공과관광교구국군권귀규균극근금기길"
    "나난남내녀년노녹누늘능니다단달담당대덕도돈동두득든들라란람랑래려련렬령례로록룡루류륜률름륭르리린림립"
    "마만말매맹명모목몽무묵문미민바박반발방배백범벽변별병보복본봉부분비빈빛"
    "사산삼상새샘생서석선설섬섭성세소속솔송수숙순술숭슬승시식신실심"
    "아안알암애양어억언엄여역연열염엽영예오옥온완왕외요용우욱운웅원월위유육윤율융은을음응의이익인일임"
    "자작잔장재전절점정제조종좌주죽준중지직진집차찬창채처척천철첨청초총최추춘출충치칠"
    "쾌타탁탄태택통파판팔평포표품풍필하학한함항해행향허헌혁현협형혜호홍화환활황회효후훈휘휴흔흠흥희힘"
    "별봄솜꽃빛샛슬찬참람롱롬뫼벗온율혁엘샤율"
)

_ONSETS: Final = (
    "G0 K0", "KK0 GG3", "N0", "D0 T2", "TT0 DD3", "R0 L0", "M0", "B0 P2", "PP0 BB3", "S0", "SS0",
    "0", "J0 CH3 Z6", "JJ0 TCH4", "CH0 J7", "K0", "T0 TH4", "P0 PH3", "H0",
)  # fmt: skip
"""Spellings of the 19 first consonants, each with its cost in hundredths."""

_OPEN: Final = (
    "A0 AH1", "AE0 AI2 AY4 E5 EA6 AEH5", "YA0 YAH2", "YAE0", "EO0 UH1 O6 EOH3 U9 ER6",
    "E0 EH3 EI4 AE5 AI7 EY6", "YEO0 YUH3 YO6 YU8 YOU7", "YE0 YAE5 E6 YEH4 YEA5 IE7",
    "O0 OH1 OU6 OE8", "WA0 OA4 WAH3", "WAE0 WE5", "OE0 OI1 WE4 OY5", "YO0 YOH2 YOU8",
    "U0 OO0 OU4", "WO0 WEO2", "WE0", "WI0 WEE2 UI5 WIE5", "YU0 YOO0 YOU1 IU5 YUH6 YEW5",
    "EU0 U4 E8", "UI0 EE2 EUI1 I3 YI4 HI9 EI6", "I0 EE1 Y6 IH4",
)  # fmt: skip
_CLOSED: Final = (
    "A0 AH3 AR8", "AE0 AI2 E5 AY6 EA5", "YA0", "YAE0", "EO0 U1 UH2 O5 OU6 EU8 E8", "E0 EI5 AE5",
    "YEO0 YU2 YO4 YOU2 YEU4 YE5 EO7 YUH4", "YE0", "O0 OH3 OO8 OU6", "WA0 OA4 UA6 WHA7", "WAE0",
    "OE0 OI1", "YO0 YOU8", "U0 OO0 OU3", "WO0 WEO2 WUO6 UO5", "WE0", "WI0 WEE3",
    "YU0 YOO0 YOU4 EU9 IU5", "EU0 U2 E8 EO9 OU9", "UI0 EE3 EUI1 I3", "I0 EE2 IE6 EA7",
)  # fmt: skip
"""Spellings of the 21 vowels, at the end of a syllable and before a consonant."""

_ENDS: Final = {
    0: "0", 1: "K0 G0 C4 CK2", 2: "K0", 4: "N0 NE7 NN6", 7: "T0 D1", 8: "L0 R3 LL4", 16: "M0 MM6",
    17: "P0 B0", 18: "P0", 19: "T0 S1", 21: "NG0", 22: "T0 J3", 23: "T0", 24: "K0", 25: "T0",
    26: "P0", 27: "H0 T0",
}  # fmt: skip
_ROMAN_ONSETS: Final = (
    "g kk n d tt r m b pp s ss . j jj ch k t p h".upper().replace(".", "").split(" ")
)

_SILENT: Final = 11
_YEO: Final = 6
_LIQUID: Final = 5
_SIBILANT: Final = 9
_SOFT_VOWELS: Final = frozenset({2, 6, 12, 16, 17, 20})
_W_VOWELS: Final = {13: "WOO0 WU2 UH6", 18: "", 20: "YI3 YEE5 LEE6 E7"}
_Y_VOWELS: Final = frozenset({2, 3, 6, 7, 12, 17, 20})

_OWN_SPELLINGS: Final = """
준 JUNE1 JOONE4; 선 SUN0 SUNN5; 진 JIN0 CHIN3 JEAN4 GIN6 JEEN2 JINN5; 빈 BEAN5 VIN3 BEEN2;
빛 BIT1 BICH2 VIT4; 철 CHUL0 CHEUL4 CHOUL4; 석 SUK0 SUCK3 SEUK3;
혁 HYUK0 HYEOK0 HYUCK2 HYOK3 HYEUK4 HYUG1 HYEOG1 HYOUK4;
영 YOUNG0 YEONG0 YUNG3 YONG6 YEOUNG4 YOUNGE6; 용 YONG0 YOUNG7; 연 YEUN3 YOUN4 YON4;
윤 YUN0 YOON0 YOUN1; 훈 HOON0 HUN0; 헌 HEON0 HUN1 HURN5 HON5 HEUN5;
희 HEE0 HI2 HEUI1 HUI0 HY4 HEI4 HEY6 HEE0; 혜 HYE0 HAE6 HEA5 HEY4 HYEI4 HE6 HAI7 HIE6;
해 HAE0 HAI2 HEA4 HE5; 현 HYUN0 HYEN3 HYON3 HYOUN3 HEON9; 형 HYUNG0 HYOUNG2 HYONG3;
경 KYUNG0 KYOUNG1 GYUNG1 KYONG3 GYOUNG2 KEONG4 KUNG6; 규 KYU0 KYOO2 GYOO2 QU5 KYOU3 KUE6;
균 KYUN0 KYOON1 GYOON2 KYOUN4 QUN6; 우 WOO0 U0 WU2 OO4 OU5 UH7;
욱 WOOK0 WUK2 UK0 OOK2 WOUK4 UG1 WOOG2; 운 WOON0 UN0 WUN2 OON4 WOUN4; 웅 WOONG0 UNG0 OUNG3 WUNG2;
은 EUN0 UN3 EN5 EUNE4 EOUN5 EUNN5; 언 EON0 UN5 EUN8 ON6 URN6; 의 UI0 EUI1 EI3 YI3 EE5 WUI5;
이 I0 YI1 EE3 LEE4 E6 YEE4 RHEE5; 임 IM0 YIM3 LIM2; 인 IN0 YIN4 INN5 EEN5; 일 IL0 ILL3 EEL5 YIL4;
서 SEO0 SUH1 SU6 SO5 SEOH3 SEU6 SUR5; 성 SUNG0 SEONG0 SONG5 SOUNG4 SEOUNG5 SUHNG4;
승 SEUNG0 SUNG2 SENG5 SEUNGE6; 정 JUNG0 JEONG0 JONG6 CHUNG2 CHONG5 JOUNG3 JEUNG5 JUENG5 CHEONG6;
중 JUNG0 JOONG0 CHUNG3 JOUNG4 CHOONG3; 종 JONG0 CHONG2 JOUNG7;
재 JAE0 JAI2 JE5 CHAE3 CHAI4 JEA4 JAY3; 제 JE0 JAE4 JEI3 JAY5 CHE3; 태 TAE0 TAI2 TE5 TEA4 TAY4;
대 DAE0 DAI2 TAE3 TAI4 DEA4; 범 BUM0 BEOM0 BOM4 POM4 PUM4 BEUM5;
섭 SUP0 SUB1 SEOP0 SEOB0 SOP4 SOB5 SEUB5 SUBB6; 엽 YUP0 YEOP0 YEOB0 YUB1 YOP3 YOUP3 YOUB4 YEUP4;
호 HO0 HOE5 HOH2 HOO7; 구 GU0 KOO0 KU0 GOO1 KOU4 GOU4; 국 KOOK0 KUK0 GUK0 GOOK1 KUG1 GUG1 COOK5;
곤 GON0 KON0 KONE5; 권 KWON0 GWON0 KWEON3 KWUN4; 원 WON0 WEON2 ONE7 WOEN5 WUN6; 월 WOL0 WEOL2;
덕 DUK0 DEOK0 DUCK3 TOK4 DEUK5 TEOK3 DOK5 DEOG1 DUG1; 득 DEUK0 DUK2 TUK4 DEUG2;
수 SU0 SOO0 SUE3 SOU3 SOOH4 SHU5 SOE9; 주 JU0 JOO0 CHU4 JOU4 JUE4 JOOH4 ZOO5 ZU5;
유 YU0 YOO0 YOU1 YEU5 RYU1 YEW4 U7; 율 YUL0 YOOL2 YUUL5 RYUL1 YEUL5;
률 RYUL0 YUL1 LYUL1 YOOL3 RYOOL3; 열 YEOL0 YUL3 YOL4 RYUL4 RYEOL1 YOUL4 YEUL5;
렬 RYEOL0 RYUL2 YEOL1 YUL4 LYUL3 LYEOL1 RYOL3; 별 BYEOL0 BYUL1 BYOL4 BYEUL4; 슬 SEUL0 SUL3 SEULL5;
늘 NEUL0 NUL4; 아 A0 AH0 AA3 AR7; 애 AE0 AI2 AY4 E5 EA4; 예 YE0 YEA3 YAE4 YEH3 YEY4 YAY5;
례 RYE0 YE1 RE4 LYE1 RAE6; 화 HWA0 WHA3 HOA4 FA6 WA6; 환 HWAN0 WHAN3 HOAN4;
휘 HWI0 HWEE2 WHEE4 WHI4 HUI5; 효 HYO0 HYOH2 HIO5 HYOU5; 학 HAK0 HAG1 HARK4;
식 SIK0 SHIK0 SIG1 SHICK4 SICK3 SHIG2 SEEK4; 신 SIN0 SHIN0; 심 SIM0 SHIM0; 실 SIL0 SHIL1;
시 SI0 SHI0 SEE4 SHEE4 XI6; 세 SE0 SAE5 SEI2 SEY4 SAY5 SEH3; 새 SAE0 SAI3 SE5 SEA5;
리 RI0 LEE1 LI0 REE2 RHEE4 RIE5 LEA6 NI6; 린 RIN0 LIN0 LYNN4 LYN4 RHIN4 LEEN4 RYN5;
림 RIM0 LIM0 IM3; 란 RAN0 LAN0 NAN3; 련 RYEON0 RYUN3 YEON1 LYUN4 LYON4 RYON3 LYEON1;
령 RYEONG0 RYUNG2 RYOUNG3 YOUNG3 LYUNG3 RYONG4 YEONG2; 록 ROK0 LOK0 NOK3 ROCK4;
룡 RYONG0 YONG1 LYONG1 NYONG5 RYOUNG7; 류 RYU0 YU2 RYOO1 LYU1 YOO2; 관 KWAN0 GWAN0 KOAN4 GUAN4;
광 KWANG0 GWANG0 KOANG4 GUANG4; 근 GEUN0 KEUN0 KUN2 GUN3 KEN6 GEN6;
건 GEON0 GUN0 KUN1 KEON0 KON5 KEUN7 GEUN8; 군 GUN0 KUN0 KOON0 GOON1; 금 GEUM0 KEUM0 KUM2 GUM2 KEM6;
기 KI0 GI0 KEE2 GEE4 KEY4 GHI4 KIE5 KY5; 길 GIL0 KIL0 GILL4 KHIL5;
겸 GYEOM0 KYUM1 KYEOM0 GYUM1 KYOM3; 계 GYE0 KYE0 KAE6 KEY6 KE6; 교 KYO0 GYO0 KYOH3;
귀 GWI0 KWI0 KUI3 KWEE3 GUI4; 극 GEUK0 KEUK0 KUK3 GUK4; 필 PIL0 PHIL1 FIL5 FEEL6 PILL4;
표 PYO0 PHYO3 PIO5; 풍 PUNG0 POONG1 PHUNG4; 하 HA0 HAH2 HAR6; 한 HAN0 HAHN2; 향 HYANG0 HIANG5;
홍 HONG0 HOUNG6; 봄 BOM0 BOHM4; 솔 SOL0 SOLE5 SOHL4; 람 RAM0 LAM0 RAHM4; 샘 SAEM0 SAM5 SEM6;
라 RA0 LA0 RAH2 LAH2 NA5; 나 NA0 NAH2 RA5 LA7; 난 NAN0 LAN3 RAN3; 루 RU0 LU0 ROO2 LOO2 LOU4 RUE4;
비 BI0 BEE2 VI4 BE6; 미 MI0 MEE2 ME6 MY5 MIE5; 니 NI0 NEE2 NY5;
지 JI0 JEE1 CHI3 GI5 JHI5 JY5 ZI5 ZEE5 CHEE5 GEE5; 치 CHI0 CHEE2 CHIE5; 직 JIK0 CHIK3 JICK4 JIG1;
창 CHANG0 CHAHNG4; 장 JANG0 CHANG3 ZANG5 JAHNG4; 찬 CHAN0 CHAHN4; 춘 CHUN0 CHOON0 CHOUN4;
천 CHEON0 CHUN0 CHON4 CHEN6 CHEUN5; 초 CHO0 CHOH3; 조 JO0 CHO3 JOE4 JOH2; 허 HEO0 HUH1 HUR3 HO6
"""
"""What no rule gives: one syllable's spellings as names have them."""

_OWN: Final = {one.split()[0]: one.strip().partition(" ")[2] for one in _OWN_SPELLINGS.split(";")}


def _priced(told: str) -> list[tuple[str, float]]:
    """Read ``SUNG0 SOUNG4``: spellings with their costs in hundredths."""
    return [(one.rstrip("0123456789"), int(one[-1]) / 100) for one in told.split()]


def parts_of(syllable: str) -> tuple[int, int, int]:
    """Take a Hangul syllable apart: numbers of its first consonant, vowel and last consonant."""
    number = ord(syllable) - HANGUL_FIRST
    return number // (_VOWELS * _CODAS), number // _CODAS % _VOWELS, number % _CODAS


def romanised(hangul: str) -> str:
    """Write Hangul in the Revised Romanisation, syllable by syllable, without assimilation.

    Examples
    --------
    >>> romanised("박지성")
    'BAKJISEONG'
    """
    parts = []
    for syllable in hangul:
        onset, vowel, coda = parts_of(syllable)
        end = _priced(_ENDS.get(coda, "T0"))[0][0]
        parts.append(_ROMAN_ONSETS[onset] + _priced(_OPEN[vowel])[0][0] + end)
    return "".join(parts)


def spellings_of(syllable: str) -> dict[str, float]:
    """Latin spellings of a Hangul syllable in given names, with their costs."""
    onset, vowel, coda = parts_of(syllable)
    vowels = _priced((_CLOSED if coda else _OPEN)[vowel])
    onsets = _priced(_ONSETS[onset])
    if onset == _SILENT:
        vowels += _priced(_W_VOWELS.get(vowel, ""))
    if onset == _SIBILANT and vowel in _SOFT_VOWELS:
        onsets.append(("SH", 0.0 if vowel == 20 else 0.02))
    if onset == _LIQUID:
        onsets.append(("N", 0.06))
        if vowel in _Y_VOWELS:
            onsets.append(("", 0.03))
    found: dict[str, float] = {}
    for first, first_cost in onsets:
        for middle, middle_cost in vowels:
            for last, last_cost in _priced(_ENDS.get(coda, "T0")):
                if not first and (vowel, coda, middle) == (_YEO, _CODA_N, "YU"):
                    # 지연 and 지윤 are two people: YUN is the other syllable's.
                    continue
                cost = first_cost + middle_cost + last_cost
                spelling = first + middle + last
                if cost <= _COST_MAX and cost < found.get(spelling, 1.0):
                    found[spelling] = round(cost, 3)
    for spelling, cost in _priced(_OWN.get(syllable, "")):
        found[spelling] = cost
    # A lone Y would let any word be cut into syllables.
    found.pop("Y", None)
    return found


def assimilated(hangul: str) -> str:
    """Write syllables as they are said where N and L meet, as some romanise them: 신라 as 실라."""
    syllables = list(hangul)
    for at in range(len(syllables) - 1):
        _, _, coda = parts_of(syllables[at])
        onset, vowel, last = parts_of(syllables[at + 1])
        if (coda, onset) == (_CODA_N, _LIQUID):
            syllables[at] = chr(ord(syllables[at]) + _CODA_L - _CODA_N)
        elif (coda, onset) == (_CODA_L, _ONSET_N):
            syllables[at + 1] = chr(HANGUL_FIRST + (_LIQUID * _VOWELS + vowel) * _CODAS + last)
    return "".join(syllables)


def coarse(syllable: str) -> str:
    """Class of a Hangul syllable that its spellings do not cross: first sound, vowel, end."""
    onset, vowel, coda = parts_of(syllable)
    return _ONSET_CLASSES[onset] + _VOWEL_CLASSES[vowel] + _CODA_CLASSES[coda]


_ONSET_CLASSES: Final = "KKNTTNMPPSSNJJJKTPH"
_VOWEL_CLASSES: Final = "AEAEUEUEUAEUUUUUUUUII"
_CODA_CLASSES: Final = "-KKKNNNTLLLLLLLLMPPTTGTTKTPH"
_CODA_N: Final = 4
_CODA_L: Final = 8
_ONSET_N: Final = 2
_COST_MAX: Final = 0.1


def _syllables() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for syllable in dict.fromkeys(_IN_NAMES):
        for spelling, cost in spellings_of(syllable).items():
            found.setdefault(spelling, {})[syllable] = cost
    # Hangul stands for itself; after a first consonant that the South drops, also for its twin.
    for number in range(_VOWELS * _CODAS):
        if number // _CODAS not in _Y_VOWELS:
            continue
        liquid = chr(HANGUL_FIRST + _LIQUID * _VOWELS * _CODAS + number)
        silent = chr(HANGUL_FIRST + _SILENT * _VOWELS * _CODAS + number)
        found[liquid] = {liquid: 0.0, silent: 0.03}
    return found


KOREAN: Final = System(
    code="K",
    families=families(),
    syllables=_syllables(),
    syllables_max=2,
    shortened=True,
    first=dict(zip("KCZPTLVQRWOI", "GJJBDNBGNUUY", strict=True)),
)
