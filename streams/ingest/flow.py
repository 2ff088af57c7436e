"""The ingest as a Faust app: two agents' worth of work around ``feeds``, ``routes``, ``owners``.

At least once: Faust commits a raw message's offset after what became of it was acknowledged by
Kafka. What comes twice has the same event id.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from haechi.configs.topics import INGEST_TABLES, Feed, Topics
from haechi.engine.errors import BadInput
from haechi.operators.intake import Entry, Refusal
from haechi.streams.burial import bury
from haechi.streams.ingest import feeds
from haechi.streams.ingest.owners import Follower
from haechi.streams.ingest.raw import Raw
from haechi.streams.ingest.routes import Named, Owner, Router
from haechi.streams.kafka import wire
from haechi.streams.kafka.extra import load

LOG: Final = logging.getLogger("ingest")

SESSION_S: Final = 10.0
"""After so long a silence a worker's partitions go to the others."""

_HEARTBEAT_S: Final = 3.0
_COMMIT_S: Final = 1.0
_DAY_S: Final = 86_400

_HOPS: Final = "haechi-hops"
_LOOSE: Final = "haechi-loose"
_OWNER: Final = "haechi-owner"
_STORE: Final = {
    # Faust's defaults are for one table on one machine: 192 MB a partition.
    "write_buffer_size": 4 << 20,
    "max_write_buffer_number": 2,
    "block_cache_size": 8 << 20,
    "driver": "rocksdict",
}

Headers = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Ingest:
    """The app, and how often what happened.

    Parameters
    ----------
    app
        The Faust app.
    counts
        Raw messages read, dead letters, events sent on.
    """

    app: Any
    counts: dict[str, int]


def ingest(
    bootstrap: str, topics: Topics, router: Router, folder: Path, die: Callable[[str], NoReturn]
) -> Ingest:
    """Make the app; nothing runs yet.

    Parameters
    ----------
    bootstrap
        Where Kafka is.
    topics
        Its topics.
    router
        Tells where events go.
    folder
        Where this worker keeps its tables; no two workers share one.
    die
        Ends the process at once, for a reason that it tells, before anything is committed.
    """
    faust = load("faust")
    app = faust.App(
        topics.ingest_id,
        broker=";".join(f"kafka://{one}" for one in bootstrap.split(",")),
        store="rocksdb://",
        datadir=folder,
        value_serializer="raw",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=topics.partitions,
        # Each worker has its own folder, and Kafka has what restores it.
        table_standby_replicas=0,
        broker_session_timeout=SESSION_S,
        broker_heartbeat_interval=_HEARTBEAT_S,
        broker_commit_interval=_COMMIT_S,
        consumer_auto_offset_reset="earliest",
    )

    def topic(name: str) -> Any:
        return app.topic(
            name,
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
            partitions=topics.partitions,
        )

    def table(name: str) -> Any:
        options = {**_STORE, "ttl": INGEST_TABLES[name] * _DAY_S}
        return app.Table(
            name, key_type=str, partitions=topics.partitions, options=options
        )  # fmt: skip

    out = _Out(topics, topic, die)
    follower = Follower(table("owners"), table("waiting"))

    def reading(feed: Feed) -> Callable[[Any], Awaitable[None]]:
        async def read(stream: Any) -> None:
            async for event in stream.events():
                await _read(feed, _raw(event.message), router, out)

        return read

    for feed in topics.feeds.values():
        app.agent(topic(feed.topic.name), name=f"read-{feed.id}")(reading(feed))

    @app.agent(topic(topics.named.name), name="follow")  # type: ignore[untyped-decorator]
    async def follow(stream: Any) -> None:
        async for event in stream.events():
            await _follow(_raw(event.message), event.key.decode(), follower, out)

    return Ingest(app, out.counts)


class _Out:
    """Sends, and notices what could not be delivered."""

    def __init__(
        self, topics: Topics, topic: Callable[[str], Any], die: Callable[[str], NoReturn]
    ) -> None:
        self.counts: Final = {"read": 0, "dead": 0, "events": 0}
        self._partitions: Final = topics.partitions
        self._named: Final = topic(topics.named.name)
        self._events: Final = topic(topics.events.name)
        self._dead: Final = topic(topics.dead_letters.name)
        self._die: Final = die

    async def name(self, named: Named, headers: Headers, hops: int) -> None:
        """Send an event on under a name."""
        loose = {_LOOSE: b"1"} if named.loose else {}
        await self._send(
            self._named, named.key, named.event, {**headers, _HOPS: b"%d" % hops, **loose}
        )

    async def state(self, owner: Owner, headers: Headers) -> None:
        """Tell whose a name is to the worker that has the name."""
        told = json.dumps([owner.owner, owner.version, owner.loose]).encode()
        await self._send(self._named, owner.key, told, {**headers, _OWNER: b"1"})

    async def event(self, key: str, raw: bytes, headers: Headers) -> None:
        """Send an event to the shard of its subject."""
        self.counts["events"] += 1
        await self._send(self._events, key, raw, {**headers, **_VERSION})

    async def event_to_all(self, raw: bytes, headers: Headers) -> None:
        """Send an event to every shard."""
        self.counts["events"] += 1
        for partition in range(self._partitions):
            await self._send(self._events, None, raw, {**headers, **_VERSION}, partition)

    async def dead(self, raw: Raw, code: str, message: str) -> None:
        """Set a message aside."""
        self.counts["dead"] += 1
        source = f"{raw.topic}/{raw.partition}"
        letter = bury(Entry(raw.value, source, None), Refusal(code, message), raw.offset)
        headers = {wire.ORIGIN: raw.origin.encode(), wire.CODE: code.encode(), **_VERSION}
        await self._send(self._dead, None, letter, headers)

    async def _send(
        self, topic: Any, key: str | None, value: bytes, headers: Headers,
        partition: int | None = None,
    ) -> None:  # fmt: skip
        # Not awaited to the end: Faust flushes before it commits, and that is when it counts.
        try:
            delivery = await topic.send(
                key=key.encode() if key is not None else None,
                value=value,
                headers=headers,
                partition=partition,
            )
        except Exception as error:
            # Faust would take the raw message for done.
            self._die(_UNDELIVERED.format(repr(error)))
        delivery.add_done_callback(self._delivered)

    def _delivered(self, delivery: Any) -> None:
        if not delivery.cancelled() and (error := delivery.exception()) is not None:
            self._die(_UNDELIVERED.format(repr(error)))


_UNDELIVERED: Final = (
    "Kafka did not take a message: {}; start the worker again, it goes on where it was"
)
_VERSION: Final = {wire.SCHEMA_VERSION: wire.WRITTEN_VERSION}


def _raw(message: Any) -> Raw:
    return Raw(
        message.topic,
        message.partition,
        message.offset,
        round((message.timestamp or 0) * 1000),
        message.value or b"",
        dict(message.headers or {}),
    )


async def _read(feed: Feed, raw: Raw, router: Router, out: _Out) -> None:
    """Take one raw message."""
    out.counts["read"] += 1
    try:
        event = feeds.read(feed.format, raw)
        routed = router.route(feed, event)
    except BadInput as error:
        await out.dead(raw, error.code, str(error))
        return
    except Exception as error:
        # A bug of ours: the message is kept, and those behind it go on.
        LOG.exception("message %s", raw.origin)
        await out.dead(raw, "UNEXPECTED", f"{type(error).__name__}: {error}; this is a bug")
        return
    headers = {wire.ORIGIN: raw.origin.encode()}
    if routed.to_all:
        await out.event_to_all(routed.to_all, headers)
    for step in routed.steps:
        if isinstance(step, Owner):
            await out.state(step, headers)
        else:
            await out.name(step, headers, 0)


async def _follow(raw: Raw, key: str, follower: Follower, out: _Out) -> None:
    """Take one event, or one statement, that stands under a name."""
    headers = {wire.ORIGIN: raw.headers.get(wire.ORIGIN, b"")}
    if _OWNER in raw.headers:
        owner, version, loose = json.loads(raw.value)
        for named in follower.state(Owner(key, owner, version, loose)):
            await out.name(named, headers, 0)
        return
    hops = int(raw.headers.get(_HOPS, b"0"))
    named = Named(key, raw.value, _LOOSE in raw.headers)
    onward = follower.follow(named, hops)
    if onward.key == key:
        await out.event(key, raw.value, headers)
    else:
        await out.name(onward, headers, hops + 1)
