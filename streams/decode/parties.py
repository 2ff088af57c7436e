"""The kinds under which parties, goods and papers get their tokens.

Stated once, because a watched seller and a declared seller meet only if both were hashed
under the same kind: manifests, sensors and intelligence all take theirs from here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from haechi.engine.codes import Watched
from haechi.engine.errors import BadInput
from haechi.streams.decode.checks import packed, shown

TRAVELER: Final = "traveler"
DOCUMENT: Final = "document"
BAG: Final = "bag"
PARCEL: Final = "parcel"
WAYBILL: Final = "waybill"

PCCC: Final = "pccc"
CONSIGNEE: Final = "consignee"
ADDRESS: Final = "address"
PHONE: Final = "phone"
SENDER: Final = "sender"
DECLARANT: Final = "declarant"
IMPORTER: Final = "importer"
SELLER: Final = "seller"
COURIER: Final = "courier"
PLATFORM: Final = "platform"
WAREHOUSE: Final = "warehouse"
MASTER: Final = "master"
AGENCY: Final = "agency"
CONTACT: Final = PHONE
"""What travelers give as a contact is watched as telephone numbers are."""

NAME: Final = "name"
LIST_ENTRY: Final = "list_entry"
FACE_ENTRY: Final = "face_entry"
DOCUMENT_NUMBER: Final = "document_number"
GOODS_CLASS: Final = "goods_class"
FLIGHT: Final = "flight"
ROUTE_FLIGHT: Final = "route_flight"

SITE: Final = "site"
GATE: Final = "gate"
DEVICE: Final = "device"
MODEL: Final = "model"
OFFICER: Final = "officer"
APPROVER: Final = "approver"
WATCHER: Final = "watcher"
REASON: Final = "reason"
DRIFTED: Final = "drifted"

WATCHED: Final = {
    Watched.PCCC: PCCC,
    Watched.ADDRESS: ADDRESS,
    Watched.PHONE: PHONE,
    Watched.SELLER: SELLER,
    Watched.IMAGE_CLASS: GOODS_CLASS,
    Watched.CONSIGNEE: CONSIGNEE,
}
"""Watched things that are one text; of people the year of birth counts too, documents, HS codes
and routes have parts."""

_FLIGHT: Final = re.compile(r"([A-Z]{2,3}|[A-Z][0-9]|[0-9][A-Z])0*([1-9][0-9]{0,3}[A-Z]?)")


@lru_cache(maxsize=4096)
def flight_name(designator: str) -> str:
    """One form of a flight designator: ``ke 0902`` and ``KE902`` are the same flight."""
    text = "".join(designator.split()).upper()
    match = _FLIGHT.fullmatch(text)
    return match[1] + match[2] if match else text


@lru_cache(maxsize=4096)
def airline(designator: str) -> int:
    """Packed code of the airline that a flight designator begins with; 0 if it has none."""
    match = _FLIGHT.fullmatch(flight_name(designator))
    return packed(match[1], "flight") if match else 0


@lru_cache(maxsize=4096)
def courier_code(courier: str) -> int:
    """First six ASCII letters and digits of a courier's id as a packed code."""
    plain = "".join(c for c in courier.upper() if c.isascii() and c.isalnum())
    return packed(plain[:6], "courier")


def document_number(number: str) -> str:
    """Document number without the blanks that some readers leave inside."""
    return number.replace(" ", "")


def watched_hs(text: str) -> int:
    """Read a watched HS chapter, heading or code as a number.

    Chapters start at 01, so that 2, 4 and 6 digits never give the same number.

    Raises
    ------
    BadInput
        ``BAD_HS``.
    """
    if len(text) in (2, 4, 6) and text.isascii() and text.isdigit() and text[:2] != "00":
        return int(text)
    raise BadInput(
        "BAD_HS", f"value is {shown(text)}; a watched HS code has two, four or six digits"
    )
