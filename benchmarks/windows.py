"""Windows per key: the core's histories beside exact windows in Python, in river and compiled.

The core keeps no events: a history is one row that decays, with counts by four half-lives, a
running mean and spread, the peak of late, and partners over a month. Exact windows answer another
question: count, sum, maximum and distinct partners of the last minute, hour and day.

Before anything is timed, the exact ones must agree with the definition, event by event, and the
core's rows with sums over all events. Then blocks of events go to each in turn, by processor time:
one call an event, as a program in Python would; and the core's in one call a block, as they are
called in the core.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.alternate import alternate
from benchmarks.quantiles import percentile, ratio
from benchmarks.report import Progress, Report
from benchmarks.rivals_windows import SPANS_US, Deques, Event, Exactly, Rings, River
from haechi.engine.baseline import OVERALL, take
from haechi.engine.decay import (
    HISTORY,
    HOUR_S,
    MONTH_S,
    TEN_MINUTES_S,
    WEEK_S,
    YEAR_S,
    add_to_mean,
    advance,
    count_sighting,
)
from haechi.engine.exactmath import remaining
from haechi.engine.hashing import mix
from haechi.engine.hashtable import MISSING, find, new_index, put
from haechi.engine.kernel import Array, Int, Real, Row, bound, kernel

_LEAST: Final = 3.0
_OURS: Final = "ours, a call an event"
_RIVALS: Final = ("river's rolling", "compiled rings, a call an event")
_DAY_US: Final = SPANS_US[-1]
_EVENTS_A_KEY: Final = 30
_PARTNERS: Final = 6
_BLOCK: Final = 500
_WARM: Final = 4
_CHECKED_KEYS: Final = 200
_BEGIN_US: Final = 1_000_000

_HALF_LIVES_S: Final = (TEN_MINUTES_S, HOUR_S, WEEK_S, YEAR_S)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--keys", type=int, default=3_000, help="(default %(default)s)")
    parser.add_argument(
        "--rounds", type=int, default=100, help=f"of {_BLOCK} events (default %(default)s)"
    )


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    _check(_stream(report.seed + 1, _CHECKED_KEYS, 2 * _CHECKED_KEYS * _EVENTS_A_KEY), report)
    measured = range(_WARM, _WARM + given.rounds)
    events = _stream(report.seed, given.keys, measured.stop * _BLOCK)
    rivals = {
        "Python deques": Deques().take,
        _RIVALS[0]: River().take,
        _RIVALS[1]: Rings(given.keys).take,
        _OURS: Decaying(given.keys).take,
    }
    calls = {name: _taking(taker, events) for name, taker in rivals.items()}
    ours, columns = Decaying(given.keys), _columns(events)
    calls["ours, a call a block"] = lambda number: ours.take_all(*_block(columns, number))
    alternate(calls, range(_WARM), report.seed, "warming up")
    times = alternate(calls, measured, report.seed, "windows", time.thread_time_ns)
    found = {
        name: ratio([times["Python deques"]], one, 50, report.seed) for name, one in times.items()
    }
    rows = []
    for name, one in times.items():
        report.keep(name, one / _BLOCK, "us/event")
        rows.append([name, round(percentile(one, 50) / _BLOCK, 2), *found[name]])
    report.table("windows", ["windows", "us_an_event", "deques / this", "from", "to"], rows)
    middle, *ends = found[_OURS]
    report.goal(
        f"Python deques / {_OURS}", middle, _LEAST, least=True, kind="ratio",
        interval=(ends[0], ends[1]), rivals={name: found[name][0] for name in _RIVALS},
    )  # fmt: skip


def _stream(seed: int, keys: int, count: int) -> list[Event]:
    """So many events a key and day, in order; values are whole, so that sums are exact."""
    draws = np.random.default_rng(seed)
    at_us = _BEGIN_US + np.sort(
        draws.integers(_DAY_US * count // (keys * _EVENTS_A_KEY), size=count)
    )
    return list(
        map(
            Event,
            draws.integers(keys, size=count).tolist(),
            at_us.tolist(),
            np.ceil(draws.lognormal(8.0, 1.0, count)).tolist(),
            draws.integers(_PARTNERS, size=count).tolist(),
        )
    )


def _columns(events: Sequence[Event]) -> tuple[NDArray[Any], ...]:
    return tuple(np.array(column) for column in zip(*events, strict=True))


def _block(columns: Sequence[NDArray[Any]], number: int) -> list[NDArray[Any]]:
    return [column[number * _BLOCK :][:_BLOCK] for column in columns]


def _taking(take_one: Callable[[Event], Any], events: list[Event]) -> Callable[[int], Any]:
    def taking(number: int) -> None:
        for event in events[number * _BLOCK : (number + 1) * _BLOCK]:
            take_one(event)

    return taking


@kernel
def _row_of(index: Array, rows: Array, held: Array, key: Int, at_us: Int) -> Row:
    slot = find(index, key)
    if slot == MISSING:
        slot = held[0]
        held[0] += 1
        rows[slot].last_us = at_us
        put(index, key, slot)
    return rows[slot]


@kernel
def _see(
    index: Array, rows: Array, pairs: Array, overall: Array, held: Array, key: Int, at_us: Int,
    value: Real, partner: Int,
) -> Real:  # fmt: skip
    """Count an event as the core counts a case in the history of a party."""
    name = mix(np.uint64(key), np.uint64(1))
    row = _row_of(index, rows, held, name, at_us)
    count_sighting(row, at_us)
    add_to_mean(row, at_us, value)
    take(row.baseline, overall[0], at_us, value)
    if put(pairs, mix(name, np.uint64(partner)), 0) == 1:
        row.partners += remaining(advance(row, at_us), MONTH_S)
    return row.hour


@kernel
def _see_all(
    index: Array, rows: Array, pairs: Array, overall: Array, held: Array, keys: Array, at_us: Array,
    values: Array, partners: Array,
) -> Real:  # fmt: skip
    total = 0.0
    for i in range(keys.shape[0]):
        total += _see(
            index, rows, pairs, overall, held, keys[i], at_us[i], values[i], partners[i]
        )  # fmt: skip
    return total


class Decaying:
    """The core's histories, their index and their pairs.

    Parameters
    ----------
    keys
        How many keys there are at most.
    """

    def __init__(self, keys: int) -> None:
        self.rows = np.zeros(keys, HISTORY)
        self._arrays = (
            new_index(keys),
            self.rows,
            new_index(keys * _PARTNERS),
            np.zeros(1, OVERALL),
            np.zeros(1, np.int64),
        )
        self._see = bound(_see, *self._arrays, 1, 1, 1.0, 1)

    def take(self, event: Event) -> float:
        """Take an event; how many there were of its key of late."""
        return float(self._see(*self._arrays, *event))

    def take_all(self, *columns: Array) -> float:
        """Take many."""
        return float(_see_all(*self._arrays, *columns))


def _check(events: Sequence[Event], report: Report) -> None:
    exactly, deques, river, rings = Exactly(), Deques(), River(), Rings(_CHECKED_KEYS)
    with Progress("checking", len(events)) as progress:
        for number, event in enumerate(events):
            right = np.array(exactly.take(event))
            for rival in (deques, rings):
                told = np.array(rival.take(event))
                if not np.array_equal(told, right):
                    raise AssertionError(f"{rival}: {told} is not {right} at {event}")
            known = np.array(river.take(event))[:, :2]
            if not np.allclose(known, right[:, :2], rtol=1e-9):
                raise AssertionError(f"river: {known} is not {right} at {event}")
            progress.at(number)
    alone, together = Decaying(_CHECKED_KEYS), Decaying(_CHECKED_KEYS)
    for event in events:
        alone.take(event)
    together.take_all(*_columns(events))
    if alone.rows.tobytes() != together.rows.tobytes():
        raise AssertionError("histories differ between one call an event and one for all")
    keys = list(dict.fromkeys(event.key for event in events))
    for slot, key in enumerate(keys):
        _check_history(alone.rows[slot], [event for event in events if event.key == key])
    report.note(
        f"{len(events):,} events: deques and rings say what the definition says, river its counts "
        f"and sums, and {len(keys):,} histories what sums over all events do"
    )


def _check_history(row: Any, events: Sequence[Event]) -> None:
    """Hold a history against its definition: weights of every event by its age."""
    at_s = np.array([event.at_us for event in events]) * 1e-6
    values = np.array([event.value for event in events])
    firsts = {event.partner: event.at_us * 1e-6 for event in reversed(events)}
    ages = at_s[-1] - at_s
    right = {
        name: float((0.5 ** (ages / half_life)).sum())
        for name, half_life in zip(("minutes", "hour", "week", "year"), _HALF_LIVES_S, strict=True)
    }
    weights = 0.5 ** (ages / YEAR_S)
    right["mean"] = float(np.average(values, weights=weights))
    right["partners"] = sum(0.5 ** ((at_s[-1] - one) / MONTH_S) for one in firsts.values())
    for name, figure in right.items():
        # A history is advanced to its last event's time; partners may lag behind by one event.
        if not np.isclose(float(row[name]), figure, rtol=1e-6):
            raise AssertionError(f"history: {name} is {row[name]}, by all events {figure}")
