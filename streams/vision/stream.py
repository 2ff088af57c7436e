"""A camera's stream: always its newest frame, and a stop is told, survived and ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from haechi.streams.vision.extra import opencv
from haechi.streams.vision.frames import Frame, SourceState

_BACKOFF_S: Final = (0.5, 30.0)
_FAREWELL_S: Final = 1.0


class Opened(Protocol):
    """What OpenCV's VideoCapture does."""

    def read(self) -> tuple[bool, NDArray[np.uint8] | None]:
        """Wait for the next frame; False when there will be none."""

    def release(self) -> None:
        """Let go of it."""


def opens(address: str) -> Callable[[], Opened | None]:
    """How to open an address (rtsp://..., http://...) or the number of a device."""

    def opened() -> Opened | None:
        capture: Any = opencv().VideoCapture(int(address) if address.isdecimal() else address)
        return capture if capture.isOpened() else None

    return opened


def follow(
    opened: Callable[[], Opened | None],
    *,
    fps: float,
    stopped_s: float,
    now_us: Callable[[], int],
    stop: threading.Event,
    backoff_s: tuple[float, float] = _BACKOFF_S,
) -> Iterator[Frame | SourceState]:
    """Follow a stream until told to stop.

    Parameters
    ----------
    opened
        Opens it; None if that fails.
    fps
        Frames a second that are looked at, at most; 0 for as many as there are.
    stopped_s
        A stream that gives no frame for so long has stopped.
    now_us
        Tells the time, microseconds since the epoch.
    stop
        Ends it.
    backoff_s
        How long it waits before it opens again: at first, and at most.

    Yields
    ------
    Frames, and when the stream stops and comes back.
    """
    wait_s = backoff_s[0]
    up = True
    while not stop.is_set():
        newest = _Newest(opened)
        try:
            while (image := newest.take(stopped_s)) is not None and not stop.is_set():
                at_us = now_us()
                if not up:
                    up, wait_s = True, backoff_s[0]
                    yield SourceState(True, at_us)
                yield Frame(str(at_us), at_us, image)
                if fps:
                    stop.wait(max(0.0, 1 / fps - (now_us() - at_us) / 1e6))
        finally:
            newest.close()
        if stop.is_set():
            return
        if up:
            up = False
            yield SourceState(False, now_us())
        stop.wait(wait_s)
        wait_s = min(2 * wait_s, backoff_s[1])


class _Newest:
    """Reads a stream on a thread of its own and keeps the newest frame.

    A read that never returns can only be left behind: it ends its thread when it returns.
    """

    def __init__(self, opened: Callable[[], Opened | None]) -> None:
        self._opened = opened
        self._change = threading.Condition()
        self._image: NDArray[np.uint8] | None = None
        self._ended = self._closed = False
        self._thread = threading.Thread(target=self._read, name="camera", daemon=True)
        self._thread.start()

    def take(self, patience_s: float) -> NDArray[np.uint8] | None:
        """The newest frame that was not taken yet; None if none came in time or will come."""
        with self._change:
            self._change.wait_for(lambda: self._ended or self._image is not None, patience_s)
            image, self._image = self._image, None
            return image

    def close(self) -> None:
        """Read no more.

        Python must not end while OpenCV is inside a read; one that hangs is not waited for.
        """
        self._closed = True
        self._thread.join(_FAREWELL_S)

    def _read(self) -> None:
        opened = None
        try:
            opened = self._opened()
            while opened is not None and not self._closed:
                read, image = opened.read()
                if not read or image is None:
                    return
                with self._change:
                    self._image = image
                    self._change.notify()
        finally:
            if opened is not None:
                opened.release()
            with self._change:
                self._ended = True
                self._change.notify()
