"""Rows of ``deliveries``: how long it took until a decision was durable and with its gate."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from haechi.engine.codes import EventKind
from haechi.engine.records import DECISION, EVENT
from haechi.streams.log.reader import LoggedDecision, LogReader
from haechi.streams.shipper.batch import Batch, token_of
from haechi.streams.shipper.native import TIME, Block

_REMEMBERED: Final = 8192


@dataclass(frozen=True, slots=True)
class Delivery:
    """One observation in the log; times in microseconds from receipt, 0 or less for none."""

    number: int
    decision: bytes
    committed_us: int
    returned_us: int


@dataclass(frozen=True, slots=True)
class _Cause:
    """What is told of the delivered decision."""

    offset: int
    stamp_us: int
    budget_us: float


class Deliveries:
    """Makes batches of deliveries.

    Parameters
    ----------
    reader
        The log.
    shard
        Number of the shard.
    """

    def __init__(self, reader: LogReader, shard: int) -> None:
        self._reader = reader
        self._shard = shard
        self._causes: OrderedDict[bytes, _Cause] = OrderedDict()

    def note(self, decisions: Sequence[LoggedDecision], budgets_us: dict[int, float]) -> None:
        """Remember decisions whose deliveries will soon follow.

        Parameters
        ----------
        decisions
            As they were shipped.
        budgets_us
            Time that the gate gave, by offset of its event.
        """
        rows = np.frombuffer(b"".join([decision.body for decision in decisions]), DECISION)
        answered = (rows["answers_hi"] == rows["trigger_hi"]).tolist()
        for decision, stamp_us, own in zip(
            decisions, rows["stamp_us"].tolist(), answered, strict=True
        ):
            budget_us = budgets_us.get(decision.offset, np.nan) if own else np.nan
            self._causes[decision.id] = _Cause(decision.offset, stamp_us, budget_us)
        while len(self._causes) > _REMEMBERED:
            self._causes.popitem(last=False)

    def batch(self, rows: Sequence[Delivery]) -> Batch | None:
        """Make a batch.

        Parameters
        ----------
        rows
            Deliveries in order.

        Returns
        -------
        The batch; None if no row names a decision that is in the log.
        """
        found = [(row, cause) for row in rows if (cause := self._cause(row.decision)) is not None]
        if not found:
            return None
        offsets = [cause.offset for _, cause in found]
        return Batch(
            "deliveries",
            # They belong to no start of the engine: its epoch is not in their file.
            token_of(self._shard, 0, "deliveries", rows[0].number, rows[-1].number),
            [delivery_key(row) for row, _ in found],
            min(offsets),
            max(offsets),
            lambda places: self._block([found[place] for place in places]),
        )

    def _cause(self, decision_id: bytes) -> _Cause | None:
        cause = self._causes.get(decision_id)
        if cause is not None:
            return cause
        logged = self._reader.logged_decision(decision_id)
        if logged is None:
            return None
        row = np.frombuffer(logged.body, DECISION)[0]
        event = self._reader.event(logged.offset)
        budget_us = np.nan
        if event is not None and row["answers_hi"] == row["trigger_hi"]:
            budget_us = budget_of(event.kind, event.records)
        return _Cause(logged.offset, int(row["stamp_us"]), budget_us)

    def _block(self, rows: Sequence[tuple[Delivery, _Cause]]) -> Block:
        block = Block(len(rows))
        block.numbers("shard", "UInt32", "<u4", np.full(len(rows), self._shard))
        block.numbers("offset", "Int64", "<i8", [cause.offset for _, cause in rows])
        block.texts("decision_id", [row.decision.hex() for row, _ in rows])
        for column in ("committed_us", "returned_us"):
            times = [float(getattr(row, column)) for row, _ in rows]
            block.numbers(column, "Float64", "<f8", [t if t > 0 else np.nan for t in times])
        block.numbers("budget_us", "Float64", "<f8", [cause.budget_us for _, cause in rows])
        at = [cause.stamp_us + max(row.committed_us, row.returned_us, 0) for row, cause in rows]
        block.numbers("delivered_at", TIME, "<i8", at)
        return block


def delivery_key(row: Delivery) -> tuple[str, int, int]:
    """What tells a delivery apart, as the store gives it back."""
    return row.decision.hex(), max(row.committed_us, 0), max(row.returned_us, 0)


def budget_of(kind: int, records: bytes) -> float:
    """Time that a gate gave, microseconds; NaN for other events."""
    if kind != EventKind.GATE_EVENT:
        return float(np.nan)
    record: Any = np.frombuffer(records, EVENT, count=1)[0]
    return float(record["budget_ms"]) * 1000.0 or float(np.nan)
