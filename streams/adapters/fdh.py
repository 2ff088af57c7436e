"""Card transactions of the Fraud Detection Handbook as parcels, for measuring only.

The customer is the consignee, the terminal the sender, the amount the price; whether it was fraud
is what an inspection finds. What a declaration says of goods is missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from haechi.configs.port import Port
from haechi.engine.errors import BadInput
from haechi.engine.kernel import Array
from haechi.engine.records import EVENT
from haechi.rpc.v1.envelope_pb2 import Envelope
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.parcel_pb2 import CLEARANCE_ROUTE_GENERAL, ParcelManifest
from haechi.streams.decode import parties
from haechi.streams.decode.decoder import Decoder
from haechi.streams.tokens import Tokens

START_US: Final = 1_522_540_800_000_000
"""Second 0 of the transactions: 2018-04-01 UTC."""

TRANSACTION: Final = np.dtype(
    [
        ("customer", "<u4"),
        ("terminal", "<u4"),
        ("amount", "<f8"),
        ("second", "<i8"),
        ("day", "<i4"),
        ("fraud", "u1"),
    ]
)
"""One transaction; ``second`` and ``day`` count from the start."""

_COLUMNS: Final = (
    ("toUInt32", "CUSTOMER_ID"),
    ("toUInt32", "TERMINAL_ID"),
    ("toFloat64", "TX_AMOUNT"),
    ("toInt64", "TX_TIME_SECONDS"),
    ("toInt32", "TX_TIME_DAYS"),
    ("toUInt8", "TX_FRAUD"),
)


def read_transactions(path: Path) -> NDArray[Any]:
    """Read a Parquet file of transactions.

    Parameters
    ----------
    path
        The file, ascending in time.

    Returns
    -------
    ``TRANSACTION`` records, shape (n,).

    Raises
    ------
    BadInput
        ``UNREADABLE_FILE``, ``EMPTY_FILE``, ``MISSING_COLUMNS`` or ``NOT_IN_ORDER``.
    """
    from chdb import query as read

    if not path.is_file():
        raise BadInput("UNREADABLE_FILE", f"{path} is no file; name a Parquet file")
    quoted = str(path.resolve()).replace("\\", "\\\\").replace("'", "\\'")
    columns = ", ".join(f"{cast}(assumeNotNull({name}))" for cast, name in _COLUMNS)
    query = (
        f"SELECT {columns} FROM file('{quoted}', Parquet) "  # noqa: S608
        "SETTINGS max_threads = 1, input_format_parquet_preserve_order = 1"
    )
    try:
        raw = read(query, "RowBinary").bytes()  # type: ignore[no-untyped-call]
    except RuntimeError as error:
        reason = str(error).partition("DB::Exception:")[2].strip() or str(error)
        code = "MISSING_COLUMNS" if "UNKNOWN_IDENTIFIER" in reason else "UNREADABLE_FILE"
        names = ", ".join(name for _, name in _COLUMNS)
        raise BadInput(code, f"{path.name}: {reason[:200]}; it needs {names}") from None
    rows = np.frombuffer(raw, TRANSACTION)
    if len(rows) == 0:
        raise BadInput("EMPTY_FILE", f"{path.name} has no rows; give the whole file")
    if (np.diff(rows["second"]) < 0).any():
        raise BadInput("NOT_IN_ORDER", f"{path.name} is not ascending in TX_TIME_SECONDS; sort it")
    return rows


def manifest(number: int, customer: int, terminal: int, amount: float, second: int) -> Event:
    """One transaction as a manifest; amounts stand where dollars stand."""
    event = Event(
        envelope=Envelope(
            event_id=f"fdh:{number}",
            schema_version=1,
            source="fdh",
            source_seq=number,
            event_time_us=START_US + second * 1_000_000,
            historical=True,
        ),
        parcel_manifest=ParcelManifest(
            route=CLEARANCE_ROUTE_GENERAL,
            consignee_token=f"customer:{customer}",
            sender_token=f"terminal:{terminal}",
            goods=[{"value": amount, "currency": "USD"}],
        ),
    )
    event.envelope.subjects.add().parcel_id = f"fdh:{number}"
    return event


def event_records(rows: Array, tokens: Tokens, port: Port) -> Array:
    """The records that a decoder makes of the transactions' manifests, shape (n,).

    A million messages would take the decoder minutes, and they differ in four fields only.
    """
    one = manifest(0, 0, 0, 1.0, 0)
    first = np.frombuffer(Decoder(tokens, port).decode(one.SerializeToString()).records, EVENT)
    events = np.repeat(first, len(rows))
    numbers = np.arange(1, len(rows) + 1, dtype=np.uint64)
    events["ref"] = numbers
    events["subject"] = numbers
    events["event_us"] = START_US + rows["second"] * 1_000_000
    events["price"] = rows["amount"]
    events["consignee"] = _tokens(rows["customer"], tokens, parties.CONSIGNEE, "customer")
    events["sender"] = _tokens(rows["terminal"], tokens, parties.SENDER, "terminal")
    return events


def _tokens(ids: Array, tokens: Tokens, kind: str, prefix: str) -> Array:
    known, places = np.unique(ids, return_inverse=True)
    made = [tokens.token(kind, f"{prefix}:{one}") for one in known.tolist()]
    return np.array(made, np.uint64)[places]
