"""What is known and said of travelers, as records.

Nationality, sex and seat stay in the encrypted payload: they are no features,
so the core never gets them.
"""

from __future__ import annotations

from typing import Final

from haechi.engine.codes import EventKind
from haechi.rpc.v1.envelope_pb2 import Envelope
from haechi.rpc.v1.traveler_pb2 import PAYMENT_FORM_CASH, TravelerDeclaration, TravelerManifest
from haechi.streams.decode import parties
from haechi.streams.decode.checks import (
    NAN,
    birth_year,
    day_us,
    few,
    known,
    number,
    packed,
    version,
)
from haechi.streams.decode.places import Edge, Fields
from haechi.streams.decode.references import (
    BAG,
    TRAVELER,
    Subject,
    document_token,
    subject_of,
    subject_with,
)

_DOCUMENT_TYPES: Final = range(5)
_DOCUMENT_STATES: Final = range(5)
_SEXES: Final = range(3)
_PAYMENT_FORMS: Final = range(6)
_RESTRICTED: Final = range(1, 7)
_OF_TRAVELERS: Final = (TRAVELER,)
_WEIGHT: Final = "traveler_manifest.bags.weight_kg"
_MOST_BAG_KG: Final = 1000.0
_DAY_US: Final = 86_400_000_000
_MOST_LINKS: Final = 128
"""Bags, and companions, of one manifest: more than any booking has (a PNR ends at 99)."""


def traveler_manifest(edge: Edge, message: TravelerManifest, envelope: Envelope) -> list[Fields]:
    """Read API and PNR: one record, then one link a bag and one a companion.

    Two fields hold what their names do not say, because a traveler has no use for them as
    named: ``pccc`` the document's number without the flight, and ``consignee`` the name and
    the year of birth, both for watch lists. ``payment`` is no token but a flag, 1 for cash.
    """
    subject = _whose(edge, message, envelope)
    flight, day = message.flight, message.flight_date
    row: Fields = {
        "ref": subject.ref,
        "node": TRAVELER,
        "alias": subject.alias,
        "site": edge.sites.get(envelope.site, 0),
        "version": message.manifest_version,
        "document_type": known(
            message.document_type, _DOCUMENT_TYPES, "traveler_manifest.document_type"
        ),
        "document_state": known(
            message.document_state, _DOCUMENT_STATES, "traveler_manifest.document_state"
        ),
        "booked_us": version(message.booked_us, "traveler_manifest.booked_us"),
        "payment": int(
            known(message.payment_form, _PAYMENT_FORMS, "traveler_manifest.payment_form")
            == PAYMENT_FORM_CASH
        ),
        "one_way": int(message.one_way),
        "agency": edge.name(parties.AGENCY, message.agency),
        "contact": edge.name(parties.CONTACT, message.contact_token),
        "consignee": edge.person(
            message.name,
            birth_year(message.birth_year, "traveler_manifest.birth_year"),
            "traveler_manifest.name",
        ),
        "acted": 2 if message.offloaded else int(message.boarded),
    }
    known(message.sex, _SEXES, "traveler_manifest.sex")
    row["arrival_us"] = _arrival_us(message)
    version(message.checked_in_us, "traveler_manifest.checked_in_us")
    if flight:
        name = parties.flight_name(flight)
        row["carrier"] = parties.airline(flight)
        row["token"] = edge.token(parties.ROUTE_FLIGHT, name)
        if day:
            day_us(day, "traveler_manifest.flight_date")
            row["flight"] = edge.token(parties.FLIGHT, name, str(day))
    if message.legs:
        row["departure"] = packed(message.legs[0].departure, "traveler_manifest.legs.departure")
    if message.document_number:
        row["pccc"] = edge.token(
            parties.DOCUMENT_NUMBER,
            message.issuing_state,
            parties.document_number(message.document_number),
        )
    if message.document_expiry:
        # A document is valid to the end of its last day.
        row["until_us"] = _DAY_US + day_us(
            message.document_expiry, "traveler_manifest.document_expiry"
        )
    return [row, *_bags(edge, message, envelope, row), *_companions(edge, message, envelope, row)]


def _arrival_us(message: TravelerManifest) -> int:
    """When the traveler arrives, as exactly as it is given: a date alone begins at 0 h UTC."""
    arrival_us = version(message.arrival_us, "traveler_manifest.arrival_us")
    if not arrival_us and message.legs:
        arrival_us = version(message.legs[-1].arrival_us, "traveler_manifest.legs.arrival_us")
    if not arrival_us and message.flight_date:
        arrival_us = day_us(message.flight_date, "traveler_manifest.flight_date")
    return arrival_us


def _whose(edge: Edge, message: TravelerManifest, envelope: Envelope) -> Subject:
    """Find the traveler, who also answers to the document and flight of the manifest."""
    own = document_token(
        edge,
        message.issuing_state,
        message.document_number,
        message.flight,
        message.flight_date,
    )
    return subject_with(edge, envelope.subjects, TRAVELER, own)


def _link(row: Fields, envelope: Envelope, ref: int, node: int) -> Fields:
    return {
        "kind": EventKind.LINK,
        "ref": ref,
        "node": node,
        "other": row["ref"],
        "other_node": TRAVELER,
        "flight": row.get("flight", 0),
        "version": envelope.event_time_us,
    }


def _bags(edge: Edge, message: TravelerManifest, envelope: Envelope, row: Fields) -> list[Fields]:
    """Links of the bags; writes how many there are and what they weigh into the manifest."""
    row["bags"] = few(len(message.bags), "traveler_manifest.bags", _MOST_LINKS)
    links = []
    weighed = 0
    total_kg = 0.0
    for bag in message.bags:
        token = edge.name(parties.BAG, bag.bag_tag)
        if token:
            links.append(_link(row, envelope, token, BAG))
        weight_kg = bag.weight_kg
        if weight_kg or bag.HasField("weight_kg"):
            weighed += 1
            total_kg += number(weight_kg, _WEIGHT, 0.0, _MOST_BAG_KG)
    # No bags weigh nothing; bags that nobody weighed weigh we know not what.
    row["mass_kg"] = NAN if message.bags and not weighed else total_kg
    return links


def _companions(
    edge: Edge, message: TravelerManifest, envelope: Envelope, row: Fields
) -> list[Fields]:
    """Links of the companions; a party's list that repeats the traveler is no link."""
    names = message.companion_traveler_ids
    few(len(names), "traveler_manifest.companion_traveler_ids", _MOST_LINKS)
    tokens = {edge.name(parties.TRAVELER, name) for name in names}
    tokens -= {0, int(row["ref"]), int(row["alias"])}
    row["companions"] = len(tokens)
    # In the order of the tokens: a set's own order is no fact of the event.
    return [_link(row, envelope, token, TRAVELER) for token in sorted(tokens)]


def traveler_declaration(
    edge: Edge, message: TravelerDeclaration, envelope: Envelope
) -> list[Fields]:
    """Read what a traveler declared; ``found`` is 1 if restricted goods are among it."""
    value, cash = message.value_usd, message.cash_usd
    restricted = few(len(message.restricted_goods), "traveler_declaration.restricted_goods")
    for goods in message.restricted_goods:
        known(goods, _RESTRICTED, "traveler_declaration.restricted_goods")
    ref, node, alias = subject_of(edge, envelope.subjects, _OF_TRAVELERS)
    row: Fields = {
        "ref": ref,
        "node": node,
        "alias": alias,
        "site": edge.sites.get(envelope.site, 0),
        "version": message.declaration_version,
        "found": int(restricted > 0),
    }
    if value or message.HasField("value_usd"):
        row["value"] = number(value, "traveler_declaration.value_usd")
    elif message.nothing_to_declare:
        row["value"] = 0.0
    if cash or message.HasField("cash_usd"):
        row["cash"] = number(cash, "traveler_declaration.cash_usd")
    return [row]
