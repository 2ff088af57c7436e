"""topics.toml: what it means, and what is wrong with it."""

from __future__ import annotations

import pytest

from haechi.configs.port import config_text
from haechi.configs.topics import Format, Topics
from haechi.engine.codes import EventKind
from haechi.engine.errors import ConfigError

TEXT = config_text("topics.toml")


def test_the_packaged_topics_can_be_read() -> None:
    topics = Topics.load()
    assert topics.events.name == "haechi.events"
    assert topics.dead_letters.name == "haechi.dead-letters"
    assert topics.feeds["kcs"].topic.name == "haechi.raw.kcs"
    assert topics.feeds["kcs"].format is Format.KCS
    names = [topic.name for topic in topics.all]
    assert len(set(names)) == len(names) == 10
    compacted = [topic.name for topic in topics.all if topic.compacted]
    assert compacted == ["haechi.ingest-owners-changelog", "haechi.ingest-waiting-changelog"]


def test_no_feed_carries_what_only_a_person_or_the_engine_may_say() -> None:
    carried = frozenset[EventKind]().union(*(f.kinds for f in Topics.load().feeds.values()))
    assert not carried & {
        EventKind.OFFICER_ACTION, EventKind.RULE_SET, EventKind.MODEL_PROMOTION,
        EventKind.CAPACITY, EventKind.ERASURE, EventKind.TRUST_CHANGED,
        EventKind.ENGINE_STARTED, EventKind.TICK, EventKind.DEAD_LETTER, EventKind.LINKED_RISK,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('prefix = "haechi."', 'prefix = "a b"', "topics.toml: prefix is 'a b'"),
        ("partitions = 8", "partitions = 0", "topics.toml: partitions is 0"),
        ("partitions = 8", "partition = 8", "topics.toml: partitions is missing"),
        ('format = "kcs"', 'format = "xml"', "topics.toml: feed.kcs.format is 'xml'"),
        ('"inspection_outcome"]', '"rumour"]', "'rumour' is no kind of event"),
        ("[topic.links]", "[topic.ties]", "it must have named, events, decisions, links"),
        ("retention_days = 30", "retention_days = -1", "retention_days is -1"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, said: str) -> None:
    assert old in TEXT
    with pytest.raises(ConfigError) as refused:
        Topics.parse(TEXT.replace(old, new, 1))
    assert said in str(refused.value)
