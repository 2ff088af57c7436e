"""What ClickHouse says: the officers' queue, the three clocks, the dead letters."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from haechi.app.demo.figures import percentiles

if TYPE_CHECKING:
    from haechi.app.demo.ledger import Ledger
    from haechi.app.installation import Installation

QUEUE: Final = (
    "SELECT decision_id, verdict, directive, stage, gate, review_by FROM tasks "
    "ORDER BY task != 'ESCALATED', review_by"
)
"""What waits for officers: what escalated first, then by the time to look."""

FIRST: Final = (
    "SELECT stage, verdict, code_class, count() AS n FROM decisions_first GROUP BY ALL "
    "ORDER BY n DESC LIMIT 12"
)
HELD: Final = (
    "SELECT decided_at, gate, verdict, round(probability, 3) AS risk, "
    "arraySlice(reasons, 1, 3) AS why FROM decisions_current WHERE verdict = 'HOLD' "
    "ORDER BY risk DESC LIMIT 5"
)
"""For people to paste."""

_CLOCKS: Final = "SELECT returned_us / 1000, committed_us / 1000 FROM deliveries WHERE offset < {}"
_DEAD: Final = "SELECT reason, count() FROM dead_letters GROUP BY reason ORDER BY reason"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One decision that waits for an officer."""

    decision_id: str
    verdict: str
    directive: str
    stage: str
    gate: str
    review_by: str


def queue(client: Any) -> list[Waiting]:
    """Ask for the officers' queue."""
    return [
        Waiting(name, verdict, directive, stage, gate, f"{review_by:%Y-%m-%d %H:%M}Z")
        for name, verdict, directive, stage, gate, review_by in client.query(QUEUE).result_rows
    ]


def dead_letters(client: Any) -> dict[str, int]:
    """Count the dead letters by reason."""
    return {reason: int(count) for reason, count in client.query(_DEAD).result_rows}


def clocks(installation: Installation, client: Any, ledger: Ledger, until: int) -> dict[str, Any]:
    """Measure the three clocks, milliseconds.

    Parameters
    ----------
    installation, client
        Its store, and how to ask it.
    ledger
        What the gates saw.
    until
        Offset at which the port's day ended in the log.
    """
    rows = client.query(_CLOCKS.format(until)).result_rows
    returned = [float(row[0]) for row in rows if row[0] == row[0]]
    durable = [float(row[1]) for row in rows if row[1] == row[1]]
    asked = [a.latency_ms for a in ledger.asked.values() if a.answer is not None]
    return {
        "returned_client": percentiles(asked),
        "returned_server": percentiles(returned),
        "durable": percentiles(durable),
        "queryable": queryable(installation),
    }


def queryable(installation: Installation) -> dict[str, float | None]:
    """From the writer's stamp to ClickHouse's acknowledgement: the shipper's last batches."""
    with contextlib.suppress(OSError, ValueError):
        said = json.loads((installation.folder.run / "shipper.json").read_text("utf-8"))
        return {"p50": said["acknowledged_ms_p50"], "p99": said["acknowledged_ms_p99"]}
    return {"p50": None, "p99": None}
