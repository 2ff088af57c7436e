"""What has to hold: nothing acknowledged is lost, ClickHouse is exact, replay is identical."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from haechi.app.configuration import load_profile
from haechi.engine.errors import Drift, LogCorrupt

if TYPE_CHECKING:
    from haechi.app.demo.ledger import Ledger
    from haechi.app.demo.records import Records
    from haechi.app.installation import Installation

_ATTEMPTS: Final = 12
_PAUSE_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of all that was acknowledged.

    Parameters
    ----------
    decisions, events
        Acknowledged.
    lost, changed, events_lost
        Not in the log, there with another content, events that are not where they were
        acknowledged.
    """

    decisions: int
    lost: int
    changed: int
    events: int
    events_lost: int

    @property
    def good(self) -> bool:
        """Whether nothing was lost or changed."""
        return not (self.lost or self.changed or self.events_lost)


def kept(ledger: Ledger, records: Records, only: set[str] | None = None) -> Kept:
    """Look for every acknowledged decision and event in the log.

    Parameters
    ----------
    ledger
        What was acknowledged.
    records
        The log.
    only
        Decisions to look for; all if not given.
    """
    from haechi.rpc.gate_answers import gate_answer
    from haechi.rpc.render import Origin
    from haechi.rpc.v1.decision_pb2 import GateAnswer

    wanted = set(ledger.decisions()) if only is None else only
    logged: dict[str, bytes] = {}
    ids: dict[int, bytes] = {}
    for rows in records.reader.replay_pages():
        ids.update((row[0], row[3]) for row in rows)
    for decision in records.reader.decisions(0, max(ids, default=-1) + 1):
        if (name := decision.id.hex()) in wanted:
            logged[name] = decision.body
    changed = 0
    for asked in ledger.asked.values():
        told = asked.answer
        if told is None or told.decision_id not in logged:
            continue
        again = GateAnswer.FromString(gate_answer(logged[told.decision_id], Origin()))
        # The epoch of an older start is not known to a reader.
        again.position.epoch = told.position.epoch
        changed += again != told
    events = [
        (
            handed.told.accepted.position.offset,
            records.logged_id(handed.item.event.envelope.event_id),
        )
        for handed in ledger.handed
        if handed.told.HasField("accepted")
    ]
    return Kept(
        decisions=len(wanted),
        lost=len(wanted - logged.keys()),
        changed=changed,
        events=len(events),
        events_lost=sum(ids.get(offset) != name for offset, name in events),
    )


def shipped(installation: Installation, records: Records, client: Any) -> Any:
    """Compare log and ClickHouse, row by row, once all is shipped.

    The log goes on while it is compared, so a difference is looked at again.

    Returns
    -------
    A :class:`haechi.streams.shipper.verify.Shipped`.
    """
    from haechi.streams.shipper.verify import verify_shipped

    installation.wait_shipped()
    checked = verify_shipped(records.reader, client, shard=installation.profile.engine.shard)
    for _ in range(_ATTEMPTS):
        if checked.exact:
            break
        time.sleep(_PAUSE_S)
        checked = verify_shipped(records.reader, client, shard=installation.profile.engine.shard)
    return checked


def replayed(records: Records, progress: Callable[[int, int], None]) -> dict[str, Any]:
    """Decide everything again and compare; the first drift is told."""
    from haechi.operators.shard import Shard
    from haechi.streams.log.artefacts import Artefacts
    from haechi.streams.log.keys import SubjectKeys
    from haechi.streams.log.reader import LogReader
    from haechi.streams.replay import Replayer

    folder = records.folder
    reader = LogReader(folder.log, SubjectKeys(folder.keys))
    off = 0.0

    def add_up(bodies: bytes) -> None:
        nonlocal off
        off = max(off, unexplained(bodies))

    shard = Shard(load_profile(None).engine.cases)
    try:
        head = reader.head()
        began = time.monotonic()
        replayer = Replayer(reader, Artefacts(folder.artefacts), shard, on_decisions=add_up)
        again = replayer.run(head.offset + 1 if head else None, progress)
    except (Drift, LogCorrupt) as error:
        return {"identical": False, "message": str(error)}
    finally:
        reader.close()
    others = ", ".join(f"{count} by build {build}" for build, count in again.other_builds.items())
    return {
        "identical": not others and again.compared == again.decisions,
        "message": f"decisions that only another build can replay: {others}" if others else "",
        "events": again.events,
        "decisions": again.decisions,
        "compared": again.compared,
        "unexplained": off,
        "seconds": round(time.monotonic() - began, 2),
    }


def unexplained(bodies: bytes) -> float:
    """Most by which a decision's contributions and its base miss its log-odds."""
    import numpy as np

    from haechi.engine.records import DECISION

    rows = np.frombuffer(bodies, DECISION)
    if len(rows) == 0:
        return 0.0
    total = rows["base"] + rows["contribution"].sum(axis=1) + rows["uplift"]
    return float(np.abs(total - rows["log_odds"]).max())


def chain(records: Records, progress: Callable[[int, int], None]) -> dict[str, Any]:
    """Recompute the hash chain."""
    from haechi.streams.log.verify import verify

    try:
        verified = verify(records.reader, progress)
    except LogCorrupt as error:
        return {"whole": False, "message": str(error)}
    return {"whole": True, "events": verified.events, "head": verified.head}
