"""Numbers come out of the Native format as they went in, in whatever pieces they arrive."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haechi.engine.errors import StoreError
from haechi.streams.fixed_width import read_blocks
from haechi.streams.shipper.native import Block

COLUMNS = [("stamp", "<i8"), ("lane", "u1"), ("f_price", "<f8")]


class Trickle(io.BytesIO):
    """Gives at most a few bytes at a time, as a socket may."""

    def read(self, most: int | None = -1, /) -> bytes:
        return super().read(min(most or 7, 7))


def encoded(rows: int, seed: int = 0) -> tuple[bytes, list[Any]]:
    draws = np.random.default_rng(seed)
    values = [
        draws.integers(-(1 << 60), 1 << 60, rows),
        draws.integers(0, 255, rows).astype("u1"),
        np.where(draws.random(rows) < 0.3, np.nan, draws.normal(size=rows)),
    ]
    block = Block(rows)
    for (name, kind), column in zip(COLUMNS, values, strict=True):
        block.numbers(name, {"<i8": "Int64", "u1": "UInt8", "<f8": "Float64"}[kind], kind, column)
    return block.encode(), values


@given(st.lists(st.integers(0, 300), max_size=4))
def test_blocks_come_out_as_they_went_in(sizes: list[int]) -> None:
    parts = [encoded(rows, seed) for seed, rows in enumerate(sizes)]
    raw = b"".join(one for one, _ in parts)
    wanted = [values for rows, (_, values) in zip(sizes, parts, strict=True) if rows]
    for source in (io.BytesIO(raw), Trickle(raw)):
        found = list(read_blocks(source, COLUMNS))
        assert len(found) == len(wanted)
        for block, values in zip(found, wanted, strict=True):
            for column, value in zip(block, values, strict=True):
                assert column.tobytes() == value.tobytes()


def test_what_the_store_says_in_the_middle_is_told() -> None:
    raw, _ = encoded(10)
    said = b"\r\n__exception__\r\nCode: 241. DB::Exception: Memory limit exceeded\n"
    with pytest.raises(StoreError, match="Memory limit"):
        list(read_blocks(io.BytesIO(raw + said), COLUMNS))
    with pytest.raises(StoreError, match="Memory limit"):
        list(read_blocks(io.BytesIO(raw + said), [*COLUMNS, *(("more", "u1"),) * 10]))


@pytest.mark.parametrize("cut", [1, 2, 5, 20, -1])
def test_an_answer_that_ends_early_is_no_answer(cut: int) -> None:
    raw, _ = encoded(10)
    with pytest.raises(StoreError):
        list(read_blocks(io.BytesIO(raw[:cut]), COLUMNS))


def test_other_columns_than_asked_for_are_refused() -> None:
    raw, _ = encoded(10)
    with pytest.raises(StoreError, match="broke off"):
        list(read_blocks(io.BytesIO(raw), [("other", "<i8"), *COLUMNS[1:]]))
