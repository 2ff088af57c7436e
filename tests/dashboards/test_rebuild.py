"""What the materialized view filled is what the base tables give, and can be made anew."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from plain import labels

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def known(analyst: Any) -> list[tuple[Any, ...]]:
    columns = ("decision_id", "chosen_by", "propensity", "found", "lane", "log_odds")
    rows = analyst.rows("labels")
    return sorted((tuple(row[column] for column in columns) for row in rows), key=repr)


def rebuild(analyst: Any) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "haechi.app", "query", "--rebuild", "--json",
         "--data", analyst.root],
        check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    (told,) = json.loads(done.stdout)
    return dict(told)


def test_the_view_was_right_and_is_the_same_anew(analyst: Any) -> None:
    before = known(analyst)
    plain = labels(analyst.rows("decisions"), analyst.rows("outcomes"))
    assert len(plain) == len(before)
    told = rebuild(analyst)
    assert (told["table"], told["missed"], told["stale"]) == ("labelled", 0, 0)
    assert repr(known(analyst)) == repr(before)


def test_an_insert_that_is_sent_again_counts_once(analyst: Any, writer: Any) -> None:
    before = known(analyst)
    outcome = analyst.client.query("SELECT * FROM outcomes WHERE result = 'FOUND' LIMIT 1")
    for token in ("again", "again", "with a fresh token"):
        writer.insert(
            "outcomes", outcome.result_rows, column_names=outcome.column_names,
            settings={"insert_deduplication_token": token},
        )  # fmt: skip
    assert repr(known(analyst)) == repr(before)
    assert rebuild(analyst)["missed"] == 0
    assert repr(known(analyst)) == repr(before)


def test_what_is_missed_or_made_up_is_told_and_mended(analyst: Any, writer: Any) -> None:
    before = known(analyst)
    writer.command("DELETE FROM labelled WHERE event_id IN "
                   "(SELECT event_id FROM labelled ORDER BY event_id LIMIT 4)")  # fmt: skip
    writer.command("INSERT INTO labelled (event_id, decision_id, result, lane, event_time) "
                   "VALUES ('made up', 'no decision', 'FOUND', 'walk', now64())")  # fmt: skip
    assert known(analyst) != before
    told = rebuild(analyst)
    assert (told["missed"] >= 1, told["stale"]) == (True, 1)
    assert repr(known(analyst)) == repr(before)
    assert rebuild(analyst)["missed"] == 0
