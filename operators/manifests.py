"""What a case keeps of its manifest: the fields of the event that are read again."""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.kernel import Row, step
from haechi.engine.records import EVENT

_KEPT: Final = (
    "ref", "token", "pccc", "address", "phone", "consignee", "contact", "carrier", "courier",
    "declarant", "departure", "import_type", "import_use", "importer", "office", "origin",
    "origin_indicator", "process", "seller", "sender", "tax_type", "transport", "payment",
    "offset", "event_us", "booked_us", "until_us", "price", "paid", "mass_kg",
    "declared_mass_kg", "measured_mass_kg", "tax_rate", "hs6", "acted", "document_state",
    "one_way", "pccc_state", "trusted",
)  # fmt: skip

_SIZES: Final = sum(EVENT[name].itemsize for name in _KEPT)
MANIFEST: Final = np.dtype(
    [*((name, EVENT[name]) for name in _KEPT), ("spare", "u1", ((-_SIZES) % 8,))]
)
"""One manifest, its fields as in ``EVENT``; half of one, for a port has millions."""


@step
def keep(m: Row, e: Row) -> None:
    """Write down what is kept of a manifest."""
    m.ref = e.ref
    m.token = e.token
    m.pccc = e.pccc
    m.address = e.address
    m.phone = e.phone
    m.consignee = e.consignee
    m.contact = e.contact
    m.carrier = e.carrier
    m.courier = e.courier
    m.declarant = e.declarant
    m.departure = e.departure
    m.import_type = e.import_type
    m.import_use = e.import_use
    m.importer = e.importer
    m.office = e.office
    m.origin = e.origin
    m.origin_indicator = e.origin_indicator
    m.process = e.process
    m.seller = e.seller
    m.sender = e.sender
    m.tax_type = e.tax_type
    m.transport = e.transport
    m.payment = e.payment
    m.offset = e.offset
    m.event_us = e.event_us
    m.booked_us = e.booked_us
    m.until_us = e.until_us
    m.price = e.price
    m.paid = e.paid
    m.mass_kg = e.mass_kg
    m.declared_mass_kg = e.declared_mass_kg
    m.measured_mass_kg = e.measured_mass_kg
    m.tax_rate = e.tax_rate
    m.hs6 = e.hs6
    m.acted = e.acted
    m.document_state = e.document_state
    m.one_way = e.one_way
    m.pccc_state = e.pccc_state
    m.trusted = e.trusted
