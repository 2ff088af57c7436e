"""`haechi feed declarations FILE...`: decide every row of real files, and account for each.

`haechi feed intelligence FILE...` enters watch lists instead (:mod:`haechi.app.feed_lists`).
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from haechi.app import connect
from haechi.app.arguments import (
    Commands,
    command,
    configs_option,
    engine_options,
    json_option,
    profile_option,
)
from haechi.app.exits import FAILED, OK, UnusableFile
from haechi.app.feed_lists import check_list, enter, tell
from haechi.app.folder import DataFolder
from haechi.app.installation import Installation
from haechi.app.terminal import Phases, columns, emit_json, say
from haechi.engine.errors import BadInput, ConfigError

if TYPE_CHECKING:
    from haechi.app.feeder import Account
    from haechi.rpc.client import HaechiClient

_SHOWN: Final = 20
_PIECE: Final = 4096


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "feed",
        run,
        "feed files of real declarations, or watch lists, to the engine",
        "haechi feed declarations valid.csv\n"
        "haechi feed declarations 2020.csv 2021.csv --label-delay-days 14\n"
        "haechi feed declarations valid.csv --no-labels --json\n"
        "haechi feed intelligence wanted.csv",
        details="Every row is accounted for: decided, repeated, or refused with its line and "
        "the reason. If no engine runs on the data directory, an installation is started for "
        "the time of the feed. Feeding a file again has no second effect. A watch list has "
        "list,entry,watched,value,weight,legal_basis,expires, and birth_year,authority,withdrawn "
        "if need be.",
    )
    parser.add_argument(
        "kind", choices=("declarations", "intelligence"), help="what the files hold"
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="CSV files")
    parser.add_argument(
        "--label-delay-days", type=float, default=30.0, metavar="DAYS",
        help="how much later than its row a label becomes known, in event time (default: 30)",
    )  # fmt: skip
    parser.add_argument("--no-labels", action="store_true", help="do not feed the files' labels")
    engine_options(parser)
    profile_option(parser)
    configs_option(parser)
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Feed."""
    if not args.label_delay_days >= 0:
        raise ConfigError(f"--label-delay-days {args.label_delay_days:g}: give 0 or more")
    folder = DataFolder(args.data.resolve())
    if args.kind == "intelligence":
        lists = [check_list(path) for path in args.files]
        with Phases() as phases, _engine(args, folder, phases) as client:
            entered = [
                enter(client, path, lines, phases)
                for path, lines in zip(args.files, lists, strict=True)
            ]
        return tell(args.files, entered, as_json=args.json)
    totals = [check_file(path) for path in args.files]
    delay = None if args.no_labels else args.label_delay_days
    with Phases() as phases, _engine(args, folder, phases) as client:
        accounts = [
            feed_file(client, path, total, phases, delay)
            for path, total in zip(args.files, totals, strict=True)
        ]
    verdicts = None if args.target else [_verdicts(folder, account) for account in accounts]
    _tell(args.files, accounts, verdicts, as_json=args.json)
    refused = any(account.refused or account.outcomes_refused for account in accounts)
    return FAILED if refused else OK


@contextmanager
def _engine(args: argparse.Namespace, folder: DataFolder, phases: Phases) -> Iterator[HaechiClient]:
    """A client of the engine that runs, or of one that is started for the time of the feed."""
    started: Installation | None = None
    try:
        if args.target is None and folder.address("engine") is None:
            say(f"no engine runs on {folder.root}: starting one for the time of the feed")
            started = Installation(
                args.data, args.profile, args.configs, any_port=True, say=say,
                on_phase=lambda text, done, total, at_once: phases.show(
                    text, done, total, at_once=at_once
                ),
            )  # fmt: skip
            started.start()
        with connect.client(folder, "feeder", args.target, args.token) as client:
            yield client
        if started is not None:
            phases.show("waiting for ClickHouse")
            started.wait_shipped()
    finally:
        if started is not None:
            phases.close()
            started.stop()


def check_file(path: Path) -> int:
    """Insist that a file can be used at all; its lines without the header.

    Raises
    ------
    UnusableFile
        If it cannot be read, is empty, or lacks columns.
    """
    from haechi.streams.adapters.kcs import read_rows

    try:
        next(read_rows(path))
        with path.open("rb") as file:
            return max(
                sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b"")), 1
            )
    except BadInput as error:
        raise UnusableFile(error.code, str(error)) from None


def feed_file(
    client: HaechiClient, path: Path, total: int, phases: Phases, label_delay_days: float | None
) -> Account:
    """Feed one file of declarations.

    Parameters
    ----------
    client
        A client with a feeder's token.
    path
        The file, checked by :func:`check_file`.
    total
        Its lines, for the progress.
    phases
        Shows the progress.
    label_delay_days
        How much later a label becomes known, or None to feed none.
    """
    from haechi.app.feeder import Feeder
    from haechi.streams.adapters.kcs import feed, read_rows

    text = f"feeding {path.name}"
    items = read_rows(path) if label_delay_days is None else feed(path, label_delay_days)
    return Feeder(client, items, lambda rows: phases.show(text, rows, total)).run()


def _verdicts(folder: DataFolder, account: Account) -> Counter[str]:
    """Verdicts of a file's rows, read from the log."""
    from haechi.engine.codes import Verdict
    from haechi.rpc.render import place_of
    from haechi.streams.log.reader import LogReader

    wanted = set(account.decisions)
    at = place_of("verdict")
    counted: Counter[str] = Counter()
    reader = LogReader(folder.log)
    try:
        for low in range(account.first_offset, account.last_offset + 1, _PIECE):
            for decision in reader.decisions(low, min(low + _PIECE, account.last_offset + 1)):
                if decision.id.hex() in wanted:
                    counted[Verdict(decision.body[at]).name] += 1
    finally:
        reader.close()
    return counted


def _tell(
    files: list[Path],
    accounts: list[Account],
    verdicts: list[Counter[str]] | None,
    *,
    as_json: bool,
) -> None:
    from haechi.streams.adapters.kcs import CAVEAT

    if as_json:
        described = [
            _described(file, account) for file, account in zip(files, accounts, strict=True)
        ]
        for description, counted in zip(described, verdicts or [], strict=False):
            description["verdicts"] = dict(counted)
        emit_json({"files": described, "caveat": CAVEAT})
        return
    for number, (file, account) in enumerate(zip(files, accounts, strict=True)):
        print(f"{file.name}: {account.rows:,} rows, all accounted for")
        rows = [
            ("decided", account.decided),
            ("decided by an earlier feed", account.known),
            ("taken, not decided", account.undecided),
            ("repeated", account.repeated),
            ("refused", len(account.refused)),
            ("outcomes learned", account.outcomes),
            ("outcomes of an earlier feed", account.outcomes_known),
            ("outcomes refused", len(account.outcomes_refused)),
            ("outcomes withheld, row refused", account.outcomes_withheld),
        ]
        print(columns((name, f"{count:,}") for name, count in rows if count))
        if verdicts:
            counted = verdicts[number]
            print("  " + ", ".join(f"{name} {counted[name]:,}" for name in sorted(counted)))
        for refused in (account.refused + account.outcomes_refused)[:_SHOWN]:
            say(f"  refused: line {refused.line}: {refused.reason}")
        more = len(account.refused) + len(account.outcomes_refused) - _SHOWN
        if more > 0:
            say(f"  and {more:,} more; all are kept among the dead letters (table dead_letters)")
    print(CAVEAT)


def _described(file: Path, account: Account) -> dict[str, Any]:
    return {
        "file": str(file),
        "rows": account.rows,
        "decided": account.decided,
        "known": account.known,
        "undecided": account.undecided,
        "repeated": account.repeated,
        "refused": [{"line": r.line, "reason": r.reason} for r in account.refused],
        "outcomes": account.outcomes,
        "outcomes_known": account.outcomes_known,
        "outcomes_refused": [
            {"line": r.line, "reason": r.reason} for r in account.outcomes_refused
        ],
        "outcomes_withheld": account.outcomes_withheld,
    }
