"""What officers and travelers are told, in plain English and plain Korean.

Every row of the feature table has words here. Those of encodings, baselines, runs and memories
are made from the names of parties and of what they compare, so that a new one needs none; another
new feature needs a row in ``_STATED``, and a new source field one in :data:`FIELD_NAMES`. What
has no words is told in the table's English: nothing here fails while a decision is explained.

Korean is worded so that no particle hangs on a name that is filled in.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from haechi.engine.codes import CodeClass, Party
from haechi.engine.features import BASELINES, ENCODINGS, MEMORIES, RUNS
from haechi.engine.parts import Baseline, Encoding, Feature, Memory, Run
from haechi.engine.records import code_text
from haechi.rpc.spoken import Both, spoken

VALUE: Final = "{value}"
NO_BLAME: Final = 6.0
"""Blame of a run in which nothing was compared."""

Phrases = tuple["Phrase", "Phrase"]
"""Words in English and Korean."""

_NONE_FROM: Final = {f"{run.name}_blame": NO_BLAME for run in RUNS}
_LISTED_MOST: Final = 4
_MOST_READ: Final = float((1 << 48) - 1)
"""The largest code; what is larger is told as if it were this."""

_FORMAT: Final = re.compile(r"\{value:([^}]*)\}")
_UNKNOWN: Final = Both("not known", "알 수 없음")

FIELD_NAMES: Final[Mapping[str, str]] = {
    "parcel X-ray": "화물 X선", "past seizures": "과거 압수 사례", "body scan": "신체 검색",
    "bag X-ray": "수하물 X선", "hand-over": "수하물 인계",
    "face": "얼굴 확인", "linked parcel": "연계 화물",
    "companion": "동행자", "linked traveler": "연계 여행자", "intelligence": "우범 정보",
    "document": "여행 서류", "booking": "예약", "baggage": "수하물", "declaration": "휴대품 신고",
    "traveler's history": "여행자 이력", "flight": "항공편", "declared price": "신고가격",
    "mass": "중량", "duty": "관세", "trusted party": "공인 업체", "customs code": "통관고유부호",
    "address": "주소", "sender": "발송인", "goods": "물품", "HS code": "HS 부호",
    "origin": "원산지", "clearance": "통관 구분", "importer": "수입자", "declarant": "신고인",
    "seller": "판매자", "courier": "특송업체", "consignee": "수취인",
}  # fmt: skip
"""Korean names of the source fields."""

PARTIES: Final[Mapping[Party, Both]] = {
    Party.TRAVELER: Both("traveler", "여행자"),
    Party.FLIGHT: Both("flight number", "항공편"),
    Party.PCCC: Both("customs code", "통관고유부호"),
    Party.CONSIGNEE: Both("consignee", "수취인"),
    Party.ADDRESS: Both("address", "주소"),
    Party.PHONE: Both("phone number", "전화번호"),
    Party.SENDER: Both("sender", "발송인"),
    Party.IMPORTER: Both("importer", "수입자"),
    Party.DECLARANT: Both("declarant", "신고인"),
    Party.SELLER: Both("seller", "판매자"),
    Party.COURIER: Both("courier", "특송업체"),
    Party.HS6: Both("HS code", "HS 부호"),
    Party.ORIGIN: Both("country of origin", "원산지"),
    Party.HS4: Both("HS heading", "HS 4단위 호"),
    Party.DEPARTURE: Both("country of departure", "출발국"),
}
"""Who or what has a history, as read after "this"."""

CODE_CLASSES: Final[Mapping[CodeClass, Both]] = {
    CodeClass.CLEAR: Both("nothing stands against it", "통과를 막을 사유 없음"),
    CodeClass.RISK: Both("the risk is too high", "위험도가 기준을 넘음"),
    CodeClass.MISSING_EVIDENCE: Both("required evidence is missing", "필수 확인 자료가 없음"),
    CodeClass.INTELLIGENCE: Both("an intelligence entry matched", "우범 정보와 일치함"),
    CodeClass.SENSOR_ALARM: Both("a scanner raised an alarm", "검색 장비에서 경보가 울림"),
    CodeClass.DEADLINE: Both("no answer within the gate's time", "제한 시간 안에 답하지 못함"),
    CodeClass.OVERLOAD: Both("too much came at once", "요청이 한꺼번에 몰림"),
    CodeClass.ENGINE_UNREACHABLE: Both("the engine was not reached", "판단 시스템에 연결되지 않음"),
    CodeClass.BAD_REQUEST: Both("the request cannot be read", "요청을 읽을 수 없음"),
    CodeClass.MODEL_BROKEN: Both("the model gave no usable score", "위험도를 계산하지 못함"),
    CodeClass.CAPACITY: Both("officers can inspect no more now", "검사 인력의 한도를 넘음"),
    CodeClass.POLICY: Both("a rule asked for it", "규정에 따른 조치"),
    CodeClass.RANDOM_CHECK: Both("drawn at random", "무작위 추출 검사"),
    CodeClass.REVIEW_EXPIRED: Both(
        "no officer decided in time", "담당자가 기한 안에 결정하지 않음"
    ),
    CodeClass.NOT_ACKNOWLEDGED: Both("nobody acknowledged it", "통보를 확인한 사람이 없음"),
    CodeClass.OFFICER: Both("an officer decided", "세관 공무원이 결정함"),
}
"""The coarse reason that a gate may see."""


BASE: Final = Both("when nothing speaks", "아무 사유가 없을 때")
"""What the score starts from."""


class Phrase(NamedTuple):
    """Words of one feature in one language.

    Parameters
    ----------
    name
        What it is; told alone where its value is not known.
    told
        How its value is told, with ``{value}``; the name and the value if empty.
    none
        What is told of 0.
    """

    name: str
    told: str = ""
    none: str = ""

    def say(self, value: float, words: str) -> str:
        """Tell a value, of which ``words`` are the words."""
        if value == 0 and self.none:
            return self.none
        if math.isnan(value) or not self.told:
            return f"{self.name} {words}"
        return self.told.replace(VALUE, words)


_STATED: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "xray_score": (("X-ray score",), ("X선 위험 점수",)),
    "xray_alarm": (("X-ray alarm", "the X-ray raised an alarm", "the X-ray raised no alarm"),
                   ("X선 경보", "X선 경보 발생", "X선 경보 없음")),
    "similar_seizure": (("similarity of the X-ray image to a past seizure",),
                        ("과거 압수 사례와의 X선 영상 유사도",)),
    "goods_seen": (("goods seen by the X-ray", "what was learned of the goods seen by the X-ray"),
                   ("X선 판독 물품", "X선으로 판독된 물품에 대해 학습된 내용")),
    "body_scan_score": (("body scan score",), ("신체 검색 위험 점수",)),
    "body_scan_alarm": (("body scan alarm", "the body scan raised an alarm",
                         "the body scan raised no alarm"),
                        ("신체 검색 경보", "신체 검색 경보 발생", "신체 검색 경보 없음")),
    "bag_score": (("highest bag X-ray score",), ("수하물 X선 최고 위험 점수",)),
    "bag_alarms": (("X-ray alarms of bags", "{value} with an X-ray alarm"),
                   ("X선 경보가 울린 수하물",)),
    "bags_unscanned": (("bags not yet scanned", "{value} not yet scanned"),
                       ("아직 검색하지 않은 수하물",)),
    "bags_elsewhere": (("bags that left with somebody else",
                        "{value} left with somebody else", "no bag left with somebody else"),
                       ("다른 사람이 가지고 나간 수하물", "",
                        "다른 사람이 가지고 나간 수하물 없음")),
    "foreign_bags": (("bags of another traveler", "carried out {value} of another traveler",
                      "carried out no bag of another traveler"),
                     ("가지고 나간 타인의 수하물", "", "가지고 나간 타인의 수하물 없음")),
    "face_similarity": (("face similarity",), ("얼굴 유사도",)),
    "face_review": (("face match", "the face match is doubtful",
                     "the face match is not doubtful"),
                    ("얼굴 일치 여부", "얼굴 일치가 의심스러움", "얼굴 일치에 의심 없음")),
    "face_different": (("comparison of the faces", "the face at the exit is not that of the desk",
                        "no other face at the exit than at the desk"),
                       ("얼굴 대조", "출구의 얼굴이 심사대의 얼굴과 다름",
                        "출구의 얼굴이 심사대의 얼굴과 다르지 않음")),
    "face_watched": (("watchlist of faces", "the face resembles one on the watchlist",
                      "the face resembles none on the watchlist"),
                     ("얼굴 감시 목록", "감시 목록에 있는 얼굴과 유사함",
                      "감시 목록에 있는 얼굴과 유사하지 않음")),
    "linked_parcel_risk": (("risk of a linked parcel",), ("연계 화물의 위험도",)),
    "linked_parcels": (("linked parcels", "{value} linked to the traveler"),
                       ("여행자와 연계된 화물",)),
    "companion_risk": (("risk of a companion",), ("동행자의 위험도",)),
    "companions": (("companions", "{value} going along"), ("동행자",)),
    "linked_traveler_risk": (("risk of the linked traveler",), ("연계 여행자의 위험도",)),
    "intelligence": (("intelligence", "an intelligence entry of weight {value} matches",
                      "no intelligence entry matches"),
                     ("우범 정보", "우범 정보와 일치, 가중치 {value}", "일치하는 우범 정보 없음")),
    "document_bad": (("document's standing", "the document is reported lost, stolen or invalid",
                      "the document is not reported lost, stolen or invalid"),
                     ("서류 상태", "분실·도난·무효로 신고된 서류", "분실·도난·무효 신고 없음")),
    "document_days_left": (("document's remaining validity",), ("서류의 남은 유효 기간",)),
    "booked_ahead": (("time of booking", "booked {value} before arrival"),
                     ("예약 시점", "도착 {value} 전에 예약")),
    "cash_payment": (("cash payment", "the ticket was paid in cash",
                      "the ticket was not paid in cash"),
                     ("현금 결제", "항공권을 현금으로 결제", "항공권을 현금으로 결제하지 않음")),
    "one_way": (("one-way journey", "a one-way journey", "not a one-way journey"),
                ("편도 여정", "편도 여정", "편도 여정이 아님")),
    "offloaded": (("boarding", "did not board as booked", "boarded as booked"),
                  ("탑승", "예약대로 탑승하지 않음", "예약대로 탑승함")),
    "bag_weight": (("weight of the bags",), ("수하물 중량",)),
    "declared_cash": (("declared cash",), ("신고한 현금",)),
    "declared_value": (("declared goods", "declared goods worth {value}"),
                       ("신고한 물품", "신고한 물품 가액 {value}")),
    "restricted_declared": (("restricted goods", "declared restricted goods",
                             "declared no restricted goods"),
                            ("제한 물품", "제한 물품을 신고함", "제한 물품을 신고하지 않음")),
    "visits": (("earlier visits", "{value} so far"), ("이전 방문",)),
    "traveler_found": (("past findings against this traveler",
                         "past findings against this traveler are {value}"),
                       ("이 여행자의 과거 적발",)),
    "flight_found": (("past findings on this flight number",
                       "past findings on this flight number are {value}"),
                     ("이 항공편의 과거 적발",)),
    "route": (("place of departure", "departed from {value}"), ("출발지",)),
    "unit_price": (("declared price per kg", "declared at {value}"), ("kg당 신고가격",)),
    "price_ratio": (("price per kg against the usual",
                     "price per kg {value} what is usual for the HS code"),
                    ("HS 부호 통상 가격 대비 kg당 가격",)),
    "price_deviation": (("price per kg within its usual range",
                         "price per kg {value} the usual range for the HS code"),
                        ("HS 부호의 통상 범위 대비 kg당 가격",)),
    "price": (("declared value",), ("신고금액",)),
    "price_ceiling": (("declared value against the highest found clean",
                       "declared at {value} the highest value that was ever found clean"),
                      ("검사 결과 이상 없던 최고 금액 대비 신고금액",)),
    "mass": (("declared mass",), ("신고 중량",)),
    "mass_gap": (("measured against declared mass",
                  "measured mass differs from the declared by {value}"),
                 ("실측 중량과 신고 중량의 차이",)),
    "paid_gap": (("price paid against the declared", "paid {value} the declared value"),
                 ("신고금액 대비 실제 결제 금액",)),
    "tax_rate": (("tax rate",), ("세율",)),
    "trusted": (("trusted supply chain", "a trusted supply chain", "not a trusted supply chain"),
                ("공인 공급망", "공인된 공급망", "공인된 공급망이 아님")),
    "pccc_invalid": (("customs code's standing",
                      "the customs code is expired or not the consignee's",
                      "the customs code is valid"),
                     ("통관고유부호 상태", "통관고유부호가 만료되었거나 수취인의 것이 아님",
                      "통관고유부호가 유효함")),
    "pccc_addresses": (("addresses of this customs code",
                        "{value} lately used with this customs code"),
                       ("이 통관고유부호의 최근 주소",)),
    "address_pcccs": (("customs codes at this address", "{value} lately at this address"),
                      ("이 주소의 최근 통관고유부호",)),
    "pccc_hour": (("parcels of this customs code within an hour",
                   "{value} of this customs code within an hour"),
                  ("이 통관고유부호의 최근 1시간 화물",)),
    "pccc_week": (("parcels of this customs code within a week",
                   "{value} of this customs code within a week"),
                  ("이 통관고유부호의 최근 1주일 화물",)),
    "sender_minutes": (("parcels of this sender within minutes",
                        "{value} of this sender within minutes"),
                       ("이 발송인의 최근 몇 분간 화물",)),
    "found_rate": (("share of all inspections that found something",), ("전체 검사의 적발률",)),
    "hs6": (("HS code",), ("HS 부호",)),
    "hs4": (("HS heading",), ("HS 4단위 호",)),
    "hs2": (("HS chapter",), ("HS 2단위 류",)),
    "departure": (("country of departure",), ("출발국",)),
    "origin": (("country of origin",), ("원산지",)),
    "tax_type": (("tax type",), ("세율 구분",)),
    "origin_indicator": (("origin marking",), ("원산지 표시",)),
    "office": (("customs office",), ("세관 부호",)),
    "process": (("process type",), ("신고 구분",)),
    "import_type": (("import type",), ("거래 구분",)),
    "import_use": (("import use",), ("수입 종류",)),
    "transport": (("means of transport",), ("운송 수단",)),
    "importer": (("this importer", "what was learned of this importer"),
                 ("이 수입자", "이 수입자에 대해 학습된 내용")),
    "declarant": (("this declarant", "what was learned of this declarant"),
                  ("이 신고인", "이 신고인에 대해 학습된 내용")),
    "seller": (("this seller", "what was learned of this seller"),
               ("이 판매자", "이 판매자에 대해 학습된 내용")),
}  # fmt: skip
"""Name, and where it needs them the telling and the telling of 0; English, then Korean."""

_UNIT: Final = {"declared_cash": "log2 (1 + USD)", "declared_value": "log2 (1 + USD)"}
"""Units that say more than the table's."""

_COMPARED: Final = {
    "price": Both("price", "가격"),
    "mass": Both("mass", "중량"),
    "unit_price": Both("price per kg", "kg당 가격"),
}


def _party(party: Party) -> Both:
    name = party.name.lower().replace("_", " ")
    return PARTIES.get(party, Both(name, name))


def _of_encoding(one: Encoding) -> dict[str, Phrases]:
    en, ko = _party(one.party)
    return {
        "found": (Phrase(f"past findings of this {en}", f"past findings of this {en} are {VALUE}"),
                  Phrase(f"이 {ko}의 과거 적발")),
        "seen": (Phrase(f"parcels of this {en} so far", f"{VALUE} of this {en} so far"),
                 Phrase(f"지금까지 이 {ko}의 화물")),
    }  # fmt: skip


def _of_baseline(one: Baseline) -> dict[str, Phrases]:
    en, ko = _party(one.party)
    what, what_ko = _COMPARED.get(one.value, (one.value, one.value))
    return {
        "ratio": (Phrase(f"{what} against the usual",
                         f"{what} {VALUE} what is usual for this {en}"),
                  Phrase(f"이 {ko}의 통상 수준 대비 {what_ko}")),
        "calm": (Phrase(f"last unusually high {what} of this {en}"),
                 Phrase(f"이 {ko}의 이례적으로 높은 {what_ko}, 마지막 시점")),
        "peak": (Phrase(f"highest {what} of late",
                        f"highest {what} of late {VALUE} what is usual for this {en}"),
                 Phrase(f"이 {ko}의 통상 수준 대비 최근 최고 {what_ko}")),
    }  # fmt: skip


def _of_run(one: Run) -> dict[str, Phrases]:
    en, ko = _party(one.party)
    other, other_ko = _party(one.against.party)
    row, row_ko = f"findings in a row against this {en}", f"이 {ko}의 연속 적발"
    return {
        "": (Phrase(row, f"{VALUE} in a row against this {en}"), Phrase(row_ko)),
        "days": (Phrase(f"first of the {row}"), Phrase(f"{row_ko} 중 첫 적발")),
        "clean_days": (Phrase(f"last clean inspection of this {en}"),
                       Phrase(f"이 {ko}의 이상 없던 마지막 검사")),
        "blame": (Phrase(f"{row} that the {other} explains least",
                         f"one of the {row} came with goods {VALUE} the {other}'s usual"),
                  Phrase(f"{row_ko} 중 {other_ko}(으)로 가장 설명되지 않는 적발의 통상 대비 수준")),
    }  # fmt: skip


def _listed(parts: list[Both]) -> Both:
    """Name what goods agree in; of many, the first two."""
    if len(parts) > _LISTED_MOST:
        rest = len(parts) - 2
        return Both(f"{parts[0].en}, {parts[1].en} and {rest} more fields",
                    f"{parts[0].ko}·{parts[1].ko} 외 {rest}개 항목")  # fmt: skip
    *first, last = parts
    return Both(f"{', '.join(part.en for part in first)} and {last.en}",
                "·".join(part.ko for part in parts))  # fmt: skip


def _of_memory(one: Memory) -> dict[str, Phrases]:
    names = [
        _STATED.get(part.removesuffix("~").partition("/")[0], ((part,), (part,)))
        for part in one.parts
    ]
    parts = _listed([Both(en[0], ko[0]) for en, ko in names])
    rough = any("/" in part or part.endswith("~") for part in one.parts)
    same = "exactly the same" if one.exact else "roughly the same" if rough else "the same"
    same_ko = "완전히 같은" if one.exact else "대략 같은" if rough else "같은"
    goods, goods_ko = f"of goods with {same} {parts.en}", f"{same_ko} {parts.ko}의 물품"
    return {
        "found": (Phrase(f"findings {goods}", f"{VALUE} {goods} found something"),
                  Phrase(f"{goods_ko}, 적발된 검사")),
        "clean": (Phrase(f"clean inspections {goods}", f"{VALUE} {goods} found nothing"),
                  Phrase(f"{goods_ko}, 이상 없던 검사")),
    }  # fmt: skip


def _all_phrases() -> dict[str, Phrases]:
    told = {name: (Phrase(*en), Phrase(*ko)) for name, (en, ko) in _STATED.items()}
    generic = [
        *((one.name, _of_encoding(one)) for one in ENCODINGS),
        *((one.name, _of_baseline(one)) for one in BASELINES),
        *((one.name, _of_run(one)) for one in RUNS),
        *((one.name, _of_memory(one)) for one in MEMORIES),
    ]
    for name, phrases in generic:
        told |= {f"{name}_{end}" if end else name: both for end, both in phrases.items()}
    return told


PHRASES: Final[Mapping[str, Phrases]] = _all_phrases()
"""Words of each feature, by its name."""


def field_name(field: str) -> Both:
    """Name a source field; where there is no Korean, in English."""
    return Both(field[:1].upper() + field[1:], FIELD_NAMES.get(field, field))


def told(feature: Feature, value: float) -> Both:
    """Say what an officer is told of a feature's value; NaN is not known."""
    if value >= _NONE_FROM.get(feature.name, math.inf):
        value = math.nan
    words = _words(feature, value)
    if words is _UNKNOWN:
        value = math.nan
    phrases = PHRASES.get(feature.name)
    if phrases is None:
        # The table's own sentence, with the number as it stands there.
        plain = _FORMAT.sub(VALUE, feature.text).replace("{code}", VALUE)
        name = feature.name.replace("_", " ")
        phrases = (Phrase(name, plain, f"not: {plain}" if feature.kind == "flag" else ""),) * 2
        if feature.kind == "number" and not math.isnan(value):
            words = Both(f"{value:.3g}", f"{value:.3g}")
    return Both(phrases[0].say(value, words.en), phrases[1].say(value, words.ko))


def _words(feature: Feature, value: float) -> Both:
    if math.isnan(value):
        return _UNKNOWN
    if abs(value) > _MOST_READ:
        value = math.copysign(_MOST_READ, value)
    if feature.kind != "code" or feature.unit != "-":
        return spoken(_UNIT.get(feature.name, feature.unit), value)
    form = _FORMAT.search(feature.text)
    said = format(value, form[1]) if form else code_text(value)
    return Both(said, said) if said and said.isprintable() else _UNKNOWN
