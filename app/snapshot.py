"""`haechi snapshot`: read the log beside the engine and write down what it made of a shard."""

from __future__ import annotations

import argparse
import contextlib
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from haechi.app.arguments import (
    Commands,
    command,
    configs_option,
    json_option,
    profile_option,
    supervised_options,
)
from haechi.app.configuration import load_profile
from haechi.app.exits import OK
from haechi.app.folder import DataFolder
from haechi.app.reports import Reports, stop_signals
from haechi.app.terminal import emit_json, say
from haechi.app.warm import warm
from haechi.engine.errors import ConfigError, LogUnwritable

if TYPE_CHECKING:
    from haechi.configs.profile import Profile

_NICE: Final = 10
"""Everybody else's work comes first."""

_MINUTE_S: Final = 60.0


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "snapshot",
        run,
        "write a snapshot, so that the next start need not replay the whole log",
        "haechi snapshot\nhaechi snapshot --keep 3 --json\nhaechi snapshot --every 60",
        details="It replays the log from the newest snapshot on, at low priority, while the "
        "engine runs, and writes a new one, which counts once it was read back. It ends with 3 at "
        "the first decision that comes out differently.",
    )
    profile_option(parser)
    configs_option(parser)
    parser.add_argument("--keep", type=int, metavar="N", help="how many to keep (default: profile)")
    parser.add_argument(
        "--every", type=float, metavar="MINUTES",
        help="go on, with one each so many minutes (haechi up does it for you)",
    )  # fmt: skip
    json_option(parser)
    supervised_options(parser)


def run(args: argparse.Namespace) -> int:
    """Write one, or one every so often until stopped."""
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    reports: Reports = args.reports
    folder = DataFolder(args.data.resolve())
    profile = load_profile(args.profile)
    keep = profile.snapshots.keep if args.keep is None else args.keep
    if args.every is None:
        folder.need_log()
        warm(reports.phase)
        _tell(_take(folder, profile, keep, reports, threading.Event()), reports, args.json)
        return OK
    reports.ready(f"a snapshot of {folder.log} every {args.every:g} minutes")
    stop = stop_signals()
    while not stop.wait(args.every * _MINUTE_S):
        warm(reports.phase)
        try:
            _tell(_take(folder, profile, keep, reports, stop), reports, args.json)
        except LogUnwritable as error:
            # A disk that is full now may not be the next time.
            say(str(error))
        except InterruptedError:
            break
    return OK


def _take(
    folder: DataFolder, profile: Profile, keep: int, reports: Reports, stop: threading.Event
) -> dict[str, Any]:
    """Write one, and tell of it."""
    from haechi.streams.cores import core_of, leave
    from haechi.streams.log.artefacts import Artefacts
    from haechi.streams.log.keys import SubjectKeys
    from haechi.streams.log.reader import LogReader
    from haechi.streams.snapshots import Shelf

    def progress(done: int, total: int) -> None:
        if stop.is_set():
            raise InterruptedError
        reports.phase("replaying the log", done, total)

    began = time.monotonic()
    engine = profile.engine
    leave(core_of(engine))
    artefacts = Artefacts(folder.artefacts)
    window_us = engine.id_window_us + engine.ahead_us
    shelf = Shelf(folder.snapshots, artefacts, window_us, say)
    keys = SubjectKeys(folder.keys)
    reader = LogReader(folder.log, keys)
    try:
        rebuilt = shelf.restore(reader, engine.cases)
        rebuilt.catch_up(reader, artefacts, progress=progress)
        if rebuilt.replayed.started is None:
            raise ConfigError(f"the log in {folder.root} is empty; start an engine on it first")
        reports.phase("writing the snapshot", at_once=True)
        path, new = shelf.write(rebuilt, reader, keep)
    finally:
        reader.close()
        keys.close()
    replayed = rebuilt.replayed
    return {
        "snapshot": str(path),
        "new": new,
        "events": replayed.following,
        "replayed": replayed.events,
        "bytes": _size(path),
        "seconds": round(time.monotonic() - began, 3),
    }


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def _tell(written: dict[str, Any], reports: Reports, as_json: bool) -> None:
    if as_json:
        emit_json(written)
        return
    if not written["new"]:
        text = f"{written['snapshot']} holds all {written['events']:,} events already"
    else:
        text = (
            f"{written['snapshot']}: {written['events']:,} events, of which "
            f"{written['replayed']:,} were replayed, {written['bytes'] / 1e6:,.1f} MB in "
            f"{written['seconds']:.1f} s"
        )
    if not reports.supervised:
        say(text)
