"""The schema in a real store, and what its views count."""

from __future__ import annotations

import math
from typing import Any

import pytest

from haechi.configs.schema import Target, decision_columns, migrate, schema_files
from haechi.engine.codes import Stream
from haechi.engine.features import FEATURES

COLUMNS = decision_columns(
    [(feature.name, feature.unit, feature.text) for feature in FEATURES],
    [stream.name.lower() for stream in Stream],
)

_BEFORE_MODELS = 13
NAMES = ["offset", "ordinal", "decision_id", "supersedes", "case_key", "stage", "kind", "verdict"]
ROWS = [
    # Case 1: a standing decision, the answer, and a revision of it.
    [1, 0, "a1", "", 1, "DESK", "STANDING", "RELEASE"],
    [2, 0, "a2", "", 1, "DESK", "ANSWER", "RELEASE"],
    [3, 0, "a3", "a2", 1, "DESK", "REVISION", "HOLD"],
    # Its next stage, whose follow-up replaced the answer.
    [4, 0, "a4", "", 1, "EXIT", "ANSWER", "RELEASE"],
    [4, 1, "a5", "a4", 1, "EXIT", "FOLLOW_UP", "REFER"],
    # Case 2: a provisional answer from outside the core, then the core's verdict.
    [5, 0, "b1", "", 2, "EXIT", "PROVISIONAL", "REFER"],
    [6, 0, "b2", "b1", 2, "EXIT", "REVISION", "RELEASE"],
    # Case 3: no gate asked; refreshed twice.
    [7, 0, "c1", "", 3, "PRE_ARRIVAL", "STANDING", "RELEASE"],
    [8, 0, "c2", "c1", 3, "PRE_ARRIVAL", "STANDING", "REFER"],
    # Case 4: its one decision was superseded from another stage.
    [9, 0, "d1", "", 4, "RECLAIM", "ANSWER", "RELEASE"],
    [10, 0, "d2", "d1", 4, "EXIT", "ALERT", "HOLD"],
]


@pytest.fixture(scope="module")
def engine(store: Any) -> Any:
    client = store.client("engine")
    # As an older version left it, and then brought up to this one.
    files = schema_files()
    migrate(client, Target(), COLUMNS, files[:_BEFORE_MODELS])
    done = migrate(client, Target(), COLUMNS)
    assert done.applied == tuple(file.name for file in files[_BEFORE_MODELS:])
    views = {"decisions_wide", "decisions_first", "decisions_current", "tasks", "labels"}
    assert set(done.views) == views
    client.insert("decisions", ROWS, NAMES)
    return client


def ids(client: Any, view: str) -> list[str]:
    rows = client.query("SELECT decision_id FROM " + view + " ORDER BY decision_id").result_rows
    return [row[0] for row in rows]


def test_again_changes_nothing(engine: Any) -> None:
    done = migrate(engine, Target(), COLUMNS)
    assert done.applied == ()
    assert done.views == ()
    assert engine.command("SELECT count() = uniqExact(version) FROM schema_versions") == 1


def test_first_is_what_the_gate_was_told(engine: Any) -> None:
    assert ids(engine, "decisions_first") == ["a2", "a4", "b1", "c1", "d1", "d2"]


def test_current_is_what_nothing_superseded(engine: Any) -> None:
    assert ids(engine, "decisions_current") == ["a3", "a5", "b2", "c2", "d2"]


def test_wide_has_them_all(engine: Any) -> None:
    assert len(ids(engine, "decisions_wide")) == len(ROWS)


def test_features_and_evidence_are_columns(engine: Any) -> None:
    engine.insert(
        "decisions",
        [[99, "e1", 9, {"price": 3.5}, {"price": 0.25}, {"face": "FAILED"}, 0.0]],
        ["offset", "decision_id", "case_key", "features", "contributions", "evidence", "log_odds"],
    )
    row = engine.query(
        "SELECT f_price, f_mass, c_price, c_mass, e_face, e_manifest, e_face_age_s, probability, "
        "case_hex FROM decisions_wide WHERE decision_id = 'e1'"
    ).first_row
    assert row[0] == 3.5
    assert math.isnan(row[1])
    assert row[2:6] == (0.25, 0.0, "FAILED", "ABSENT")
    assert math.isnan(row[6])
    assert row[7:] == (0.5, "0000000000000009")
    engine.command("DELETE FROM decisions WHERE decision_id = 'e1'")


def test_a_new_feature_makes_the_views_anew(engine: Any) -> None:
    more = decision_columns([("brand_new", "kg", "it's new")], ())
    done = migrate(engine, Target(), (*COLUMNS, *more))
    assert done.applied == ()
    assert len(done.views) == 3
    assert math.isnan(engine.query("SELECT any(f_brand_new) FROM decisions_first").first_row[0])
    assert len(migrate(engine, Target(), COLUMNS).views) == 3


def test_an_older_database_gets_new_columns_in_its_views_too(engine: Any) -> None:
    asked = "SELECT DISTINCT prior_version, promised, held, fell_out, waiting FROM "
    for view in ("decisions_wide", "decisions_first", "decisions_current"):
        assert engine.query(asked + view).result_rows == [("", 0.0, 0.0, False, 0)]


def test_everything_is_explained_and_utc(engine: Any) -> None:
    silent = engine.query(
        "SELECT table, name FROM system.columns WHERE database = 'haechi' AND comment = '' "
        "AND table NOT LIKE 'decisions\\_%' "
        # What a materialized view fills explains its columns.
        "AND table NOT IN (SELECT name FROM system.tables WHERE engine = 'MaterializedView')"
    ).result_rows
    assert silent == []
    local = engine.query(
        "SELECT table, name, type FROM system.columns "
        "WHERE database = 'haechi' AND type LIKE '%Date%' AND type NOT LIKE '%UTC%'"
    ).result_rows
    assert local == []
    explained = engine.command(
        "SELECT comment FROM system.columns "
        "WHERE database = 'haechi' AND table = 'decisions_wide' AND name = 'f_price'"
    )
    assert explained.startswith("Feature [log2 USD]")
