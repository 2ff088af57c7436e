"""Finding a decision in the log by what a person has copied: its id, or how it begins."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from haechi.app import credentials
from haechi.app.folder import DataFolder
from haechi.engine.errors import BadInput, ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from haechi.rpc.names import Names
    from haechi.streams.log.reader import LoggedDecision, LogReader

_HEX: Final = re.compile(r"[0-9a-f]+")
_LEAST: Final = 8
_WHOLE: Final = 32
_SHOWN: Final = 5
_PAGE: Final = 2048


def open_log(args: argparse.Namespace) -> tuple[DataFolder, LogReader]:
    """Open the log of a data directory, beside a running engine or without one.

    Parameters
    ----------
    args
        With ``data``, the directory.
    """
    from haechi.streams.log.keys import SubjectKeys
    from haechi.streams.log.reader import LogReader

    folder = DataFolder(args.data.resolve())
    folder.need_log()
    return folder, LogReader(folder.log, SubjectKeys(folder.keys))


def find_decision(reader: LogReader, asked: str) -> LoggedDecision:
    """Find a decision by its id or the unambiguous beginning of it.

    Parameters
    ----------
    reader
        The log.
    asked
        8 to 32 hexadecimal characters.

    Raises
    ------
    ConfigError
        If that is no id.
    BadInput
        If there is no such decision, or more than one.
    """
    text = asked.strip().lower()
    if not _HEX.fullmatch(text) or not _LEAST <= len(text) <= _WHOLE:
        raise ConfigError(
            f"decision id {asked!r}: give its 32 hexadecimal characters, or at least the first "
            f"{_LEAST}; copy it from an answer or from ClickHouse"
        )
    ids = _ids(reader, text)
    if not ids:
        raise BadInput(
            "UNKNOWN_DECISION",
            f"no decision {text} in this log; a provisional answer has none, and --data must be "
            "the data directory of the engine that answered",
        )
    if len(ids) > 1:
        shown = ", ".join(found.hex() for found in ids[:_SHOWN])
        raise BadInput("AMBIGUOUS_ID", f"{text} begins more than one decision's id: {shown}")
    decision = reader.logged_decision(ids[0])
    assert decision is not None
    return decision


def _ids(reader: LogReader, text: str) -> list[bytes]:
    """Ids that begin so: from the index, and from the newest decisions, which it lacks."""
    from haechi.streams.log.derived import INDEX
    from haechi.streams.log.segment import open_for_reading

    low = bytes.fromhex(text.ljust(_WHOLE, "0"))
    high = bytes.fromhex(text.ljust(_WHOLE, "f"))
    found: set[bytes] = set()
    after = 0
    path = reader.folder / INDEX
    if path.exists():
        index = open_for_reading(path)
        try:
            rows = index.execute(
                "SELECT id FROM decisions WHERE id >= ? AND id <= ? LIMIT ?", (low, high, _SHOWN)
            ).fetchall()
            found.update(row[0] for row in rows)
            upto = index.execute("SELECT offset FROM upto").fetchone()
            after = int(upto[0]) if upto else 0
        finally:
            index.close()
    head = reader.head()
    if len(found) < _SHOWN and head is not None and after <= head.offset:
        for decision in reader.decisions(after, head.offset + 1):
            if low <= decision.id <= high:
                found.add(decision.id)
    return sorted(found)


def superseding(reader: LogReader, decision: LoggedDecision) -> str:
    """Id of the decision that supersedes one; empty if none does.

    Nothing points forward in a log that is only appended to, so later decisions are read.
    """
    import numpy as np

    from haechi.engine.records import DECISION
    from haechi.streams.log.segment import ORDINAL_BITS

    hi, lo = np.frombuffer(decision.id, "<u8")
    offset, ordinal = decision.offset, decision.position & ((1 << ORDINAL_BITS) - 1)
    while bodies := reader.decisions_after(offset, ordinal, _PAGE):
        rows = np.frombuffer(b"".join(bodies), DECISION)
        hits = np.flatnonzero((rows["supersedes_hi"] == hi) & (rows["supersedes_lo"] == lo))
        if len(hits):
            return bodies[int(hits[0])][:16].hex()
        offset, ordinal = int(rows[-1]["offset"]), int(rows[-1]["ordinal"])
    return ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What was observed of a decision's delivery, microseconds; None where nothing was.

    Parameters
    ----------
    committed_us, returned_us
        From receipt to the commit, and to the reply.
    """

    committed_us: int | None = None
    returned_us: int | None = None


def delivery(reader: LogReader, decision: LoggedDecision) -> Delivered:
    """Look up what was observed of a decision's delivery; it is written a second later."""
    number = 0
    while rows := reader.deliveries_after(number, _PAGE):
        for row in rows:
            if row[1] == decision.id:
                return Delivered(row[2] if row[2] > 0 else None, row[3] if row[3] > 0 else None)
        number = rows[-1][0]
    return Delivered()


def names(folder: DataFolder, configs: Path | None) -> Names:
    """Names of the port's places; tokens in hexadecimal for whoever may not read the key."""
    from haechi.configs.port import Port
    from haechi.rpc.names import Names, names_of
    from haechi.streams.rule_book import RuleBook
    from haechi.streams.tokens import Tokens

    port = Port.load(configs)
    try:
        tokens = Tokens(credentials.token_key(folder, make=False))
        return names_of(port, tokens, RuleBook(folder.artefacts).rules)
    except ConfigError:
        return Names({}, {number: name for name, number in port.lanes.items()})
