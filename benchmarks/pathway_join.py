"""Pathway's join of four streams, as a script for an interpreter that has Pathway.

It needs nothing of the project: what the streams say comes as JSON on standard input, what came out
and how much processor time it took goes to standard output.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import pathway as pw

_STREAMS = 4


class _Told(pw.Schema):
    """What a stream says."""

    key: str
    value: int


class _Stream(pw.io.python.ConnectorSubject):
    """One stream, said as fast as it is taken."""

    def __init__(self, told: list[tuple[str, int]]) -> None:
        super().__init__()
        self._told = told

    def run(self) -> None:
        """Say it all."""
        for key, value in self._told:
            self.next(key=key, value=value)


def main() -> None:
    """Join."""
    told = json.load(sys.stdin)
    # Whatever the library prints must not stand between the lines that are read.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    first, *others = (
        pw.io.python.read(
            _Stream([(key, value) for stream, key, value in told if stream == number]),
            schema=_Told,
            autocommit_duration_ms=5,
        )
        for number in range(_STREAMS)
    )
    table: Any = first.select(first.key, v0=first.value)
    for number, other in enumerate(others, start=1):
        joined = table.join(other, table.key == other.key)
        kept = [table[f"v{before}"] for before in range(number)]
        table = joined.select(table.key, *kept, **{f"v{number}": other.value})
    out: dict[str, list[int]] = {}

    def note(row: dict[str, Any], is_addition: bool, **_: Any) -> None:
        if is_addition:
            out[row["key"]] = [row[f"v{number}"] for number in range(_STREAMS)]

    pw.io.subscribe(table, note)
    began = time.process_time()
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)
    print(json.dumps({"cpu_s": time.process_time() - began, "joined": out}), file=answer)


if __name__ == "__main__":
    main()
