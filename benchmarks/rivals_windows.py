"""Exact sliding windows per key that a user would pick instead, and what they must say.

Each takes an event (key, time, value, partner) and tells, of that key's last minute, hour and day:
how many events, their sum, the highest value and how many partners. An event as old as the window
is long has left it.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from haechi.engine.kernel import Array, Int, Real, kernel

SPANS_US: Final = (60_000_000, 3_600_000_000, 86_400_000_000)
FIGURES: Final = ("count", "sum", "max", "distinct")

Said = list[list[float]]
"""Figures by span: count, sum, maximum, distinct partners; NaN for what one cannot tell."""


class Event(NamedTuple):
    """One event."""

    key: int
    at_us: int
    value: float
    partner: int


class Exactly:
    """The definition: every event is kept and looked at again."""

    def __init__(self) -> None:
        self._seen: dict[int, list[Event]] = {}

    def take(self, event: Event) -> Said:
        """Take an event; the figures of its key."""
        seen = self._seen.setdefault(event.key, [])
        seen.append(event)
        said = []
        for span in SPANS_US:
            inside = [one for one in seen if one.at_us > event.at_us - span]
            values = [one.value for one in inside]
            partners = {one.partner for one in inside}
            said.append([len(inside), sum(values), max(values), len(partners)])
        return said


class _Window:
    """One span of one key: what is inside, its sum, falling maxima, and counts of partners."""

    __slots__ = ("highest", "inside", "partners", "span", "total")

    def __init__(self, span: int) -> None:
        self.span = span
        self.inside: deque[Event] = deque()
        self.highest: deque[tuple[int, float]] = deque()
        self.partners: dict[int, int] = {}
        self.total = 0.0

    def take(self, event: Event) -> list[float]:
        _, at_us, value, partner = event
        inside, highest, partners = self.inside, self.highest, self.partners
        inside.append(event)
        self.total += value
        partners[partner] = partners.get(partner, 0) + 1
        while highest and highest[-1][1] <= value:
            highest.pop()
        highest.append((at_us, value))
        begin = at_us - self.span
        while inside[0][1] <= begin:
            _, _, old, gone = inside.popleft()
            self.total -= old
            if partners[gone] == 1:
                del partners[gone]
            else:
                partners[gone] -= 1
        while highest[0][0] <= begin:
            highest.popleft()
        return [len(inside), self.total, highest[0][1], len(partners)]


class Deques:
    """Plain Python: deques, running sums, falling maxima and counts of partners."""

    def __init__(self) -> None:
        self._keys: dict[int, tuple[_Window, ...]] = {}

    def take(self, event: Event) -> Said:
        """Take an event; the figures of its key."""
        windows = self._keys.get(event[0])
        if windows is None:
            windows = self._keys[event[0]] = tuple(_Window(span) for span in SPANS_US)
        return [window.take(event) for window in windows]


class River:
    """river's rolling statistics: count and sum; it has no rolling maximum or distinct count."""

    def __init__(self) -> None:
        from river import stats, utils

        self._periods = [dt.timedelta(microseconds=span) for span in SPANS_US]
        self._mean: Any = stats.Mean
        self._rolling: Any = utils.TimeRolling
        self._keys: dict[int, list[Any]] = {}
        # river compares with a time that knows no zone.
        self._epoch = dt.datetime(2026, 1, 1)  # noqa: DTZ001

    def take(self, event: Event) -> Said:
        """Take an event; the figures of its key."""
        means = self._keys.get(event.key)
        if means is None:
            means = [self._rolling(self._mean, period=period) for period in self._periods]
            self._keys[event.key] = means
        at = self._epoch + dt.timedelta(microseconds=event.at_us)
        said = []
        for mean in means:
            mean.update(event.value, t=at)
            said.append([mean.n, mean.get() * mean.n, np.nan, np.nan])
        return said


RING: Final = 128
"""Events of one key that a ring keeps; a key with more within the longest span is an error."""

_RING: Final = np.dtype(
    [("at_us", "<i8"), ("value", "<f8"), ("partner", "<i8"), ("before", "<i8"), ("turn", "<i8")]
)


@kernel
def _turn(
    rings: Array, taken: Array, spans: Array, key: Int, at_us: Int, value: Real, partner: Int,
    out: Array,
) -> Int:  # fmt: skip
    """Put an event into its key's ring and read the windows; 1 if the ring was too small."""
    ring = rings[key]
    mine = taken[key]
    taken[key] += 1
    lost = ring[mine % RING]
    if mine >= RING and lost.at_us > at_us - spans[spans.shape[0] - 1]:
        return 1
    # Whose partner came before inside a window is not counted again.
    before = np.int64(-1)
    oldest = max(mine - RING + 1, 0)
    for turn in range(mine - 1, oldest - 1, -1):
        if ring[turn % RING].partner == partner:
            before = turn
            break
    now = ring[mine % RING]
    now.at_us, now.value, now.partner, now.before = at_us, value, partner, before
    turn = mine
    count, total, highest = 0.0, 0.0, -np.inf
    for w in range(spans.shape[0]):
        while turn >= oldest and ring[turn % RING].at_us > at_us - spans[w]:
            one = ring[turn % RING]
            count += 1.0
            total += one.value
            highest = max(highest, one.value)
            turn -= 1
        distinct = 0.0
        for inside in range(turn + 1, mine + 1):
            if ring[inside % RING].before <= turn:
                distinct += 1.0
        out[w, 0] = count
        out[w, 1] = total
        out[w, 2] = highest
        out[w, 3] = distinct
    return 0


class Rings:
    """The same in a compiled ring a key. Exact windows in the core would be like this.

    Parameters
    ----------
    keys
        How many keys there are, from 0 on.
    """

    def __init__(self, keys: int) -> None:
        self._rings = np.zeros((keys, RING), _RING)
        self._taken = np.zeros(keys, np.int64)
        self._spans = np.array(SPANS_US)
        self._out: NDArray[np.float64] = np.zeros((len(SPANS_US), len(FIGURES)))

    def take(self, event: Event) -> Sequence[Sequence[float]]:
        """Take an event; the figures of its key, until the next call."""
        if _turn(self._rings, self._taken, self._spans, *event, self._out):
            raise ValueError(f"key {event.key} has more than {RING} events a day; use fewer")
        return self._out
