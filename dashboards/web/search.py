"""Searching by a name: it becomes its token here, and only the token is asked for and recorded.

A traveler, document, bag, parcel or waybill is found by its own token. Of a flight the store knows
the airline only: its stopped travelers of the day are listed.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from haechi.dashboards.web.store import Store
from haechi.engine.errors import BadInput
from haechi.engine.records import code_text
from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.streams.decode import parties
from haechi.streams.decode.checks import day_us
from haechi.streams.decode.places import Edge
from haechi.streams.decode.references import subject_of

FIELDS: Final = {
    "traveler": ("id",),
    "document": ("state", "number", "flight", "date"),
    "bag": ("id",),
    "parcel": ("id",),
    "waybill": ("courier", "number", "date"),
    "flight": ("flight", "date"),
}
"""What a search asks for, by kind."""

_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_LONGEST: Final = 100


class Wanted(NamedTuple):
    """What is searched for: the statement, its parameters, and how the record of looks has it."""

    statement: str
    parameters: dict[str, Any]
    recorded: str


def wanted(edge: Edge, asked: dict[str, Any]) -> Wanted:
    """Turn what a person typed into what the store is asked.

    Raises
    ------
    BadInput
        If something is missing; the message says what.
    """
    kind = asked.get("kind")
    if not isinstance(kind, str) or kind not in FIELDS:
        raise BadInput("BAD_SEARCH", f"search by one of {', '.join(FIELDS)}")
    given = {name: _text(asked, name) for name in FIELDS[kind]}
    if kind == "flight":
        carrier = code_text(parties.airline(given["flight"]))
        if not carrier:
            raise BadInput("BAD_SEARCH", "give the flight as its airline and number, such as KE902")
        _day(given["date"])
        return Wanted(
            "asked/carrier", {"carrier": carrier, "day": given["date"]},
            f"flight {carrier} {given['date']}",
        )  # fmt: skip
    token = subject_of(edge, [_reference(kind, given)]).ref
    return Wanted("asked/about", {"subject": token}, f"{kind} {token:016x}")


def found(store: Store, asked: Wanted) -> list[dict[str, Any]]:
    """Ask the store; the newest decisions first."""
    return store.rows(asked.statement, **asked.parameters)


def _reference(kind: str, given: dict[str, str]) -> SubjectReference:
    if kind == "traveler":
        return SubjectReference(traveler_id=given["id"])
    if kind == "bag":
        return SubjectReference(bag_tag=given["id"])
    if kind == "parcel":
        return SubjectReference(parcel_id=given["id"])
    day = _day(given["date"])
    reference = SubjectReference()
    if kind == "document":
        document = reference.document
        document.issuing_state, document.number = given["state"], given["number"]
        document.flight, document.flight_date = given["flight"], day
    else:
        waybill = reference.waybill
        waybill.courier, waybill.hawb, waybill.arrival_date = given["courier"], given["number"], day
    return reference


def _day(text: str) -> int:
    match = _DAY.fullmatch(text)
    if not match or not 1971 <= int(match[1]) < 2200:
        raise BadInput("BAD_SEARCH", "give the date as year-month-day")
    day = int("".join(match.groups()))
    day_us(day, "date")
    return day


def _text(asked: dict[str, Any], name: str) -> str:
    text = asked.get(name, "")
    if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST:
        raise BadInput("BAD_SEARCH", f"{name} is missing, or longer than {_LONGEST} characters")
    return text.strip()
