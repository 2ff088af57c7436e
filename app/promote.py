"""`haechi promote`: the standby's copy becomes the primary."""

from __future__ import annotations

import argparse
import time
from typing import Final

from haechi.app.arguments import Commands, command
from haechi.app.exits import OK
from haechi.app.folder import DataFolder
from haechi.app.terminal import say
from haechi.engine.errors import Unavailable

_LOOK_S: Final = 0.02
_MOST_S: Final = 60.0


def add(commands: Commands) -> None:
    """Add the command."""
    command(
        commands,
        "promote",
        run,
        "have a standby take over from an engine that is gone",
        "haechi promote --data standby",
        details="Be sure that the other engine is gone: from now on it is refused. The process "
        "of haechi follow takes over at once; where none runs, the next haechi up does.",
    )


def run(args: argparse.Namespace) -> int:
    """Promote, and wait until it decides."""
    from haechi.streams.standby.standing import choose

    began = time.monotonic()
    folder = DataFolder(args.data.resolve())
    folder.need_log()
    choose(folder.log)
    standby = folder.address("standby")
    if standby is None:
        if folder.address("engine") is not None:
            say("it was promoted before, and decides")
            return OK
        say(f"promoted: start it with haechi up --data {folder.root}")
        return OK
    while time.monotonic() - began < _MOST_S:
        engine = folder.address("engine")
        if engine is not None and engine.pid == standby.pid:
            say(f"promoted: it decides on {engine.target}, after {time.monotonic() - began:.1f} s")
            return OK
        time.sleep(_LOOK_S)
    raise Unavailable(
        f"the standby (process {standby.pid}) did not take over within {_MOST_S:g} s; see its log"
    )
