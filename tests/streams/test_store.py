"""The store answers as a ClickHouse server does, through the client that everybody uses."""

from __future__ import annotations

import base64
import urllib.request
from datetime import UTC, datetime
from typing import Any

import clickhouse_connect
import numpy as np
import pytest
from clickhouse_connect import dbapi
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError


@pytest.fixture(scope="module")
def engine(store: Any) -> Any:
    client = store.client("engine")
    client.command(
        "CREATE TABLE seen (n UInt64, word LowCardinality(String), at DateTime64(6, 'UTC')) "
        "ENGINE = MergeTree ORDER BY n SETTINGS non_replicated_deduplication_window = 100"
    )
    client.insert("seen", [[1, "a", 1_700_000_000_000_000], [2, "가", 0]], ["n", "word", "at"])
    return client


@pytest.fixture(scope="module")
def analyst(store: Any, engine: Any) -> Any:
    return store.client("analyst")


def get(store: Any, user: str, path: str) -> tuple[int, bytes, Any]:
    request = urllib.request.Request(f"http://127.0.0.1:{store.port}{path}")
    pair = base64.b64encode(f"{user}:{store.passwords[user]}".encode()).decode()
    request.add_header("Authorization", f"Basic {pair}")
    with urllib.request.urlopen(request) as answer:
        return answer.status, answer.read(), answer.headers


def test_rows_come_back_as_they_went_in(analyst: Any) -> None:
    rows = analyst.query("SELECT n, word, at FROM seen ORDER BY n").result_rows
    # The client gives UTC without saying so.
    assert rows[0][:2] == (1, "a")
    assert rows[0][2].replace(tzinfo=UTC) == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert rows[1][:2] == (2, "가")
    assert analyst.command("SELECT count() FROM seen") == 2


def test_numpy_arrays_and_columns(engine: Any) -> None:
    engine.command("CREATE TABLE numbers_in (n UInt64, x Float64) ENGINE = MergeTree ORDER BY n")
    n = np.arange(50_000, dtype=np.uint64)
    engine.insert(
        "numbers_in",
        [n, np.sqrt(n)],
        ["n", "x"],
        column_type_names=["UInt64", "Float64"],
        column_oriented=True,
    )
    assert engine.command("SELECT count() FROM numbers_in") == 50_000
    back = engine.query_np("SELECT x FROM numbers_in ORDER BY n")[:, 0]
    np.testing.assert_array_equal(back, np.sqrt(n))


def test_parameters_empty_results_and_columns(analyst: Any) -> None:
    word = "a'b\\c\n\t"
    rows = analyst.query("SELECT {w:String}, {n:Int32} + 1", parameters={"w": word, "n": 3})
    assert rows.result_rows == [(word, 4)]
    assert analyst.query("SELECT * FROM seen LIMIT 0").column_names == ("n", "word", "at")
    assert analyst.query("SELECT * FROM seen WHERE n > 9").result_rows == []


def test_a_large_result_is_streamed(analyst: Any) -> None:
    total = 0
    query = "SELECT number, toString(number) FROM numbers(1000000)"
    with analyst.query_column_block_stream(query) as blocks:
        for block in blocks:
            total += sum(block[0])
    assert total == 499_999_500_000


def test_an_error_in_mid_stream_is_told(analyst: Any) -> None:
    query = "SELECT throwIf(number = 900000) FROM numbers(1000000)"
    with (
        pytest.raises((StreamFailureError, DatabaseError), match="395"),
        analyst.query_row_block_stream(query) as blocks,
    ):
        for _ in blocks:
            pass


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELEC 1", 62),
        ("SELECT nothing_of_that_name", 47),
        ("SELECT * FROM no_such_table", 60),
        ("SELECT * FROM no_such_database.t", 81),
        ("SELECT 1; SELECT 2", 62),
        ("SELECT 1 SETTINGS no_such_setting = 1", 115),
    ],
)
def test_errors_have_clickhouse_numbers(engine: Any, query: str, code: int) -> None:
    with pytest.raises(DatabaseError) as told:
        engine.query(query)
    assert told.value.code == code


def test_a_token_makes_an_insert_happen_once(engine: Any) -> None:
    engine.command(
        "CREATE TABLE once (n UInt64) ENGINE = MergeTree ORDER BY n "
        "SETTINGS non_replicated_deduplication_window = 100"
    )
    for token in ("batch-1", "batch-1", "batch-2"):
        engine.insert("once", [[1]], ["n"], settings={"insert_deduplication_token": token})
    assert engine.command("SELECT count() FROM once") == 2


def test_a_setting_does_not_linger(engine: Any) -> None:
    engine.command("SET max_threads = 7")
    engine.query("SELECT 1", settings={"max_threads": 5})
    assert engine.command("SELECT getSetting('max_threads')") not in {5, 7}
    assert engine.query(
        "SELECT getSetting('max_threads')", settings={"max_threads": 5}
    ).result_rows == [(5,)]


def test_an_insert_that_fails_leaves_nothing_behind(engine: Any) -> None:
    engine.command("CREATE TABLE kept (n UInt64) ENGINE = MergeTree ORDER BY n")
    row = b"\x01\x01\x01n\x06UInt64" + (7).to_bytes(8, "little")
    for _ in range(20):
        with pytest.raises(DatabaseError):
            engine.raw_insert("kept", column_names=["n"], insert_block=row[:-3], fmt="Native")
        with pytest.raises(DatabaseError):
            engine.raw_insert("gone", column_names=["n"], insert_block=row, fmt="Native")
        engine.raw_insert("kept", column_names=["n"], insert_block=row, fmt="Native")
    assert engine.command("SELECT count(), sum(n) FROM kept") == ["20", "140"]


def test_settings_in_the_statement_and_in_the_request_hold_for_one_insert(engine: Any) -> None:
    engine.command("CREATE TABLE texts_in (n UInt64, t String) ENGINE = MergeTree ORDER BY n")
    slash = {"format_csv_delimiter": "/"}
    engine.raw_insert("texts_in", ["n", "t"], b"1/a\n", settings=slash, fmt="CSV")
    engine.raw_insert("texts_in", ["n", "t"], b"2,b\n", fmt="CSV")
    engine.raw_query("INSERT INTO texts_in SETTINGS format_csv_delimiter = ';' FORMAT CSV\n3;c\n")
    engine.raw_insert("texts_in", ["n", "t"], b"4,it's\n", fmt="CSV")
    rows = engine.query("SELECT n, t FROM texts_in ORDER BY n").result_rows
    assert rows == [(1, "a"), (2, "b"), (3, "c"), (4, "it's")]


def test_inserts_of_other_kinds(engine: Any) -> None:
    engine.command("CREATE TABLE kinds (n UInt64, `format` String) ENGINE = MergeTree ORDER BY n")
    engine.command("INSERT INTO kinds VALUES (1, 'FORMAT CSV'), (2, 'b')")
    engine.command("INSERT INTO kinds SELECT number + 3, 'c' FROM numbers(2)")
    engine.raw_insert("kinds", ["n", "format"], b"5,e\n6,f\n", fmt="CSV")
    engine.insert("kinds", [[7, "g"]], ["n", "format"])
    assert engine.command("SELECT count() FROM kinds") == 7
    with pytest.raises(DatabaseError) as told:
        engine.raw_insert("kinds", ["n", "format"], b"not a number,e\n", fmt="CSV")
    assert told.value.code == 27
    assert engine.command("SELECT count() FROM kinds") == 7


def test_arrow(engine: Any) -> None:
    pa = pytest.importorskip("pyarrow")
    engine.command("CREATE TABLE arrows (n UInt64) ENGINE = MergeTree ORDER BY n")
    engine.insert_arrow("arrows", pa.table({"n": pa.array([1, 2], pa.uint64())}))
    assert engine.query_arrow("SELECT n FROM arrows ORDER BY n")["n"].to_pylist() == [1, 2]


def test_db_api(store: Any, engine: Any) -> None:
    connection = dbapi.connect(
        host="127.0.0.1",
        port=store.port,
        username="analyst",
        password=store.passwords["analyst"],
    )
    cursor = connection.cursor()
    cursor.execute("SELECT n FROM seen ORDER BY n")
    assert cursor.fetchall() == [(1,), (2,)]


def test_plain_http(store: Any, engine: Any) -> None:
    assert get(store, "analyst", "/ping")[1] == b"Ok.\n"
    status, body, headers = get(store, "analyst", "/?query=SELECT+n+FROM+seen+FORMAT+JSONEachRow")
    assert (status, body) == (200, b'{"n":1}\n{"n":2}\n')
    assert headers["X-ClickHouse-Format"] == "JSONEachRow"
    # A GET may not change anything, whoever sends it.
    with pytest.raises(urllib.error.HTTPError) as told:
        get(store, "engine", "/?query=TRUNCATE+TABLE+seen")
    assert told.value.headers["X-ClickHouse-Exception-Code"] == "164"
    told.value.close()


@pytest.mark.parametrize(("name", "password"), [("analyst", "wrong"), ("nobody", "x"), ("", "")])
def test_nobody_comes_in_without_a_password(store: Any, name: str, password: str) -> None:
    with pytest.raises(DatabaseError) as told:
        clickhouse_connect.get_client(
            host="127.0.0.1", port=store.port, username=name, password=password
        )
    assert told.value.code in {194, 516}
