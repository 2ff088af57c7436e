from __future__ import annotations

import heapq

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from haechi.engine.timers import TIMER, pop_timer, push_timer

# Few different times, so that ties are common; None pops.
STEPS = st.lists(st.one_of(st.none(), st.integers(0, 20)), max_size=200)


@given(STEPS)
def test_against_heapq(steps: list[int | None]) -> None:
    heap = np.zeros(201, TIMER)
    plain: list[tuple[int, int]] = []
    size = 0
    for serial, due in enumerate(steps):
        if due is not None:
            push_timer(heap, size, due, serial, serial + 1, serial + 2, serial % 4)
            heapq.heappush(plain, (due, serial))
            size += 1
        elif plain:
            assert heap[0]["due_us"] == plain[0][0]
            pop_timer(heap, size)
            size -= 1
            soonest, before = heapq.heappop(plain)
            expected = (soonest, before, before + 1, before + 2, before % 4)
            assert heap[size].tolist() == expected
    left = []
    while size:
        pop_timer(heap, size)
        size -= 1
        left.append((int(heap[size]["due_us"]), int(heap[size]["serial"])))
    assert left == sorted(plain)
