from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from haechi.engine.hashing import mix, unit_draw
from haechi.engine.hashtable import MISSING, find, grown, new_index, put, remove

WORD = (1 << 64) - 1
# Few keys, so that deletions meet clusters; some hash to the same place of a small table.
KEYS = st.integers(1, 60).map(lambda i: np.uint64((i * 0x9E3779B97F4A7C15) & WORD or 1))


def plain_mix(a: int, b: int) -> int:
    z = (a * 0x9E3779B97F4A7C15 + b + 0x9E3779B97F4A7C15) & WORD
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
    return z ^ (z >> 31)


@given(st.integers(0, WORD), st.integers(0, WORD))
def test_mix_as_in_plain_integers(a: int, b: int) -> None:
    assert int(mix(np.uint64(a), np.uint64(b))) == plain_mix(a, b)


@given(st.integers(0, WORD), st.integers(0, WORD))
def test_a_draw_lies_in_the_unit_interval(seed: int, key: int) -> None:
    draw = unit_draw(np.uint64(seed), np.uint64(key))
    assert 0.0 <= draw < 1.0
    assert draw == (plain_mix(seed, key) >> 11) * 2.0**-53


def test_draws_are_even() -> None:
    draws = np.array([unit_draw(np.uint64(7), np.uint64(k)) for k in range(1, 20_001)])
    counts, _ = np.histogram(draws, bins=20, range=(0.0, 1.0))
    assert np.abs(counts - 1000).max() < 150


class IndexAgainstDict(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.index = new_index(1)
        self.known: dict[int, int] = {}

    @rule(key=KEYS, slot=st.integers(0, 1 << 40))
    def put(self, key: np.uint64, slot: int) -> None:
        self.index = grown(self.index, len(self.known) + 1)
        assert put(self.index, key, slot) == (int(key) not in self.known)
        self.known[int(key)] = slot

    @rule(key=KEYS)
    def remove(self, key: np.uint64) -> None:
        assert remove(self.index, key) == (self.known.pop(int(key), None) is not None)

    @rule()
    def grow(self) -> None:
        self.index = grown(self.index, self.index.shape[0])
        if self.index.shape[0] > 1024:
            smaller = new_index(64)
            for key, slot in self.known.items():
                put(smaller, np.uint64(key), slot)
            self.index = smaller

    @invariant()
    def agree(self) -> None:
        for i in range(1, 61):
            key = (i * 0x9E3779B97F4A7C15) & WORD or 1
            assert find(self.index, np.uint64(key)) == self.known.get(key, MISSING)
        assert np.count_nonzero(self.index["key"]) == len(self.known)


TestIndexAgainstDict = IndexAgainstDict.TestCase


def test_deleting_from_a_full_cluster_that_wraps() -> None:
    index = new_index(1)
    places = index.shape[0]
    # Keys whose home is the last two places wrap around to the first.
    home = [k for k in range(1, 20_000) if plain_mix(k, 0) % places >= places - 2][:20]
    for slot, key in enumerate(home):
        put(index, np.uint64(key), slot)
    for gone in home[::2]:
        assert remove(index, np.uint64(gone)) == 1
    for slot, key in enumerate(home):
        assert find(index, np.uint64(key)) == (MISSING if slot % 2 == 0 else slot)


def test_growing_forgets_nothing() -> None:
    index = new_index(1)
    for key in range(1, 5001):
        index = grown(index, key)
        put(index, np.uint64(key), key)
    assert all(find(index, np.uint64(key)) == key for key in range(1, 5001))
    assert np.count_nonzero(index["key"]) <= 0.6 * index.shape[0]
