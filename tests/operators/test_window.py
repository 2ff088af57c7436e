from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from haechi.operators.window import IdWindow

WINDOW = 1000


def name(number: int) -> bytes:
    return hashlib.sha256(b"%d" % number).digest()[:16]


def digest(number: int) -> bytes:
    return hashlib.sha256(b"bytes %d" % number).digest()[:16]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 700)), max_size=120))
def test_against_a_dict(arrivals: list[tuple[int, int]]) -> None:
    """Whatever came within the window is known; what is known is known rightly."""
    window = IdWindow(WINDOW)
    plain: dict[int, tuple[int, int]] = {}
    now = 1
    for offset, (number, pause) in enumerate(arrivals):
        now += pause
        found = window.look_up(name(number), digest(number))
        if number in plain and now - plain[number][1] < WINDOW:
            assert found == (plain[number][0], True)
        if found is not None:
            assert found == (plain[number][0], True)
            assert window.look_up(name(number), digest(number + 1)) == (plain[number][0], False)
            continue
        window.insert(name(number), digest(number), offset, now)
        plain[number] = (offset, now)


def test_ids_are_forgotten_after_two_windows() -> None:
    window = IdWindow(WINDOW)
    window.insert(name(0), digest(0), 0, 1)
    window.insert(name(1), digest(1), 1, 1 + WINDOW)
    assert window.look_up(name(0), digest(0)) == (0, True)
    window.insert(name(2), digest(2), 2, 1 + 2 * WINDOW)
    assert window.look_up(name(0), digest(0)) is None
    assert window.look_up(name(1), digest(1)) == (1, True)


def test_many_ids_and_what_they_cost() -> None:
    window = IdWindow(WINDOW)
    for number in range(20_000):
        window.insert(name(number), digest(number), number, 1)
    assert all(window.look_up(name(n), digest(n)) == (n, True) for n in range(20_000))
    assert window.look_up(name(20_001), digest(20_001)) is None
    assert window.size_bytes() < 20_000 * 32 / 0.25 + 400_000
