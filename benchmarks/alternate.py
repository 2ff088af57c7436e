"""Calls of several kinds, alternating, so that what disturbs one disturbs all."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks.quantiles import Times
from benchmarks.report import Progress

Call = Callable[[int], Any]
"""Makes the call of a round, by the round's number."""


def alternate(
    calls: Mapping[str, Call],
    rounds: range,
    seed: int,
    what: str,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> dict[str, Times]:
    """Make one call of each kind a round, in a new order each time.

    Parameters
    ----------
    calls
        By kind.
    rounds
        Numbers of the rounds.
    seed
        Seed of the order.
    what
        What the progress is called.
    clock
        Nanoseconds; of the thread's own time where calls differ so much in length that a busy
        machine interrupts only some of them.

    Returns
    -------
    Microseconds of each call by kind, shape (rounds,).
    """
    order = random.Random(seed)
    kinds = list(calls)
    times = {kind: np.zeros(len(rounds)) for kind in kinds}
    with Progress(what, len(rounds)) as progress:
        for at, number in enumerate(rounds):
            order.shuffle(kinds)
            for kind in kinds:
                call = calls[kind]
                before = clock()
                call(number)
                times[kind][at] = (clock() - before) / 1000
            progress.at(at)
    return times
