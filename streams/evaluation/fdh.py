"""The protocol of the card transactions: weeks in which 100 cards a day can be looked at.

Beginning at day S, days S to S + 6 are those of training, S + 14 to S + 20 those of the test, and
the week between is the delay of labels. Here the model learns online, so a window only says which
rows count: those of cards that nobody knows to be defrauded yet.

References
----------
Le Borgne, Siblini, Lebichot and Bontempi, "Reproducible Machine Learning for Credit Card Fraud
Detection: Practical Handbook", chapters on validation and on card precision top-k.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from haechi.configs.port import Port
from haechi.engine.codes import SelectedBy
from haechi.engine.errors import BadInput, ConfigError
from haechi.streams.adapters.fdh import TRANSACTION, Manifests, read_transactions
from haechi.streams.evaluation.figures import Calibration, Ranking
from haechi.streams.evaluation.kcs import Progress
from haechi.streams.evaluation.kcs_rows import TOKENS
from haechi.streams.evaluation.prequential import DAY_US, Prequential, by_day, most_waiting
from haechi.streams.evaluation.setup import Setup

LABEL_DELAY_DAYS: Final = 7
CARDS: Final = 100
"""Cards that can be looked at a day."""

TRAIN_DAYS: Final = 7
TEST_FROM: Final = 14
TEST_UNTIL: Final = 20
_USUAL: Final = (94, 101)


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """What is told of one window.

    Parameters
    ----------
    start
        Its first day, S.
    ranking, calibration
        Of the transactions that count.
    card_precision
        Share of the cards looked at that are defrauded, mean over the days.
    """

    start: int
    ranking: Ranking
    calibration: Calibration
    card_precision: float


def read_files(paths: Sequence[Path]) -> NDArray[Any]:
    """Read files that continue one another.

    Returns
    -------
    ``TRANSACTION`` records, shape (n,).

    Raises
    ------
    BadInput
        If one cannot be used, or begins before the one before it ends.
    """
    parts: list[NDArray[Any]] = []
    for path in paths:
        part = read_transactions(path)
        if parts and part["second"][0] < parts[-1]["second"][-1]:
            raise BadInput(
                "NOT_IN_ORDER",
                f"{path.name} begins on day {part['day'][0]}, before the end of the file before "
                f"it, day {parts[-1]['day'][-1]}; give the files in order of time",
            )
        parts.append(part)
    return np.concatenate(parts) if parts else np.zeros(0, TRANSACTION)


def windows_of(days: NDArray[Any], given: Sequence[int]) -> tuple[int, ...]:
    """Tell which windows are scored, by their first days.

    Parameters
    ----------
    days
        Day of each transaction, ascending, shape (n,).
    given
        What was asked for; nothing for 94 and 101, or the last two of data that ends before.

    Raises
    ------
    ConfigError
        If the data does not reach so far.
    """
    first, last = int(days[0]), int(days[-1])
    windows = tuple(given)
    if not windows:
        latest = last - TEST_UNTIL
        usual = first <= _USUAL[0] and latest >= _USUAL[-1]
        windows = _USUAL if usual else tuple(d for d in (latest - 7, latest) if d >= first)
    wrong = [start for start in windows if not first <= start <= last - TEST_UNTIL]
    if wrong or not windows:
        needs = f"a window needs days S to S + {TEST_UNTIL}, and the files hold {first} to {last}"
        raise ConfigError(f"no window begins on day {wrong[0]}: {needs}" if wrong else needs)
    return windows


def score_transactions(
    rows: NDArray[Any], setup: Setup, port: Port, delay_days: int, progress: Progress
) -> NDArray[np.float64]:
    """Score every transaction when it comes; its label is learned exactly the delay later.

    Parameters
    ----------
    rows
        ``TRANSACTION`` records, ascending in time, shape (n,).
    setup
        The configuration.
    port
        What the decoder knows of places.
    delay_days
        Days between a transaction and its label, >= 0.
    progress
        Called after each day.

    Returns
    -------
    Calibrated log-odds, shape (n,).
    """
    days = rows["day"].astype(np.int64)
    manifests = Manifests(rows, TOKENS, port)
    shard = Prequential(setup.settings(1), most_waiting(days, delay_days))
    log_odds = np.zeros(len(rows))
    for part in by_day(days):
        events = manifests.of(part)
        log_odds[part] = shard.score(events)["log_odds"]
        shard.expect(
            part, events["event_us"] + delay_days * DAY_US, rows["fraud"][part] == 1,
            np.ones(len(part)), SelectedBy.RANDOM,
        )  # fmt: skip
        progress(int(part[-1]) + 1, len(rows))
    return log_odds


def counted(rows: NDArray[Any], start: int) -> NDArray[np.int64]:
    """Places of the test week's transactions of cards that are not known to be defrauded.

    Known are cards defrauded in the days of training, and on the k-th day of the test those of
    the k-th day after training's last but one: what a delay of a week lets one know.

    Parameters
    ----------
    rows
        ``TRANSACTION`` records, ascending in time, shape (n,).
    start
        First day of the window.
    """
    day, customer, fraud = rows["day"], rows["customer"], rows["fraud"] == 1
    training = _days(day, start, start + TRAIN_DAYS - 1)
    known = set(customer[training][fraud[training]].tolist())
    kept: list[NDArray[np.int64]] = []
    for k in range(TEST_UNTIL - TEST_FROM + 1):
        told = _days(day, start + TRAIN_DAYS - 1 + k, start + TRAIN_DAYS - 1 + k)
        known |= set(customer[told][fraud[told]].tolist())
        tested = _days(day, start + TEST_FROM + k, start + TEST_FROM + k)
        places = np.arange(tested.start, tested.stop)
        kept.append(places[~np.isin(customer[tested], np.array(sorted(known), customer.dtype))])
    return np.concatenate(kept)


def card_precision(
    days: NDArray[Any],
    customers: NDArray[Any],
    fraud: NDArray[np.bool_],
    scores: NDArray[np.float64],
    cards: int = CARDS,
) -> float:
    """Precision of the cards with the highest scores of a day, mean over the days.

    A defrauded card that was looked at does not come again. Of equal cards the one with the
    lower number comes first.

    Parameters
    ----------
    days, customers, fraud, scores
        Of the transactions that count, shape (n,).
    cards
        Cards that can be looked at a day.
    """
    detected: set[int] = set()
    precisions = []
    for day in np.unique(days):
        on = days == day
        on &= ~np.isin(customers, np.array(sorted(detected), customers.dtype))
        known, place = np.unique(customers[on], return_inverse=True)
        best = np.full(len(known), -np.inf)
        np.maximum.at(best, place, scores[on])
        defrauded = np.zeros(len(known), bool)
        np.logical_or.at(defrauded, place, fraud[on])
        top = np.argsort(-best, kind="stable")[:cards]
        found = known[top[defrauded[top]]]
        precisions.append(len(found) / cards)
        detected |= set(found.tolist())
    return float(np.mean(precisions)) if precisions else float("nan")


def week_figures(rows: NDArray[Any], log_odds: NDArray[np.float64], start: int) -> WeekFigures:
    """Figures of the window that begins on a day; arguments as above."""
    places = counted(rows, start)
    if not len(places):
        raise ConfigError(f"window {start}: no transaction of its test week counts; choose another")
    fraud, z = rows["fraud"][places] == 1, log_odds[places]
    return WeekFigures(
        start,
        Ranking.of(fraud, z),
        Calibration.of(fraud, z),
        card_precision(rows["day"][places], rows["customer"][places], fraud, z),
    )


def _days(day: NDArray[Any], first: int, last: int) -> slice:
    """Rows of the days from first to last; ``day`` is ascending."""
    return slice(int(np.searchsorted(day, first, "left")), int(np.searchsorted(day, last, "right")))
