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
    ("UInt32", "CUSTOMER_ID"),
    ("UInt32", "TERMINAL_ID"),
    ("Float64", "TX_AMOUNT"),
    ("Int64", "TX_TIME_SECONDS"),
    ("Int32", "TX_TIME_DAYS"),
    ("UInt8", "TX_FRAUD"),
)
_NEEDED: Final = ", ".join(name for _, name in _COLUMNS)
_DAY_S: Final = 86_400
_MOST_DAYS: Final = 100 * 366
_READ: Final = np.dtype([*((name, TRANSACTION[name]) for name in TRANSACTION.names or ()),
                         ("wrong", "u1")])  # fmt: skip
"""A transaction, and whether a value is missing or does not fit its type."""


def read_transactions(path: Path) -> NDArray[Any]:
    """Read a file of transactions.

    Parameters
    ----------
    path
        Parquet, or CSV with a header if its name ends so; ascending in time.

    Returns
    -------
    ``TRANSACTION`` records, shape (n,).

    Raises
    ------
    BadInput
        ``UNREADABLE_FILE``, ``EMPTY_FILE``, ``MISSING_COLUMNS``, ``BAD_VALUE`` or
        ``NOT_IN_ORDER``.
    """
    from chdb import query as read

    if not path.is_file():
        raise BadInput("UNREADABLE_FILE", f"{path} is no file; name a Parquet or a CSV file")
    quoted = str(path.resolve()).replace("\\", "\\\\").replace("'", "\\'")
    form = "CSVWithNames" if path.suffix.lower() == ".csv" else "Parquet"
    casts = [f"accurateCastOrNull({name}, '{kind}')" for kind, name in _COLUMNS]
    columns = ", ".join(f"ifNull({one}, 0)" for one in casts)
    wrong = " OR ".join(f"isNull({one})" for one in casts)
    query = (
        f"SELECT {columns}, toUInt8({wrong}) FROM file('{quoted}', {form}) "  # noqa: S608
        "SETTINGS max_threads = 1, input_format_parquet_preserve_order = 1"
    )
    try:
        raw = read(query, "RowBinary").bytes()  # type: ignore[no-untyped-call]
    except RuntimeError as error:
        reason = str(error).partition("DB::Exception:")[2].strip() or str(error)
        reason = " ".join(reason.split())
        if "EMPTY_DATA_PASSED" in reason or "the file is empty" in reason:
            raise BadInput("EMPTY_FILE", f"{path.name} has no rows; give the whole file") from None
        missing = "UNKNOWN_IDENTIFIER" in reason or "THERE_IS_NO_COLUMN" in reason
        code = "MISSING_COLUMNS" if missing else "UNREADABLE_FILE"
        raise BadInput(
            code, f"{path.name}: {reason[:200]}; give Parquet or .csv with {_NEEDED}"
        ) from None
    if not raw:
        raise BadInput("EMPTY_FILE", f"{path.name} has no rows; give the whole file")
    return _checked(raw, path.name)


def _checked(raw: bytes, name: str) -> NDArray[Any]:
    """Insist that every value can be used and that rows are in order of time."""
    read = np.frombuffer(raw, _READ)
    rows = np.empty(len(read), TRANSACTION)
    for field in TRANSACTION.names or ():
        rows[field] = read[field]
    day = rows["day"]
    bad = (
        (read["wrong"] == 1)
        | (rows["amount"] < 0.0)
        | ~np.isfinite(rows["amount"])
        | (rows["fraud"] > 1)
        | (day < 0)
        | (day > _MOST_DAYS)
        | (rows["second"] // _DAY_S != day)
    )
    if bad.any():
        raise BadInput(
            "BAD_VALUE",
            f"{name}, row {int(bad.argmax()) + 1}: a value is missing or out of range; amounts "
            "must not be negative, TX_FRAUD is 0 or 1, and TX_TIME_DAYS are the whole days of "
            "TX_TIME_SECONDS",
        )
    if (np.diff(rows["second"]) < 0).any():
        raise BadInput("NOT_IN_ORDER", f"{name} is not ascending in TX_TIME_SECONDS; sort it")
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


class Manifests:
    """Makes the records that a decoder would make of the transactions' manifests.

    A million messages would take the decoder minutes, and they differ in four fields only.

    Parameters
    ----------
    rows
        All ``TRANSACTION`` records, shape (n,).
    tokens, port
        As the decoder takes them.
    """

    def __init__(self, rows: Array, tokens: Tokens, port: Port) -> None:
        one = manifest(0, 0, 0, 1.0, 0)
        raw = Decoder(tokens, port).decode(one.SerializeToString()).records
        self._first = np.frombuffer(raw, EVENT)
        self._rows = rows
        self._customer = _tokens(rows["customer"], tokens, parties.CONSIGNEE, "customer")
        self._terminal = _tokens(rows["terminal"], tokens, parties.SENDER, "terminal")

    def of(self, places: NDArray[np.int64]) -> Array:
        """Records of some rows, ``EVENT``, shape (len(places),)."""
        rows = self._rows[places]
        events = np.repeat(self._first, len(rows))
        events["ref"] = places + 1
        events["subject"] = places + 1
        events["event_us"] = START_US + rows["second"] * 1_000_000
        events["price"] = rows["amount"]
        events["consignee"] = self._customer[places]
        events["sender"] = self._terminal[places]
        return events


def _tokens(ids: Array, tokens: Tokens, kind: str, prefix: str) -> NDArray[np.uint64]:
    """Token of each id, shape (n,)."""
    known, places = np.unique(ids, return_inverse=True)
    made = [tokens.token(kind, f"{prefix}:{one}") for one in known.tolist()]
    found: NDArray[np.uint64] = np.array(made, np.uint64)[places]
    return found
