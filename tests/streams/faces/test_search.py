from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haechi.streams.faces.search import FloatMatrix, room, top_k


def found(matrix: FloatMatrix, count: int, probe: object, k: int) -> tuple[list[int], list[float]]:
    rows, similarities = np.zeros(k, np.int64), np.zeros(k, np.float32)
    top_k(matrix, count, np.asarray(probe, np.float32), rows, similarities)
    return rows.tolist(), similarities.tolist()


def drawn(seed: int, rows: int, dimension: int) -> FloatMatrix:
    matrix = room(rows, dimension)
    matrix[:] = np.random.default_rng(seed).normal(size=matrix.shape)
    matrix /= np.linalg.norm(matrix, axis=1)[:, None]
    return matrix


@given(
    st.integers(0, 2**32), st.integers(1, 300), st.sampled_from([1, 7, 16, 128, 512]),
    st.integers(1, 12),
)  # fmt: skip
def test_it_finds_what_comparing_everybody_in_double_precision_finds(
    seed: int, count: int, dimension: int, k: int
) -> None:
    matrix = drawn(seed, count + 3, dimension)
    probe = drawn(seed + 1, 1, dimension)[0]
    exact = matrix[:count].astype(np.float64) @ probe.astype(np.float64)
    rows, similarities = found(matrix, count, probe, k)
    held = min(k, count)
    assert len(set(rows[:held])) == held
    assert similarities[:held] == pytest.approx(exact[rows[:held]], abs=1e-5)
    assert similarities[:held] == pytest.approx(np.sort(exact)[::-1][:held], abs=1e-5)
    assert rows[held:] == [-1] * (k - held)
    assert similarities[held:] == [-np.inf] * (k - held)


def test_equals_come_in_the_order_of_their_rows() -> None:
    matrix = drawn(1, 40, 128)
    matrix[[5, 17, 31]] = matrix[2]
    assert found(matrix, 40, matrix[2], 4)[0] == [2, 5, 17, 31]


def test_rows_that_are_not_in_use_are_not_found() -> None:
    matrix = drawn(2, 10, 16)
    assert 9 not in found(matrix, 9, matrix[9], 9)[0]


def test_an_empty_gallery_has_nobody() -> None:
    assert found(room(4, 8), 0, np.ones(8), 3) == ([-1] * 3, [-np.inf] * 3)


def test_a_probe_that_is_not_a_number_finds_nobody() -> None:
    assert found(drawn(3, 5, 8), 5, np.full(8, np.nan), 2)[0] == [-1, -1]


def test_room_starts_at_a_cache_line() -> None:
    assert all(room(rows, 17).ctypes.data % 64 == 0 for rows in range(1, 50))
