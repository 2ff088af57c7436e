"""`haechi verify`: recompute the log's hash chain, and hold it against the anchors outside."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

from haechi.app import connect
from haechi.app.arguments import Commands, command, json_option, profile_option
from haechi.app.configuration import load_profile
from haechi.app.exits import INTEGRITY, OK
from haechi.app.folder import DataFolder
from haechi.app.terminal import Phases, emit_json, say
from haechi.engine.errors import ConfigError, LogCorrupt, Unavailable

if TYPE_CHECKING:
    from haechi.configs.profile import Profile
    from haechi.streams.log.reader import LogReader
    from haechi.streams.log.verify import Verified

_ANCHORS_MOST: Final = 10_000


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "verify",
        run,
        "prove that the log is what was written",
        "haechi verify\nhaechi verify --json",
        details="It recomputes the hash chain from the first event to the last. If the store "
        "runs, the heads that were anchored there must be in the chain too, so that a cut tail "
        "or a chain written anew shows. It ends with 3 naming the first offset at fault.",
    )
    profile_option(parser)
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Verify."""
    from haechi.streams.log.reader import LogReader
    from haechi.streams.log.verify import verify

    folder = DataFolder(args.data.resolve())
    folder.need_log()
    profile = load_profile(args.profile)
    reader = LogReader(folder.log)
    try:
        with Phases() as phases:
            verified = verify(
                reader, lambda done, total: phases.show("verifying the chain", done, total)
            )
        anchors = _anchors(folder, profile)
        _hold_against(reader, verified, anchors or [])
    except LogCorrupt as error:
        if args.json:
            emit_json({"whole": False, "offset": error.offset, "message": str(error)})
        say(f"NOT WHOLE at offset {error.offset}: {error}")
        return INTEGRITY
    finally:
        reader.close()
    _tell(verified, anchors, as_json=args.json)
    return OK


def _anchors(folder: DataFolder, profile: Profile) -> list[tuple[int, str]] | None:
    """Offsets and chain hashes that the shipper left in the store; None if it does not run."""
    try:
        login = connect.store(folder, profile, "analyst")
    except (Unavailable, ConfigError):
        return None
    from haechi.app.query import ask

    rows = ask(
        login,
        f"SELECT offset, hash FROM anchors WHERE shard = {profile.engine.shard} "  # noqa: S608
        f"ORDER BY offset DESC LIMIT {_ANCHORS_MOST}",
    )
    return [(int(offset), digest) for offset, digest in (line.split("\t") for line in rows)]


def _hold_against(reader: LogReader, verified: Verified, anchors: list[tuple[int, str]]) -> None:
    """Look for every anchor in the chain, the oldest first.

    Raises
    ------
    LogCorrupt
        If one is not there.
    """
    for offset, digest in reversed(anchors):
        event = reader.event(offset)
        if event is None:
            raise LogCorrupt(
                min(offset, verified.events),
                f"the store anchored event {offset}, and the log ends at event "
                f"{verified.events - 1}: its end was removed; restore it from a backup",
            )
        if event.chain.hex() != digest:
            raise LogCorrupt(
                offset,
                f"the store anchored event {offset} with another hash: the chain was written "
                "anew somewhere before it; restore the log from a backup",
            )


def _tell(verified: Verified, anchors: list[tuple[int, str]] | None, *, as_json: bool) -> None:
    if as_json:
        result: dict[str, Any] = {
            "whole": True,
            "events": verified.events,
            "decisions": verified.decisions,
            "segments": verified.segments,
            "head": verified.head,
            "anchors": None if anchors is None else len(anchors),
        }
        emit_json(result)
        return
    print(
        f"whole: {verified.events:,} events, {verified.decisions:,} decisions, "
        f"{verified.segments} segment(s), head {verified.head}"
    )
    if anchors is None:
        say("the store does not run, so the chain was not held against its anchors")
    else:
        print(f"{len(anchors):,} anchors in the store agree")
