"""A small demo, played into a real installation once, with a few rows that it does not make."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest

from haechi.app import connect
from haechi.app.configuration import load_profile
from haechi.app.folder import DataFolder
from haechi.app.installation import Installation
from haechi.app.query import stream
from haechi.dashboards.questions import question

# Tests are no package; what they share is found beside them.
_spec = importlib.util.spec_from_file_location("plain", Path(__file__).with_name("plain.py"))
assert _spec is not None
assert _spec.loader is not None
_module = sys.modules["plain"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)

# Of what a short demo has too little: checks at random, a correction, a later find, an officer who
# agrees, rules that are met, a month before, alarms and letters. Each is a copy of what it made.
ADDED = """
INSERT INTO outcomes SELECT * REPLACE (lower(hex(MD5(decision_id))) AS event_id) FROM
(
    SELECT o.* REPLACE (
        d.decision_id AS decision_id, d.case_key AS case_key, 'RANDOM' AS selected_by,
        '' AS corrects_event_id, if(rand < 30, 0.05, 0.2) AS propensity,
        if(rand % 4 = 0, 'FOUND', 'NOTHING') AS result)
    FROM
    (
        SELECT decision_id, case_key, cityHash64(decision_id) % 100 AS rand
        FROM decisions WHERE kind = 'ANSWER' AND verdict = 'RELEASE'
    ) AS d
    CROSS JOIN (SELECT * FROM outcomes ORDER BY offset LIMIT 1) AS o
    WHERE rand < 60
);
INSERT INTO outcomes SELECT * REPLACE (
    event_id AS corrects_event_id, lower(hex(MD5(event_id))) AS event_id,
    offset + 100000 AS offset, 'FOUND' AS result)
FROM (SELECT * FROM outcomes WHERE result = 'NOTHING' ORDER BY event_id LIMIT 3);
INSERT INTO outcomes SELECT * REPLACE (
    lower(hex(MD5(concat('more', event_id)))) AS event_id, offset + 200000 AS offset,
    'FOUND' AS result, nan AS propensity, 'MODEL' AS selected_by)
FROM
(
    SELECT * FROM outcomes WHERE result = 'NOTHING' AND corrects_event_id = ''
    ORDER BY event_id LIMIT 2 OFFSET 5
);
INSERT INTO actions SELECT * REPLACE (
    lower(hex(MD5(event_id))) AS event_id, offset + 100000 AS offset,
    from_verdict AS to_verdict, event_time + toIntervalSecond(1) AS event_time)
FROM (SELECT * FROM actions WHERE actor_kind = 'OFFICER' ORDER BY event_id LIMIT 4);
INSERT INTO decisions SELECT * REPLACE (
    lower(hex(MD5(decision_id))) AS decision_id, cityHash64(case_key) AS case_key,
    offset + 100000 AS offset, ['dear', 'far'] AS rules, ['tried'] AS shadow_rules,
    'RULE' AS selected_by, map('face', 'SENSOR_DOWN') AS evidence, ['FACE'] AS required,
    ['FACE'] AS missing)
FROM (SELECT * FROM decisions WHERE kind = 'ANSWER' ORDER BY decision_id LIMIT 20);
INSERT INTO decisions SELECT * REPLACE (
    lower(hex(MD5(concat('then', decision_id)))) AS decision_id,
    cityHash64(case_key, 7) AS case_key, offset + 200000 AS offset, log_odds + 0.3 AS log_odds,
    event_time - toIntervalDay(10) AS event_time)
FROM (SELECT * FROM decisions WHERE kind = 'ANSWER');
INSERT INTO drift_alarms
    (offset, event_id, subject_kind, watched, detector, before, after, seen_offset, stamped_at)
VALUES (1, 'ab', 'PARCEL', 'residual', 'ADWIN', 0.1, 0.3, 1, now64());
INSERT INTO dead_letters
    (offset, reason, detail, source, source_offset, size_bytes, stamped_at)
VALUES (1, 'UNDECODABLE', 'a', 'x', 1, 10, now64()),
    (2, 'UNDECODABLE', 'b', 'x', 2, 5, now64() + 1),
    (3, 'TOO_OLD', 'c', '<script>', 3, 7, now64());
INSERT INTO model_quality (offset, at, subject_kind, lane, model, metric, value, low, high, n)
VALUES (1, now64(), 'PARCEL', '', 'decided', 'auc', 0.7, 0.6, 0.8, 9),
    (2, now64(), 'PARCEL', '', 'decided', 'auc', 0.8, 0.7, 0.9, 10),
    (2, now64(), 'PARCEL', 'express', 'decided', 'auc', 0.9, 0.8, 1.0, 5)
"""


@dataclass(frozen=True, slots=True)
class Analyst:
    """Asks a served installation."""

    root: Path
    login: connect.StoreLogin
    client: Any

    def ask(self, name: str, **given: str) -> list[dict[str, Any]]:
        """Rows of a question; over all that there is, unless it is told otherwise."""
        asked = question(name)
        known = {parameter.name for parameter in asked.parameters}
        wide = {"since": "300d", "until": "2150-01-01", "reference": "300d"}
        bound = asked.bind({k: v for k, v in wide.items() if k in known} | given)
        raw = b"".join(stream(self.login, asked.statement, "JSONEachRow", bound))
        return [json.loads(line) for line in raw.splitlines()]

    def rows(self, table: str, columns: str = "*") -> list[dict[str, Any]]:
        """Rows of a base table, for whoever counts them anew."""
        return list(self.client.query(f"SELECT {columns} FROM {table}").named_results())


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a demo that is over."""
    data = tmp_path_factory.mktemp("played") / "demo"
    done = subprocess.run(
        [sys.executable, "-m", "haechi.app", "demo", "--data", data, "--json",
         "--flights", "2", "--parcels", "60", "--seconds", "20"],
        check=False, capture_output=True, text=True, timeout=850,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[:500] + done.stderr
    return data


@pytest.fixture(scope="session")
def writer(played: Path) -> Iterator[Any]:
    """A client that may write, while the demo's store is served."""
    with Installation(played, any_port=True, engine=False):
        made = _client(connect.store(DataFolder(played), load_profile(None), "engine"))
        for statement in ADDED.split(";\n"):
            made.command(statement)
        yield made


@pytest.fixture(scope="session")
def analyst(played: Path, writer: Any) -> Analyst:
    """Who asks it."""
    login = connect.store(DataFolder(played), load_profile(None), "analyst")
    return Analyst(played, login, _client(login))


@pytest.fixture(scope="session")
def query(analyst: Analyst) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `haechi query` on it."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "haechi.app", "query", *arguments, "--data", analyst.root],
            check=False, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    return run


def _client(login: connect.StoreLogin) -> Any:
    return clickhouse_connect.get_client(
        host=login.host, port=login.port, username=login.user, password=login.password,
        database="haechi", autogenerate_session_id=False,
    )  # fmt: skip
