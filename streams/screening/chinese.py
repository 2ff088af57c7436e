"""Chinese names: pinyin, Wade-Giles, and what Hong Kong, Taiwan and South-East Asia write."""

from __future__ import annotations

import re
from typing import Final

from haechi.streams.screening.hanzi import PINYIN
from haechi.streams.screening.systems import System

_FAMILIES: Final = """
YANG YEUNG YEO YEOH IEONG YONG YOONG; ZHANG CHANG CHEUNG CHEONG TEO TIONG TJONG;
WANG WONG ONG HENG; LI LEE LEI LIE; ZHAO CHAO CHIU JEW TIO; CHEN CHAN TAN CHIN TJAN TING;
LIU LAU LOW LEW LAW LIEW; HUANG WONG OOI NG UI HWANG; WU NG GOH WOO GO; ZHOU CHOU CHOW CHEW CHIU;
XU HSU TSUI CHUI HUI KHOO SHU CHEE; SUN SUEN SOON; ZHU CHU CHOO GEE; MA MAH BEH; HU WU WOO OH OW;
GUO KUO KWOK KUOK KOK QUEK KEH GOCK; LIN LAM LIM LUM; HE HO HOR; GAO KAO KO KOH;
LIANG LEUNG NEO NIO LEONG; ZHENG CHENG CHENG TAY TEH CHIANG CHANG; LUO LO LAW LOH LOW;
SONG SUNG SOONG; XIE HSIEH TSE TZE CHIA TJIA SEAH DER CHEAH; TANG TONG TENG TNG; HAN HON;
CAO TSAO TSO CHO CHOU; DENG TENG TANG TANG; XIAO HSIAO SIU SIEW SEOW SHAO; FENG FUNG FONG PANG;
ZENG TSENG TSANG CHAN CHNG JEN CHENG; CHENG CHING SENG TSENG; CAI TSAI CHOI CHUA CHYE TSOI TJOA;
PENG PANG PHEE; PAN POON PUN PHUA PHOON; YUAN YUEN; YU YUE YEE U YII; DONG TUNG TONG TANG;
SU SO SOO SOH SOU; YE YEH IP YAP YIP IAP; LU LOO LUK LOKE; LV LU LUI LOOI LEU LYU LUE;
WEI NGAI WAI GOEY GUI; JIANG CHIANG TSIANG KEUNG KIANG GEUNG CHEONG; TIAN TIEN TIN;
DU TU TO DOU TOH; DING TING TENG; SHEN SUM SIM SHUM; REN JEN YAM YUM; YAO YIU YEO;
ZHONG CHUNG CHOONG; CUI TSUI CHUI; TAN TAM THAM HUM; LIAO LIU LEOW LIEW; FAN FAN HUAN;
SHI SHIH SZE SEE SI SHEK SEAK; JIN CHIN KAM GAM KIM; JIA CHIA KA KAR; XIA HSIA HA HAR;
FU FU POH HOO FOO; FANG FONG PUNG HONG; BAI PAI PAK PEH BAK; ZOU TSOU CHOW CHAU; XIONG HSIUNG HUNG;
MENG MANG MUNG; QIN CHIN CHUN; QIU CHIU YAU KHOO HEW YOW KHU; HOU HAU HOW; JIANG; YIN WAN YIN;
XUE HSUEH SIT SIH; YAN YEN NGAN YIM GAN YAN; LEI LUI LOOI; LONG LUNG LOONG; DUAN TUAN TUEN;
TAO TAO TO; SHAO SHAO SIU; QIAN CHIEN CHIN TSIEN; HAO HAO KOK; GONG KUNG KUNG KEUNG; WAN MAN MAN;
GU KU KOO KHOO; LAI LAI LOI; KANG HONG; HONG HUNG HOONG ANG; MAO MO; SHENG SHING SENG; OU AU OW;
OUYANG AUYEUNG OWYANG AUYONG OYANG; SITU SZETO SEETO SITO; ZHUGE CHUKOT CHUGE; SIMA SZEMA;
SHANGGUAN SHEUNGKOON SEUNGKWUN; DAI TAI DAY; MO MOK; MEI MUI BOEY; ZHUANG CHUANG CHONG; TU TU TO;
XI HSI; JI CHI KEI KEE; CHANG SHEUNG; HUO FOK HO; NIE NIEH NIP; WEN WAN MAN BOON;
GUAN KUAN KWAN KUAN; LAN LAAM; QI CHI CHAI; KONG HUNG; BAO PAO PAU; NI NGAI GEH; RUAN YUEN; AN ON;
YI YICK; QIAO KIU; PU PO; BI PI BUT; LIAN LIEN LIN; JIAN CHIEN KAN; MIAO MIU; ZHAN CHIM CHAN;
AO NGO; ZUO CHOR TSO JO; LING LING; MU MUK; NING NING; SHU SHU; CEN SHUM SHAM; FEI FEI; LOU LAU;
NIU NGAU; PEI PUI; XING YING; ZHEN YAN; CHU CHOR; PIAO PARK; SHAN SIN; BIAN PIN; JU KUI; YOU YAU;
ZHAI CHAK; TONG TUNG; XIANG HEUNG HSIANG; QU WAT CHU; MIN MAN; HUA WAH WA; LUAN LUEN; YUN WAN;
GE KOT KO; GAN KAM KAN; RONG YUNG; CHE; CHAI; CHI; PIN; SHANG; RAN; ZHANG
"""
_CANTONESE: Final = """
JIA KA GA; HUI WAI FAI; MING; HUA WAH WA; GUO KWOK; QIANG KEUNG; JIAN KIN; ZHI CHI; JUN CHUN KWAN;
YING WING; XIAO SIU HIU; MEI MUI MAY; WEN MAN; YONG YUNG WING; DE TAK; SHENG SING SHING; XING HING;
LI LAI; HONG HUNG; LONG LUNG; FENG FUNG; TIAN TIN; JIE KIT; YAN YIN YAN; XIN SUM YAN SAN; HAO HO;
ZHEN CHUN; WEI WAI; YU YUK YU; SI SZE; ZI TSZ TZE; YI YEE YI; HAI HOI; GUANG KWONG; GUO KWOK;
ZHONG CHUNG; SHU SHU SUK; XIANG HEUNG CHEUNG; LING; YUN WAN; YUE YUET; BAO PO; GUI KWAI;
CHENG SHING; AN ON; PING; KAI HOI; NING; RONG WING YUNG; HUAN WOON; CHAO CHIU; FU FU FOOK; WU MO;
BIN PAN; FEI FEI; XUE SUET HOK; TING; QING HING; YAO YIU; LIN LAM; DONG TUNG; RUI YUI SHUI; RU YU;
XUAN HUEN; ZE CHAK; HE HO; YANG YEUNG; JING KING; QI KEI CHI; SHAN SHAN; MIN MAN; LE LOK; SHI SZE;
XI HEI; REN YAN; BO POK; ZHAO CHIU; YOU YAU; LIANG LEUNG; KANG HONG; JIN KAM; CHANG CHEUNG; BING;
HENG HANG; NA; LAN; JUAN KUEN; ZHU CHU; QIONG KING; DAN TAN; XIA HA; YA NGA; MU MUK; QIN KAN;
SONG CHUNG; ZHENG CHING
"""
_CANTONESE_COST: Final = 0.05
_WADE_COST: Final = 0.03
_WADE_RULES: Final = (
    (r"^ZH", "CH"), (r"^Q", "CH"), (r"^J", "CH"), (r"^X", "HS"), (r"^ZI$", "TZU"),
    (r"^CI$", "TZU"), (r"^SI$", "SSU"), (r"^Z", "TS"), (r"^C(?!H)", "TS"), (r"^R", "J"),
    (r"^B", "P"), (r"^D", "T"), (r"^G", "K"), (r"IAN$", "IEN"), (r"^YAN$", "YEN"),
    (r"(?<=[JQX])UAN$", "UAN"), (r"ONG$", "UNG"), (r"IE$", "IEH"), (r"UE$", "UEH"),
    (r"^YE$", "YEH"), (r"^(K|H|KH)E$", "\\1O"), (r"(?<=[TNLSR])UO$", "O"),
    (r"^(CH|SH|J)UO$", "\\1O"), (r"^(CH|SH)I$", "\\1IH"), (r"^YOU$", "YU"), (r"^JI$", "JIH"),
    (r"^(K)UI$", "KUEI"), (r"^E$", "O"), (r"^YI$", "I"),
)  # fmt: skip


def wade_giles(syllable: str) -> str:
    """Turn a syllable of pinyin into Wade-Giles, without its apostrophes and dots.

    Examples
    --------
    >>> wade_giles("ZHANG"), wade_giles("XIE"), wade_giles("TIAN"), wade_giles("ZHI")
    ('CHANG', 'HSIEH', 'TIEN', 'CHIH')
    """
    if syllable in {"ZHI", "CHI", "SHI", "RI"}:
        return {"ZHI": "CHIH", "CHI": "CHIH", "SHI": "SHIH", "RI": "JIH"}[syllable]
    if syllable in {"JI", "QI", "XI"}:
        return "HSI" if syllable == "XI" else "CHI"
    for pattern, told in _WADE_RULES:
        syllable = re.sub(pattern, told, syllable)
    return syllable.replace("V", "U")


def _add(table: dict[str, dict[str, float]], spelling: str, meaning: str, cost: float) -> None:
    meanings = table.setdefault(spelling, {})
    meanings[meaning] = min(cost, meanings.get(meaning, 1.0))


def _syllables() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for syllable in PINYIN:
        _add(found, syllable, syllable, 0.0)
        _add(found, wade_giles(syllable), syllable, _WADE_COST)
        if "V" in syllable:
            _add(found, syllable.replace("V", "U"), syllable, 0.01)
            _add(found, syllable.replace("V", "YU"), syllable, 0.01)
    for group in _CANTONESE.split(";"):
        syllable, *others = group.split()
        for spelling in others:
            _add(found, spelling, syllable, _CANTONESE_COST)
    return found


def _families() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for group in _FAMILIES.split(";"):
        family, *others = group.split()
        _add(found, family, family, 0.0)
        _add(found, wade_giles(family), family, 0.02)
        for spelling in others:
            _add(found, spelling, family, 0.02)
    return found


CHINESE: Final = System(
    code="C",
    families=_families(),
    syllables=_syllables(),
    syllables_max=3,
)
