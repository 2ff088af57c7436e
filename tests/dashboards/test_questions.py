"""Questions' heads, what they take and what they refuse, and the command that asks them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from haechi.app.query import stream
from haechi.dashboards.questions import Question, parse, question, questions
from haechi.engine.errors import ConfigError, StoreError

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
ALL = list(questions().values())
EVIL = "'; DROP TABLE haechi.decisions; --"

TYPED = """-- What it answers
-- and more of it.
-- param lane: only this lane (default all)
-- param most: rows at most (default 10)
-- param part: a share (default none)
SELECT {lane:String}, {most:UInt8}, {part:Float64}, {lane:String}
"""


def test_a_head_tells_what_a_question_takes() -> None:
    one = parse("x", TYPED)
    assert (one.title, one.about) == ("What it answers", "and more of it.")
    assert [(p.name, p.type, p.default, p.about) for p in one.parameters] == [
        ("lane", "String", "", "only this lane"),
        ("most", "UInt8", "10", "rows at most"),
        ("part", "Float64", None, "a share"),
    ]
    assert one.statement.startswith("SELECT {lane:String}")
    assert one.bind({"part": "0.5"}) == {"lane": "", "most": "10", "part": "0.5"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("-- What it answers\n-- and more of it.\n", ""),
        ("-- param lane: only this lane (default all)\n", ""),
        ("(default 10)", ""),
        ("{most:UInt8}", "{most:Array(UInt8)}"),
        ("{lane:String}, {most", "{lane:UInt8}, {most"),
        ("param lane", "param line"),
    ],
)
def test_a_file_whose_head_does_not_fit_is_refused(before: str, after: str) -> None:
    with pytest.raises(ConfigError, match=r"x\.sql"):
        parse("x", TYPED.replace(before, after, 1))


@pytest.mark.parametrize(
    ("given", "bound"),
    [
        ("now", "2026-03-01 08:00:00.000000"),
        ("24h", "2026-02-28 08:00:00.000000"),
        ("90m", "2026-03-01 06:30:00.000000"),
        ("2026-02-01", "2026-02-01 00:00:00.000000"),
        ("2026-02-01T09:00+09:00", "2026-02-01 00:00:00.000000"),
    ],
)
def test_times_are_given_as_people_say_them(given: str, bound: str) -> None:
    assert question("dead_letters").bind({"since": given}, NOW)["since"] == bound


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_every_question_refuses_what_it_does_not_take(one: Question) -> None:
    assert one.title
    needed = {p.name: "00" for p in one.parameters if p.default is None}
    one.bind(needed, NOW)
    with pytest.raises(ConfigError, match="no parameter 'nonsense'"):
        one.bind(needed | {"nonsense": "1"}, NOW)
    for missing in needed:
        with pytest.raises(ConfigError, match=f"needs {missing}"):
            one.bind({}, NOW)
    for parameter in one.parameters:
        wrong = ["x" * 1001, "\0"] if parameter.type == "String" else [EVIL, "", "nan", "1e999"]
        if parameter.type.startswith("UInt"):
            wrong += ["-1", "1.5", str(2**64)]
        if parameter.type.startswith("DateTime"):
            wrong += ["9999999d", "0001-01-01", "yesterday"]
        for value in wrong:
            with pytest.raises(ConfigError, match=f"parameter {parameter.name}: .* is no "):
                one.bind(needed | {parameter.name: value}, NOW)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_parameter_that_is_sql_is_text(analyst: Any) -> None:
    before = len(analyst.rows("decisions", "decision_id"))
    assert analyst.ask("model_quality", lane=EVIL) == []
    assert analyst.ask("history", subject=EVIL) == []
    for text in (EVIL, "a\tb\\n\\c\nd\r'\"`{lane:String}", "여행자"):
        bound = parse("x", "-- t\n-- param x: y (default all)\nSELECT {x:String} AS x").bind(
            {"x": text}
        )
        raw = b"".join(stream(analyst.login, "SELECT {x:String} AS x", "JSONEachRow", bound))
        assert json.loads(raw)["x"] == text
    assert len(analyst.rows("decisions", "decision_id")) == before


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("given", [{"hold_at": "1.5"}, {"hold_at": "0"}, {"refer_at": "-1"}])
def test_a_threshold_is_a_probability(analyst: Any, given: dict[str, str]) -> None:
    with pytest.raises(StoreError, match="are probabilities"):
        analyst.ask("threshold", **given)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "statement",
    ["DROP TABLE decisions", "INSERT INTO dead_letters (shard) VALUES (1)", "SYSTEM STOP MERGES",
     "ALTER TABLE decisions DELETE WHERE 1", "TRUNCATE TABLE outcomes"],
)  # fmt: skip
def test_whom_questions_are_asked_as_may_not_write(analyst: Any, statement: str) -> None:
    with pytest.raises(StoreError):
        list(stream(analyst.login, statement, "TSV"))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_command_prints_csv_json_and_a_table(query: Callable[..., Any]) -> None:
    asked = ("hold_rate_by_lane", "--param", "since=300d")
    as_csv = list(csv.DictReader(io.StringIO(query(*asked, "--csv").stdout)))
    as_json = json.loads(query(*asked, "--json").stdout)["data"]
    as_table = query(*asked, "--format", "PrettyCompactMonoBlock").stdout
    assert len(as_csv) == len(as_json) > 1
    for one, other in zip(as_csv, as_json, strict=True):
        assert (one["lane"], int(one["cases"])) == (other["lane"], int(other["cases"]))
        assert one["lane"] in as_table
    assert query("hold_rate_by_lane", "--sql").stdout.startswith("WITH\n")
    listed = query("--list").stdout
    assert all(one.name in listed and one.title in listed for one in ALL)
    assert {one["name"] for one in json.loads(query("--list", "--json").stdout)} == set(questions())


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        ((), "haechi query --list"),
        (("no_such",), "haechi query --list"),
        (("stops", "--param", "most"), "NAME=VALUE"),
        (("stops", "--param", "most=1", "--param", "most=2"), "once"),
        (("stops", "--param", f"most={EVIL}"), "whole number"),
        (("history",), "needs subject"),
        (("history", "--traveler", "t1", "--param", "subject=00"), "not both"),
        (("stops", "--traveler", "t1"), "no parameter 'subject'"),
    ],
)
def test_the_command_tells_what_is_wrong(
    query: Callable[..., Any], arguments: tuple[str, ...], remedy: str
) -> None:
    done = query(*arguments)
    assert done.returncode == 2
    assert remedy in done.stderr
    assert "Traceback" not in done.stderr
