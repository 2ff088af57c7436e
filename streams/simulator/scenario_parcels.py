"""Scenarios of the express-cargo hall."""

from __future__ import annotations

from functools import partial
from typing import Final

from haechi.rpc.v1.parcel_pb2 import (
    CLEARANCE_ROUTE_LIST,
    PCCC_STATUS_MISMATCHED,
    PCCC_STATUS_VALID,
    GoodsLine,
    ParcelManifest,
    PcccStatus,
)
from haechi.rpc.v1.sensors_pb2 import (
    SCAN_KIND_PARCEL_XRAY,
    SCAN_RESULT_ALARM,
    SCAN_RESULT_CLEAR,
    GoodsSeen,
    ScannerResult,
    SimilarSeizure,
)
from haechi.rpc.v1.vocabulary_pb2 import STAGE_SORTER, VERDICT_HOLD
from haechi.streams.simulator import places
from haechi.streams.simulator.flights import local_date
from haechi.streams.simulator.gates import ask
from haechi.streams.simulator.goods import CATALOGUE, KRW_PER_USD, Goods
from haechi.streams.simulator.items import Item, Writer, parcel, waybill
from haechi.streams.simulator.scenario import Scenario, guilty, in_order, minutes, seconds
from haechi.streams.simulator.truth import Pattern

_COURIER: Final = "DHX"
_STATUETTES: Final = Goods("970390", "carved statuettes", 35.0, 1.0, 0.0, "wood")
"""A code that nobody else in the port ships."""

ADDRESSES: Final = 9
REPEATS: Final = 8


class _Belt:
    """Writes the scenarios' parcels: manifest, X-ray, sorter."""

    def __init__(self, seed: int, name: str) -> None:
        self._writer = Writer(seed, f"demo-{name}-", scripted=True)
        self._name = name
        self._count = 0

    def parcel(
        self,
        at_us: int,
        goods: Goods,
        *,
        usd_per_kg: float,
        seller: str,
        origin: str = "CN",
        consignee: str = "",
        pccc: str = "",
        address: str = "",
        status: PcccStatus = PCCC_STATUS_VALID,
        score: float = 0.08,
        similarity: float = 0.0,
        filed_before_us: int = minutes(40),
        handpicked: bool = False,
    ) -> list[Item]:
        """Write one parcel that is asked about at ``at_us``."""
        self._count += 1
        number = self._count
        parcel_id = f"demo-{self._name}-{number}"
        who = consignee or f"{parcel_id}-consignee"
        names = [
            parcel(parcel_id),
            waybill(_COURIER, f"{parcel_id}-waybill", local_date(at_us)),
        ]
        write = partial(self._writer.write, subject=parcel_id, group=parcel_id)
        usd = goods.mass_kg * usd_per_kg
        manifest = ParcelManifest(
            manifest_version=1,
            mawb="180-99999999",
            hawb=f"{parcel_id}-waybill",
            courier=_COURIER,
            warehouse="ICN-EXP",
            route=CLEARANCE_ROUTE_LIST,
            pccc=pccc or f"P9900{sum(map(ord, self._name)):05d}{number:03d}",
            pccc_status=status,
            consignee_token=who,
            address_token=address or f"{parcel_id}-address",
            phone_token=f"{who}-phone",
            sender_token=f"{seller}-sender",
            declarant=f"DEC-{_COURIER}-0",
            importer=f"{who}-importer",
            seller=seller,
            order_platform="store.one",
            order_id=f"{parcel_id}-order",
            goods=[
                GoodsLine(
                    text=goods.text,
                    hs6=goods.hs6,
                    quantity=1.0,
                    value=round(usd, 2),
                    currency="USD",
                )
            ],
            declared_mass_kg=round(goods.mass_kg * 1.1, 3),
            measured_mass_kg=round(goods.mass_kg * 1.12, 3),
            arrival_date=local_date(at_us),
            declaration_id=f"{parcel_id}-declaration",
            declaration_date=local_date(at_us),
            office="040",
            process_type="B",
            import_type="15",
            import_use="87",
            payment_type="11",
            transport_mode="40",
            hs6=goods.hs6,
            departure_country=origin,
            origin_country=origin,
            tax_rate_percent=goods.tax_rate_percent,
            tax_type="A",
            origin_indicator="Y",
            net_mass_kg=goods.mass_kg,
            item_price_krw=float(round(usd * KRW_PER_USD)),
        )
        image = ScannerResult(
            scan_id=f"{parcel_id}-scan",
            kind=SCAN_KIND_PARCEL_XRAY,
            result=SCAN_RESULT_ALARM if score > 0.5 else SCAN_RESULT_CLEAR,
            score=score,
            goods_seen=[GoodsSeen(goods_class=goods.image, score=0.9)],
            device=places.PARCEL_SCANNER_IDS[0],
            software_version="4.2.1",
        )
        if similarity:
            image.similar_seizures.append(
                SimilarSeizure(
                    case_id="seizure-0217", similarity=similarity, model_id="seizure-images-3"
                )
            )
        return [
            write("parcel_manifest", manifest, places.COURIERS, at_us - filed_before_us, names),
            write("scanner_result", image, places.PARCEL_SCANNERS, at_us - seconds(30), names[1:]),
            ask(
                self._writer,
                places.SORTER,
                places.SORTER_GATE,
                "express",
                STAGE_SORTER,
                99_000_000 + sum(map(ord, self._name)) * 100 + number,
                at_us,
                names[1:],
                parcel_id,
                parcel_id,
                handpicked=handpicked,
            ),
        ]


def undervalued(seed: int, at_us: int) -> Scenario:
    """Declare food supplements at a sixtieth of what the code's parcels usually cost."""
    goods = CATALOGUE[0]
    items = _Belt(seed, "undervalued").parcel(
        at_us,
        goods,
        usd_per_kg=goods.usd_per_kg / 60.0,
        seller="demo-undervalued-seller",
        status=PCCC_STATUS_MISMATCHED,
        score=0.40,
    )
    return Scenario(
        "undervalued",
        f"A parcel of {goods.text} (HS {goods.hs6}) is declared at a sixtieth of the usual price.",
        in_order(items),
        (items[-1].name,),
        VERDICT_HOLD,
        subjects=guilty(Pattern.CHEAP_RING, "demo-undervalued-1"),
    )


def nine_addresses(seed: int, at_us: int) -> Scenario:
    """Use one personal customs code at nine addresses; the ninth is judged."""
    belt, goods = _Belt(seed, "addresses"), CATALOGUE[2]
    items: list[Item] = []
    for i in range(ADDRESSES):
        items += belt.parcel(
            at_us - minutes(1.5 * (ADDRESSES - 1 - i)),
            goods,
            usd_per_kg=goods.usd_per_kg,
            seller=f"SEL-{i:05d}",
            consignee="demo-addresses-owner",
            pccc="P990000000009",
            address=f"demo-addresses-address-{i + 1}",
            # Filed one by one, so that the addresses add up from parcel to parcel.
            filed_before_us=minutes(1),
        )
    asked = [item.name for item in items if item.channel == "decide"]
    subjects = [f"demo-addresses-{i + 1}" for i in range(ADDRESSES)]
    return Scenario(
        "addresses",
        "One personal customs code imports to nine addresses within a quarter of an hour.",
        in_order(items),
        tuple(asked),
        VERDICT_HOLD,
        subjects=guilty(Pattern.BORROWED_CODE, *subjects),
    )


def past_seizure(seed: int, at_us: int) -> Scenario:
    """Send a parcel whose X-ray image resembles that of a past seizure."""
    goods = CATALOGUE[18]
    items = _Belt(seed, "seizure").parcel(
        at_us,
        goods,
        usd_per_kg=goods.usd_per_kg,
        seller="demo-seizure-seller",
        score=0.86,
        similarity=0.94,
    )
    return Scenario(
        "seizure",
        f"A parcel of {goods.text}, priced as usual, whose X-ray resembles a past seizure.",
        in_order(items),
        (items[-1].name,),
        VERDICT_HOLD,
        subjects=guilty(Pattern.HIDDEN_IN_GOODS, "demo-seizure-1"),
    )


def learned(seed: int, at_us: int) -> Scenario:
    """Find an obscure seller, code and origin again and again, until the score knows it.

    The first parcel is asked about before anything is known and let go; eight more are picked
    by officers and hold goods; the last one is asked about after their outcomes. X-rays see
    nothing in any of them, so that only what was learned can tell the last from the first.
    """
    belt, shipped = _Belt(seed, "learned"), partial(_statuette, at_us=at_us)
    items = shipped(belt, minutes_before=40.0)
    for i in range(REPEATS):
        items += shipped(belt, minutes_before=36.0 - 2.0 * i, handpicked=True)
    items += shipped(belt, minutes_before=0.0)
    asked = [item.name for item in items if item.channel == "decide"]
    subjects = [f"demo-learned-{i + 1}" for i in range(REPEATS + 2)]
    return Scenario(
        "learned",
        f"{REPEATS} parcels of one seller are found with goods; a similar one's score before"
        " and after.",
        in_order(items),
        (asked[0], asked[-1]),
        subjects=guilty(Pattern.HIDDEN_IN_GOODS, *subjects),
    )


def _statuette(
    belt: _Belt, *, at_us: int, minutes_before: float, handpicked: bool = False
) -> list[Item]:
    """Write one parcel of the seller whom the model gets to know."""
    return belt.parcel(
        at_us - minutes(minutes_before),
        _STATUETTES,
        usd_per_kg=_STATUETTES.usd_per_kg,
        seller="demo-learned-seller",
        origin="BT",
        handpicked=handpicked,
    )
