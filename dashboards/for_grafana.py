"""Grafana dashboards as code: analysts' questions, worded for the ClickHouse data source.

Grafana puts its values into the text of a statement. So every value that a person may type goes in
percent-encoded, in which nothing ends a string, and is decoded by ClickHouse; the time range comes
as numbers that the data source itself writes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from haechi.dashboards.questions import Question, question

TYPE: Final = "grafana-clickhouse-datasource"
UID: Final = "haechi"
PLUGIN: Final = "4.0.0"
"""Least version of the data source whose format this is."""

_SOURCE: Final = {"type": TYPE, "uid": UID}
_WIDTH: Final = 24
_PARAMETER: Final = re.compile(r"\{(\w+):\s*([^{}]+?)\s*\}")
_MACROS: Final = {"since": "$__fromTime_ms", "until": "$__toTime_ms"}
_AGO: Final = re.compile(r"(\d+)([mhd])")
_UNITS: Final = {"m": "MINUTE", "h": "HOUR", "d": "DAY"}
_SHOWN: Final = {"rate": "percentunit", "share": "percentunit", "ms": "ms", "s": "s", "us": "µs"}
"""Grafana's units by the last word of a column's name."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One question on a dashboard.

    Parameters
    ----------
    name
        The question's.
    width, height
        In Grafana's grid, of 24 columns.
    kind
        Grafana's panel: ``table`` or ``timeseries``.
    """

    name: str
    width: int = _WIDTH
    height: int = 8
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard.

    Parameters
    ----------
    name
        Its file's name and its uid.
    title
        What people see.
    since
        Time range that it opens with, up to now.
    panels
        What it shows, from left to right and down.
    variables
        Parameters that people may type, with the value it opens with.
    """

    name: str
    title: str
    since: str
    panels: tuple[Shown, ...]
    variables: Mapping[str, str]


DASHBOARDS: Final = (
    Dashboard(
        "haechi-now",
        "Haechi: the port now",
        "now-24h",
        (
            Shown("decisions_per_minute", 16, kind="timeseries"),
            Shown("latency", 8),
            Shown("stops"),
            Shown("queue_by_lane"),
            Shown("evidence_gaps", 12),
            Shown("sensors_down", 12),
            Shown("revisions"),
            Shown("dead_letters", 12),
            Shown("store_lag", 12),
        ),
        {},
    ),
    Dashboard(
        "haechi-holds",
        "Haechi: holds and what they found",
        "now-7d",
        (
            Shown("hold_rate_by_lane"),
            Shown("hold_rate_by_hs_chapter"),
            Shown("hold_rate_by_origin"),
            Shown("seizures_per_hour", 12),
            Shown("officers_agreement", 12),
            Shown("rule_hits"),
            Shown("face_capture", 12),
            Shown("latency_heatmap", 12),
        ),
        {},
    ),
    Dashboard(
        "haechi-models",
        "Haechi: models",
        "now-30d",
        (
            Shown("model_quality"),
            Shown("estimates"),
            Shown("drift_of_score", 12),
            Shown("drift_alarms", 12),
            Shown("drift_of_feature"),
            Shown("threshold"),
        ),
        {"lane": "", "feature": "tax_rate", "hold_at": "0.6", "refer_at": "0"},
    ),
    Dashboard(
        "haechi-history",
        "Haechi: one subject's history",
        "now-30d",
        (Shown("history", height=20),),
        {"subject": ""},
    ),
)


def statement(asked: Question, variables: Mapping[str, str]) -> str:
    """Word a question for Grafana.

    Parameters
    ----------
    asked
        The question.
    variables
        Parameters that are variables of the dashboard; the others keep their defaults.
    """
    known = {parameter.name: parameter for parameter in asked.parameters}

    def worded(found: re.Match[str]) -> str:
        name, kind = found[1], found[2]
        if name in _MACROS:
            return _MACROS[name]
        if name in variables:
            typed = f"decodeURLComponent('${{{name}:percentencode}}')"
            return typed if kind == "String" else f"CAST({typed}, '{kind}')"
        default = known[name].default
        assert default is not None, f"{asked.name} needs {name}: make it a variable"
        ago = _AGO.fullmatch(default)
        if ago is not None:
            return f"(now64(6, 'UTC') - INTERVAL {ago[1]} {_UNITS[ago[2]]})"
        value = known[name].bind(default, datetime.now(UTC))
        return f"'{value}'" if kind == "String" else f"CAST({value}, '{kind}')"

    return _PARAMETER.sub(worded, asked.statement)


def build(dashboard: Dashboard) -> dict[str, Any]:
    """Make Grafana's JSON of a dashboard."""
    panels = []
    left = top = below = 0
    for number, shown in enumerate(dashboard.panels, start=1):
        if left + shown.width > _WIDTH:
            left, top = 0, below
        place = {"x": left, "y": top, "w": shown.width, "h": shown.height}
        below = max(below, top + shown.height)
        left += shown.width
        panels.append(_panel(number, shown, place, dashboard.variables))
    return {
        "uid": dashboard.name,
        "title": dashboard.title,
        "tags": ["haechi"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "timezone": "utc",
        "time": {"from": dashboard.since, "to": "now"},
        "refresh": "",
        "templating": {
            "list": [_variable(name, value) for name, value in dashboard.variables.items()]
        },
        "panels": panels,
    }


def text(dashboard: Dashboard) -> str:
    """Grafana's JSON of a dashboard, as it lies in ``dashboards/grafana``."""
    return json.dumps(build(dashboard), indent=2, ensure_ascii=False) + "\n"


def _panel(
    number: int, shown: Shown, place: Mapping[str, int], variables: Mapping[str, str]
) -> dict[str, Any]:
    asked = question(shown.name)
    in_time = shown.kind == "timeseries"
    return {
        "id": number,
        "type": shown.kind,
        "title": asked.title,
        "description": asked.about,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {}, "overrides": [_unit(*one) for one in _SHOWN.items()]},
        "options": {},
        "targets": [
            {
                "refId": "A",
                "datasource": _SOURCE,
                "editorType": "sql",
                "queryType": "timeseries" if in_time else "table",
                "format": 0 if in_time else 1,
                "pluginVersion": PLUGIN,
                "rawSql": statement(asked, variables),
            }
        ],
    }


def _unit(word: str, unit: str) -> dict[str, Any]:
    return {
        "matcher": {"id": "byRegexp", "options": f"/_{word}$/"},
        "properties": [{"id": "unit", "value": unit}],
    }


def _variable(name: str, value: str) -> dict[str, Any]:
    option = {"text": value, "value": value, "selected": True}
    return {
        "name": name,
        "type": "textbox",
        "label": name,
        "query": value,
        "current": option,
        "options": [option],
    }
