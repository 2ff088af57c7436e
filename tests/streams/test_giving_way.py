"""Long work beside the dataflow lets others run soon, one at a time, and leaves no trace."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest

from haechi.streams.giving_way import giving_way

LONG_S = 0.005


@pytest.fixture(autouse=True)
def long_interval() -> Iterator[None]:
    """As where no engine has run; one that did leaves a shorter one."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(LONG_S)
    yield
    sys.setswitchinterval(before)


def test_the_interval_is_short_meanwhile_and_as_before_afterwards() -> None:
    with giving_way():
        assert sys.getswitchinterval() < LONG_S / 10
    assert sys.getswitchinterval() == LONG_S
    with pytest.raises(ValueError, match="wrong"), giving_way():
        raise ValueError("wrong")
    assert sys.getswitchinterval() == LONG_S


def test_who_comes_second_waits_and_does_not_keep_the_short_interval() -> None:
    inside = threading.Event()

    def second() -> None:
        with giving_way():
            inside.set()

    with giving_way():
        thread = threading.Thread(target=second)
        thread.start()
        assert not inside.wait(0.05)
    thread.join(5)
    assert inside.is_set()
    assert sys.getswitchinterval() == LONG_S
