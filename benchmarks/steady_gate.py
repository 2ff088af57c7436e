"""A gate that asks at a fixed rate from a thread of its own, timed from when it meant to ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final

from benchmarks.installation import Installation
from haechi.rpc.client import HaechiClient
from haechi.rpc.identity import EVERYWHERE
from haechi.rpc.roles import Role
from haechi.rpc.v1 import vocabulary_pb2 as words
from haechi.rpc.v1.event_pb2 import Event

WINDOW_S: Final = 1.0
_PAUSE_S: Final = 0.005
_RIGHT: Final = (words.CODE_CLASS_CLEAR, words.CODE_CLASS_POLICY, words.CODE_CLASS_RANDOM_CHECK)


def event_about(traveler: str, **kind: Any) -> Event:
    """One event about a traveler, as of now."""
    event = Event(**kind)
    event.envelope.event_id = f"{traveler}:{time.time_ns()}"
    event.envelope.schema_version = 1
    event.envelope.source = "benchmark"
    event.envelope.event_time_us = time.time_ns() // 1000
    event.envelope.subjects.add().traveler_id = traveler
    return event


def manifest_of(traveler: str, document: str) -> Event:
    """An unsuspicious traveler's manifest."""
    return event_about(
        traveler,
        traveler_manifest={
            "manifest_version": 1, "document_type": 1, "document_state": 1,
            "issuing_state": "KOR", "document_number": document, "birth_year": 1985,
            "nationality": "KOR", "sex": 1, "flight": "KE902", "flight_date": 20_261_121,
            "boarded": True,
        },
    )  # fmt: skip


def client_of(installation: Installation, port: int, role: Role, name: str) -> HaechiClient:
    """Connect somebody of a role to the engine on a port."""
    token = installation.keyring().sign(name, role, (EVERYWHERE,))
    return HaechiClient(f"127.0.0.1:{port}", token)


def window(began: float) -> tuple[float, float]:
    """A second from a time on; waits until it is over."""
    time.sleep(max(0.0, began + WINDOW_S - time.perf_counter()))
    return began, began + WINDOW_S


class SteadyGate:
    """Asks until it is stopped; an answer that the core did not give in time is an error.

    Parameters
    ----------
    client
        Its connection, which it closes.
    traveler
        About whom it asks next.
    """

    def __init__(self, client: HaechiClient, traveler: Callable[[], str]) -> None:
        self.answers: list[tuple[float, float, bool]] = []
        self._client = client
        self._traveler = traveler
        self._over = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._guarded, daemon=True)
        self._thread.start()

    def _guarded(self) -> None:
        try:
            self._ask()
        except BaseException as error:
            self._failure = error

    def _ask(self) -> None:
        due = time.perf_counter()
        while not self._over.is_set():
            due += _PAUSE_S
            time.sleep(max(0.0, due - time.perf_counter()))
            asked = {"gate": "ICN-T1-EXIT-3", "lane": "family", "budget_ms": 2000}
            answer = self._client.decide(event_about(self._traveler(), gate_event=asked)).answer
            if answer.code_class not in _RIGHT or not answer.HasField("position"):
                raise AssertionError(f"no answer of the core in time: {answer}")
            # From when it was meant to be asked: who waits in the queue behind it waits, too.
            by_rule = answer.code_class == words.CODE_CLASS_POLICY
            self.answers.append((due, time.perf_counter(), by_rule))

    def first(self, by_rule: bool, since: float) -> float:
        """When the first such answer since a time came."""
        return min(at for _, at, stopped in self.answers if at > since and stopped == by_rule)

    def times_ms(self, windows: list[tuple[float, float]]) -> list[float]:
        """How long the calls that were due within some seconds took."""
        return [
            (at - due) * 1e3
            for due, at, _ in self.answers
            if any(begin <= due < end for begin, end in windows)
        ]

    def stop(self) -> None:
        """End, and tell what went wrong."""
        self._over.set()
        self._thread.join()
        self._client.close()
        if self._failure is not None:
            raise self._failure
