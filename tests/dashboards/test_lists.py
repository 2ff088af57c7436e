"""What the live page and the dashboards list, counted anew in plain Python."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from plain import ASKED, Row, agree, grouped, labels, place, share

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

WAITING = ("OPEN", "TAKEN", "SECOND", "ESCALATED")


@pytest.fixture(scope="module")
def decisions(analyst: Any) -> list[Row]:
    return analyst.rows("decisions", "*, subject_hex, probability")


def asked(decisions: list[Row]) -> list[Row]:
    return [row for row in decisions if row["kind"] in ASKED]


def test_decisions_per_minute(analyst: Any, decisions: list[Row]) -> None:
    minutes = grouped(asked(decisions), lambda row: row["event_time"].strftime("%Y-%m-%d %H:%M:00"))
    expected = []
    for minute, rows in minutes.items():
        verdicts = Counter(row["verdict"] for row in rows)
        expected.append(
            {"minute": minute, "released": verdicts["RELEASE"], "held": verdicts["HOLD"],
             "referred": verdicts["REFER"]}
        )  # fmt: skip
    agree(analyst.ask("decisions_per_minute"), expected)


def test_stops_and_the_queue(analyst: Any, decisions: list[Row]) -> None:
    cases = grouped(decisions, lambda row: row["case_key"])
    last = [max(rows, key=place) for rows in cases.values()]
    waiting = [row for row in last if row["task"] in WAITING]
    found = analyst.ask("stops")
    assert {row["decision_id"] for row in found} == {row["decision_id"] for row in waiting}
    assert [row["review_by"] for row in found] == sorted(row["review_by"] for row in found)
    assert len(analyst.ask("stops", most="3")) == 3
    lanes = grouped(waiting, lambda row: (row["subject_kind"], row["lane"]))
    expected = [
        {"subject_kind": kind, "lane": lane, "tasks": len(rows),
         "open": sum(row["task"] == "OPEN" for row in rows),
         "escalated": sum(row["task"] == "ESCALATED" for row in rows),
         "holds": sum(row["verdict"] == "HOLD" for row in rows),
         "next_review_by": f"{min(row['review_by'] for row in rows):%Y-%m-%d %H:%M:%S.%f}"}
        for (kind, lane), rows in lanes.items()
    ]  # fmt: skip
    agree(analyst.ask("queue_by_lane"), expected)


def test_revisions(analyst: Any, decisions: list[Row]) -> None:
    verdicts = {row["decision_id"]: row["verdict"] for row in decisions}
    expected = [
        {"decision_id": row["decision_id"], "kind": row["kind"], "verdict": row["verdict"],
         "verdict_before": verdicts.get(row["supersedes"], ""), "phase": row["phase"],
         "probability": row["probability"]}
        for row in decisions if row["kind"] in ("REVISION", "ALERT", "FOLLOW_UP", "ESCALATION")
    ]  # fmt: skip
    assert any(row["verdict_before"] not in ("", row["verdict"]) for row in expected)
    agree(analyst.ask("revisions"), expected)


def test_rule_hits(analyst: Any, decisions: list[Row]) -> None:
    known = {row["decision_id"]: row for row in labels(decisions, analyst.rows("outcomes"))}
    hits = [
        (row, rule, is_shadow)
        for row in asked(decisions)
        for is_shadow, rules in ((False, row["rules"]), (True, row["shadow_rules"]))
        for rule in rules
    ]
    expected = []
    for (rule, is_shadow), rows in grouped(hits, lambda hit: hit[1:]).items():  # type: ignore[arg-type,index,return-value]
        opened = [known[row["decision_id"]] for row, *_ in rows if row["decision_id"] in known]
        found = sum(row["found"] for row in opened)
        expected.append(
            {"rule": rule, "is_shadow": is_shadow, "hits": len(rows),
             "held": sum(row["verdict"] == "HOLD" for row, *_ in rows), "inspected": len(opened),
             "found": found, "found_rate": share(found, len(opened))}
        )  # fmt: skip
    assert {row["rule"] for row in expected} >= {"dear", "far", "tried"}
    agree(analyst.ask("rule_hits"), expected)


def test_latency(analyst: Any, decisions: list[Row]) -> None:
    took: list[tuple[str, str, float]] = [
        ("decided", f"{row['decided_at']:%Y-%m-%d %H:00:00}", row["queued_us"] + row["applied_us"])
        for row in asked(decisions)
    ]
    for row in analyst.rows("deliveries"):
        hour = f"{row['delivered_at']:%Y-%m-%d %H:00:00}"
        took += [("durable", hour, row["committed_us"]), ("returned", hour, row["returned_us"])]
    took = [one for one in took if math.isfinite(one[2])]
    buckets = Counter(
        (hour, clock, round(2 * math.log2(2 ** (math.floor(2 * math.log2(max(us, 1))) / 2))))
        for clock, hour, us in took
    )
    found = {
        (row["hour"], row["clock"], round(2 * math.log2(row["bucket_us"]))): row["answers"]
        for row in analyst.ask("latency_heatmap")
    }
    assert found == dict(buckets)
    for row in analyst.ask("latency"):
        values = sorted(us for clock, _, us in took if clock == row["clock"])
        assert row["answers"] == len(values)
        assert row["p50_ms"] == pytest.approx(values[len(values) // 2] / 1000)
        assert values[0] / 1000 <= row["p50_ms"] <= row["p99_ms"] <= row["p999_ms"]


def test_sensors_down(analyst: Any, decisions: list[Row]) -> None:
    flat = [
        (row, stream, state)
        for row in asked(decisions)
        for stream, state in row["evidence"].items()
    ]
    places = grouped(flat, lambda one: (one[0]["site"], one[0]["gate"], one[1]))  # type: ignore[index]
    expected = []
    for (site, gate, stream), rows in places.items():
        down = [row["event_time"] for row, _, state in rows if state == "SENSOR_DOWN"]
        back = [row["event_time"] for row, _, state in rows if state == "PRESENT"]
        if down:
            expected.append(
                {"site": site, "gate": gate, "stream": stream, "answers_without": len(down),
                 "last_down": f"{max(down):%Y-%m-%d %H:%M:%S.%f}",
                 "is_back": int(any(at > max(down) for at in back))}
            )  # fmt: skip
    agree(analyst.ask("sensors_down"), expected)


def test_letters_alarms_and_quality(analyst: Any) -> None:
    letters = grouped(analyst.rows("dead_letters"), lambda row: (row["reason"], row["source"]))
    expected = [
        {"reason": reason, "source": source, "letters": len(rows),
         "bytes": sum(row["size_bytes"] for row in rows),
         "last_detail": max(rows, key=lambda row: row["stamped_at"])["detail"]}
        for (reason, source), rows in letters.items()
    ]  # fmt: skip
    agree(analyst.ask("dead_letters"), expected)
    alarms = analyst.rows("drift_alarms")
    keys = ("subject_kind", "watched", "detector", "before", "after", "event_id")
    agree(analyst.ask("drift_alarms"), [{key: row[key] for key in keys} for row in alarms])
    for lane in ("", "express"):
        rows = [row for row in analyst.rows("model_quality") if row["lane"] == lane]
        latest = [
            max(group, key=lambda row: (row["at"], row["offset"]))
            for group in grouped(
                rows, lambda row: (row["subject_kind"], row["model"], row["metric"])
            ).values()
        ]
        keys = ("subject_kind", "model", "metric", "value", "low", "high", "n")
        expected = [{key: row[key] for key in keys} for row in latest]
        agree(analyst.ask("model_quality", lane=lane), expected)


def test_store_lag(analyst: Any, decisions: list[Row]) -> None:
    events = analyst.rows("events", "shard, offset, stamped_at")
    (row,) = analyst.ask("store_lag")
    assert row["last_offset"] == max(event["offset"] for event in events)
    newest = max(event["stamped_at"] for event in events)
    assert row["last_event"] == f"{newest:%Y-%m-%d %H:%M:%S.%f}"
    assert row["decisions"] == len(decisions)
    assert row["event_age_s"] >= 0


def test_history_by_hash_and_by_name(
    analyst: Any, decisions: list[Row], query: Callable[..., Any]
) -> None:
    found = None
    for subject, rows in grouped(decisions, lambda row: row["subject_hex"]).items():
        told = analyst.ask("history", subject=subject)
        ids = {row["decision_id"] for row in rows}
        assert {row["id"] for row in told if row["what"] == "decision"} == ids
        acts = sum(row["decision_id"] in ids for row in analyst.rows("actions", "decision_id"))
        assert sum(row["what"] == "action" for row in told) == acts
        assert [row["at"] for row in told] == sorted(row["at"] for row in told)
        assert {row["trigger_event_id"] for row in rows} <= {
            row["id"] for row in told if row["what"] == "event"
        } | {row["trigger_event_id"] for row in rows if len(rows) > 1}
        found = told if len(rows) > 3 else found
        if found is not None:
            break
    assert found
    # A name that nobody has is somebody else's hash, and has no history.
    done = query("history", "--traveler", "nobody", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["data"] == []
