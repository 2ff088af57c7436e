"""What clients ask at connect, and in what packing, byte by byte: for where they cannot be had."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

import pytest

from haechi.streams.store.packing import pack, unpack
from haechi.streams.store.probes import HARMLESS

HELLO = "SELECT displayName(), version(), revision(), timezone()"


def ask(store: Any, user: str, body: bytes | str, **parameters: object) -> bytes:
    request = urllib.request.Request(
        f"http://127.0.0.1:{store.port}/?{urlencode(parameters)}",
        body.encode() if isinstance(body, str) else body,
        {"X-ClickHouse-User": user, "X-ClickHouse-Key": store.passwords[user]},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return bytes(answer.read())


def texts(block: bytes, at: int) -> tuple[str, str, int]:
    """Name and type of a column, and where its serialisation begins."""
    found = []
    for _ in range(2):
        found.append(block[at + 1 : at + 1 + block[at]].decode())
        at += 1 + block[at]
    return found[0], found[1], at


def test_a_client_of_the_newest_protocol_is_told_the_oldest_revision(store: Any) -> None:
    newest: dict[str, object] = {"default_format": "Native", "client_protocol_version": 54485}
    block = ask(store, "analyst", HELLO, **newest)
    assert block[:8] == b"\x01\x00\x02\xff\xff\xff\xff\x00", "block info"
    assert block[8:10] == b"\x04\x01", "four columns, one row"
    at = 10
    values = []
    for name in ("displayName()", "version()", "revision()", "timezone()"):
        told, kind, at = texts(block, at)
        assert told == name
        assert block[at] == 0, "no serialisation of its own"
        size = 4 if kind == "UInt32" else 1 + block[at + 1]
        values.append(block[at + 1 : at + 1 + size])
        at += 1 + size
    assert at == len(block)
    assert values[2] == bytes(4)
    version = ask(store, "analyst", "SELECT version()").strip()
    assert values[1][1:] == version


def test_others_are_told_as_before(store: Any) -> None:
    for parameters in ({}, {"client_protocol_version": 54485}, {"default_format": "Native"}):
        answer = ask(store, "analyst", HELLO, **parameters)
        assert not answer.startswith(b"\x01\x00\x02")
        assert b"UTC" in answer
    plain = ask(store, "analyst", "SELECT 1", default_format="Native", client_protocol_version=9)
    assert plain == b"\x01\x01\x011\x05UInt8\x01"


@pytest.mark.parametrize("method", ["LZ4", "ZSTD", "NONE", None])
@pytest.mark.parametrize("result", ["TSV", "JSONCompact"])
def test_results_are_packed_where_it_is_asked_for(
    store: Any, method: str | None, result: str
) -> None:
    select = f"SELECT number FROM numbers(200000) FORMAT {result}"
    packing = {"network_compression_method": method} if method else {}
    plain = ask(store, "analyst", select)
    packed = ask(store, "analyst", select, compress=1, **packing)
    if result == "TSV":
        assert unpack(packed) == plain
    else:
        one, other = (json.loads(text) for text in (unpack(packed), plain))
        assert one["data"] == other["data"]
    assert method == "NONE" or len(packed) < len(plain)
    assert ask(store, "analyst", select, compress=0) == plain or result != "TSV"


def test_a_packed_request_is_read(store: Any) -> None:
    assert ask(store, "analyst", pack(b"SELECT 41 + 1", "LZ4"), decompress=1) == b"42\n"
    with pytest.raises(urllib.error.HTTPError) as told:
        ask(store, "analyst", b"SELECT 41 + 1, never packed", decompress=1)
    assert told.value.headers["X-ClickHouse-Exception-Code"] == "271"
    told.value.close()


def test_settings_that_may_be_set_look_so(store: Any) -> None:
    asked = "SELECT name, value, readonly FROM system.settings LIMIT 10000"
    lines = ask(store, "analyst", asked).decode().splitlines()
    settings = dict(line.split("\t")[::2] for line in lines if line.count("\t") == 2)
    changeable = {name for name, readonly in settings.items() if readonly == "0"}
    assert changeable >= HARMLESS | {"max_execution_time"}
    assert not changeable & {"readonly", "max_threads", "max_memory_usage", "log_comment"}
