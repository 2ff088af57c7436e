"""`haechi topics ...`: make the topics on Kafka, look at them, and fill raw feeds from files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from haechi.app.arguments import Commands, command, configs_option, json_option, profile_option
from haechi.app.configuration import load_profile
from haechi.app.exits import FAILED, HELP, OK, UnusableFile
from haechi.app.terminal import columns, emit_json
from haechi.engine.errors import BadInput, ConfigError

_DAY_MS: Final = 86_400_000

if TYPE_CHECKING:
    from haechi.streams.kafka.topics import Cluster, Found


def add(commands: Commands) -> None:
    """Add the commands."""
    top = commands.add_parser(
        "topics",
        help="make the topics on Kafka, look at them, and fill raw feeds from files",
        description="configs/topics.toml says what topics there are; docs/kafka.md what they hold.",
        epilog="examples:\n  haechi topics create --bootstrap 127.0.0.1:9092\n"
        "  haechi topics check\n\n" + HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    inner = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, run, about in (
        ("create", _create, "make the topics that are missing"),
        ("list", _list, "list the topics and what differs"),
        ("check", _check, "fail if a topic is missing or differs from topics.toml"),
    ):
        parser = command(inner, name, run, about, f"haechi topics {name}")
        kafka_options(parser)
        json_option(parser)
    sending = command(
        inner, "send", _send, "send a file to a raw feed, row by row",
        "haechi topics send kcs valid.csv\nhaechi topics send json events.jsonl",
        details="A declaration of a KCS file is sent again as an outcome when its label becomes "
        "known. Sending a file of declarations twice has no second effect.",
    )  # fmt: skip
    sending.add_argument("feed", metavar="FEED", help="a feed of topics.toml, such as kcs or json")
    sending.add_argument("files", nargs="+", type=Path, metavar="FILE", help="files")
    sending.add_argument(
        "--label-delay-days", type=float, default=30.0, metavar="DAYS",
        help="how much later than its row a label becomes known, in event time (default: 30)",
    )  # fmt: skip
    sending.add_argument("--no-labels", action="store_true", help="do not send the files' labels")
    kafka_options(sending)


def kafka_options(parser: argparse.ArgumentParser) -> None:
    """Add what says which Kafka and which topics."""
    parser.add_argument(
        "--bootstrap", metavar="HOST:PORT",
        help="where Kafka is (default: kafka.bootstrap of the profile)",
    )  # fmt: skip
    profile_option(parser)
    configs_option(parser)


def bootstrap(args: argparse.Namespace) -> str:
    """Where Kafka is.

    Raises
    ------
    ConfigError
        If nobody said.
    """
    given: str | None = args.bootstrap
    found = given or load_profile(args.profile).kafka.bootstrap
    if not found:
        raise ConfigError(
            "no Kafka is named: give --bootstrap HOST:PORT, or kafka.bootstrap in the profile"
        )
    return found


def _cluster(args: argparse.Namespace) -> Cluster:
    from haechi.streams.kafka.topics import Cluster

    return Cluster(bootstrap(args))


def _create(args: argparse.Namespace) -> int:
    from haechi.configs.topics import Topics

    made = _cluster(args).create(Topics.load(args.configs))
    if args.json:
        emit_json({"created": made})
    else:
        print("\n".join(f"created {name}" for name in made) or "all topics are there")
    return OK


def _list(args: argparse.Namespace) -> int:
    from haechi.configs.topics import Topics

    found = _cluster(args).compare(Topics.load(args.configs))
    if args.json:
        emit_json({"topics": [_told(one) for one in found]})
    else:
        print(columns(_row(one) for one in found))
    return OK


def _check(args: argparse.Namespace) -> int:
    from haechi.configs.topics import Topics

    found = _cluster(args).compare(Topics.load(args.configs))
    wrong = [one for one in found if one.wrong]
    if args.json:
        emit_json({"topics": [_told(one) for one in found]})
    else:
        print("\n".join(one.wrong for one in wrong) or f"{len(found)} topics, all as declared")
    return FAILED if wrong else OK


def _send(args: argparse.Namespace) -> int:
    from haechi.configs.topics import Format, Topics
    from haechi.streams.adapters.kcs import CAVEAT
    from haechi.streams.ingest.sending import send_file

    if not args.label_delay_days >= 0:
        raise ConfigError(f"--label-delay-days {args.label_delay_days:g}: give 0 or more")
    topics = Topics.load(args.configs)
    feed = topics.feeds.get(args.feed)
    if feed is None:
        raise ConfigError(f"{args.feed!r} is no feed; topics.toml has {', '.join(topics.feeds)}")
    where = bootstrap(args)
    _cluster(args).check(topics)
    delay = None if args.no_labels else args.label_delay_days
    for path in args.files:
        try:
            sent = send_file(where, feed, path, delay)
        except BadInput as error:
            raise UnusableFile(error.code, str(error)) from None
        print(
            f"{path.name}: {sent.rows:,} rows and {sent.outcomes:,} outcomes sent to "
            f"{feed.topic.name}, {sent.repeated:,} repeated rows left out"
        )
    if feed.format is Format.KCS:
        print(CAVEAT)
    return OK


def _row(found: Found) -> tuple[str, ...]:
    topic = found.topic
    kept = f"{topic.retention_ms // _DAY_MS} days{', last of each key' * topic.compacted}"
    return topic.name, f"{found.partitions} partitions", kept, found.wrong or "as declared"


def _told(found: Found) -> dict[str, object]:
    return {
        "topic": found.topic.name,
        "partitions": found.partitions,
        "retention_ms": found.topic.retention_ms,
        "compacted": found.topic.compacted,
        "wrong": found.wrong,
    }
