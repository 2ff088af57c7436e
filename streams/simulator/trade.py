"""Who takes part in the express trade: sellers, couriers, declarants, consignees.

Confusing innocents live here: bargain sellers, gift agents who import for many addresses
under one code, and dormitories where many codes share one address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from haechi.streams.simulator.draws import Draws, happens, one_of, weighted

COURIERS: Final = {"CJX": 0.34, "DHX": 0.22, "FXE": 0.16, "UPX": 0.14, "SFX": 0.14}
ORIGINS: Final = {
    "CN": 0.46,
    "US": 0.24,
    "JP": 0.10,
    "DE": 0.06,
    "GB": 0.04,
    "VN": 0.04,
    "HK": 0.03,
    "AU": 0.03,
}
SELLERS: Final = 90
RING: Final = (61, 67, 73, 79, 83)
"""Sellers of the ring. 2% of honest parcels are theirs too, so that a seller's name alone
proves nothing."""

GIFT_AGENTS: Final = 6
DORMITORIES: Final = 5
BORROWED: Final = 3
"""Personal codes that are misused by others."""

FIRST_PERSON: Final = 1_000
"""Number of the first consignee who is nobody in particular; below are agents and victims."""

_BARGAIN_EVERY: Final = 9
"""Every ninth seller clears stock at a third of the price now and then, and honestly."""


@dataclass(frozen=True, slots=True)
class Consignee:
    """To whom a parcel goes.

    Parameters
    ----------
    person
        Running number of the person.
    pccc
        Personal customs clearance code.
    address
        Token of the address.
    """

    person: int
    pccc: str
    address: str

    @property
    def token(self) -> str:
        """Token of the person."""
        return f"cons-{self.person:08d}"

    @property
    def phone(self) -> str:
        """Token of the telephone."""
        return f"tel-{self.person:08d}"


def pccc_of(person: int) -> str:
    """Personal customs clearance code of a person: P and 12 digits."""
    return f"P1200{person:08d}"


def at_address(number: int) -> str:
    """Token of an address."""
    return f"addr-{number:08d}"


def draw_consignee(draws: Draws, people: int) -> Consignee:
    """Draw an honest consignee.

    Of these, 4% have a gift agent import for them at an address of their own, and 5% live in
    dormitories; the rest order home, under their own code.
    """
    person = FIRST_PERSON + int(draws.integers(people))
    if happens(draws, 0.04):
        agent = int(draws.integers(GIFT_AGENTS))
        return Consignee(agent, pccc_of(agent), at_address(90_000_000 + person))
    if happens(draws, 0.05):
        return Consignee(person, pccc_of(person), at_address(int(draws.integers(DORMITORIES))))
    return Consignee(person, pccc_of(person), at_address(person))


def borrowing_consignee(draws: Draws, people: int) -> Consignee:
    """Draw somebody who imports under a code that is not theirs, each at an address of its own."""
    owner = GIFT_AGENTS + int(draws.integers(BORROWED))
    taker = FIRST_PERSON + int(draws.integers(people))
    return Consignee(
        taker, pccc_of(owner), at_address(80_000_000 + int(draws.integers(10_000_000)))
    )


def draw_seller(draws: Draws) -> int:
    """Draw an honest parcel's seller; few sellers sell much."""
    return min(SELLERS - 1, int(SELLERS * draws.beta(0.9, 2.0)))


def ring_seller(draws: Draws) -> int:
    """Draw a seller of the ring."""
    return one_of(draws, RING)


def bargain(draws: Draws, seller: int) -> float:
    """Draw the factor of an honest sale: 8% at a third of the price with bargain sellers."""
    if seller % _BARGAIN_EVERY == 0 and happens(draws, 0.08):
        return float(draws.uniform(0.2, 0.45))
    return 0.5 if happens(draws, 0.01) else 1.0


def draw_origin(draws: Draws, seller: int) -> str:
    """Draw the origin; a seller ships most from one country."""
    home = list(ORIGINS)[(seller * 7) % len(ORIGINS)]
    return home if happens(draws, 0.6) else weighted(draws, ORIGINS)
