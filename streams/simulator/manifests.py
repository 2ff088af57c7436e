"""Manifests and declarations of parcels.

What the patterns do to a declaration, always with noise:

- ``cheap-ring``: one of five sellers declares a tenth of the value (log-normal, spread 0.5);
  the price paid on the platform, known for a third of parcels, tells the truth half the time.
- ``borrowed-code``: the code belongs to somebody else, the address is new each time; the
  code's status says so for a quarter.
- ``hidden-in-goods``, ``shipped-ahead``: mass declared is too low by a third for half of them.

Innocents: 1% of declared masses are wrong by a third as well, 1.5% of codes are expired or do
not match, and sales and gifts look cheap (see :mod:`haechi.streams.simulator.trade`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from haechi.rpc.v1.parcel_pb2 import (
    CLEARANCE_ROUTE_GENERAL,
    CLEARANCE_ROUTE_LIST,
    CLEARANCE_ROUTE_SIMPLIFIED,
    PCCC_STATUS_EXPIRED,
    PCCC_STATUS_MISMATCHED,
    PCCC_STATUS_VALID,
    TRUSTED_PARTY_DATA_PARTNER,
    GoodsLine,
    ParcelManifest,
)
from haechi.streams.simulator.draws import Draws, happens, weighted
from haechi.streams.simulator.goods import (
    CATALOGUE,
    KRW_PER_USD,
    MASS_SPREAD,
    PRICE_SPREAD,
    SHARES,
    Goods,
)
from haechi.streams.simulator.trade import (
    COURIERS,
    Consignee,
    bargain,
    borrowing_consignee,
    draw_consignee,
    draw_origin,
    draw_seller,
    ring_seller,
)
from haechi.streams.simulator.truth import Pattern

_HEAVIER: Final = (Pattern.HIDDEN_IN_GOODS, Pattern.SHIPPED_AHEAD)


@dataclass(frozen=True, slots=True)
class Shipment:
    """What is sent, before anybody declares it.

    Parameters
    ----------
    number
        Running number of the parcel.
    goods
        What the parcel is said to hold.
    courier, seller, origin
        Who brings it, who sells it, whence it comes.
    consignee
        To whom it goes.
    worth_usd
        What the goods are worth.
    said
        Share of the worth that is declared.
    net_mass_kg, declared_mass_kg, measured_mass_kg
        Masses: of the goods; gross, as declared and as measured.
    """

    number: int
    goods: Goods
    courier: str
    seller: int
    origin: str
    consignee: Consignee
    worth_usd: float
    said: float
    net_mass_kg: float
    declared_mass_kg: float
    measured_mass_kg: float

    @property
    def parcel_id(self) -> str:
        """Id at the site."""
        return f"PX-{self.number:08d}"

    @property
    def hawb(self) -> str:
        """House waybill."""
        return f"HW{self.number:08d}"


def draw_shipment(draws: Draws, number: int, pattern: Pattern, people: int) -> Shipment:
    """Draw a shipment from the truth.

    Parameters
    ----------
    draws
        Where chance comes from.
    number
        Running number of the parcel.
    pattern
        What is true of it.
    people
        Consignees that there are.
    """
    goods = CATALOGUE[int(draws.choice(len(CATALOGUE), p=SHARES))]
    ring = pattern is Pattern.CHEAP_RING
    # The ring's sellers trade honestly too, or their names alone would prove everything.
    seller = ring_seller(draws) if ring or happens(draws, 0.02) else draw_seller(draws)
    net = goods.mass_kg * float(draws.lognormal(0.0, MASS_SPREAD))
    gross = net * float(draws.uniform(1.05, 1.3))
    usd_per_kg = goods.usd_per_kg * float(draws.lognormal(0.0, PRICE_SPREAD))
    said = min(0.6, 0.1 * float(draws.lognormal(0.0, 0.5))) if ring else 1.0
    short = happens(draws, 0.5 if pattern in _HEAVIER else 0.01)
    borrowed = pattern is Pattern.BORROWED_CODE
    return Shipment(
        number=number,
        goods=goods,
        courier=weighted(draws, COURIERS),
        seller=seller,
        origin=draw_origin(draws, seller),
        consignee=(borrowing_consignee if borrowed else draw_consignee)(draws, people),
        worth_usd=net * usd_per_kg * (1.0 if ring else bargain(draws, seller)),
        said=said,
        net_mass_kg=net,
        declared_mass_kg=gross * (float(draws.uniform(0.55, 0.8)) if short else 1.0),
        measured_mass_kg=gross * float(draws.normal(1.0, 0.02)),
    )


def manifest_of(
    draws: Draws, shipment: Shipment, pattern: Pattern, date: int, master: int
) -> ParcelManifest:
    """Declare a shipment.

    Parameters
    ----------
    draws
        Where chance comes from.
    shipment
        What is sent.
    pattern
        What is true of it.
    date
        Local date of arrival, YYYYMMDD as a number.
    master
        Number of the master waybill.
    """
    goods, consignee, number = shipment.goods, shipment.consignee, shipment.number
    declared_usd = shipment.worth_usd * shipment.said
    status = PCCC_STATUS_VALID
    if happens(draws, 0.25 if pattern is Pattern.BORROWED_CODE else 0.015):
        status = weighted(draws, {PCCC_STATUS_EXPIRED: 0.5, PCCC_STATUS_MISMATCHED: 0.5})
    simple = CLEARANCE_ROUTE_LIST if declared_usd < 150 else CLEARANCE_ROUTE_SIMPLIFIED
    manifest = ParcelManifest(
        manifest_version=1,
        mawb=f"180-{master:08d}",
        hawb=shipment.hawb,
        courier=shipment.courier,
        warehouse="ICN-EXP",
        route=CLEARANCE_ROUTE_GENERAL if declared_usd > 2000 else simple,
        pccc=consignee.pccc,
        pccc_status=status,
        consignee_token=consignee.token,
        address_token=consignee.address,
        phone_token=consignee.phone,
        sender_token=f"send-{shipment.seller:05d}",
        declarant=f"DEC-{shipment.courier}-{shipment.seller % 3}",
        importer=f"IMP-{consignee.token}",
        seller=f"SEL-{shipment.seller:05d}",
        order_platform=("store.one", "store.two", "shop.three")[shipment.seller % 3],
        order_id=f"ord-{number:08d}",
        goods=[
            GoodsLine(
                text=goods.text,
                hs6=goods.hs6,
                quantity=float(1 + draws.poisson(0.7)),
                value=round(declared_usd, 2),
                currency="USD",
            )
        ],
        declared_mass_kg=round(shipment.declared_mass_kg, 3),
        measured_mass_kg=round(shipment.measured_mass_kg, 3),
        arrival_date=date,
        declaration_id=f"dcl-{number:08d}",
        declaration_date=date,
        office="040",
        process_type="B",
        import_type="15",
        import_use="87",
        payment_type="11",
        transport_mode="40",
        hs6=goods.hs6,
        departure_country=shipment.origin if happens(draws, 0.9) else "HK",
        origin_country=shipment.origin,
        tax_rate_percent=goods.tax_rate_percent,
        tax_type="A",
        origin_indicator="Y",
        net_mass_kg=round(shipment.net_mass_kg, 3),
        item_price_krw=float(round(declared_usd * KRW_PER_USD)),
    )
    if happens(draws, 1.0 / 3.0):
        told = shipment.said < 1.0 and happens(draws, 0.5)
        paid_usd = shipment.worth_usd if told else declared_usd * float(draws.normal(1.0, 0.05))
        manifest.price_paid_krw = float(round(paid_usd * KRW_PER_USD))
        if happens(draws, 0.3):
            manifest.trusted_party = TRUSTED_PARTY_DATA_PARTNER
    return manifest
