"""An analyst reads and does nothing else; what is refused has ClickHouse's own number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

READONLY = 164
SETTING_CONSTRAINT = 452
ACCESS_DENIED = 497


@pytest.fixture(scope="module")
def engine(store: Any) -> Any:
    client = store.client("engine")
    client.command("CREATE TABLE kept (n UInt64, s String) ENGINE = MergeTree ORDER BY n")
    client.insert("kept", [[1, "x"]], ["n", "s"])
    return client


@pytest.fixture(scope="module")
def analyst(store: Any, engine: Any) -> Any:
    return store.client("analyst")


def code_of(client: Any, statement: str, **options: Any) -> int:
    with pytest.raises(DatabaseError) as told:
        client.query(statement, **options)
    return int(told.value.code)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("INSERT INTO kept VALUES (2, 'y')", READONLY),
        ("INSERT INTO kept SELECT number, '' FROM numbers(3)", READONLY),
        ("DROP TABLE kept", READONLY),
        ("TRUNCATE TABLE kept", READONLY),
        ("ALTER TABLE kept DELETE WHERE 1", READONLY),
        ("OPTIMIZE TABLE kept", READONLY),
        ("CREATE TABLE mine (n UInt8) ENGINE = Memory", READONLY),
        ("CREATE TEMPORARY TABLE mine (n UInt8)", ACCESS_DENIED),
        ("SET max_threads = 8", READONLY),
        ("SET readonly = 0", READONLY),
        ("SELECT 1 SETTINGS readonly = 0", READONLY),
        ("SELECT 1 SETTINGS max_execution_time = 100", READONLY),
        ("SELECT 1 SETTINGS max_memory_usage = 0", READONLY),
        ("KILL QUERY WHERE 1", ACCESS_DENIED),
        ("SYSTEM SHUTDOWN", ACCESS_DENIED),
        ("SYSTEM STOP MERGES", ACCESS_DENIED),
        ("SELECT * FROM url('http://127.0.0.1:1/x', 'CSV', 'a String')", ACCESS_DENIED),
        ("SELECT * FROM s3('http://127.0.0.1:1/bucket/x.csv', 'CSV')", ACCESS_DENIED),
        ("SELECT * FROM remote('127.0.0.1', system.one)", ACCESS_DENIED),
        ("SELECT * FROM sqlite('/x.db', 't')", ACCESS_DENIED),
        ("SELECT * FROM icebergLocal('/etc')", ACCESS_DENIED),
        ("SELECT * FROM system.users", ACCESS_DENIED),
        ("SELECT * FROM python(users)", ACCESS_DENIED),
        ("SELECT aiFilter('a', 'b')", ACCESS_DENIED),
        ("SELECT 1 INTO OUTFILE '/x.csv'", 344),
        ("GRANT SELECT ON *.* TO default", ACCESS_DENIED),
        ("BACKUP TABLE kept TO Disk('x', 'y')", ACCESS_DENIED),
    ],
)
def test_refused(analyst: Any, statement: str, code: int) -> None:
    assert code_of(analyst, statement) == code


@pytest.mark.parametrize(
    "select",
    [
        "SELECT * FROM file('/etc/passwd')",
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT file('/etc/passwd')",
        "SELECT /* a comment */ `file`('/etc/passwd')",
        r"SELECT `\x66ile`('/etc/passwd')",
        "SELECT \"file\"('/etc/passwd')",
        "SELECT * APPLY file FROM (SELECT '/etc/passwd' AS s)",
        "SELECT arrayMap(file, ['/etc/passwd'])",
        "WITH (SELECT file('/etc/passwd')) AS x SELECT x",
        "EXPLAIN SELECT file('/etc/passwd')",
        "SELECT 'it''s', \"a'b\", file('/etc/passwd') FROM (SELECT 1 AS \"a'b\")",
        "SELECT * FROM default.`/etc/passwd`",
        "SELECT * FROM eval('SELECT file(\\'/etc/passwd\\')')",
    ],
)
def test_no_way_to_a_file(analyst: Any, select: str) -> None:
    assert code_of(analyst, select) == ACCESS_DENIED


def test_a_word_in_a_string_is_only_a_word(analyst: Any) -> None:
    query = "SELECT 'file(1)', s FROM kept WHERE s != 'python' -- file"
    assert analyst.query(query).result_rows == [("file(1)", "x")]


def test_an_insert_with_data_is_refused(analyst: Any, engine: Any) -> None:
    with pytest.raises(DatabaseError) as told:
        analyst.insert("kept", [[2, "y"]], ["n", "s"], column_type_names=["UInt64", "String"])
    assert told.value.code == READONLY
    assert engine.command("SELECT count() FROM kept") == 1


def test_execution_time_may_be_lowered_only(analyst: Any) -> None:
    forever = "SELECT sum(number) FROM numbers(1000000000000)"
    assert code_of(analyst, forever, settings={"max_execution_time": 1}) == 159
    # A client's time-out may be longer than the role's four seconds, which hold all the same.
    assert code_of(analyst, forever, settings={"max_execution_time": 1000}) == 159
    for value in (0, -1):
        asked = {"max_execution_time": value}
        assert code_of(analyst, "SELECT 1", settings=asked) == SETTING_CONSTRAINT


def test_what_shapes_a_result_may_be_set(analyst: Any) -> None:
    asked = {"max_result_rows": 3, "result_overflow_mode": "break", "max_block_size": 3}
    rows = analyst.query("SELECT number FROM numbers(100)", settings=asked).result_rows
    assert rows == [(0,), (1,), (2,)]


def test_no_other_setting_may_be_changed(analyst: Any) -> None:
    from clickhouse_connect import common

    before = common.get_setting("invalid_setting_action")
    common.set_setting("invalid_setting_action", "send")
    try:
        for name, value in {"max_threads": 8, "readonly": 0, "max_memory_usage": 0}.items():
            assert code_of(analyst, "SELECT 1", settings={name: value}) == READONLY
    finally:
        common.set_setting("invalid_setting_action", before)


def test_memory_is_limited(analyst: Any) -> None:
    assert code_of(analyst, "SELECT groupArray(number) FROM numbers(1000000000)") in {241, 159}


def test_the_engine_stays_in_its_database(engine: Any, tmp_path: Path) -> None:
    for statement in (
        "CREATE DATABASE other",
        "CREATE TABLE f (s String) ENGINE = File('TSV', '/etc/passwd')",
        f"INSERT INTO FUNCTION file('{tmp_path}/x.csv') SELECT 1",
        "INSERT INTO kept SELECT 1, * FROM url('http://127.0.0.1:1/x', 'CSV', 'a String')",
        "CREATE USER someone",
    ):
        assert code_of(engine, statement) == ACCESS_DENIED
    assert not list(tmp_path.iterdir())
