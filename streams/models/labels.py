"""The labels in a log, each with its decision's vector as scored, in the log's order.

What stands of a case is followed as the core follows it (:mod:`haechi.operators.learn`): one label
a case, corrections replace. So one pass over the labels of a log without corrections, drifts and
promotions gives what the core learned, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from haechi.engine import exactmath
from haechi.engine.codes import Finding, NodeKind
from haechi.engine.exactmath import sigmoid
from haechi.engine.features import MEMORIES
from haechi.engine.inputs import FINEST, memory_key, reads_memory
from haechi.engine.kernel import Array
from haechi.engine.records import DECISION, EVENT
from haechi.operators.learn import MOST_WEIGHT
from haechi.operators.state import STARTING_LABELS

_LABELS: Final = (int(Finding.FOUND), int(Finding.NOTHING))


@dataclass(slots=True)
class _Row:
    """What stands of one case."""

    found: int = 0
    event_us: int = 0
    corrected: bytes = b""
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Label:
    """One label that stands.

    Parameters
    ----------
    offset, event_us
        Of the outcome.
    body
        ``DECISION`` record of the decision that it names.
    found
        Whether something was found.
    selected_by
        How the case was selected, ``SelectedBy``, as the outcome says.
    weight
        How many cases it stands for; 0 where its propensity is not known.
    base
        Log-odds when nothing speaks, at that place in the log.
    unseen
        Whether nobody had inspected such goods.
    """

    offset: int
    event_us: int
    body: bytes
    found: bool
    selected_by: int
    weight: float
    base: float
    unseen: bool


class Labels:
    """Follows the outcomes of a log.

    Parameters
    ----------
    model
        ``MODEL`` records, shape (2,).
    base
        Configured log-odds, shape (2,).
    body
        Reads the decision at a position, or None.
    """

    def __init__(self, model: Array, base: Array, body: Callable[[int], bytes | None]) -> None:
        self._model = model
        self._base = base
        self._body = body
        self._rates = np.zeros((2, 2))
        for kind in range(2):
            rate = sigmoid(base[kind])
            self._rates[kind] = STARTING_LABELS * rate, STARTING_LABELS * (1.0 - rate)
        self._rows: dict[int, _Row] = {}
        self._known: set[int] = set()
        self._standing: dict[int, tuple[int, Label]] = {}
        self.skipped = 0

    def of(self, kind: int) -> list[Label]:
        """Labels of one kind of subject (0 parcels, 1 travelers) that stand, in order."""
        found = [label for of, label in self._standing.values() if of == kind]
        return sorted(found, key=lambda label: label.offset)

    def take(self, offset: int, records: bytes) -> None:
        """Take an outcome.

        Parameters
        ----------
        offset
            Where it stands.
        records
            Its ``EVENT`` records.
        """
        e: Any = np.frombuffer(records[: EVENT.itemsize], EVENT)[0]
        if e["recall"] < 0:
            return
        body = self._body(int(e["recall"]))
        if body is None or len(body) != DECISION.itemsize:
            # Another build wrote it, with another layout.
            self.skipped += 1
            return
        decision: Any = np.frombuffer(body, DECISION)[0]
        case = int(decision["case_key"])
        kind = 0 if decision["node"] == NodeKind.PARCEL else 1
        says = int(e["found"]) if int(e["found"]) in _LABELS else 0
        corrected = e["answers_hi"].tobytes() + e["answers_lo"].tobytes()
        corrects, known = any(corrected), case in self._rows
        if says == 0 and not (corrects and known):
            return
        row = self._rows.setdefault(case, _Row())
        stood = row.found
        if corrects:
            if known and row.event_us > e["event_us"]:
                return
        elif stood in (says, int(Finding.FOUND)) or row.corrected == _id(e):
            return
        row.event_us, row.corrected, row.found = int(e["event_us"]), corrected, says
        if stood == says:
            return
        if stood != 0:
            self._rates[kind, 0 if stood == Finding.FOUND else 1] -= row.weight
            self._note_goods(decision)
            self._standing.pop(case, None)
        row.weight = 0.0
        if says != 0:
            row.weight = _weight(e, decision)
            found = says == Finding.FOUND
            label = Label(
                offset,
                int(e["event_us"]),
                body,
                found,
                int(e["selected_by"]),
                row.weight,
                self._base_log_odds(kind),
                self._is_unseen(decision),
            )
            self._standing[case] = kind, label
            self._rates[kind, 0 if found else 1] += row.weight
            self._note_goods(decision)

    def _base_log_odds(self, kind: int) -> float:
        if kind == 1:
            return float(self._base[1])
        rate = self._rates[0, 0] / (self._rates[0, 0] + self._rates[0, 1])
        return float(exactmath.log(rate / (1.0 - rate)))

    def _is_unseen(self, decision: Any) -> bool:
        for m in FINEST:
            if reads_memory(self._model[0], m):
                key = int(memory_key(decision["x"], m))
                if key and key not in self._known:
                    return True
        return False

    def _note_goods(self, decision: Any) -> None:
        if decision["node"] == NodeKind.PARCEL:
            self._known.update(int(memory_key(decision["x"], m)) for m in range(len(MEMORIES)))


def _id(e: Any) -> bytes:
    return bytes(e["id_hi"].tobytes() + e["id_lo"].tobytes())


def _weight(e: Any, decision: Any) -> float:
    p = e["propensity"] if e["propensity"] == e["propensity"] else decision["propensity"]
    return float(min(1.0 / p, MOST_WEIGHT)) if p > 0.0 else 0.0
