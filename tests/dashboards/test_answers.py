"""Every question gives rows, and they are what plain Python counts in the base tables."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from plain import ASKED, Row, agree, first_answers, grouped, interval, labels, share, tally

from haechi.dashboards.questions import questions
from haechi.streams.monitor import estimates

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def decisions(analyst: Any) -> list[Row]:
    return analyst.rows("decisions", "*, hs_chapter, subject_hex")


@pytest.fixture(scope="module")
def outcomes(analyst: Any) -> list[Row]:
    return analyst.rows("outcomes")


def test_every_question_has_rows(analyst: Any, decisions: list[Row]) -> None:
    subject = decisions[0]["subject_hex"]
    for name, question in questions().items():
        needed = {p.name: subject for p in question.parameters if p.default is None}
        assert analyst.ask(name, **needed), name


@pytest.mark.parametrize("key", ["lane", "hs_chapter", "origin"])
def test_hold_rates(analyst: Any, decisions: list[Row], outcomes: list[Row], key: str) -> None:
    known = labels(decisions, outcomes)
    expected = []
    for (kind, value), rows in grouped(
        first_answers(decisions), lambda row: (row["subject_kind"], row[key])
    ).items():
        if key != "lane" and not value:
            continue
        verdicts = Counter(row["verdict"] for row in rows)
        chosen = [
            row["found"] for row in known
            if (row["subject_kind"], row[key], row["chosen_by"]) == (kind, value, "MODEL")
        ]  # fmt: skip
        low, high = interval(sum(chosen), len(chosen))
        expected.append(
            {"subject_kind": kind, key: value, "cases": len(rows), "held": verdicts["HOLD"],
             "referred": verdicts["REFER"], "inspected": len(chosen), "found": sum(chosen),
             "hold_rate": verdicts["HOLD"] / len(rows),
             "precision": share(sum(chosen), len(chosen)),
             "precision_low": low, "precision_high": high}
        )  # fmt: skip
    agree(analyst.ask(f"hold_rate_by_{key}"), expected)


def test_estimates_are_the_monitors_own(
    analyst: Any, decisions: list[Row], outcomes: list[Row]
) -> None:
    known = labels(decisions, outcomes)
    lanes = grouped(known, lambda row: (row["subject_kind"], row["lane"]))
    tallies = {key: (tally(rows),) * 2 for key, rows in lanes.items()}
    for kind in {kind for kind, _ in lanes}:
        whole, checked = estimates.Tally(), estimates.Tally()
        for (of, _), (one, _) in list(tallies.items()):
            if of == kind and _:
                whole = whole.plus(one)
                checked = checked.plus(one) if one.drawn.n else checked
        tallies[kind, ""] = whole, checked
    expected = []
    for (kind, lane), (whole, checked) in tallies.items():
        row: Row = {"subject_kind": kind, "lane": lane, "chosen": whole.chosen.n,
                    "random": whole.drawn.n, "other": whole.other.n}  # fmt: skip
        for name, made, of in (
            ("precision", estimates.precision, whole),
            ("found_at_random", estimates.found_at_random, whole),
            ("prevalence", estimates.prevalence, checked),
            ("recall", estimates.recall, checked),
            ("lift", estimates.lift, checked),
        ):
            figure = made(of)
            row |= {name: figure.value, f"{name}_low": figure.low, f"{name}_high": figure.high}
        expected.append(row)
    assert any(not math.isnan(row["recall"]) for row in expected)
    agree(analyst.ask("estimates"), expected)


def test_seizures_per_hour(analyst: Any, decisions: list[Row], outcomes: list[Row]) -> None:
    corrected = {row["corrects_event_id"] for row in outcomes} - {""}
    of = {row["decision_id"]: row for row in decisions}
    done = [
        row for row in outcomes
        if row["event_id"] not in corrected and row["result"] != "NOT_DONE"
        and row["started_at"] and row["finished_at"] and row["decision_id"] in of
    ]  # fmt: skip

    def group(row: Row) -> tuple[str, ...]:
        decision = of[row["decision_id"]]
        return decision["subject_kind"], decision["lane"], row["selected_by"]

    expected = []
    for (kind, lane, by), rows in grouped(done, group).items():
        hours = sum((row["finished_at"] - row["started_at"]).total_seconds() for row in rows) / 3600
        seizures = sum(row["result"] == "FOUND" for row in rows)
        expected.append(
            {"subject_kind": kind, "lane": lane, "selected_by": by, "inspections": len(rows),
             "seizures": seizures, "hours": hours,
             "seizures_per_hour": seizures / hours if hours else math.nan}
        )  # fmt: skip
    agree(analyst.ask("seizures_per_hour"), expected)


@pytest.mark.parametrize("feature", ["", "tax_rate", "no_such_feature"])
def test_drift(analyst: Any, decisions: list[Row], feature: str) -> None:
    since = datetime.now(UTC) - timedelta(days=5)
    answers = [row for row in decisions if row["kind"] == "ANSWER"]

    def values(rows: list[Row]) -> list[float]:
        if not feature:
            return [row["log_odds"] for row in rows]
        return [row["features"][feature] for row in rows if feature in row["features"]]

    def binned(rows: list[Row]) -> Counter[int | None]:
        known = values(rows)
        wide = [math.asinh(100 * value) if feature else value for value in known]
        bins: Counter[int | None] = Counter(math.floor(2 * value) for value in wide)
        if len(known) < len(rows):
            bins[None] = len(rows) - len(known)
        return bins

    def is_old(row: Row) -> bool:
        return bool(row["event_time"].replace(tzinfo=UTC) < since)

    expected = []
    now = grouped(
        (row for row in answers if not is_old(row)),
        lambda row: (row["subject_kind"], row["event_time"].strftime("%Y-%m-%d %H:00:00")),
    )
    for (kind, period), rows in now.items():
        p = binned(rows)
        q = binned([row for row in answers if is_old(row) and row["subject_kind"] == kind])
        bins = p.keys() | q.keys()
        psi = 0.0
        for at in bins:
            x = (p[at] + 0.5) / (p.total() + 0.5 * len(bins))
            y = (q[at] + 0.5) / (q.total() + 0.5 * len(bins))
            psi += (x - y) * math.log(x / y)
        known = values(rows)
        expected.append(
            {"subject_kind": kind, "period": period, "answers": len(rows), "before": q.total(),
             "psi": psi,
             "mean" if feature else "mean_log_odds": sum(known) / len(known) if known else math.nan}
        )  # fmt: skip
    given = {"since": since.isoformat(), "period_s": "3600"}
    if feature:
        agree(analyst.ask("drift_of_feature", feature=feature, **given), expected)
    else:
        assert max(row["psi"] for row in expected) > 0
        agree(analyst.ask("drift_of_score", **given), expected)


def test_officers_agreement(analyst: Any, decisions: list[Row]) -> None:
    of = {row["decision_id"]: row for row in decisions}
    acts = [row for row in analyst.rows("actions") if row["actor_kind"] == "OFFICER"
            and row["from_verdict"] != "RELEASE"]  # fmt: skip
    last = [
        max(rows, key=lambda row: (row["event_time"], row["offset"]))
        for rows in grouped(acts, lambda row: row["decision_id"]).values()
    ]
    expected = []
    for (kind, lane, verdict), rows in grouped(
        (row for row in last if of[row["decision_id"]]["verdict"] != "RELEASE"),
        lambda row: (of[row["decision_id"]]["subject_kind"], of[row["decision_id"]]["lane"],
                     row["from_verdict"]),
    ).items():  # fmt: skip
        kept = sum(row["to_verdict"] == row["from_verdict"] for row in rows)
        low, high = interval(kept, len(rows))
        expected.append(
            {"subject_kind": kind, "lane": lane, "verdict": verdict, "acts": len(rows),
             "kept": kept, "agreement": kept / len(rows), "agreement_low": low,
             "agreement_high": high}
        )  # fmt: skip
    assert any(row["kept"] for row in expected)
    agree(analyst.ask("officers_agreement"), expected)


def test_threshold(analyst: Any, decisions: list[Row], outcomes: list[Row]) -> None:
    hold, refer = math.log(0.9 / 0.1), math.log(0.2 / 0.8)
    judged = {}
    for row in decisions:
        if row["kind"] != "ANSWER":
            continue
        asks = row["log_odds"] >= refer or row["selection"] >= hold
        after, chosen = "RELEASE", asks
        if (row["selected_by"] in ("RULE", "OFFICER") or row["routed"]
                or not math.isnan(row["bar"]) or row["code_class"] == "OFFICER"):  # fmt: skip
            after, chosen = row["verdict"], row["selected_by"] == "MODEL"
        elif asks:
            face = row["face"]
            alone = face > 0 and row["log_odds"] - face < refer and row["selection"] - face < hold
            after = "HOLD" if row["selection"] >= hold and not alone else "REFER"
        elif (set(row["missing"]) - set(row["excused"]) or row["is_crowded"]
                or row["draw"] < row["explore"]):  # fmt: skip
            after = "REFER"
        judged[row["decision_id"]] = row | {"after": after, "is_chosen": chosen}
    known = labels(decisions, outcomes)
    expected = []
    for (kind, lane), rows in grouped(
        judged.values(), lambda row: (row["subject_kind"], row["lane"])
    ).items():
        opened = [
            row for row in known
            if (row["subject_kind"], row["lane"]) == (kind, lane) and row["chosen_by"]
            and judged.get(row["decision_id"], {}).get("is_chosen")
        ]  # fmt: skip
        weight = sum(1 / row["propensity"] for row in opened)
        found = sum(row["found"] / row["propensity"] for row in opened)
        expected.append(
            {"subject_kind": kind, "lane": lane, "answers": len(rows),
             "changed": sum(row["verdict"] != row["after"] for row in rows),
             "held_before": sum(row["verdict"] == "HOLD" for row in rows),
             "held_after": sum(row["after"] == "HOLD" for row in rows),
             "referred_after": sum(row["after"] == "REFER" for row in rows),
             "inspected_after": len(opened),
             "precision_after": found / weight if weight else math.nan}
        )  # fmt: skip
    assert any(row["changed"] for row in expected)
    agree(analyst.ask("threshold", hold_at="0.9", refer_at="0.2"), expected)


def test_as_it_stood_no_threshold_changes_what_scores_decided(
    analyst: Any, decisions: list[Row]
) -> None:
    # The lane's own thresholds, given back, must give its own verdicts.
    rows = [r for r in decisions if r["kind"] == "ANSWER" and r["lane"] == "express"
            and r["stage"] == "SORTER" and r["selected_by"] != "RULE"]  # fmt: skip
    assert len({row["hold_at"] for row in rows}) == 1
    own = 1 / (1 + math.exp(-rows[0]["hold_at"]))
    found = {row["lane"]: row for row in analyst.ask("threshold", since="2d", hold_at=repr(own))}
    assert found["express"]["changed"] == 0


def test_evidence_gaps_and_faces(analyst: Any, decisions: list[Row]) -> None:
    asked = [row for row in decisions if row["kind"] in ASKED]
    flat = [
        {"hour": row["event_time"].strftime("%Y-%m-%d %H:00:00"), "stream": stream.lower(),
         "gap": row["evidence"].get(stream.lower(), "ABSENT") if stream in row["missing"] else "",
         **{key: row[key] for key in ("site", "lane", "gate")}}
        for row in asked for stream in row["required"]
    ]  # fmt: skip
    keys = ("hour", "site", "lane", "stream")
    expected = []
    for key, rows in grouped(flat, lambda row: tuple(row[k] for k in keys)).items():
        gaps = Counter(row["gap"] for row in rows)
        expected.append(
            {**dict(zip(keys, key, strict=True)), "required": len(rows),
             "gaps": len(rows) - gaps[""], "absent": gaps["ABSENT"], "failed": gaps["FAILED"],
             "sensor_down": gaps["SENSOR_DOWN"]}
        )  # fmt: skip
    agree(analyst.ask("evidence_gaps"), expected)
    faces = grouped(
        (row for row in flat if row["stream"] == "face"), lambda row: (row["site"], row["gate"])
    )
    agree(
        analyst.ask("face_capture"),
        [{"site": site, "gate": gate, "required_face": len(rows),
          "captured": sum(row["gap"] == "" for row in rows),
          "sensor_down": sum(row["gap"] == "SENSOR_DOWN" for row in rows)}
         for (site, gate), rows in faces.items()],
    )  # fmt: skip
