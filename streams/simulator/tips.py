"""Intelligence: entries that come in during the day.

Four in ten name somebody of a pattern (a ring's seller, a borrowed code); the others are
wrong and name an honest seller, a telephone, an address, a document or a route.
"""

from __future__ import annotations

from typing import Final

from haechi.rpc.v1.links_pb2 import (
    WATCHED_ADDRESS,
    WATCHED_PCCC,
    WATCHED_PHONE,
    WATCHED_SELLER,
    Intelligence,
    Watched,
)
from haechi.streams.simulator import places
from haechi.streams.simulator.draws import Draws, between_us, draws_for, happens, one_of
from haechi.streams.simulator.items import Item, Writer
from haechi.streams.simulator.trade import (
    BORROWED,
    FIRST_PERSON,
    GIFT_AGENTS,
    SELLERS,
    at_address,
    pccc_of,
    ring_seller,
)

RIGHT: Final = 0.4


def make_tips(seed: int, writer: Writer, start_us: int, hours: float, people: int) -> list[Item]:
    """Draw about one entry an hour; every fifth is withdrawn later.

    Parameters
    ----------
    seed
        Seed of the port.
    writer
        Writes the events.
    start_us, hours
        Span of the port's day.
    people
        Consignees that there are.
    """
    draws = draws_for(seed, "tips")
    items = []
    for number in range(max(1, round(hours))):
        at_us = start_us + between_us(draws, 0, hours * 2400)
        watched, value = _name(draws, people)
        entry = Intelligence(
            entry_id=f"tip-{seed}-{number:04d}",
            watched=watched,
            value=value,
            weight=round(float(draws.uniform(0.3, 1.0)), 2),
            legal_basis="Customs Act",
            expires_us=at_us + 30 * 86_400_000_000,
            list_name="shift notes",
            authority="risk centre",
        )
        items.append(writer.write("intelligence", entry, places.CENTRE, at_us))
        if happens(draws, 0.2):
            entry.withdrawn = True
            later_us = at_us + between_us(draws, 600, 3600)
            items.append(writer.write("intelligence", entry, places.CENTRE, later_us))
    return items


def _name(draws: Draws, people: int) -> tuple[Watched, str]:
    """Draw whom an entry names."""
    if happens(draws, RIGHT):
        if happens(draws, 0.6):
            return WATCHED_SELLER, f"SEL-{ring_seller(draws):05d}"
        return WATCHED_PCCC, pccc_of(GIFT_AGENTS + int(draws.integers(BORROWED)))
    person = FIRST_PERSON + int(draws.integers(people))
    return one_of(
        draws,
        (
            (WATCHED_SELLER, f"SEL-{int(draws.integers(SELLERS)):05d}"),
            (WATCHED_PHONE, f"tel-{person:08d}"),
            (WATCHED_ADDRESS, at_address(person)),
        ),
    )
