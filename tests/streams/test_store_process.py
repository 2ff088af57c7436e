"""The store as a process: it keeps what it acknowledged, and readers do not stop writers."""

from __future__ import annotations

import itertools
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

FOREVER = "SELECT sum(sipHash64(number)) FROM numbers(1000000000000)"
TABLE = (
    "CREATE TABLE IF NOT EXISTS kept (n UInt64) ENGINE = MergeTree ORDER BY n "
    "SETTINGS non_replicated_deduplication_window = 1000"
)


def insert(client: Any, n: int) -> None:
    client.insert(
        "kept",
        [[n]],
        ["n"],
        column_type_names=["UInt64"],
        settings={"insert_deduplication_token": f"n-{n}"},
    )


def running(engine: Any) -> int:
    return int(
        engine.command(
            "SELECT count() FROM system.processes "
            "WHERE query LIKE '%sipHash64%' AND query NOT LIKE '%processes%'"
        )
    )


def wait_for(met: Callable[[], bool]) -> None:
    for _ in range(300):
        if met():
            return
        time.sleep(0.05)
    raise AssertionError("did not happen within 15 s")


def test_a_killed_store_keeps_what_it_acknowledged(start_store: Callable[..., Any]) -> None:
    store = start_store()
    acknowledged: list[int] = []
    # A token may outlive the rows that were on their way with it, so none is used twice.
    numbers = itertools.count()
    for _ in range(3):
        client = store.client("engine")
        client.command(TABLE)
        before = len(acknowledged)

        def insert_until_killed(client: Any = client) -> None:
            for n in numbers:
                try:
                    insert(client, n)
                except Exception:
                    return
                acknowledged.append(n)

        inserting = threading.Thread(target=insert_until_killed)
        inserting.start()
        wait_for(lambda before=before: len(acknowledged) >= before + 20)
        store.kill()
        inserting.join()
        store.start()
    client = store.client("engine")
    kept = {row[0] for row in client.query("SELECT n FROM kept").result_rows}
    assert set(acknowledged) <= kept
    assert client.command("SELECT count() = uniqExact(n) FROM kept") == 1


def test_a_heavy_reader_does_not_stop_inserts(store: Any) -> None:
    engine = store.client("engine")
    engine.command(TABLE)
    engine.command("TRUNCATE TABLE kept")
    with ThreadPoolExecutor(1) as threads:
        analyst = store.client("analyst")
        heavy = threads.submit(analyst.query, FOREVER)
        wait_for(lambda: running(engine) == 1)
        count = 0
        while not heavy.done():
            insert(engine, 10_000 + count)
            count += 1
        with pytest.raises(DatabaseError) as told:
            heavy.result()
    assert told.value.code == 159
    assert count >= 20
    assert engine.command("SELECT count() FROM kept") == count


def test_too_many_readers_are_told_so(store: Any) -> None:
    engine = store.client("engine")
    with ThreadPoolExecutor(1) as threads:
        analyst = store.client("analyst")
        first = threads.submit(analyst.query, FOREVER)
        wait_for(lambda: running(engine) == 1)
        clients = [connect(store) for _ in range(4)]
        for client in clients:
            client.sendall(request_of(store, FOREVER))
        answers = [client.recv(65536) for client in clients[1:]]
        for client in clients:
            client.close()
        assert any(b"exception-code: 202" in answer.lower() for answer in answers)
        with pytest.raises(DatabaseError):
            first.result()


def connect(store: Any) -> socket.socket:
    return socket.create_connection(("127.0.0.1", store.port), timeout=30)


def request_of(store: Any, query: str) -> bytes:
    return (
        f"POST /?user=analyst&password={store.passwords['analyst']} HTTP/1.1\r\n"
        f"Host: x\r\nContent-Length: {len(query)}\r\n\r\n{query}"
    ).encode()


def test_the_query_of_a_client_that_left_is_cancelled(store: Any) -> None:
    engine = store.client("engine")
    wait_for(lambda: running(engine) == 0)
    client = connect(store)
    client.sendall(request_of(store, FOREVER))
    wait_for(lambda: running(engine) == 1)
    left = time.monotonic()
    client.close()
    wait_for(lambda: running(engine) == 0)
    # The role's limit of four seconds would have ended it as well, but later.
    assert time.monotonic() - left < 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_while_read(start_store: Callable[..., Any], number: int) -> None:
    store = start_store()
    engine = store.client("engine")
    client = connect(store)
    client.sendall(request_of(store, FOREVER))
    wait_for(lambda: running(engine) == 1)
    assert store.stop(number) == 0
    client.close()


def test_a_directory_in_use_is_one_clear_line(store: Any) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "haechi.streams.store", str(store.data), str(store.users)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    assert f"in use by process {store.process.pid}" in second.stderr
    assert second.stderr.count("\n") == 1
