"""What the port was told: every answer and acknowledgement, as its clients saw it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from haechi.rpc.v1.decision_pb2 import GateAnswer, Refusal
    from haechi.rpc.v1.ingest_service_pb2 import PublishResponse
    from haechi.streams.simulator import Item


@dataclass(frozen=True, slots=True)
class Asked:
    """One gate's question and its answer.

    Parameters
    ----------
    item
        The question.
    answer
        The core's answer; None if there was none until the demo was stopped.
    refusal
        Why the question was refused, or None.
    asked_s, answered_s
        When it was first asked, and answered; monotonic seconds.
    latency_ms
        Of the call that brought the answer, as the gate saw it.
    stood_in
        Code classes of provisional answers that the gate had got before.
    """

    item: Item
    answer: GateAnswer | None
    refusal: Refusal | None
    asked_s: float
    answered_s: float
    latency_ms: float
    stood_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Handed:
    """One event that was handed in, and what became of it."""

    item: Item
    told: PublishResponse
    sent_s: float
    told_s: float


@dataclass(slots=True)
class Ledger:
    """All that was acknowledged, in the order of its coming.

    Attributes
    ----------
    asked
        Questions by name, without repetitions.
    handed
        Other events, repetitions too.
    repeated, repeated_differently
        Questions that were asked once more with the same bytes, and those whose answer was
        not the stored one.
    refused
        Name, code and reason of what was refused.
    stood_in
        Provisional answers by code class.
    """

    asked: dict[str, Asked] = field(default_factory=dict)
    handed: list[Handed] = field(default_factory=list)
    repeated: int = 0
    repeated_differently: int = 0
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    stood_in: Counter[str] = field(default_factory=Counter)
    epochs: dict[int, float] = field(default_factory=dict)
    _twice: list[Asked] = field(default_factory=list)

    def add(self, result: Asked | Handed) -> None:
        """Note a result."""
        if isinstance(result, Handed):
            self.handed.append(result)
            told = result.told
            if told.HasField("refusal"):
                self._refuse(result.item, told.refusal)
            else:
                self._epoch(told.accepted.position.epoch)
            return
        self.stood_in.update(result.stood_in)
        if result.refusal is not None:
            self._refuse(result.item, result.refusal)
        elif result.answer is not None:
            self._epoch(result.answer.position.epoch)
            if result.item.duplicate:
                self._twice.append(result)
            else:
                self.asked[result.item.name] = result

    def settle(self) -> None:
        """Hold repeated questions against their first answers."""
        for again in self._twice:
            first = self.asked.get(again.item.name)
            self.repeated += 1
            if first is None or first.answer is None or again.answer is None:
                self.repeated_differently += 1
            else:
                self.repeated_differently += first.answer.decision_id != again.answer.decision_id
        self._twice.clear()

    def decisions(self) -> Iterator[str]:
        """Ids of all acknowledged decisions, some more than once."""
        for asked in self.asked.values():
            if asked.answer is not None:
                yield asked.answer.decision_id
        for handed in self.handed:
            yield from handed.told.accepted.decision_ids

    def acknowledged(self) -> int:
        """Count the decisions that were acknowledged so far."""
        return len(set(self.decisions()))

    def _refuse(self, item: Item, refusal: Refusal) -> None:
        self.refused.append((item.name, refusal.code, refusal.reason))

    def _epoch(self, epoch: int) -> None:
        self.epochs.setdefault(epoch, time.monotonic())
