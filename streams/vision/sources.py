"""What a SOURCE on the command line means."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from haechi.configs.faces import Capture
from haechi.engine.errors import ConfigError
from haechi.streams.vision.frames import Frame, SourceState, pictures, video
from haechi.streams.vision.picture import SUFFIXES
from haechi.streams.vision.stream import follow, opens

STREAM_FPS: Final = 5.0
"""Frames of a stream that are looked at in a second, if nobody says otherwise."""


def frames_of(
    source: str,
    capture: Capture,
    *,
    fps: float | None,
    now_us: Callable[[], int],
    stop: threading.Event,
) -> Iterator[Frame | SourceState]:
    """Open a source.

    Parameters
    ----------
    source
        A folder of pictures, a picture, a video file, an address with a scheme or the number of
        a device.
    capture
        Limits of what is taken.
    fps
        Frames a second, at most; all of a file and five of a stream if not given.
    now_us
        Tells the time, microseconds since the epoch.
    stop
        Ends it.

    Raises
    ------
    ConfigError
        If it is none of these, or cannot be read.
    """
    if "://" in source or source.isdecimal():
        return follow(
            opens(source),
            fps=STREAM_FPS if fps is None else fps,
            stopped_s=capture.stopped_s,
            now_us=now_us,
            stop=stop,
        )
    path = Path(source)
    if path.is_dir() or (path.is_file() and path.suffix.lower() in SUFFIXES):
        return _paced(pictures(path, capture.max_megapixels, now_us), fps, stop)
    if path.is_file():
        return _paced(video(path, fps or 0.0, now_us()), None, stop)
    raise ConfigError(
        f"{source} is no folder, no file and no address: give pictures, a video file, "
        "rtsp://..., or the number of a device"
    )


def _paced(frames: Iterator[Frame], fps: float | None, stop: threading.Event) -> Iterator[Frame]:
    for frame in frames:
        if stop.is_set():
            return
        yield frame
        if fps:
            stop.wait(1 / fps)
