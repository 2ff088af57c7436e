"""Options that commands share, and help that teaches with examples."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from haechi.app.exits import HELP
from haechi.app.folder import DEFAULT

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""Where commands are added."""

Run = Callable[[argparse.Namespace], int]
"""What a command does; it returns the exit code."""


def command(
    commands: Commands,
    name: str,
    run: Run,
    about: str,
    examples: str,
    *,
    details: str = "",
    data: Path = DEFAULT,
) -> argparse.ArgumentParser:
    """Add a command.

    Parameters
    ----------
    commands
        Where.
    name
        Its name.
    run
        What it does.
    about
        One line.
    examples
        Lines that can be pasted.
    details
        What the line does not say.
    data
        Data directory if none is given.
    """
    indented = "".join(f"  {line}\n" for line in examples.strip().splitlines())
    parser = commands.add_parser(
        name,
        help=about,
        description=f"{about[0].upper()}{about[1:]}.{' ' + details if details else ''}",
        epilog=f"examples:\n{indented}\n{HELP}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "--data", type=Path, default=data, metavar="DIR",
        help=f"data directory (default: ./{data})",
    )  # fmt: skip
    parser.add_argument(
        "--debug", action="store_true", help="show a stack trace when something fails"
    )
    return parser


def json_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def profile_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--profile``."""
    parser.add_argument(
        "--profile", type=Path, metavar="FILE",
        help="how this machine runs (default: the packaged configs/profile.toml)",
    )  # fmt: skip


def configs_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--configs``."""
    parser.add_argument(
        "--configs", type=Path, metavar="DIR",
        help="folder of lanes.toml, port.toml and prior.toml, and of monitor.toml if it is to "
        "differ (default: the packaged ones)",
    )  # fmt: skip


def approver_option(parser: argparse.ArgumentParser) -> None:
    """Add --as NAME, the approver who says it."""
    parser.add_argument(
        "--as", dest="approver", default="approver-1", metavar="NAME",
        help="whose token is used (default: approver-1)",
    )  # fmt: skip


def engine_options(parser: argparse.ArgumentParser) -> None:
    """Add what reaches an engine on another machine."""
    parser.add_argument(
        "--target", metavar="HOST:PORT", help="an engine elsewhere (default: the one on --data)"
    )
    parser.add_argument(
        "--token", type=Path, metavar="FILE", help="token file (default: from --data's secrets/)"
    )


def supervised_options(parser: argparse.ArgumentParser, *, wake: str = "") -> None:
    """Add what only the supervisor gives."""
    parser.add_argument("--lifeline", type=int, help=argparse.SUPPRESS)
    if wake:
        parser.add_argument("--wake", type=int, metavar="FD", help=wake)
