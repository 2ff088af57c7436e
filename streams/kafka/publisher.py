"""Follows the log and tells Kafka what was decided, what was refused, and what others must know.

At least once: where it stands is noted only after Kafka has taken everything before. Each message
carries the decision's id, so that whoever reads can leave out what came before; the producer
itself, while it lives, neither doubles nor reorders. Kafka away for a day costs nothing but time.
"""

from __future__ import annotations

import json
import os
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from haechi.configs.topics import Topics
from haechi.engine.codes import EventKind
from haechi.engine.errors import Unavailable
from haechi.engine.records import DECISION
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.kafka.extra import confluent_kafka
from haechi.streams.kafka.producer import producer
from haechi.streams.kafka.routing import subject_key
from haechi.streams.kafka.wire import CODE, SCHEMA_VERSION, WRITTEN_VERSION
from haechi.streams.log.keys import Erased
from haechi.streams.log.reader import LoggedDecision, LoggedEvent, LogReader
from haechi.streams.shards.linked_risks import LinkedRisks
from haechi.streams.start import read_start
from haechi.streams.tokens import Tokens

DECISION_ID: Final = "haechi-decision-id"
"""Header: id of the decision, 32 hexadecimal characters; the same however often it comes."""

PLACE: Final = "haechi-place"
"""Header: shard and offset in its log, with a slash; of a dead letter its only identity."""

EVENTS_AT_ONCE: Final = 2000
"""Events of the log that are told before the cursor moves."""

_ANSWER_S: Final = 10.0

Render = Callable[[bytes, int], bytes]
"""Makes the message of a decision's body that was made in an epoch: a ``haechi.v1.Decision``."""


@dataclass(slots=True)
class Published:
    """How far the log was told.

    Parameters
    ----------
    cluster
        Identity of the Kafka that has taken it.
    offset
        Events below it were told.
    epoch
        Epoch of the event before.
    """

    cluster: str = ""
    offset: int = 0
    epoch: int = 0


class PublishedFile:
    """Keeps :class:`Published` beside the log.

    Parameters
    ----------
    path
        Where.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Published:
        """Read it; what cannot be read is a start from the beginning."""
        try:
            said: dict[str, Any] = json.loads(self._path.read_text("utf-8"))
            return Published(str(said["cluster"]), int(said["offset"]), int(said["epoch"]))
        except (OSError, ValueError, TypeError, KeyError):
            return Published()

    def save(self, published: Published) -> None:
        """Write it in place of the last one."""
        fresh = self._path.with_suffix(".new")
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as text:
            json.dump(asdict(published), text)
        fresh.replace(self._path)


class Publisher:
    """Tells one shard's log over one producer; make a new one after a failure.

    Parameters
    ----------
    bootstrap
        Where Kafka begins.
    topics
        The topics.
    shard
        Number of the shard.
    reader
        The log, with keys.
    render
        Makes a decision's message.
    routing
        Tokens for routing; a subject's key here is made of its token in the log.
    file
        Where it notes how far it is.
    linked
        Says what other shards must know; None where one shard owns everything.
    bound
        Last event that may be told: with durability ``replica`` the standby has it too.

    Raises
    ------
    Unavailable
        If Kafka cannot be reached.
    """

    def __init__(
        self,
        bootstrap: str,
        topics: Topics,
        shard: int,
        reader: LogReader,
        render: Render,
        routing: Tokens,
        file: PublishedFile,
        linked: LinkedRisks | None = None,
        bound: Callable[[], int] = lambda: 1 << 62,
    ) -> None:
        self._library: Final = confluent_kafka()
        self._topics = topics
        self._shard = shard
        self._reader = reader
        self._render = render
        self._routing = routing
        self._file = file
        self._linked = linked
        self._bound = bound
        self._failed = ""
        self._producer = producer(bootstrap, {"compression.type": "lz4", "linger.ms": 5})
        try:
            cluster = self._producer.list_topics(timeout=_ANSWER_S).cluster_id
        except self._library.KafkaException as error:
            raise Unavailable(
                f"Kafka at {bootstrap} does not answer ({error.args[0].str()}); what was decided "
                "is in the log and is told when it is back"
            ) from None
        self._published = file.load()
        if self._published.cluster != cluster:
            self._published = Published(cluster)
        if linked is not None:
            linked.begin(anew=self._published.offset == 0)

    def step(self) -> bool:
        """Tell what is new, and note it once Kafka has taken it.

        Returns
        -------
        Whether there is more already.

        Raises
        ------
        Unavailable
            If Kafka did not take it all; nothing is noted then.
        """
        told = self._published
        head = self._reader.head()
        end = min(head.offset, self._bound()) + 1 if head is not None else 0
        stop = min(end, told.offset + EVENTS_AT_ONCE)
        if stop <= told.offset:
            return False
        epochs = [(told.offset, told.epoch)]
        for event in self._reader.events(told.offset, stop):
            if event.kind == EventKind.ENGINE_STARTED:
                epochs.append((event.offset, read_start(self._reader.payload(event)).epoch))
            elif event.kind == EventKind.DEAD_LETTER:
                self._send_letter(event)
            if self._linked is not None:
                self._linked.take_event(event)
        for decision in self._reader.decisions(told.offset, stop):
            at = bisect_right(epochs, decision.offset, key=lambda start: start[0])
            self._send_decision(decision, epochs[at - 1][1])
            if self._linked is not None:
                self._linked.take_decision(decision)
        if self._linked is not None:
            self._send_linked(self._linked)
        left = self._producer.flush(_ANSWER_S)
        if left or self._failed:
            raise Unavailable(
                f"Kafka has not taken {left or 'all'} of the messages up to event {stop} "
                f"({self._failed or 'no answer'}); they are told again"
            )
        if self._linked is not None:
            self._linked.settle()
        self._published = Published(told.cluster, stop, epochs[-1][1])
        self._file.save(self._published)
        return stop < end

    def _send_decision(self, decision: LoggedDecision, epoch: int) -> None:
        subject = int(np.frombuffer(decision.body, DECISION)[0]["subject"])
        # The log's own token stays in the log.
        key = subject_key(self._routing.token("subject", f"{subject:016x}"))
        headers = {DECISION_ID: decision.id.hex().encode(), **self._headers(decision.offset)}
        value = self._render(decision.body, epoch)
        self._send(self._topics.decisions.name, value, key.encode(), headers)

    def _send_linked(self, linked: LinkedRisks) -> None:
        for told in linked.due():
            headers = {SCHEMA_VERSION: WRITTEN_VERSION}
            self._send(self._topics.links.name, told.event, told.key, headers)

    def _send_letter(self, event: LoggedEvent) -> None:
        try:
            letter = self._reader.payload(event)
        except Erased:
            return
        code = Event.FromString(letter).dead_letter.detail.partition(":")[0]
        headers = {CODE: code.encode(), **self._headers(event.offset)}
        self._send(self._topics.dead_letters.name, letter, None, headers)

    def _headers(self, offset: int) -> dict[str, bytes]:
        return {
            PLACE: f"{self._shard}/{offset}".encode(),
            SCHEMA_VERSION: WRITTEN_VERSION,
        }

    def _send(self, topic: str, value: bytes, key: bytes | None, headers: dict[str, bytes]) -> None:
        while True:
            try:
                self._producer.produce(
                    topic, value, key, headers=headers, on_delivery=self._delivered
                )
            except BufferError:
                # As many as the library holds are on their way.
                self._producer.poll(0.1)
            except self._library.KafkaException as error:
                raise Unavailable(f"Kafka takes no message: {error.args[0].str()}") from None
            else:
                self._producer.poll(0)
                return

    def _delivered(self, error: Any, _message: Any) -> None:
        if error is not None:
            self._failed = error.str()
