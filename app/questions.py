"""`haechi query NAME`: a question that analysts ask often, with its parameters."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from haechi.app import connect, credentials
from haechi.app.arguments import Commands, command, profile_option
from haechi.app.configuration import load_profile
from haechi.app.exits import OK
from haechi.app.folder import DataFolder
from haechi.app.query import ask, stream
from haechi.app.serving import serving
from haechi.app.terminal import columns, emit_json
from haechi.engine.errors import ConfigError

if TYPE_CHECKING:
    from haechi.dashboards.questions import Question


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "query",
        run,
        "ask a question that analysts ask often, as analyst (read only)",
        "haechi query --list\n"
        "haechi query hold_rate_by_lane\n"
        "haechi query hold_rate_by_lane --param since=7d --param lane=walk --csv\n"
        "haechi query threshold --param hold_at=0.6 --json\n"
        "haechi query history --traveler t1\n"
        "haechi query hold_rate_by_lane --sql\n"
        "haechi query --rebuild",
        details="Times are UTC: 2026-03-01T08:00, now, or 24h, 7d, 90m for so long ago. The "
        "statement is a file in dashboards/sql; values travel beside it and are never SQL.",
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="the question; see --list")
    parser.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE",
        help="a value of a parameter; may be given again",
    )  # fmt: skip
    parser.add_argument("--list", action="store_true", help="tell all questions and parameters")
    parser.add_argument("--sql", action="store_true", help="print the statement and ask nothing")
    parser.add_argument(
        "--rebuild", action="store_true",
        help="make what materialized views filled anew from the base tables, and compare",
    )  # fmt: skip
    whom = parser.add_mutually_exclusive_group()
    whom.add_argument(
        "--traveler", metavar="ID", help="traveler id, as parameter subject: keyed hash of it"
    )
    whom.add_argument("--parcel", metavar="ID", help="parcel id, likewise")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--csv", action="store_true", help="the same as --format CSVWithNames")
    how.add_argument("--json", action="store_true", help="the same as --format JSON")
    how.add_argument(
        "--format", metavar="NAME",
        help="ClickHouse's output format (default: a table on a terminal, else TSVWithNames)",
    )  # fmt: skip
    profile_option(parser)


def run(args: argparse.Namespace) -> int:
    """Ask, or tell what can be asked."""
    from haechi.dashboards.questions import question, questions

    if args.list:
        _tell(list(questions().values()), as_json=args.json)
        return OK
    if args.rebuild:
        return _rebuild(args)
    if not args.name:
        raise ConfigError("no question was named; give one of: haechi query --list")
    asked = question(args.name)
    if args.sql:
        print(asked.statement)
        return OK
    bound = asked.bind(_given(args))
    folder, profile = DataFolder(args.data.resolve()), load_profile(args.profile)
    with serving(args, profile):
        login = connect.store(folder, profile, "analyst")
        for piece in stream(login, asked.statement, _format(args), bound):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    return OK


def _rebuild(args: argparse.Namespace) -> int:
    """Make what materialized views filled anew, as the engine's user."""
    from haechi.configs.schema import Target
    from haechi.dashboards.rebuild import rebuild

    folder, profile = DataFolder(args.data.resolve()), load_profile(args.profile)
    with serving(args, profile):
        login = connect.store(folder, profile, "engine")
        made = rebuild(partial(ask, login), Target().database)
    if args.json:
        emit_json([asdict(one) for one in made])
        return OK
    for one in made:
        print(
            f"{one.table}: {one.rows} rows, made anew; the view had missed {one.missed} "
            f"and held {one.stale} that are no more"
        )
    return OK


def _given(args: argparse.Namespace) -> dict[str, str]:
    """Values of the command line, by parameter."""
    given: dict[str, str] = {}
    for pair in args.param:
        name, equals, value = pair.partition("=")
        if not equals or not name or name in given:
            raise ConfigError(f"--param {pair!r}: give each parameter once, as NAME=VALUE")
        given[name] = value
    named = ("traveler", args.traveler) if args.traveler is not None else ("parcel", args.parcel)
    if named[1] is not None:
        if "subject" in given:
            raise ConfigError(f"give --param subject or --{named[0]}, not both")
        from haechi.streams.tokens import Tokens

        folder = DataFolder(args.data.resolve())
        tokens = Tokens(credentials.token_key(folder, make=False))
        given["subject"] = f"{tokens.token(*named):016x}"
    return given


def _format(args: argparse.Namespace) -> str:
    if args.csv:
        return "CSVWithNames"
    if args.json:
        return "JSON"
    terminal = "PrettyCompactMonoBlock" if sys.stdout.isatty() else "TSVWithNames"
    return args.format or terminal


def _tell(known: list[Question], *, as_json: bool) -> None:
    if as_json:
        emit_json(
            [
                {
                    "name": one.name,
                    "title": one.title,
                    "about": one.about,
                    "parameters": [
                        {"name": p.name, "type": p.type, "default": p.default, "about": p.about}
                        for p in one.parameters
                    ],
                }
                for one in known
            ]
        )
        return
    for one in known:
        print(f"{one.name}\n  {one.title}")
        if one.about:
            print(f"  {one.about}")
        told = [
            (f"{p.name}={'' if p.default is None else p.default or 'all'}", p.about)
            for p in one.parameters
        ]
        if told:
            print(columns(told, "    "))
