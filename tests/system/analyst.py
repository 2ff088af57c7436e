"""A plain ClickHouse client in a process of its own: python analyst.py HOST PORT PASSWORD."""

from __future__ import annotations

import json
import sys
import time

import clickhouse_connect
from clickhouse_connect.driver.exceptions import DatabaseError

REFUSED = {
    "insert": "INSERT INTO haechi.dead_letters (shard, offset) VALUES (0, 1)",
    "drop": "DROP TABLE haechi.decisions",
    "truncate": "TRUNCATE TABLE haechi.decisions",
    "create": "CREATE TABLE haechi.mine (x UInt8) ENGINE = Memory",
    "alter": "ALTER TABLE haechi.decisions DELETE WHERE 1",
    "set": "SET readonly = 0",
    "settings": "SELECT 1 SETTINGS readonly = 0",
    "file": "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "url": "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
}
HEAVY = "SELECT max(cityHash64(number, number * 7)) FROM numbers(40000000000)"


def main(host: str, port: str, password: str) -> None:
    client = clickhouse_connect.get_client(
        host=host, port=int(port), username="analyst", password=password
    )
    count = "SELECT count() FROM haechi.decisions_current"
    counts = [0]
    until = time.monotonic() + 30.0
    while counts == [0] and time.monotonic() < until:
        counts = [client.query(count).first_row[0]]
    for _ in range(20):
        time.sleep(0.1)
        counts.append(client.query(count).first_row[0])
    codes = {}
    for name, statement in REFUSED.items():
        try:
            client.command(statement)
        except DatabaseError as error:
            codes[name] = str(error)
        else:
            codes[name] = "allowed"
    counts.append(client.query("SELECT count() FROM haechi.decisions").first_row[0])
    print(json.dumps({"counts": counts, "codes": codes}), flush=True)
    began = time.monotonic()
    try:
        client.query(HEAVY, settings={"max_execution_time": 8})
        ended = "done"
    except DatabaseError as error:
        ended = str(error)
    print(json.dumps({"heavy_s": time.monotonic() - began, "ended": ended}), flush=True)


main(*sys.argv[1:])
