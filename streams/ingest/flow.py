"""The ingest as a Faust app: two agents' worth of work around ``feeds``, ``routes``, ``owners``.

At least once: a raw message's offset is committed after what became of it was acknowledged by
Kafka. What comes twice has the same event id. Faust gives out the partitions, hands out messages
and keeps the tables; what is done is counted by ``progress``.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, NoReturn

from haechi.configs.topics import INGEST_TABLES, Feed, Topics
from haechi.engine.errors import BadInput
from haechi.operators.intake import Entry, Refusal
from haechi.streams.burial import bury
from haechi.streams.ingest import feeds
from haechi.streams.ingest.owners import Follower
from haechi.streams.ingest.progress import Handle, Progress
from haechi.streams.ingest.raw import Raw
from haechi.streams.ingest.routes import Named, Owner, Router
from haechi.streams.ingest.source import Partition, Source
from haechi.streams.kafka import wire
from haechi.streams.kafka.extra import load

LOG: Final = logging.getLogger("ingest")

SESSION_S: Final = 10.0
"""After so long a silence a worker's partitions go to the others."""

_HEARTBEAT_S: Final = 3.0
_FINISH_S: Final = 5.0
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
    """The app, how far it is, and how often what happened.

    Parameters
    ----------
    app
        The Faust app.
    progress
        How far its reading is; whoever runs the app commits.
    sources
        The topics that are read: the raw feeds, and names.
    counts
        Raw messages read, dead letters, events sent on.
    """

    app: Any
    progress: Progress
    sources: frozenset[str]
    counts: dict[str, int]

    def partitions(self) -> list[Partition]:
        """List those of the sources that this worker has at present."""
        assigned = self.app.consumer.assignment()
        return [(one.topic, one.partition) for one in assigned if one.topic in self.sources]

    async def finish(self) -> None:
        """Let messages that are being handled end, commit, and take no more.

        Once it ended, partitions may be given to others.
        """
        self.app.flow_control.suspend()
        await self.progress.idle(_FINISH_S)
        await self.progress.commit()
        self.progress.begin_again()


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
            # Faust counts nothing; progress does.
            acks=False,
        )

    def table(name: str) -> Any:
        options = {**_STORE, "ttl": INGEST_TABLES[name] * _DAY_S}
        return app.Table(
            name, key_type=str, partitions=topics.partitions, options=options
        )  # fmt: skip

    out = _Out(topics, topic, die)
    follower = Follower(table("owners"), table("waiting"))

    async def commit(offsets: Mapping[Partition, int]) -> bool:
        await app.producer.flush()
        await out.settled()
        done = {faust.types.TP(*partition): offset for partition, offset in offsets.items()}
        return bool(await app.consumer._commit(done))

    async def hand_out(partition: Partition, offset: int) -> None:
        LOG.warning("%s/%d is asked for from %d on once more", *partition, offset)
        await app.consumer.seek_wait({faust.types.TP(*partition): offset})

    progress = Progress(Source(bootstrap, topics.ingest_id), commit, hand_out)

    def in_order(handle: Handle) -> Callable[[Any], Awaitable[None]]:
        async def guarded(raw: Raw) -> None:
            try:
                await handle(raw)
            except Exception as error:
                # A bug of ours: the message is kept, and those behind it go on.
                LOG.exception("message %s", raw.origin)
                said = f"{type(error).__name__}: {error}; this is a bug"
                await out.dead(raw, "UNEXPECTED", said)

        async def read(stream: Any) -> None:
            async for event in stream.events():
                await progress.take(_raw(event.message), guarded)

        return read

    for feed in topics.feeds.values():
        handle = partial(_read, feed=feed, router=router, out=out)
        app.agent(topic(feed.topic.name), name=f"read-{feed.id}")(in_order(handle))
    handle = partial(_follow, follower=follower, out=out)
    app.agent(topic(topics.named.name), name="follow")(in_order(handle))

    sources = frozenset(feed.topic.name for feed in topics.feeds.values()) | {topics.named.name}
    made = Ingest(app, progress, sources, out.counts)

    @app.on_partitions_revoked.connect  # type: ignore[untyped-decorator]
    async def revoked(*_: Any, **__: Any) -> None:
        await made.finish()

    return made


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
        self._underway: Final[set[Any]] = set()

    async def settled(self) -> None:
        """Wait until Kafka has what was sent so far."""
        if underway := set(self._underway):
            await asyncio.wait(underway)

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
        # Not awaited to the end: it counts when offsets are committed.
        try:
            delivery = await topic.send(
                key=key.encode() if key is not None else None,
                value=value,
                headers=headers,
                partition=partition,
            )
        except Exception as error:
            # Nothing after it may be taken for done.
            self._die(_UNDELIVERED.format(repr(error)))
        self._underway.add(delivery)
        delivery.add_done_callback(self._delivered)

    def _delivered(self, delivery: Any) -> None:
        self._underway.discard(delivery)
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
        message.key or b"",
    )


async def _read(raw: Raw, feed: Feed, router: Router, out: _Out) -> None:
    """Take one raw message."""
    out.counts["read"] += 1
    try:
        event = feeds.read(feed.format, raw)
        routed = router.route(feed, event)
    except BadInput as error:
        await out.dead(raw, error.code, str(error))
        return
    headers = {wire.ORIGIN: raw.origin.encode()}
    if routed.to_all:
        await out.event_to_all(routed.to_all, headers)
    for step in routed.steps:
        if isinstance(step, Owner):
            await out.state(step, headers)
        else:
            await out.name(step, headers, 0)


async def _follow(raw: Raw, follower: Follower, out: _Out) -> None:
    """Take one event, or one statement, that stands under a name."""
    key = raw.key.decode()
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
