"""Officers as a queue: how many wait, how many can be seen in time, and how risky one must be.

The queue of a lane has room for as many as officers can look at within the lane's window, the time
after which a case has left. While it is nearly empty everybody joins whose risk asks for it. As it
fills, a bar climbs through the scores of those who asked last, from the lowest to the highest: a
queue that is half-way there admits the upper half, a full one nobody. Only the order counts; no
arrival rate and no label is needed, and what must not be dropped only makes the queue fuller.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.codes import Overflow, Stream
from haechi.engine.features import PLACE
from haechi.engine.kernel import Flag, Int, Real, Row, kernel

RECENT: Final = 64
"""Scores of the last so many who asked make the order."""

QUEUE: Final = np.dtype(
    [
        ("capacity", "<f8"),
        ("capacity_until_us", "<i8"),
        ("slow", "<f8"),
        ("waiting", "<i8"),
        ("seen", "<i8"),
        ("lost", "<i8"),
        ("asked", "<i8"),
        ("recent", "<f8", (RECENT,)),
        ("order", "<f8", (RECENT,)),
    ]
)
"""One queue: inspections an hour that were stated, and until when they hold; the share of them that
officers fall short of; how many wait, were looked at, and left before anybody looked; how many
asked to join, the scores of the last of them by turn, and the same ascending."""

_EASY: Final = 0.25
"""Up to this share of its room a queue takes everybody. In a simulated queue with a fifth of its
time to spare, a bar that climbs from 0 on drops 17% of those who ask, from a quarter on 6%, from a
half on 3%; with twice the arrivals that it can serve, it catches 98%, 97% and 96% of what an order
known in advance would. ``tests/engine/test_queue.py`` holds the quarter to it."""

_LOSS: Final = 0.02
_STEP: Final = 0.2
_MOST_SLOW: Final = 0.5
"""Officers are taken to be slower than stated until no more than a fiftieth is lost, but never by
more than a half: who reports nothing must not close the queue."""

KEPT: Final = {
    Stream.BODY_SCAN: "body_scan_alarm",
    Stream.BAG_XRAY: "bag_alarms",
    Stream.PARCEL_XRAY: "xray_alarm",
    Stream.INTELLIGENCE: "intelligence",
}
"""Streams whose alarm a lane can keep from ever falling out, and the feature that tells of it."""

_KEPT: Final = tuple((int(stream), PLACE[name]) for stream, name in KEPT.items())
_NONE: Final = int(Overflow.NONE)


@kernel
def pace(queue: Row) -> Real:
    """Inspections a second that officers are taken to do."""
    return queue.capacity * (1.0 - queue.slow) / 3600.0


@kernel
def is_stated(queue: Row, now_us: Int) -> Flag:
    """Whether anybody said how much officers can inspect now."""
    return queue.capacity_until_us > now_us


@kernel
def least_score(queue: Row, window_us: Int, now_us: Int) -> Real:
    """The bar: the score that one must have to join.

    Parameters
    ----------
    queue
        ``QUEUE`` record.
    window_us
        How long a case can wait before it leaves.
    now_us
        The core's clock.

    Returns
    -------
    A score of those who asked; NaN while everybody may join, infinite while nobody may.
    """
    if window_us == 0 or not is_stated(queue, now_us):
        return np.nan
    if not queue.capacity > 0.0:
        return np.inf
    full = queue.waiting / max(pace(queue) * window_us * 1e-6, 1.0)
    if full >= 1.0:
        return np.inf
    known = min(queue.asked, RECENT)
    if full <= _EASY or known == 0:
        return np.nan
    return queue.order[np.int64((full - _EASY) / (1.0 - _EASY) * known)]


@kernel
def wait_us(queue: Row, now_us: Int) -> Int:
    """How long it takes until all who wait were looked at; 0 where no capacity is stated."""
    if not is_stated(queue, now_us) or not queue.capacity > 0.0:
        return np.int64(0)
    return np.int64(queue.waiting / pace(queue) * 1e6)


@kernel
def note_asked(queue: Row, score: Real) -> None:
    """Take the score of one more who asked to join, in place of the oldest."""
    turn = queue.asked % RECENT
    known = min(queue.asked, RECENT)
    at = known
    if queue.asked >= RECENT:
        at = 0
        while queue.order[at] != queue.recent[turn]:
            at += 1
    while at > 0 and queue.order[at - 1] > score:
        queue.order[at] = queue.order[at - 1]
        at -= 1
    while at + 1 < known and queue.order[at + 1] < score:
        queue.order[at] = queue.order[at + 1]
        at += 1
    queue.order[at] = score
    queue.recent[turn] = score
    queue.asked += 1


@kernel
def note_left(queue: Row, looked: Flag) -> None:
    """Count one who waited as looked at, or as lost, and learn from it how fast officers are."""
    if looked:
        queue.seen += 1
    else:
        queue.lost += 1
    missed = (0.0 if looked else 1.0) - _LOSS
    queue.slow = min(max(queue.slow + _STEP * missed * (1.0 - queue.slow), 0.0), _MOST_SLOW)


@kernel
def is_under_bar(rule: Row, out: Row) -> Flag:
    """Whether a decision that asks for an inspection for its risk alone comes under the bar.

    Who met a rule that asks for a verdict, or has an alarm that the lane keeps, never does.

    Parameters
    ----------
    rule
        ``POLICY`` record.
    out
        ``DECISION`` record with selection, bar, what rules ask for and vector.
    """
    if rule.overflow == _NONE or not out.selection < out.bar or out.rule_verdict != 0:
        return False
    kept = False
    for stream, feature in _KEPT:
        kept = kept or ((rule.keep >> stream) & 1 == 1 and out.x[feature] > 0.0)
    return not kept
