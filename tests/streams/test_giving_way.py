"""Long work beside the dataflow lets others run soon, one at a time, and leaves no trace."""

from __future__ import annotations

import sys
import threading

import pytest

from haechi.streams.giving_way import giving_way


def test_the_interval_is_short_meanwhile_and_as_before_afterwards() -> None:
    before = sys.getswitchinterval()
    with giving_way():
        assert sys.getswitchinterval() < before / 10
    assert sys.getswitchinterval() == before
    with pytest.raises(ValueError, match="wrong"), giving_way():
        raise ValueError("wrong")
    assert sys.getswitchinterval() == before


def test_who_comes_second_waits_and_does_not_keep_the_short_interval() -> None:
    before = sys.getswitchinterval()
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
    assert sys.getswitchinterval() == before
