"""`haechi sql QUERY`: ask the store as analyst."""

from __future__ import annotations

import argparse
import sys

from haechi.app import connect
from haechi.app.arguments import Commands, command, profile_option
from haechi.app.configuration import load_profile
from haechi.app.exits import OK
from haechi.app.folder import DataFolder
from haechi.app.query import stream
from haechi.app.serving import serving
from haechi.engine.errors import ConfigError


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "sql",
        run,
        "ask ClickHouse about the decisions, as analyst (read only)",
        "haechi sql 'SELECT verdict, count() FROM decisions_current GROUP BY verdict'\n"
        "haechi sql 'SELECT * FROM decisions_wide LIMIT 1' --format Vertical\n"
        "haechi sql 'SHOW TABLES' --json\n"
        "echo 'SELECT count() FROM events' | haechi sql -",
        details="If no store runs on the data directory, one is started for the time of the "
        "query. Times are UTC. decisions_current leaves superseded decisions out; "
        "decisions_wide has a column for every feature.",
    )
    parser.add_argument("query", metavar="QUERY", help="the statement; - reads standard input")
    parser.add_argument(
        "--format", metavar="NAME",
        help="ClickHouse's output format (default: a table on a terminal, else TSVWithNames)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="the same as --format JSON")
    profile_option(parser)


def run(args: argparse.Namespace) -> int:
    """Ask."""
    folder = DataFolder(args.data.resolve())
    query = sys.stdin.read() if args.query == "-" else args.query
    if not query.strip():
        raise ConfigError("the query is empty; give a statement such as: SHOW TABLES")
    terminal = "PrettyCompactMonoBlock" if sys.stdout.isatty() else "TSVWithNames"
    data_format = "JSON" if args.json else args.format or terminal
    profile = load_profile(args.profile)
    with serving(args, profile):
        _print(connect.store(folder, profile, "analyst"), query, data_format)
    return OK


def _print(login: connect.StoreLogin, query: str, data_format: str) -> None:
    for piece in stream(login, query, data_format):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
