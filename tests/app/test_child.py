"""A supervised process starts again, unless it cannot."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from haechi.app.child import Child
from haechi.app.exits import ChildFailed


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Callable[..., Child]]:
    """Start a process of the installation and keep it alive until the test ends."""
    lifeline, end = os.pipe()
    started: list[Child] = []

    def start(*arguments: str) -> Child:
        log = tmp_path / "child.log"
        made = Child("child", lambda: arguments, lifeline, (), lambda _: None, lambda *_: None, log)
        made.start()
        started.append(made)
        return made

    yield start
    for one in started:
        one.stop(30)
    os.close(lifeline)
    os.close(end)


@pytest.mark.slow
def test_killed_before_it_was_ready_it_starts_again(
    child: Callable[..., Child], until: Callable[..., Any], tmp_path: Path
) -> None:
    one = child("engine", "--data", str(tmp_path / "data"), "--port", "0")
    until(lambda: one.pid)
    assert not one.ready
    one.kill()
    assert one.wait_ready(60)
    assert one.starts == 2


def test_that_ends_before_it_was_ready_is_not_started_again(child: Callable[..., Child]) -> None:
    one = child("no-such-command")
    with pytest.raises(ChildFailed):
        one.wait_ready(60)
    assert one.starts == 1
