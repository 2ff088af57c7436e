"""`haechi replay [ID]`: decide everything again from the log, and compare bit for bit."""

from __future__ import annotations

import argparse
import re
import time
from typing import TYPE_CHECKING, Any, Final

from haechi.app.arguments import Commands, command, json_option, profile_option
from haechi.app.configuration import load_profile
from haechi.app.exits import INTEGRITY, OK, OTHER_BUILD
from haechi.app.folder import DataFolder
from haechi.app.lookup import find_decision
from haechi.app.terminal import Phases, emit_json, say
from haechi.app.warm import warm
from haechi.engine.errors import Drift, LogCorrupt

if TYPE_CHECKING:
    from haechi.configs.profile import EngineProfile
    from haechi.streams.log.reader import LoggedDecision, LogReader
    from haechi.streams.replay import Replayed

_SAID: Final = re.compile(r"decision ([0-9a-f]{32}) differs in (\w+):")


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "replay",
        run,
        "decide everything in the log again and compare bit for bit",
        "haechi replay                      # the whole log\n"
        "haechi replay 4f0c2a9b             # up to and including that decision\n"
        "haechi replay --from-snapshot      # what came after the newest snapshot\n"
        "haechi replay --json && echo identical",
        details="Snapshots that it passes must hold the state that the log makes. It ends with 3 "
        "at the first decision that comes out differently, and with 4 if "
        "the log holds decisions of another build, which only that build can replay.",
    )
    parser.add_argument("id", nargs="?", metavar="ID", help="decision id or its beginning")
    parser.add_argument(
        "--from-snapshot", action="store_true",
        help="begin where the newest snapshot ends that is not behind ID",
    )  # fmt: skip
    profile_option(parser)
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Replay."""
    from haechi.engine.build import BUILD
    from haechi.engine.records import DECISION
    from haechi.streams.log.keys import SubjectKeys
    from haechi.streams.log.reader import LogReader

    folder = DataFolder(args.data.resolve())
    folder.need_log()
    profile = load_profile(args.profile)
    reader = LogReader(folder.log, SubjectKeys(folder.keys))
    try:
        wanted = find_decision(reader, args.id) if args.id else None
        with Phases() as phases:
            warm(phases.show)
            began = time.monotonic()
            try:
                replayed = _replay(
                    folder, reader, profile.engine, wanted, phases, quick=args.from_snapshot
                )
            except (Drift, LogCorrupt) as error:
                phases.close()
                return _drifted(error, as_json=args.json)
            took_s = time.monotonic() - began
    finally:
        reader.close()
    others = dict(replayed.other_builds)
    if wanted is not None:
        import numpy as np

        wrote = int(np.frombuffer(wanted.body, DECISION)[0]["build"])
        if wrote == BUILD:
            # Older decisions of other builds were applied, and this one came out the same.
            others = {}
    return _tell(replayed, others, took_s, wanted, as_json=args.json)


def _replay(
    folder: DataFolder,
    reader: LogReader,
    profile: EngineProfile,
    wanted: LoggedDecision | None,
    phases: Phases,
    *,
    quick: bool,
) -> Replayed:
    """Replay from the first event or from a snapshot; raises ``Drift`` if one is wrong."""
    from haechi.operators.shard import Shard
    from haechi.streams.log.artefacts import Artefacts
    from haechi.streams.replay import Replayer
    from haechi.streams.snapshots import Shelf

    artefacts = Artefacts(folder.artefacts)
    window_us = profile.id_window_us + profile.ahead_us
    shelf = Shelf(folder.snapshots, artefacts, window_us, say)
    upto = wanted.offset if wanted else None

    def show(done: int, total: int) -> None:
        phases.show("replaying", done, total)

    if quick:
        before = shelf.restore(reader, profile.cases, upto=upto)
        replayer = Replayer(reader, artefacts, before.shard, replayed=before.replayed)
    else:
        shard = Shard(profile.cases)
        replayer = Replayer(reader, artefacts, shard)
        for path, manifest in reversed(list(shelf.usable(reader, upto))):
            replayer.run(manifest.offset, show)
            if shard.digest() != manifest.digest:
                raise Drift(
                    manifest.offset,
                    f"snapshot {path} holds another state than the log makes: remove it",
                )
    return replayer.run(upto + 1 if upto is not None else None, show)


def _drifted(error: Drift | LogCorrupt, *, as_json: bool) -> int:
    named = _SAID.search(str(error))
    decision, field = (named[1], named[2]) if named else (None, None)
    if as_json:
        emit_json(
            {
                "identical": False,
                "offset": error.offset,
                "decision_id": decision,
                "field": field,
                "message": str(error),
            }
        )
    if isinstance(error, LogCorrupt):
        say(f"NOT WHOLE at offset {error.offset}: {error}; to see where it begins: haechi verify")
    else:
        say(
            f"DRIFT at offset {error.offset}: {error}; see whether the log was changed "
            "(haechi verify), or this machine computes otherwise (haechi version)"
        )
    return INTEGRITY


def _tell(
    replayed: Replayed,
    others: dict[str, int],
    took_s: float,
    wanted: LoggedDecision | None,
    *,
    as_json: bool,
) -> int:
    result: dict[str, Any] = {
        "identical": not others,
        "start": replayed.start,
        "events": replayed.events,
        "decisions": replayed.decisions,
        "compared": replayed.compared,
        "events_per_s": round(replayed.events / took_s) if took_s > 0 else None,
        "seconds": round(took_s, 3),
        "other_builds": others,
        "decision_id": wanted.id.hex() if wanted else None,
    }
    if as_json:
        emit_json(result)
    else:
        print(
            f"{replayed.events:,} events in {took_s:.2f} s "
            f"({result['events_per_s']:,} events/s), {replayed.decisions:,} decisions made, "
            f"{replayed.compared:,} compared"
        )
    if others:
        builds = ", ".join(f"{build} ({count:,} decisions)" for build, count in others.items())
        say(f"needs another build: {builds}; install that build and replay with it")
        return OTHER_BUILD
    if not as_json:
        since = f" since event {replayed.start:,}" if replayed.start else ""
        what = f"decision {wanted.id.hex()} and all before it" if wanted else "every one"
        what += f"{since} {'are' if wanted else 'is'}"
        print(f"{what} identical, bit for bit")
    return OK
