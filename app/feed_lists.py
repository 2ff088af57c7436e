"""`haechi feed intelligence FILE...`: enter every line of watch lists, and account for each."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from haechi.app.exits import FAILED, OK, UnusableFile
from haechi.app.terminal import Phases, columns, emit_json, say
from haechi.engine.errors import BadInput, ConfigError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from haechi.rpc.client import HaechiClient
    from haechi.rpc.v1.event_pb2 import Event
    from haechi.streams.adapters.watch_list import Line

_SHOWN: Final = 20


@dataclass(slots=True)
class Entered:
    """What became of the lines of one list.

    Parameters
    ----------
    taken
        Entries that are in force, changed or withdrawn now.
    refused
        Line and reason of those that are not.
    """

    taken: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def check_list(path: Path) -> list[Line]:
    """Read a list as a whole.

    Raises
    ------
    UnusableFile
        If it cannot be read, is empty, or lacks columns.
    """
    from haechi.streams.adapters.watch_list import read_list

    try:
        return list(read_list(path))
    except BadInput as error:
        raise UnusableFile(error.code, str(error)) from None


def enter(client: HaechiClient, path: Path, lines: list[Line], phases: Phases) -> Entered:
    """Hand a list's entries to the engine.

    Parameters
    ----------
    client
        A client with a feeder's token.
    path
        The file, for the progress.
    lines
        Its lines.
    phases
        Shows the progress.

    Raises
    ------
    Unavailable
        If the engine went away; the list can be fed again.
    ConfigError
        If the token is not good for this.
    """
    import grpc

    from haechi.rpc.client import NOT_OURS
    from haechi.rpc.watching import failure

    account = Entered(refused=[(one.number, one.fault) for one in lines if one.event is None])
    good = [one for one in lines if one.event is not None]
    settled = 0
    try:
        for told in client.publish(_events(good)):
            settled += 1
            if told.HasField("refusal"):
                why = f"{told.refusal.code}: {told.refusal.reason}"
                account.refused.append((good[told.index].number, why))
            else:
                account.taken += 1
            phases.show(f"feeding {path.name}", settled, len(good))
    except grpc.RpcError as error:
        status, details = failure(error)
        if status in NOT_OURS:
            raise ConfigError(f"the engine refused the token: {details}") from None
        raise Unavailable(
            f"the engine went away after {settled} of {len(good)} entries of {path}: {details}; "
            "feed the list again, entries that are there already are only restated"
        ) from None
    account.refused.sort()
    return account


def _events(lines: list[Line]) -> Iterator[Event | bytes]:
    return (one.event for one in lines if one.event is not None)


def tell(paths: list[Path], accounts: list[Entered], *, as_json: bool) -> int:
    """Tell what became of each line; the exit code."""
    if as_json:
        emit_json(
            {
                "files": [
                    {
                        "file": str(path),
                        "taken": account.taken,
                        "refused": [
                            {"line": line, "reason": reason} for line, reason in account.refused
                        ],
                    }
                    for path, account in zip(paths, accounts, strict=True)
                ]
            }
        )
    else:
        for path, account in zip(paths, accounts, strict=True):
            lines = account.taken + len(account.refused)
            print(f"{path.name}: {lines:,} entries, all accounted for")
            rows = (("taken", account.taken), ("refused", len(account.refused)))
            print(columns((name, f"{count:,}") for name, count in rows if count))
            for line, reason in account.refused[:_SHOWN]:
                say(f"  refused: line {line}: {reason}")
            if len(account.refused) > _SHOWN:
                say(f"  and {len(account.refused) - _SHOWN:,} more")
    return FAILED if any(account.refused for account in accounts) else OK
