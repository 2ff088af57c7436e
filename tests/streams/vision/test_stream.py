from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count

import numpy as np

from haechi.streams.vision.frames import Frame, SourceState
from haechi.streams.vision.stream import follow

IMAGE = np.zeros((4, 4, 3), np.uint8)


class Scripted:
    """A stream that gives so many frames, each when the one before was taken, and then ends."""

    def __init__(self, frames: int, taken: threading.Semaphore, hangs: threading.Event | None):
        self.left = frames
        self.taken = taken
        self.hangs = hangs
        self.released = threading.Event()

    def read(self):
        self.taken.acquire(timeout=10)
        if self.left:
            self.left -= 1
            return True, IMAGE
        if self.hangs is not None:
            self.hangs.wait(10)
        return False, None

    def release(self) -> None:
        self.released.set()


def watch(streams: list[Scripted | None], taken: threading.Semaphore, stopped_s: float = 10):
    """What comes of streams that are opened one after the other; it ends with the last."""
    stop = threading.Event()
    ticks = count(1)
    opening: Iterator[Scripted | None] = iter(streams)

    def opened() -> Scripted | None:
        found = next(opening, "none left")
        if found == "none left":
            stop.set()
            return None
        return found

    for item in follow(
        opened, fps=0, stopped_s=stopped_s, now_us=lambda: next(ticks), stop=stop,
        backoff_s=(0.0, 0.0),
    ):  # fmt: skip
        yield item
        if isinstance(item, Frame):
            taken.release()


def kinds(items) -> str:
    """f for a frame, d for down, u for up."""
    return "".join(
        ("u" if item.up else "d") if isinstance(item, SourceState) else "f" for item in items
    )


def test_a_stream_that_ends_is_told_and_opened_again() -> None:
    taken = threading.Semaphore(1)
    first, second = Scripted(2, taken, None), Scripted(1, taken, None)

    def again():
        for item in watch([first, None, None, second], taken):
            if isinstance(item, SourceState) and not item.up:
                taken.release()
            yield item

    assert kinds(again()) == "ffdufd"
    assert first.released.wait(10)
    assert second.released.wait(10)


def test_a_stream_that_hangs_has_stopped_too() -> None:
    hangs = threading.Event()
    taken = threading.Semaphore(1)
    stuck = Scripted(1, taken, hangs)
    items = watch([stuck], taken, stopped_s=1.0)
    assert kinds([next(items), next(items)]) == "fd"
    assert not stuck.released.is_set()
    hangs.set()
    assert stuck.released.wait(10)


def test_a_stream_that_never_opens_is_told_once() -> None:
    assert kinds(watch([None, None, None], threading.Semaphore(0))) == "d"


def test_frames_are_named_by_when_they_came() -> None:
    taken = threading.Semaphore(1)
    frames = [item for item in watch([Scripted(3, taken, None)], taken) if isinstance(item, Frame)]
    assert [frame.id for frame in frames] == [str(frame.captured_us) for frame in frames]
    assert len({frame.id for frame in frames}) == 3
