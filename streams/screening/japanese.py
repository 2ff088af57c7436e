"""Japanese names: Hepburn, Kunrei, long vowels written or not, and the usual names in kanji.

A word is cut into morae; what counts is their sequence without lengths, so SATO, SATOU and
SATOH are one. A name counts as Japanese if one of its words is a family name known here.
"""

from __future__ import annotations

from itertools import islice, product
from typing import Final

from haechi.streams.screening.systems import System

_FAMILIES: Final = """
佐藤SATOU 鈴木SUZUKI 高橋TAKAHASHI 田中TANAKA 伊藤ITOU 渡辺WATANABE 渡邊WATANABE 渡部WATANABE
山本YAMAMOTO 中村NAKAMURA 小林KOBAYASHI 加藤KATOU 吉田YOSHIDA 山田YAMADA 佐々木SASAKI
山口YAMAGUCHI 松本MATSUMOTO 井上INOUE 木村KIMURA 林HAYASHI 斎藤SAITOU 斉藤SAITOU 齋藤SAITOU
清水SHIMIZU 山崎YAMAZAKI 森MORI 池田IKEDA 橋本HASHIMOTO 阿部ABE 安倍ABE 石川ISHIKAWA 山下YAMASHITA
中島NAKAJIMA 石井ISHII 小川OGAWA 前田MAEDA 岡田OKADA 長谷川HASEGAWA 藤田FUJITA 後藤GOTOU
近藤KONDOU 村上MURAKAMI 遠藤ENDOU 青木AOKI 坂本SAKAMOTO 福田FUKUDA 太田OOTA 大田OOTA 西村NISHIMURA
藤井FUJII 金子KANEKO 岡本OKAMOTO 藤原FUJIWARA 三浦MIURA 中野NAKANO 中川NAKAGAWA 原田HARADA
松田MATSUDA 竹内TAKEUCHI 小野ONO 田村TAMURA 中山NAKAYAMA 和田WADA 石田ISHIDA 森田MORITA 上田UEDA
原HARA 内田UCHIDA 柴田SHIBATA 酒井SAKAI 宮崎MIYAZAKI 横山YOKOYAMA 高木TAKAGI 安藤ANDOU
宮本MIYAMOTO 大野OONO 小島KOJIMA 谷口TANIGUCHI 今井IMAI 工藤KUDOU 高田TAKADA 増田MASUDA
丸山MARUYAMA 杉山SUGIYAMA 村田MURATA 大塚OOTSUKA 新井ARAI 小山KOYAMA 平野HIRANO 藤本FUJIMOTO
河野KOUNO 上野UENO 野口NOGUCHI 武田TAKEDA 松井MATSUI 千葉CHIBA 菅原SUGAWARA 岩崎IWASAKI 久保KUBO
木下KINOSHITA 佐野SANO 野村NOMURA 松尾MATSUO 市川ICHIKAWA 菊地KIKUCHI 菊池KIKUCHI 杉本SUGIMOTO
古川FURUKAWA 大西OONISHI 島田SHIMADA 水野MIZUNO 桜井SAKURAI 高野TAKANO 吉川YOSHIKAWA 山内YAMAUCHI
西田NISHIDA 飯田IIDA 西川NISHIKAWA 小松KOMATSU 北村KITAMURA 安田YASUDA 五十嵐IGARASHI
川口KAWAGUCHI 平田HIRATA 関SEKI 中田NAKATA 久保田KUBOTA 服部HATTORI 東HIGASHI 岩田IWATA
土屋TSUCHIYA 川崎KAWASAKI 福島FUKUSHIMA 本田HONDA 辻TSUJI 樋口HIGUCHI 秋山AKIYAMA 田口TAGUCHI
永井NAGAI 山中YAMANAKA 中西NAKANISHI 吉村YOSHIMURA 川上KAWAKAMI 石原ISHIHARA 大橋OOHASHI
松岡MATSUOKA 浜田HAMADA 馬場BABA 森本MORIMOTO 矢野YANO 浅野ASANO 松下MATSUSHITA 星野HOSHINO
大久保OOKUBO 吉岡YOSHIOKA 小池KOIKE 野田NODA 荒木ARAKI 熊谷KUMAGAI 松浦MATSUURA 大谷OOTANI
内藤NAITOU 黒田KURODA 尾崎OZAKI 永田NAGATA 川村KAWAMURA 望月MOCHIZUKI 田辺TANABE 松村MATSUMURA
荒井ARAI 大島OOSHIMA 堀HORI 早川HAYAKAWA 須藤SUDOU 小田ODA 片山KATAYAMA 岸田KISHIDA 菅SUGA
石破ISHIBA 黒澤KUROSAWA 黒沢KUROSAWA 宮沢MIYAZAWA 宮澤MIYAZAWA 福井FUKUI 三宅MIYAKE 北野KITANO
大江OOE 川端KAWABATA 夏目NATSUME 芥川AKUTAGAWA 三島MISHIMA 羽生HANYUU 浅田ASADA 香川KAGAWA
長友NAGATOMO 本間HONMA 神田KANDA 小沢OZAWA 小澤OZAWA 坂口SAKAGUCHI 豊田TOYODA 大友OOTOMO 南MINAMI
西NISHI 河村KAWAMURA 三木MIKI 奥田OKUDA 中井NAKAI 星HOSHI 水谷MIZUTANI 岡OKA 堀内HORIUCHI
古田FURUTA 柳田YANAGIDA
"""
_GIVENS: Final = """
太郎TAROU 一郎ICHIROU 次郎JIROU 二郎JIROU 三郎SABUROU 健太KENTA 健KEN 健一KENICHI 翔太SHOUTA
翔平SHOUHEI 翔SHOU 大輔DAISUKE 大輝DAIKI 拓也TAKUYA 直樹NAOKI 和也KAZUYA 達也TATSUYA 雄太YUUTA
優YUU 裕子YUUKO 浩HIROSHI 博HIROSHI 宏HIROSHI 弘HIROSHI 隆TAKASHI 孝TAKASHI 誠MAKOTO 茂SHIGERU
修OSAMU 稔MINORU 実MINORU 進SUSUMU 豊YUTAKA 明AKIRA 彰AKIRA 勇ISAMU 清KIYOSHI 剛TSUYOSHI 学MANABU
亮RYOU 涼RYOU 蓮REN 陽太YOUTA 悠斗YUUTO 大和YAMATO 颯太SOUTA 蒼AOI 葵AOI 陸RIKU 海斗KAITO
純一JUNICHI 純JUN 慎太郎SHINTAROU 純一郎JUNICHIROU 晋三SHINZOU 文雄FUMIO 義彦YOSHIHIKO 正MASASHI
正雄MASAO 和夫KAZUO 幸雄YUKIO 由紀夫YUKIO 昭AKIRA 秀樹HIDEKI 英樹HIDEKI 正樹MASAKI 真司SHINJI
信二SHINJI 圭佑KEISUKE 佑都YUUTO 俊輔SHUNSUKE 結弦YUZURU 真央MAO 花子HANAKO 恵子KEIKO 洋子YOUKO
幸子SACHIKO 和子KAZUKO 京子KYOUKO 久美子KUMIKO 由美子YUMIKO 明美AKEMI 直美NAOMI 恵美EMI
真由美MAYUMI 智子TOMOKO 陽子YOUKO 順子JUNKO 節子SETSUKO 美智子MICHIKO 雅子MASAKO 愛AI 愛子AIKO
美咲MISAKI 葵AOI 結衣YUI 陽菜HINA 凛RIN 桜SAKURA 七海NANAMI 美優MIYUU 彩AYA 彩香AYAKA 遥HARUKA
舞MAI 麻衣MAI 香織KAORI 由佳YUKA 裕美HIROMI 美穂MIHO 優子YUUKO 千尋CHIHIRO 真理子MARIKO 典子NORIKO
紀子NORIKO 春樹HARUKI 康成YASUNARI 駿HAYAO 明仁AKIHITO 徳仁NARUHITO 武TAKESHI 毅TAKESHI 健二KENJI
賢治KENJI 翼TSUBASA 勝MASARU 智也TOMOYA 哲也TETSUYA 恵MEGUMI 美紀MIKI 美樹MIKI 英明HIDEAKI
孝之TAKAYUKI 博之HIROYUKI 裕之HIROYUKI 弘樹HIROKI 祐介YUUSUKE 洋介YOUSUKE 康弘YASUHIRO
"""
_IN_GIVENS: Final = """
子KO 美MI 太TA 郎ROU 朗ROU 一ICHI,KAZU 二JI 次JI 三ZOU,MI 夫O 雄O 男O 央O,HIRO 彦HIKO 樹KI
輝KI,TERU 貴TAKA,KI 希KI 紀KI,NORI 介SUKE 助SUKE 輔SUKE 佑YUU 祐YUU 裕YUU,HIRO 優YUU 雄YUU
悠YUU,HARU 勇YUU 友TOMO,YUU 智TOMO,CHI 朋TOMO 知TOMO 也YA 哉YA 弥YA 矢YA 斗TO 人TO,HITO 仁HITO,JIN
翔SHOU 昌MASA 正MASA 雅MASA 政MASA 将MASA 真MA,SHIN 慎SHIN 信NOBU,SHIN 伸NOBU,SHIN 晋SHIN 健KEN
賢KEN 謙KEN 憲NORI,KEN 純JUN 淳JUN 順JUN 俊SHUN,TOSHI 駿SHUN 敏TOSHI 利TOSHI 寿TOSHI 和KAZU 隆TAKA
孝TAKA 高TAKA 義YOSHI 良YOSHI 芳YOSHI 吉YOSHI 由YU,YOSHI 佳KA,YOSHI 香KA 花KA 華KA 里RI 理RI 莉RI
梨RI 李RI 涼RYOU 亮RYOU 遼RYOU 凌RYOU 龍RYUU 竜RYUU 隼HAYATO 大DAI 陽YOU,HARU 洋YOU,HIRO 葉YOU,HA
広HIRO 弘HIRO 浩HIRO,KOU 博HIRO 宏HIRO 光MITSU,KOU 晃KOU 康YASU,KOU 幸YUKI,SACHI 行YUKI 之YUKI
雪YUKI 明AKI 昭AKI 秋AKI 晶AKI 彰AKI 春HARU 晴HARU 治JI,HARU 司JI 史FUMI 文FUMI 武TAKE 岳TAKE
英HIDE,EI 秀HIDE 直NAO 尚NAO 奈NA 菜NA 那NA 七NANA 麻MA,ASA 舞MAI 衣I 依I 恵E,KEI 江E 枝E 絵E 加KA
久KU,HISA 千CHI 穂HO 保HO 沙SA 紗SA 佐SA 早SA 彩AYA 綾AYA 京KYOU 恭KYOU 圭KEI 啓KEI 敬KEI 慶KEI
哲TETSU 徹TETSU 達TATSU 辰TATSU 勝KATSU 克KATSU 重SHIGE 茂SHIGE 成SHIGE,NARI 清KIYO 聖SEI 誠SEI
星SEI 征SEI 平HEI 兵HEI 海KAI 空SORA 歩AYUMI 実MI 未MI 見MI 海MI 波NAMI 月TSUKI 津TSU 留RU 瑠RU
留RU 音NE 乃NO 野NO 代YO 世YO 与YO 咲SAKI 織ORI 結YUI 凪NAGI 蓮REN 蒼SOU 颯SOU 宗SOU,MUNE 壮SOU
創SOU 道MICHI 路JI 通MICHI 満MITSU 充MITSU 元MOTO 基MOTO 素MOTO 繁SHIGE 照TERU 鉄TETSU 典NORI
則NORI 徳NORI 規NORI 法NORI 憲NORI 定SADA 貞SADA 節SETSU 静SHIZU 登TO 富TOMI 豊TOYO 虎TORA 常TSUNE
恒TSUNE 安YASU 靖YASU 泰YASU 保YASU 吾GO 五GO 悟SATORU 朝ASA 旭ASAHI 歌UTA 愛AI 桃MOMO 百MOMO
桜SAKURA 杏AN 凛RIN 鈴RIN,SUZU 琴KOTO 萌MOE 瞳HITOMI 望NOZOMI
"""
"""Characters of given names with their usual readings: two or three of them make a name."""

_ROWS: Final = (
    "A I U E O KA KI KU KE KO SA SHI SU SE SO TA CHI TSU TE TO NA NI NU NE NO HA HI FU HE HO MA MI "
    "MU ME MO YA YU YO RA RI RU RE RO WA GA GI GU GE GO ZA JI ZU ZE ZO DA DE DO BA BI BU BE BO PA "
    "PI PU PE PO N KYA KYU KYO SHA SHU SHO CHA CHU CHO NYA NYU NYO HYA HYU HYO MYA MYU MYO RYA RYU "
    "RYO GYA GYU GYO JA JU JO BYA BYU BYO PYA PYU PYO SHE CHE JE FA FI FE FO TI DI"
)
_KUNREI: Final = {
    "SHI": "SI", "CHI": "TI", "TSU": "TU", "FU": "HU", "JI": "ZI", "SHA": "SYA", "SHU": "SYU",
    "SHO": "SYO", "CHA": "TYA", "CHU": "TYU", "CHO": "TYO", "JA": "ZYA", "JU": "ZYU", "JO": "ZYO",
}  # fmt: skip
_OLD: Final = {"JI": "DI", "ZU": "DU", "JA": "JYA", "JU": "JYU", "JO": "JYO"}
_NASAL: Final = "M"
_MORAE_MAX: Final = 8


def _morae() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}

    def add(spelling: str, mora: str, cost: float) -> None:
        meanings = found.setdefault(spelling, {})
        meanings[mora] = min(cost, meanings.get(mora, 1.0))

    for mora in _ROWS.split():
        spellings = [mora, *(table[mora] for table in (_KUNREI, _OLD) if mora in table)]
        for spelling in spellings:
            add(spelling, mora, 0.0)
            if spelling[0] not in "AIUEON":
                # A double consonant is often written single.
                add(("T" if spelling.startswith("CH") else spelling[0]) + spelling, mora, 0.01)
            if mora[-1] == "O":
                for long in ("U", "O", "H"):
                    add(spelling + long, mora, 0.0)
            elif mora[-1] == "U":
                add(spelling + "U", mora, 0.0)
    add(_NASAL, "N", 0.01)
    return found


def _listed(table: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in table.split():
        kanji = one.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        found[kanji] = one[len(kanji) :]
    return found


FAMILIES_IN_KANJI: Final = _listed(_FAMILIES)
GIVENS_IN_KANJI: Final = _listed(_GIVENS)
_READINGS_MAX: Final = 4
_BY_KANJI: Final = {one[0]: tuple(one[1:].split(",")) for one in _IN_GIVENS.split()}


def _spellings(name: str, morae: dict[str, dict[str, float]]) -> list[str]:
    """Every usual spelling of a name that is given with its long vowels."""
    cutter = System(code="J", families={}, syllables=morae, syllables_max=_MORAE_MAX, single=False)
    by_mora: dict[str, list[str]] = {}
    for spelling, meanings in morae.items():
        for mora, cost in meanings.items():
            if cost == 0.0:
                by_mora.setdefault(mora, []).append(spelling)
    found = [name]
    for cut in cutter.givens((name,))[:2]:
        parts = []
        for one in cut:
            mora = min(morae[one], key=lambda mora: (morae[one][mora], mora))
            long = len(one) > len(mora) and one[-1] in "UOH"
            parts.append([one for one in by_mora[mora] if long or _short(one)] or [mora])
        found += ["".join(one) for one in product(*parts)]
    return list(dict.fromkeys(found))


def given_readings(kanji: str) -> list[str]:
    """Likely readings of a given name in kanji; none if a character is unknown."""
    if kanji in GIVENS_IN_KANJI:
        return [GIVENS_IN_KANJI[kanji]]
    parts = [_BY_KANJI.get(one, ()) for one in kanji]
    return ["".join(one) for one in islice(product(*parts), _READINGS_MAX)]


def _short(spelling: str) -> bool:
    return spelling[-2:] not in {"OU", "OO", "OH", "UU"}


def _system() -> System:
    morae = _morae()
    families: dict[str, dict[str, float]] = {}
    for name in FAMILIES_IN_KANJI.values():
        for spelling in _spellings(name, morae):
            families.setdefault(spelling, {})[name] = 0.0
    return System(
        code="J", families=families, syllables=morae, syllables_max=_MORAE_MAX, single=False
    )


JAPANESE: Final = _system()
