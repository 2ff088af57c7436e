"""What else goes on while gates ask: facts handed in, outcomes to learn from, an analyst."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Final

from benchmarks import mix
from benchmarks.installation import Installation
from benchmarks.questions import Questions
from benchmarks.shipping import Running
from benchmarks.steady_gate import client_of
from haechi.rpc.roles import Role
from haechi.rpc.v1 import decision_service_pb2 as service_pb
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.ingest_service_pb2 import PublishResponse
from haechi.rpc.v1.officers_pb2 import InspectionOutcome

HEAVY: Final = (
    "SELECT verdict, uniqExact(cityHash64(d.decision_id, n.number)) "
    "FROM haechi.decisions AS d CROSS JOIN numbers(500) AS n GROUP BY verdict"
)
"""Reads everything, multiplies it, and keeps it in memory: a question that nobody should ask."""

_OFFENCE: Final = "OFFENCE_CLASS_DRUGS"
_FOUND_EVERY: Final = 10


@contextmanager
def handing_in(
    installation: Installation, port: int, role: Role, events: Iterable[bytes], rate: float
) -> Iterator[Counter[str]]:
    """Hand events in at a fixed rate, as long as they last; counts what became of them."""
    became: Counter[str] = Counter()
    over = threading.Event()

    def paced() -> Iterator[bytes]:
        due = time.monotonic()
        for raw in events:
            due += 1 / rate
            if over.wait(max(0.0, due - time.monotonic())):
                return
            yield raw

    with (
        closing(client_of(installation, port, role, f"beside-{role.value}")) as client,
        _thread(over, lambda: became.update(_told(one) for one in client.publish(paced()))),
    ):
        yield became


def disorderly(seed: int, count: int) -> list[bytes]:
    """So many facts about other subjects, each sent twice, in the order of a day that is over."""
    facts = (one for one in mix.frames(seed, subjects=count) if one.role == "feeder")
    return [raw for one in itertools.islice(facts, count // 2) for raw in (one.raw, one.raw)]


def outcomes(questions: Questions, answers: Iterable[bytes]) -> Iterator[bytes]:
    """Inspections of those who were asked about in turn, from the first on; some find things."""
    for number, raw in enumerate(answers):
        now_us = time.time_ns() // 1000
        found = number % _FOUND_EVERY == 0
        outcome = InspectionOutcome(
            decision_id=service_pb.DecideResponse.FromString(raw).answer.decision_id,
            started_us=now_us,
            finished_us=now_us,
            selected_by="SELECTED_BY_RANDOM",
            method="INSPECTION_METHOD_SEARCH",
            finding="FINDING_FOUND" if found else "FINDING_NOTHING",
            offence_class=_OFFENCE if found else None,
        )
        event = Event(envelope=questions.envelope(number), inspection_outcome=outcome)
        event.envelope.event_id = f"inspected-{number}"
        event.envelope.event_time_us = now_us
        yield event.SerializeToString()


@contextmanager
def analyst(running: Running, question: str = HEAVY) -> Iterator[list[float]]:
    """Ask the store one question after another; seconds that each took."""
    took: list[float] = []
    over = threading.Event()

    def ask() -> None:
        with closing(running.client()) as client:
            while not over.is_set():
                began = time.monotonic()
                client.query(question)
                took.append(time.monotonic() - began)

    with _thread(over, ask):
        yield took


def _told(one: PublishResponse) -> str:
    if one.HasField("refusal"):
        return one.refusal.code
    return "known before" if one.accepted.duplicate else "taken"


@contextmanager
def _thread(over: threading.Event, work: Callable[[], None]) -> Iterator[None]:
    """Run something until it is over, and raise what it raised."""
    failures: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=guarded, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if failures:
        raise failures[0]
