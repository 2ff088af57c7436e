"""Parcels whose guilty goods are others from half-way on, inspected as an engine chooses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.goods import Goods, make_goods
from haechi.configs.monitor import RANDOM_RESIDUAL, RESIDUAL, MonitorConfig
from haechi.configs.port import Port
from haechi.engine.codes import NodeKind, SelectedBy
from haechi.engine.records import EVENT
from haechi.operators.shard import ShardSettings
from haechi.streams.decode.decoder import Decoder
from haechi.streams.evaluation.prequential import DAY_US, Prequential
from haechi.streams.evaluation.setup import Setup
from haechi.streams.monitor.alarms import event_of
from haechi.streams.monitor.drift import Watch
from haechi.streams.monitor.scores import probability
from haechi.streams.tokens import KEY_BYTES, Tokens

PRODUCTS: Final = 400
LINES: Final = 80
PER_DAY: Final = 1000
GUILTY_SHARE: Final = 0.05
"""Share of parcels in lines that smugglers use: as many as can be inspected."""

_TRIES: Final = 400

_GUILTY_IF_USED: Final = 0.7
_GUILTY_ELSE: Final = 0.003
WARM_DAYS: Final = 10
_WARM_SHARE: Final = 0.2
"""In the first days so many are inspected, drawn at random."""


@dataclass(frozen=True, slots=True)
class Moving:
    """A stream and its truth.

    Parameters
    ----------
    goods
        The parcels.
    guilty
        Whether an inspection would find something, shape (n,).
    moved_at
        First parcel after the move.
    """

    goods: Goods
    guilty: NDArray[np.bool_]
    moved_at: int


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to select.

    Parameters
    ----------
    rate
        Share of parcels that is inspected.
    exploration
        Share of inspections that is drawn at random.
    detector
        Whether alarms of the monitor's detectors reach the core.
    by_novelty
        Whether random checks rather go to goods that nobody inspected yet.
    """

    rate: float
    exploration: float
    detector: bool
    by_novelty: bool = True


@dataclass(frozen=True, slots=True)
class Played:
    """What was inspected after the warm-up.

    Parameters
    ----------
    rows
        Parcels, in order, shape (m,).
    found
        Whether something was found, shape (m,).
    random
        Whether it was a random check, shape (m,).
    alarms
        First parcel after each alarm.
    """

    rows: NDArray[np.int64]
    found: NDArray[np.bool_]
    random: NDArray[np.bool_]
    alarms: tuple[int, ...]


def make_moving(seed: int, days: int) -> Moving:
    """Draw a stream whose guilty products move after half of the days that follow the warm-up."""
    goods = make_goods(seed, days * PER_DAY, PER_DAY, PRODUCTS, LINES)
    draws = np.random.default_rng([seed, 2])
    line = goods.product % LINES
    popular = np.bincount(line, minlength=LINES) / len(line)
    before, after = draw_lines(popular, draws)
    moved_at = (WARM_DAYS + (days - WARM_DAYS) // 2) * PER_DAY
    first = np.arange(len(line)) < moved_at
    used = np.where(first, np.isin(line, before), np.isin(line, after))
    guilty = draws.random(len(used)) < np.where(used, _GUILTY_IF_USED, _GUILTY_ELSE)
    return Moving(goods, guilty, moved_at)


def draw_lines(
    popular: NDArray[np.float64], draws: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw the lines that smugglers use before and after; both are as large a part of trade.

    Otherwise precision could not come back, or would come back by itself.

    Parameters
    ----------
    popular
        Share of parcels by line, shape (lines,).
    draws
        Where chance comes from.

    Returns
    -------
    Two sets without a common line, of about :data:`GUILTY_SHARE` each.
    """
    # A line that everybody buys would be too large a part of either set.
    usable = np.flatnonzero(popular < GUILTY_SHARE / 2)
    best, closest = (usable[:0], usable[:0]), np.inf
    for _ in range(_TRIES):
        order = draws.permutation(usable)
        ends = np.searchsorted(np.cumsum(popular[order]), [GUILTY_SHARE, 2 * GUILTY_SHARE])
        pair = order[: ends[0]], order[ends[0] : ends[1]]
        off = max(abs(float(popular[one].sum()) - GUILTY_SHARE) for one in pair)
        if off < closest:
            best, closest = pair, off
    return best


class _Told(Prequential):
    """A shard that can be told of a drift as well."""

    def tell(self, records: bytes, now_us: int) -> None:
        event = np.frombuffer(bytearray(records), EVENT)
        event["stamp_us"] = event["event_us"] = now_us
        event["offset"] = self._told
        self._told += 1
        self._shard.apply(event)


def play(moving: Moving, arm: Arm, seed: int) -> Played:
    """Let one arm select, day by day; outcomes come a day later.

    Parameters
    ----------
    moving
        The stream.
    arm
        How to select.
    seed
        Of the core's keyed draws.
    """
    setup = Setup.load(None).selecting(arm.rate, arm.exploration)
    setup.policy["by_novelty"] = arm.by_novelty
    settings: ShardSettings = setup.settings(2, seed)
    shard = _Told(settings, 4 * PER_DAY, setup.question())
    watches = _watches() if arm.detector else []
    decoder = Decoder(Tokens(bytes(KEY_BYTES)), Port.load())
    picked: list[NDArray[np.int64]] = []
    at_random: list[NDArray[np.bool_]] = []
    alarms: list[int] = []
    waiting: list[tuple[int, bool, float, bool]] = []
    events = moving.goods.events
    for day, part in enumerate(np.split(np.arange(len(events)), len(events) // PER_DAY)):
        made = shard.score(events[part])
        for records in _alarms(watches, waiting, decoder):
            # Outcomes of yesterday came today; the alarm is on record tomorrow.
            shard.tell(records, int(events["event_us"][part[-1]]))
            alarms.append(int(part[-1]) + 1)
        chosen, how, propensity = _chosen(made, warm=day < WARM_DAYS)
        rows = part[chosen]
        shard.expect(rows, events["event_us"][rows] + DAY_US, moving.guilty[rows], propensity, how)
        waiting = list(
            zip(
                rows.tolist(),
                moving.guilty[rows].tolist(),
                made["log_odds"][chosen].tolist(),
                (how == SelectedBy.RANDOM).tolist(),
                strict=True,
            )
        )
        if day >= WARM_DAYS:
            picked.append(rows)
            at_random.append(how == SelectedBy.RANDOM)
    rows = np.concatenate(picked)
    return Played(rows, moving.guilty[rows], np.concatenate(at_random), tuple(alarms))


def _chosen(
    made: Any, *, warm: bool
) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.float64]]:
    """Who is inspected, why, and how probable that was."""
    if warm:
        rows = np.flatnonzero(made["draw"] < _WARM_SHARE)
        how = np.full(len(rows), SelectedBy.RANDOM, np.uint8)
        return rows, how, np.full(len(rows), _WARM_SHARE)
    rows = np.flatnonzero(made["selected_by"] != SelectedBy.NOT_SELECTED)
    return rows, made["selected_by"][rows], made["propensity"][rows]


def _watches() -> list[Watch]:
    return [
        Watch(drift)
        for drift in MonitorConfig.load(None).drifts
        if drift.of == NodeKind.PARCEL and drift.watched in (RESIDUAL, RANDOM_RESIDUAL)
    ]


def _alarms(
    watches: list[Watch], outcomes: list[tuple[int, bool, float, bool]], decoder: Decoder
) -> list[bytes]:
    """Let the monitor's detectors see outcomes; records of the events that alarms become."""
    told = []
    for row, found, log_odds, random in outcomes:
        residual = found - probability(log_odds)
        for watch in watches:
            if watch.drift.watched == RANDOM_RESIDUAL and not random:
                continue
            alarm = watch.take(residual, row, row + 1)
            if alarm is not None:
                told.append(decoder.decode(event_of(alarm, 0).SerializeToString()).records)
    return told
