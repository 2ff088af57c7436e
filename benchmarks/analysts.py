"""How fast analysts' questions are answered over millions of decisions.

A port's mix is decided by the engine's own core and shipped to a store. Three of four whom it chose
get an inspection there, and an officer's act. Then all is repeated by SQL: of other ids and cases,
spread over the month before. Counts over everything must have grown as often as it was repeated;
then each question is asked as Grafana asks it, as analyst, with its defaults, and each statement of
the live page as the page does: its first looks, too.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import clickhouse_connect

from benchmarks.backtest import logged, shipped, store
from benchmarks.report import Progress, Report
from haechi.app.connect import StoreLogin
from haechi.app.query import stream
from haechi.dashboards.questions import Question, questions
from haechi.dashboards.web.store import Store, statement, statements

_GOAL_S: Final = 1.0
_DAYS: Final = 30
_CHUNK: Final = 250_000
_AGAIN: Final = 5
_LATEST: Final = 20_000
"""Places in the log that the page looks back over."""


_ID: Final = "if({0} = '', '', lower(hex(sipHash128({0}, k))))"
_KEY: Final = "if({0} = 0, 0, cityHash64({0}, k))"
_AT: Final = "{0} - toIntervalMicrosecond(k * step_us)"
_CHANGED: Final = {
    "decision_id": _ID, "trigger_event_id": _ID, "answers_event_id": _ID, "supersedes": _ID,
    "event_id": _ID, "corrects_event_id": _ID,
    "case_key": _KEY, "subject": _KEY,
    "event_time": _AT, "decided_at": _AT, "stamped_at": _AT, "delivered_at": _AT,
    "started_at": _AT, "finished_at": _AT, "valid_until": _AT, "review_by": _AT,
    "offset": "{0} - k * toInt64(stride)",
}  # fmt: skip
# The mix has no officers.
_INSPECTED: Final = """
INSERT INTO haechi.outcomes (shard, offset, event_id, decision_id, case_key, selected_by,
    propensity, result, started_at, finished_at, event_time, stamped_at)
SELECT shard, offset, lower(hex(MD5(decision_id))), decision_id, case_key, selected_by, nan,
    if(cityHash64(decision_id) % 3 = 0, 'FOUND', 'NOTHING'), event_time, event_time + 600,
    event_time + 600, decided_at
FROM haechi.decisions
WHERE kind = 'ANSWER' AND selected_by IN ('MODEL', 'RANDOM', 'RULE')
    AND cityHash64(decision_id) % 4 > 0
"""
_ACTED: Final = """
INSERT INTO haechi.actions (shard, offset, event_id, decision_id, actor_kind, actor, action,
    from_verdict, to_verdict, event_time, stamped_at)
SELECT shard, offset, lower(hex(MD5(decision_id))), decision_id, 'OFFICER', 'kim', 'OVERRIDE',
    verdict, if(cityHash64(decision_id) % 3 = 0, verdict, 'RELEASE'), event_time + 600, decided_at
FROM haechi.decisions
WHERE kind = 'ANSWER' AND verdict != 'RELEASE'
"""
_COUNTED: Final = {
    "hold_rate_by_lane": ("cases", "held", "inspected", "found"),
    "threshold": ("answers", "changed", "inspected_after"),
    "estimates": ("chosen", "random"),
}
"""Counts that must grow as the data does."""

_TABLES: Final = ("decisions", "deliveries", "outcomes", "actions", "events")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--decisions", type=int, default=10_000_000, help="(default %(default)s)")
    parser.add_argument(
        "--events", type=int, default=20_000, help="of the real mix (default %(default)s)"
    )


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as name:
        installation = logged(Path(name), given.events, report)
        with store(Path(name)) as (client, port, passwords):
            rows = shipped(installation, client, port, passwords["engine"])
            login = StoreLogin("127.0.0.1", port, "analyst", passwords["analyst"])
            client.command(_INSPECTED)
            client.command(_ACTED)
            before = _counts(login)
            began = time.perf_counter()
            many = multiply(client, given.decisions)
            report.note(
                f"{many:,} decisions: {rows:,} real ones again and again, of other days and ids, "
                f"made in {time.perf_counter() - began:.0f} s"
            )
            _check(before, _counts(login), many // rows)
            report.note("checked: what is counted over everything has grown as often")
            subject = str(client.command("SELECT subject_hex FROM haechi.decisions LIMIT 1"))
            found = [_timed(one, login, subject) for one in questions().values()]
            found += _pages(client, login, subject)
    report.table("analysts", ["question", "rows", "first_s", "p50_s"], found)
    for question, _, _, p50_s in found:
        report.goal(f"s to answer {question}", round(p50_s, 3), _GOAL_S)


def multiply(client: Any, wanted: int) -> int:
    """Repeat everything in the store until it has this many decisions; returns how many."""
    count = int(client.command("SELECT count() FROM haechi.decisions"))
    stride = 1 + int(client.command("SELECT max(offset) FROM haechi.events"))
    copies = max(1, wanted // count)
    step_us = _DAYS * 86_400_000_000 // copies
    chunk = max(1, _CHUNK // count)
    client.command("SYSTEM STOP MERGES")
    with Progress("repeating", copies) as progress:
        for first in range(1, copies, chunk):
            many = min(chunk, copies - first)
            for table in _TABLES:
                _repeat(client, table, first, many, stride, step_us)
            progress.at(first)
    client.command("SYSTEM START MERGES")
    for table in _TABLES:
        client.command(f"OPTIMIZE TABLE haechi.{table} FINAL")
    return int(client.command("SELECT count() FROM haechi.decisions"))


def _repeat(client: Any, table: str, first: int, many: int, stride: int, step_us: int) -> None:
    rows = client.query(
        "SELECT name FROM system.columns WHERE database = 'haechi' AND table = {table:String} "
        "AND default_kind != 'ALIAS' ORDER BY position",
        parameters={"table": table},
    ).result_rows
    names = [str(name) for (name,) in rows]
    values = (_CHANGED.get(name, "{0}").format(f"r.{name}") for name in names)
    client.command(
        f"INSERT INTO haechi.{table} ({', '.join(names)}) "  # noqa: S608
        f"WITH {stride} AS stride, {step_us} AS step_us, number AS k "
        f"SELECT {', '.join(values)} "
        f"FROM haechi.{table} AS r CROSS JOIN numbers({first}, {many}) AS n WHERE r.offset >= 0"
    )


def _counts(login: StoreLogin) -> dict[str, int]:
    """Counts of some questions over everything."""
    counts: Counter[str] = Counter()
    for name, columns in _COUNTED.items():
        question = questions()[name]
        bound = question.bind({"since": "90d"})
        answer = b"".join(stream(login, question.statement, "JSONEachRow", bound))
        for row in map(json.loads, answer.splitlines()):
            counts.update({f"{name} {column}": int(row[column]) for column in columns})
    return dict(counts)


def _check(before: dict[str, int], after: dict[str, int], times: int) -> None:
    """Refuse to time what is not right."""
    for name, count in before.items():
        if after[name] != times * count:
            raise AssertionError(f"{name}: {count} became {after[name]}, not {times} times that")


def _pages(client: Any, login: StoreLogin, subject: str) -> list[list[Any]]:
    """What the live page asks, as :func:`_timed`; it looks for what is new, and once for all."""
    head = int(client.command("SELECT max(offset) FROM haechi.decisions"))
    decision, carrier, day = client.query(
        "SELECT decision_id, carrier, toString(toDate(event_time, 'UTC')) FROM haechi.decisions "
        "WHERE carrier != '' AND verdict != 'RELEASE' AND offset >= 0 LIMIT 1"
    ).first_row
    given = {
        "after": head - _LATEST, "until": head, "since": int(time.time()) - 300, "id": decision,
        "subject": int(subject, 16), "carrier": carrier, "day": day, "most": 5_000,
    }  # fmt: skip
    asking = Store(
        lambda: clickhouse_connect.get_client(
            host=login.host, port=login.port, username=login.user, password=login.password,
            compress=False,
        )
    )  # fmt: skip
    found = []
    for name in statements():
        named = {key: value for key, value in given.items() if f"{{{key}:" in statement(name)}
        took = []
        for _ in range(1 + _AGAIN):
            began = time.perf_counter()
            rows = len(asking.rows(name, **named))
            took.append(time.perf_counter() - began)
        found.append([f"page: {name}", rows, took[0], statistics.median(took[1:])])
    return found


def _timed(question: Question, login: StoreLogin, subject: str) -> list[Any]:
    """Its name, rows, seconds of the first time, and of a later one."""
    given = {p.name: subject for p in question.parameters if p.default is None}
    took, lines = [], 0
    for _ in range(1 + _AGAIN):
        began = time.perf_counter()
        bound = question.bind(given)
        answer = b"".join(stream(login, question.statement, "TSV", bound))
        took.append(time.perf_counter() - began)
        lines = answer.count(b"\n")
    return [question.name, lines, took[0], statistics.median(took[1:])]
