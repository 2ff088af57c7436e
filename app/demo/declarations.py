"""The file of real declarations: every row fed, accounted for, and looked for in ClickHouse."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from haechi.app.feed import check_file, feed_file

if TYPE_CHECKING:
    from haechi.app.feeder import Account
    from haechi.app.installation import Installation
    from haechi.app.terminal import Phases


@dataclass(frozen=True, slots=True)
class Fed:
    """What became of the file.

    Parameters
    ----------
    file
        Which.
    account
        What the feed says.
    stored
        Its rows' decisions that ClickHouse holds.
    verdicts
        Those by verdict.
    """

    file: Path
    account: Account
    stored: int
    verdicts: dict[str, int]

    @property
    def good(self) -> bool:
        """Whether every row that could be decided was, and ClickHouse holds the decisions."""
        account = self.account
        decided = account.decided + account.known
        return not account.undecided and decided == len(account.decisions) == self.stored

    def as_dict(self) -> dict[str, Any]:
        """Give it to machines."""
        from haechi.streams.adapters.kcs import CAVEAT

        account = self.account
        return {
            "file": str(self.file),
            "rows": account.rows,
            "decided": account.decided + account.known,
            "repeated": account.repeated,
            "refused": len(account.refused),
            "undecided": account.undecided,
            "outcomes": account.outcomes,
            "in_clickhouse": self.stored,
            "verdicts": self.verdicts,
            "caveat": CAVEAT,
        }


def feed(installation: Installation, file: Path, phases: Phases) -> Fed:
    """Feed a file, wait until it is shipped, and look its decisions up."""
    from haechi.streams.adapters.kcs import LABEL_DELAY_DAYS

    total = check_file(file)
    with installation.client("feeder") as client:
        account = feed_file(client, file, total, phases, LABEL_DELAY_DAYS)
    phases.show("waiting for ClickHouse")
    installation.wait_shipped()
    rows = installation.clickhouse().query(
        "SELECT decision_id, verdict FROM haechi.decisions "
        "WHERE offset BETWEEN {low:Int64} AND {high:Int64}",
        parameters={"low": account.first_offset, "high": account.last_offset},
    )
    wanted = set(account.decisions)
    stored = {name: verdict for name, verdict in rows.result_rows if name in wanted}
    phases.close()
    return Fed(file, account, len(stored), dict(sorted(Counter(stored.values()).items())))
