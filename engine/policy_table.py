"""The tables that policy and prior are compiled into. No kernels, so it loads at once."""

from __future__ import annotations

from enum import IntFlag
from typing import Final

import numpy as np

from haechi.engine.codes import Stream

LANES: Final = 32
STAGES: Final = 8
_STREAMS: Final = len(Stream)


class Failing(IntFlag):
    """What may fail while a fresh release stands in."""

    SENSOR = 1
    MODEL = 2
    DEADLINE = 4
    OVERLOAD = 8


MODEL_EXCUSED: Final = 1 << 15
"""Beside the streams that a decision excuses: a model that gives no number."""

POLICY: Final = np.dtype(
    [
        ("hold_at", "<f8"),
        ("refer_at", "<f8"),
        ("explore", "<f8"),
        ("hold_rate", "<f8"),
        ("wait_us", "<i8"),
        ("review_us", "<i8"),
        ("valid_us", "<i8"),
        ("acknowledge_us", "<i8"),
        ("fresh_us", "<i8"),
        ("window_us", "<i8"),
        ("requires", "<u2"),
        ("keep", "<u2"),
        ("known", "u1"),
        ("degraded", "u1"),
        ("by_novelty", "u1"),
        ("overflow", "u1"),
        ("queue", "u1"),
        ("fast", "u1"),
        ("check", "u1", (_STREAMS,)),
        ("spare", "u1", (4,)),
    ]
)
"""What one lane asks for at one stage; ``hold_at`` and ``refer_at`` in log-odds, ``requires``
a bit mask of streams, ``check`` a directive for each stream, ``hold_rate`` the share that is to
be held, 0 where ``hold_at`` stays as it is. ``window_us`` is how long a case can wait for officers
before it leaves, 0 where nobody counts who waits; ``queue`` the lane whose queue it stands in,
``overflow`` what becomes of what falls out of it, and ``keep`` a bit mask of streams whose alarm
never does. ``degraded`` says what may fail (``Failing``) while a release of at most ``fresh_us``
stands in. ``fast`` is the lane of trusted parties, 0 for none."""

TERM: Final = np.dtype(
    [("log_odds", "<f8"), ("from_", "<f8"), ("to", "<f8"), ("missing", "<f8"), ("used", "<i8")]
)
"""One feature's ramp: nothing below ``from_``, ``log_odds`` from ``to`` on, linear between;
``to`` may lie below ``from_`` for a ramp that rises downwards."""
