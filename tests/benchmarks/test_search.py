"""The search for the highest rate that is sustained."""

from __future__ import annotations

import pytest

from benchmarks.search import Search


@pytest.mark.parametrize("most", [30.0, 100.0, 730.0, 25_000.0])
def test_it_finds_the_highest_rate(most: float) -> None:
    search, tries = Search(100.0), 0
    while not search.over:
        search.tell(search.rate <= most)
        tries += 1
    assert search.low <= most < search.high
    assert search.low >= 0.97 * search.high
    assert tries < 20


def test_it_ends_where_nothing_is_sustained() -> None:
    search = Search(100.0)
    while not search.over:
        search.tell(sustained=False)
    assert search.low == 0.0
