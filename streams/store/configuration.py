"""What the embedded engine may do and how it merges, as ClickHouse's own configuration.

The engine knows one user. It is granted one database and nothing that leaves it: no files, no
URLs, no other servers, no users. So what slips past the gateway meets ClickHouse's own access
control.

Fifty parts of a few rows come every second. By ClickHouse's own measure, in which a part counts as
five megabytes more than it has, five of them and the part of everything so far are worth a merge:
hundreds of rows were merged for one that was inserted, and merging took more time than inserting.
With a base of 20 it is one to ten rows, a third to a quarter of the time, and as few parts. No
statistics of columns are kept, which no query here plans by; one mark a column in place of one for
every stream of a column saves a tenth of an insert.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

_PARTS: Final = {
    "merge_selector_base": "20",
    "min_parts_to_merge_at_once": "10",
    "auto_statistics_types": "",
    "write_marks_for_substreams_in_compact_parts": "0",
}
_TABLE_ENGINES: Final = (
    "MergeTree",
    "ReplacingMergeTree",
    "SummingMergeTree",
    "AggregatingMergeTree",
    "CollapsingMergeTree",
    "Memory",
)


def write_configuration(directory: Path, database: str) -> Path:
    """Write the configuration beside the data.

    Parameters
    ----------
    directory
        Data directory of the store.
    database
        The one database.

    Returns
    -------
    File to start the engine with.
    """
    rights = (
        "SHOW, SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP TABLE, "
        "DROP VIEW, TRUNCATE, OPTIMIZE"
    )
    grants = [
        f"GRANT {rights} ON {database}.*",
        "GRANT SELECT ON system.*",
        "GRANT SELECT ON information_schema.*",
        *(f"GRANT TABLE ENGINE ON {name}" for name in _TABLE_ENGINES),
    ]
    users = directory / "access-users.xml"
    config = directory / "access-config.xml"
    queries = "".join(f"<query>{grant}</query>" for grant in grants)
    users.write_text(
        "<clickhouse><profiles><default/></profiles><quotas><default/></quotas><users><default>"
        "<no_password/><networks><ip>::/0</ip></networks><profile>default</profile>"
        f"<quota>default</quota><grants>{queries}</grants>"
        "</default></users></clickhouse>\n",
        "utf-8",
    )
    parts = "".join(f"<{name}>{value}</{name}>" for name, value in _PARTS.items())
    config.write_text(
        "<clickhouse><user_directories><users_xml>"
        f"<path>{escape(str(users))}</path>"
        f"</users_xml></user_directories><merge_tree>{parts}</merge_tree></clickhouse>\n",
        "utf-8",
    )
    return config
