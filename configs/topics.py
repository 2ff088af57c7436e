"""The topics on Kafka: topics.toml as frozen dataclasses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from haechi.configs.port import choice, config_text
from haechi.configs.tables import Table
from haechi.engine.codes import EventKind
from haechi.engine.errors import ConfigError

_FILE: Final = "topics.toml"
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{0,100}")
_DAY_MS: Final = 86_400_000
_MOST_DAYS: Final = 3650
_MOST_PARTITIONS: Final = 1024
_TOPICS: Final = ("named", "events", "decisions", "links", "dead_letters")

INGEST_TABLES: Final[Mapping[str, int]] = MappingProxyType({"owners": 90, "waiting": 3})
"""Tables of the ingest, and how many days an entry is kept.

Kafka holds the changes of each, so that another worker can restore it. An owner is longer known
than any case is open; an event waits for its owner as long as a traveler's case does.
"""


class Format(StrEnum):
    """What a message of a raw feed is."""

    JSON = "json"
    KCS = "kcs"
    PROTOBUF = "protobuf"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic.

    Parameters
    ----------
    name
        On Kafka.
    retention_ms
        How long a message stays, milliseconds.
    compacted
        Whether, within that time, only the last message of every key stays.
    """

    name: str
    retention_ms: int
    compacted: bool = False


@dataclass(frozen=True, slots=True)
class Feed:
    """One raw feed.

    Parameters
    ----------
    id
        Its name in the file.
    format
        What its messages are.
    topic
        Where they come in.
    kinds
        Kinds of event that it may carry.
    """

    id: str
    format: Format
    topic: Topic
    kinds: frozenset[EventKind]


@dataclass(frozen=True, slots=True)
class Topics:
    """All topics. Every one has the same number of partitions.

    Parameters
    ----------
    prefix
        What their names begin with.
    partitions, replicas
        Of each topic.
    feeds
        Raw feeds by their ids.
    named, events, decisions, links, dead_letters
        The others; topics.toml says what they hold.
    """

    prefix: str
    partitions: int
    replicas: int
    feeds: Mapping[str, Feed]
    named: Topic
    events: Topic
    decisions: Topic
    links: Topic
    dead_letters: Topic

    @classmethod
    def load(cls, folder: Path | None = None) -> Topics:
        """Read topics.toml; the packaged one if the folder has none.

        Raises
        ------
        ConfigError
            If it cannot be read or used; the message names the key's path.
        """
        own = folder is not None and (folder / _FILE).exists()
        return cls.parse(config_text(_FILE, folder if own else None))

    @classmethod
    def parse(cls, text: str) -> Topics:
        """Make them of the file's text; raises ConfigError as :meth:`load` does."""
        root = Table.parse(text, _FILE)
        prefix = root.text("prefix")
        if not _NAME.fullmatch(prefix):
            raise root.wrong("prefix", "at most 100 letters, digits, dots, dashes and _ are taken")
        feeds = {name: _feed(name, table, prefix) for name, table in root.named("feed")}
        others = {name: _topic(name, table, prefix) for name, table in root.named("topic")}
        if others.keys() != set(_TOPICS):
            raise ConfigError(
                f"{_FILE}: topic has {', '.join(sorted(others)) or 'nothing'}; it must have "
                f"{', '.join(_TOPICS)} and no other"
            )
        topics = cls(
            prefix,
            root.whole("partitions", 1, _MOST_PARTITIONS),
            root.whole("replicas", 1, 9),
            feeds,
            **others,
        )
        root.finish()
        return topics

    @property
    def ingest_id(self) -> str:
        """Name of the ingest's group of workers; its changelogs' names begin with it."""
        return f"{self.prefix}ingest"

    @property
    def all(self) -> tuple[Topic, ...]:
        """Every topic that must be there."""
        changelogs = (
            Topic(f"{self.ingest_id}-{name}-changelog", days * _DAY_MS, compacted=True)
            for name, days in INGEST_TABLES.items()
        )
        raw = (feed.topic for feed in self.feeds.values())
        return (*raw, *(getattr(self, name) for name in _TOPICS), *changelogs)


def _feed(name: str, table: Table, prefix: str) -> Feed:
    known = {kind.name.lower(): kind for kind in EventKind}
    kinds = table.texts("kinds")
    for kind in kinds:
        if kind not in known:
            raise table.wrong("kinds", f"{kind!r} is no kind of event")
    feed = Feed(
        name,
        choice(table, "format", {one.value: one for one in Format}),
        Topic(f"{prefix}raw.{name}", table.whole("retention_days", 1, _MOST_DAYS) * _DAY_MS),
        frozenset(known[kind] for kind in kinds),
    )
    table.finish()
    return feed


def _topic(name: str, table: Table, prefix: str) -> Topic:
    days = table.whole("retention_days", 1, _MOST_DAYS)
    table.finish()
    return Topic(f"{prefix}{name.replace('_', '-')}", days * _DAY_MS)
