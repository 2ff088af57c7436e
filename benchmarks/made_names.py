"""Names as a port sees them: Korean ones in the spellings of passports, and others.

Shares of families and the spellings of each syllable are rough, written from what passports,
press and registers show; they are kept apart from the tables that the matching uses.
"""

from __future__ import annotations

from random import Random
from typing import Final, NamedTuple

_FAMILIES: Final = (
    "김:215:KIM*9,GIM 이:147:LEE*9,YI,RHEE,LI,YEE 박:84:PARK*9,PAK,BAK,BARK 최:47:CHOI*9,CHOE "
    "정:43:JUNG*4,JEONG*3,CHUNG*3 강:24:KANG*8,GANG 조:21:CHO*7,JO*2 윤:21:YOON*6,YUN*2,YOUN "
    "장:20:JANG*6,CHANG*2 임:17:LIM*6,IM*2,YIM,RIM 한:15:HAN*9,HAHN 오:15:OH*9,O "
    "서:15:SEO*6,SUH*3 신:15:SHIN*9,SIN 권:14:KWON*9,GWON 황:14:HWANG*9,WHANG 안:14:AN*6,AHN*4 "
    "송:14:SONG 전:11:JEON*5,JUN*2,CHUN 홍:11:HONG 유:13:YOO*6,YU*3,RYU,YOU 고:9:KO*6,GO*2,KOH "
    "문:9:MOON*7,MUN 양:9:YANG 손:9:SON*6,SOHN 배:8:BAE*8,PAE 백:8:BAEK*5,PAIK*2,BAIK "
    "허:7:HUH*4,HEO*4,HUR 남:6:NAM 심:6:SHIM*6,SIM*3 노:6:NOH*4,ROH*3,NO*2 하:5:HA "
    "곽:4:KWAK*6,GWAK 성:4:SUNG*5,SEONG*3 차:4:CHA 주:4:JOO*4,JU*3 우:4:WOO*7,U "
    "구:4:KOO*5,KU*2,GOO,GU 나:3:NA*5,RA 민:3:MIN 류:3:RYU*5,YOO,RYOO 진:3:JIN*5,CHIN "
    "지:3:JI*5,JEE 엄:3:EOM*3,UM*4,UHM 채:3:CHAE*5,CHAI 원:2:WON 천:2:CHEON*3,CHUN*3 "
    "방:2:BANG*6,PANG 공:2:KONG*4,GONG*3 현:2:HYUN*5,HYEON 변:2:BYUN*4,BYEON*2 여:2:YEO*4 "
    "추:2:CHOO*2,CHU*3 도:2:DO 소:2:SO*3,SOH 석:1:SEOK*3,SUK*2 설:1:SEOL*3,SUL 길:1:GIL*2,KIL*2 "
    "연:1:YEON 표:1:PYO 명:1:MYUNG*2,MYEONG 기:1:KI*2,KEE 남궁:1:NAMGUNG,NAMKOONG,NAMGOONG "
    "제갈:1:JEGAL 황보:1:HWANGBO 선우:1:SUNWOO "
)
_SYLLABLES: Final = (
    "지:JI*9,JEE,CHI 민:MIN 서:SEO*6,SUH*2 준:JUN*6,JOON*4,CHUN 현:HYUN*7,HYEON*3,HYON "
    "수:SU*4,SOO*6 우:WOO*7,WU,U 은:EUN*8,UN*2 영:YOUNG*7,YEONG*3,YUNG 진:JIN*9,CHIN "
    "성:SUNG*6,SEONG*4,SONG 승:SEUNG*7,SUNG*2 정:JUNG*5,JEONG*4,CHUNG 연:YEON*7,YOUN "
    "윤:YUN*4,YOON*5,YOUN 희:HEE*8,HUI*2,HI 혜:HYE*8,HAE 경:KYUNG*5,KYEONG,GYEONG*3 "
    "재:JAE*9,CHAE 호:HO 원:WON 석:SEOK*5,SUK*4 철:CHUL*6,CHEOL*4 훈:HOON*6,HUN*4 상:SANG "
    "동:DONG*9,TONG 태:TAE*9,TAI 규:KYU*7,GYU*3 하:HA 나:NA 유:YU*5,YOO*4 아:A*5,AH*4 "
    "예:YE*8,YEA 채:CHAE 주:JU*5,JOO*5 환:HWAN 광:KWANG*7,GWANG*3 용:YONG 기:KI*6,GI*4 "
    "미:MI*8,MEE 숙:SOOK*6,SUK*3 순:SOON*7,SUN*3 자:JA 옥:OK 인:IN 화:HWA 선:SUN*6,SEON*4 "
    "혁:HYUK*6,HYEOK*4 빈:BIN 섭:SUP*4,SEOP*4,SUB*2,SEOB 범:BUM*5,BEOM*5 건:GEON*4,KUN*3,GUN*2 "
    "근:GEUN*3,KEUN*4 중:JUNG*5,JOONG*5 종:JONG*9,CHONG 병:BYUNG*5,BYEONG*4,BYOUNG "
    "형:HYUNG*6,HYEONG*3 도:DO 솔:SOL 별:BYUL*3,BYEOL*3 율:YUL*6,YOOL 찬:CHAN 한:HAN 일:IL "
    "국:KOOK*3,KUK*3,GUK*2 명:MYUNG*6,MYEONG*3 문:MOON*5,MUN*4 복:BOK 봉:BONG 소:SO "
    "신:SHIN*7,SIN*3 애:AE 욱:WOOK*6,UK*3,WUK 웅:WOONG*5,UNG*4 의:UI*5,EUI*4 창:CHANG "
    "춘:CHUN*5,CHOON*3 택:TAEK*6,TAIK 해:HAE 홍:HONG 효:HYO 시:SI*6,SHI*3 이:I*5,YI*3 "
    "린:RIN*6,LIN*2 라:RA*7,LA*2 림:RIM*4,LIM*2 엽:YEOP*4,YUP*3,YUB 열:YEOL*4,YUL*3 "
    "균:GYUN*3,KYUN*4 권:KWON 관:KWAN*4,GWAN*3 길:GIL*4,KIL*4 대:DAE 두:DU*3,DOO*3 "
    "덕:DUK*5,DEOK*4 만:MAN 배:BAE 보:BO 세:SE 안:AN 언:EON*4,UN 오:O*4,OH*3 완:WAN "
    "운:WOON*4,UN*2 월:WOL 응:EUNG 익:IK 임:IM 향:HYANG 휘:HWI*4,WHI 흥:HEUNG "
)
_FIRST: Final = (
    "지민서준현수우은영진성승정연윤희혜경재원석철상동태규하나유예채주광용기미숙순인화"
    "선건근중종병형도한일명문소신애창춘해홍효시이대두덕만보세안완익향휘"
)
_SECOND: Final = (
    "지민서준현수우은영진성정연윤희혜경재호원석철훈상태규하나유아예주환용기미숙순자옥"
    "인화선혁빈섭범건근중형율찬한일국명복봉욱웅창택린라림엽열균권길배완흥"
)
_RARE_FAMILIES: Final = 0.7
_HANGUL_SHARE: Final = 0.2


class Person(NamedTuple):
    """A Korean name: family and syllables in Hangul."""

    family: str
    given: str


def _spellings(told: str) -> list[str]:
    found = []
    for one in told.split(","):
        spelling, _, weight = one.partition("*")
        found += [spelling] * int(weight or 1)
    return found


def _words(*told: str) -> tuple[list[str], ...]:
    return tuple(one.split() for one in told)


_CHINESE: Final = _words(
    "WANG LI ZHANG LIU CHEN YANG HUANG ZHAO WU ZHOU XU SUN MA ZHU HU GUO HE GAO LIN LUO",
    "WEI FANG NA MIN JING LI QIANG LEI YANG YONG JUN JIE JUAN TAO MING CHAO XIU YING HUA PING "
    "GANG GUI XIN YU HAO BO TING YAN XUE FEI",
)
_JAPANESE: Final = _words(
    "SATO SUZUKI TAKAHASHI TANAKA ITO WATANABE YAMAMOTO NAKAMURA KOBAYASHI KATO YOSHIDA "
    "YAMADA SASAKI MATSUMOTO INOUE KIMURA SHIMIZU HAYASHI SAITO MORI ABE IKEDA ISHIKAWA OGAWA",
    "HIROSHI KENJI TARO YUKI AKIRA DAISUKE TAKASHI NAOKI KAZUYA YUKO KEIKO MARIKO AYAKA "
    "MISAKI HARUKA TOMOKO MAYUMI KENTA SHOTA RYO TATSUYA HIDEKI MAKOTO SAKURA",
)
_WESTERN: Final = _words(
    "SMITH JOHNSON WILLIAMS BROWN JONES GARCIA MILLER DAVIS RODRIGUEZ MARTINEZ WILSON "
    "ANDERSON TAYLOR THOMAS MOORE MARTIN JACKSON THOMPSON WHITE LOPEZ HARRIS CLARK LEWIS "
    "ROBINSON WALKER MULLER SCHMIDT SCHNEIDER FISCHER WEBER DUBOIS LEFEBVRE MOREAU ROSSI "
    "RUSSO FERRARI NOVAK KOWALSKI IVANOV PETROV SMIRNOV KUZNETSOV POPOV VOLKOV SOKOLOV "
    "HUSSEIN KHAN AHMED NGUYEN TRAN PHAM",
    "JAMES MARY JOHN PATRICIA ROBERT JENNIFER MICHAEL LINDA WILLIAM DAVID RICHARD JOSEPH "
    "THOMAS CHARLES DANIEL MATTHEW ANTHONY MARK PAUL ANDREW LAURA SARAH KAREN NANCY LISA ANNA "
    "ELENA SERGEI DMITRY IVAN OLGA MARIA JOSE CARLOS LUIS ALI OMAR FATIMA AHMAD YUSUF THI VAN "
    "MINH LAN PETER HANS KLAUS JEAN PIERRE MARIE LUC MARCO GIULIA",
)
_FAMILY_PARTS: Final = _words(
    "BER CAL DON FAL GRE HAR KOR LIN MAR NOR PET RAD SAL TOR VAL WIN STAN BRAN KLEM DRA",
    "A E I O U AN EN IL OR",
    "SON MANN BERG OV ENKO ESCU SKI TON FIELD LEY DEZ INI IC AUX ADZE YAN OGLU",
)
FAMILY_SPELLINGS: Final = {
    one.split(":")[0]: _spellings(one.split(":")[2]) for one in _FAMILIES.split()
}
_FAMILY_WEIGHTS: Final = [int(one.split(":")[1]) for one in _FAMILIES.split()]
SYLLABLE_SPELLINGS: Final = {
    one.split(":")[0]: _spellings(one.split(":")[1]) for one in _SYLLABLES.split()
}


def korean(random: Random) -> Person:
    """Draw a Korean person."""
    family = random.choices(list(FAMILY_SPELLINGS), _FAMILY_WEIGHTS)[0]
    while True:
        given = random.choice(_FIRST) + random.choice(_SECOND)
        if given[0] != given[1]:
            return Person(family, given)


def in_passport(random: Random, person: Person) -> str:
    """Write a Korean name in Latin letters as one passport might."""
    family = random.choice(FAMILY_SPELLINGS[person.family])
    parts = [random.choice(SYLLABLE_SPELLINGS[one]) for one in person.given]
    given = random.choice(("", "", " ", "-")).join(parts)
    return f"{given} {family}" if random.random() < 0.15 else f"{family} {given}"


def some_name(random: Random) -> str:
    """Draw the name of anybody at a Korean port; half of them are Korean."""
    kind = random.random()
    if kind < 0.5:
        person = korean(random)
        if random.random() < _HANGUL_SHARE:
            return person.family + person.given
        return in_passport(random, person)
    if kind < 0.7:
        families, givens = _CHINESE
        given = "".join(random.sample(givens, random.choice((1, 2, 2))))
        return f"{random.choice(families)} {given}"
    if kind < 0.8:
        families, givens = _JAPANESE
        return f"{random.choice(families)} {random.choice(givens)}"
    families, givens = _WESTERN
    given = " ".join(random.sample(givens, random.choice((1, 1, 2))))
    family = random.choice(families)
    if random.random() < _RARE_FAMILIES:
        family = "".join(random.choice(part) for part in _FAMILY_PARTS)
    return f"{family} {given}"
