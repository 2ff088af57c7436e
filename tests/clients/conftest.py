"""A store with a table of every kind of column, for the clients that analysts use."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_path = Path(__file__).parents[1] / "streams" / "store_process.py"
_spec = importlib.util.spec_from_file_location("store_process", _path)
assert _spec is not None
assert _spec.loader is not None
_module = sys.modules["store_process"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)

KINDS = """
CREATE TABLE kinds (
    n UInt64,
    word String,
    at DateTime64(6, 'UTC'),
    day Date,
    maybe Nullable(Float64),
    code LowCardinality(String),
    codes Array(LowCardinality(String)),
    weights Map(LowCardinality(String), Float32),
    pair Tuple(a UInt8, b String),
    price Decimal(18, 2),
    id UUID,
    yes Bool,
    level Enum8('low' = 1, 'high' = 2),
    fixed FixedString(4),
    none Nullable(String),
    big UInt128,
    nested Array(Array(Int32))
) ENGINE = MergeTree ORDER BY n
"""
ROWS = """
INSERT INTO kinds SELECT
    number, ['', 'plain', 'it''s'][number + 1],
    toDateTime64('2026-01-02 03:04:05.678901', 6, 'UTC') + number, '2026-01-02',
    if(number = 1, NULL, number + 0.5), 'A', ['x', 'y'], map('k', 0.5), (1, 'b'), 1.25,
    '00000000-0000-0000-0000-00000000000' || toString(number), number = 1, 'high', 'abcd', NULL,
    toUInt128('170141183460469231731687303715884105728'), [[1, 2], []]
FROM numbers(2)
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    process = _module.StoreProcess(tmp_path_factory.mktemp("store"))
    engine = process.client("engine")
    engine.command(KINDS)
    engine.command(ROWS)
    yield process
    assert engine.command("SELECT count() FROM kinds") == 2
    assert process.stop() == 0
