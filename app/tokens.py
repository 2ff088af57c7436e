"""`haechi token`: which token files exist, and a new one for an operator to hand out."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime
from typing import Final

from haechi.app.arguments import Commands, command, json_option
from haechi.app.exits import OK
from haechi.app.folder import DataFolder
from haechi.app.terminal import columns, emit_json
from haechi.engine.errors import ConfigError

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "token",
        run,
        "list token files, or issue one",
        "haechi token\n"
        "haechi token issue exit-04 --role gate --scope ICN-T1-EXIT-1 --days 30\n"
        "haechi token issue kim --role officer",
        details="A token says who calls and in which role. Its text is a secret: this prints "
        "where the file is, never what is in it.",
    )
    parser.add_argument("action", nargs="?", choices=("list", "issue"), default="list")
    parser.add_argument("name", nargs="?", help="person or system, as it will stand in the log")
    parser.add_argument(
        "--role",
        help="gate, sensor, feeder, officer, approver, analyst, operator, monitor or faces",
    )
    parser.add_argument(
        "--scope", action="append", metavar="PLACE",
        help="gate, camera or scanner it is for; may be given again (default: all)",
    )  # fmt: skip
    parser.add_argument("--days", type=float, default=365.0, help="good for so long (default: 365)")
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """List or issue."""
    folder = DataFolder(args.data.resolve())
    if args.action == "issue":
        _issue(args, folder)
    elif args.name or args.role or args.scope:
        raise ConfigError("to make a token: haechi token issue NAME --role ROLE")
    rows = _known(folder)
    if args.action == "issue":
        rows = [row for row in rows if row["name"] == args.name]
    if args.json:
        emit_json(rows)
    elif rows:
        heading = ("NAME", "ROLE", "SCOPE", "GOOD UNTIL", "FILE")
        cells = [tuple(str(row[key.lower().replace(" ", "_")]) for key in heading) for row in rows]
        print(columns([heading, *cells], ""))
    return OK


def _issue(args: argparse.Namespace, folder: DataFolder) -> None:
    from haechi.rpc.identity import EVERYWHERE, open_keyring, write_secret
    from haechi.rpc.roles import Role

    if not args.name or not _NAME.fullmatch(args.name):
        raise ConfigError(
            f"token name {args.name or '(none)'!r}: give letters, digits, '.', '_' or '-', "
            "at most 64, such as exit-04"
        )
    if args.role not in set(Role):
        raise ConfigError(f"--role {args.role}: give one of {', '.join(Role)}")
    if not 0 < args.days <= 3650:
        raise ConfigError(f"--days {args.days:g}: give more than 0 and at most 3650")
    folder.make()
    token = open_keyring(folder.secrets).sign(
        args.name, Role(args.role), tuple(args.scope or (EVERYWHERE,)), days=args.days
    )
    write_secret(folder.secrets / f"{args.name}.token", token.encode() + b"\n", replace=True)


def _known(folder: DataFolder) -> list[dict[str, str]]:
    from haechi.rpc.identity import Unauthenticated, open_keyring

    if not (folder.secrets / "signing.key").exists():
        raise ConfigError(
            f"no tokens in {folder.secrets}: start the installation once with: "
            f"haechi up --data {folder.root}"
        )
    keyring = open_keyring(folder.secrets)
    rows = []
    for path in sorted(folder.secrets.glob("*.token")):
        row = {"name": path.stem, "role": "", "scope": "", "good_until": "", "file": str(path)}
        try:
            principal = keyring.verify(path.read_text("utf-8").strip())
        except Unauthenticated as error:
            row["good_until"] = str(error).partition(";")[0]
        else:
            until = datetime.fromtimestamp(principal.expires_s, UTC)
            row["role"], row["scope"] = principal.role.value, ",".join(principal.scope)
            row["good_until"] = until.strftime("%Y-%m-%d")
        rows.append(row)
    return rows
