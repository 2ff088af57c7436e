"""Grafana's dashboards: current, safe to type into, and telling what the questions tell."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from haechi.dashboards.for_grafana import DASHBOARDS, Dashboard, build, statement, text
from haechi.dashboards.questions import question, questions

FOLDER = Path(__file__).parents[2] / "dashboards" / "grafana"
PANELS = [(one, shown.name) for one in DASHBOARDS for shown in one.panels]
# Told by the clock, so that two answers differ.
AGES = re.compile(r"_s$|^age|^oldest|^overdue$")
HOSTILE = ["it's", "\\", "\\' OR 1 = 1 --", "' OR 1 = 1 --", "a%27b", "${subject}", "세관", "a b&c"]


def as_grafana_sends(sql: str, begin: datetime, end: datetime, typed: dict[str, str]) -> str:
    """Put values in as Grafana and version 4 of its data source do."""

    def variable(found: re.Match[str]) -> str:
        assert found[2] == "percentencode", "no other format is safe"
        # encodeURIComponent, and !'()* beside.
        return quote(typed[found[1]], safe="-_.~")

    sql = re.sub(r"\$\{(\w+):(\w+)\}", variable, sql)
    for macro, at in (("fromTime_ms", begin), ("toTime_ms", end)):
        ms = int(at.timestamp() * 1000)
        sql = re.sub(rf"\$__{macro}\b(?:\(\s*\))?", f"fromUnixTimestamp64Milli({ms})", sql)
    assert "$" not in sql
    return sql


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.name)
def test_the_json_is_current(dashboard: Dashboard) -> None:
    written = (FOLDER / f"{dashboard.name}.json").read_text("utf-8")
    assert written == text(dashboard), "stale: run haechi grafana, and copy its dashboards here"


def test_there_are_no_other_dashboards() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {one.name for one in DASHBOARDS}


def test_every_question_is_shown_once() -> None:
    assert sorted(name for _, name in PANELS) == sorted(questions())


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.name)
def test_panels_fill_the_grid_and_do_not_overlap(dashboard: Dashboard) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in build(dashboard)["panels"]:
        place = panel["gridPos"]
        own = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not own & taken
        assert max(x for x, _ in own) < 24
        taken |= own
        assert panel["datasource"]["uid"] == "haechi"
        assert panel["title"] == question(shown_name(dashboard, panel["id"])).title


def shown_name(dashboard: Dashboard, number: int) -> str:
    return dashboard.panels[number - 1].name


@pytest.mark.parametrize(("dashboard", "name"), PANELS, ids=[name for _, name in PANELS])
def test_nothing_but_known_variables_and_macros_is_left(dashboard: Dashboard, name: str) -> None:
    asked = statement(question(name), dashboard.variables)
    assert not re.search(r"\{\w+:\s*[A-Z]", asked), "a parameter that nobody fills"
    used = set(re.findall(r"\$\{(\w+):percentencode\}", asked))
    assert used <= set(dashboard.variables)
    rest = re.sub(r"\$\{\w+:percentencode\}|\$__(?:from|to)Time_ms\b", "", asked)
    assert "$" not in rest
    assert "[[" not in rest, "an old spelling of a variable"


def alike(value: Any) -> Any:
    """A number that was added up in another order differs in its last digit."""
    return pytest.approx(value, rel=1e-9, nan_ok=True) if isinstance(value, float) else value


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("dashboard", "name"), PANELS, ids=[name for _, name in PANELS])
def test_a_panel_tells_what_its_question_tells(
    analyst: Any, dashboard: Dashboard, name: str
) -> None:
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    begin = end - timedelta(days=7)
    typed = dict(dashboard.variables)
    if "subject" in typed:
        typed["subject"] = analyst.client.command("SELECT max(subject_hex) FROM decisions")
    asked = question(name)
    known = {parameter.name for parameter in asked.parameters}
    given = {key: value for key, value in typed.items() if key in known}
    given |= {key: at.isoformat() for key, at in (("since", begin), ("until", end)) if key in known}
    sql = as_grafana_sends(statement(asked, dashboard.variables), begin, end, typed)
    seen = analyst.client.query(sql)
    plain = analyst.client.query(asked.statement, parameters=asked.bind(given))
    assert seen.column_names == plain.column_names
    steady = [i for i, column in enumerate(seen.column_names) if not AGES.search(column)]
    assert len(seen.result_rows) == len(plain.result_rows)
    for own, other in zip(seen.result_rows, plain.result_rows, strict=True):
        for at in steady:
            assert own[at] == alike(other[at]), seen.column_names[at]
    assert seen.result_rows


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("typed", HOSTILE)
def test_what_is_typed_stays_a_value(analyst: Any, typed: str) -> None:
    now = datetime.now(UTC)
    sql = as_grafana_sends(
        "SELECT decodeURLComponent('${subject:percentencode}') AS it", now, now, {"subject": typed}
    )
    assert analyst.client.query(sql).result_rows == [(typed,)]
    history = statement(question("history"), {"subject": ""})
    sent = as_grafana_sends(history, now, now, {"subject": typed})
    assert analyst.client.query(sent).result_rows == []


def test_the_json_is_of_the_data_source() -> None:
    for path in FOLDER.iterdir():
        dashboard = json.loads(path.read_text("utf-8"))
        (targets,) = {len(panel["targets"]) for panel in dashboard["panels"]}
        assert targets == 1
        for panel in dashboard["panels"]:
            (target,) = panel["targets"]
            in_time = panel["type"] == "timeseries"
            assert (target["queryType"], target["format"]) == (
                ("timeseries", 0) if in_time else ("table", 1)
            )
            assert target["editorType"] == "sql"
