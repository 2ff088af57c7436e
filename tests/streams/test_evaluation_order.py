"""Who is learned before whom, held against the protocols written down anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haechi.configs.port import Port
from haechi.engine.codes import DecisionKind, EventKind, Finding, SelectedBy
from haechi.engine.records import DECISION, EVENT, pack_event
from haechi.operators.shard import ShardSettings
from haechi.streams.adapters.fdh import TRANSACTION
from haechi.streams.evaluation import fdh, kcs, prequential, selective
from haechi.streams.evaluation.kcs_rows import KcsRows
from haechi.streams.evaluation.setup import Setup

DAY_US = prequential.DAY_US
MANIFEST = int(EventKind.PARCEL_MANIFEST)
ASKED = int(EventKind.GATE_EVENT)
OUTCOME = int(EventKind.INSPECTION_OUTCOME)
PORT = Port.load()

Step = tuple[str, int]
"""Scored, asked or learned, and the row."""


class Spy:
    """A shard that only notes what it is told; it selects every third row, by turns."""

    steps: list[Step]
    told: list[Any]

    def __init__(self, capacity: int) -> None:
        self.scored = 0
        Spy.steps, Spy.told = [], []

    def configure(self, settings: ShardSettings) -> None:
        pass

    def apply(self, events: Any, recalled: Any) -> bytes:
        assert (np.diff(events["event_us"]) >= 0).all()
        assert (events["stamp_us"] == events["event_us"]).all()
        made = np.zeros(len(events), DECISION)
        count, at = 0, 0
        for e in events:
            if e["kind"] == OUTCOME:
                assert e["target_hi"] == recalled[at]["id_hi"]
                assert e["other"] == recalled[at]["case_key"]
                # The core learns from the vector as it was scored.
                assert recalled[at]["x"][0] == int(recalled[at]["subject"])
                Spy.steps.append(("learned", int(recalled[at]["subject"]) - 1))
                Spy.told.append(e)
                at += 1
                continue
            row = int(e["ref"])
            asked = e["kind"] == ASKED
            Spy.steps.append(("asked" if asked else "scored", row - 1))
            one = made[count]
            one["kind"] = DecisionKind.ANSWER if asked else DecisionKind.STANDING
            one["id_hi"] = e["id_hi"]
            one["case_key"] = row + 1000
            one["subject"] = row
            one["x"][0] = row
            one["log_odds"] = row / 7.0
            if asked and row % 3 == 0:
                model = row % 2 == 0
                one["selected_by"] = SelectedBy.MODEL if model else SelectedBy.RANDOM
                one["propensity"] = 1.0 if model else 0.01
            count += 1
        assert at == len(recalled)
        return made[:count].tobytes()


@pytest.fixture(scope="module")
def setup() -> Setup:
    return Setup.load(None)


@pytest.fixture(autouse=True)
def spied() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prequential, "Shard", Spy)
        yield


def declarations(days: list[int], labelled: list[bool]) -> KcsRows:
    n = len(days)
    events = np.repeat(np.frombuffer(pack_event(kind=MANIFEST, first=1, last=1), EVENT), n)
    events["ref"] = np.arange(n) + 1
    at = np.array(days, np.int64)
    place = np.array([days[:i].count(day) for i, day in enumerate(days)])
    events["event_us"] = (at + 1000) * DAY_US + place
    return KcsRows(
        events,
        at + 1000,
        np.zeros(n, np.int64),
        np.array(labelled),
        np.arange(n) % 2 == 0,
        np.zeros(n, bool),
        np.arange(n),
        0,
        (),
    )


GAPS = st.lists(st.sampled_from([0, 0, 0, 1, 1, 2, 9]), min_size=1, max_size=60)


def nothing(done: int, total: int) -> None:
    pass


@given(GAPS, st.integers(0, 12), st.data())
def test_kcs_learns_up_to_the_day_before_the_delay_then_scores_the_day(
    setup: Setup, gaps: list[int], delay: int, data: st.DataObject
) -> None:
    days = np.cumsum(gaps).tolist()
    labelled = data.draw(st.lists(st.booleans(), min_size=len(days), max_size=len(days)))
    log_odds = kcs.score_declarations(declarations(days, labelled), setup, delay, nothing)
    expected: list[Step] = []
    learned: set[int] = set()
    for day in sorted(set(days)):
        for row, of in enumerate(days):
            if of <= day - 1 - delay and labelled[row] and row not in learned:
                learned.add(row)
                expected.append(("learned", row))
        expected += [("scored", row) for row, of in enumerate(days) if of == day]
    assert Spy.steps == expected
    assert log_odds.tolist() == [(row + 1) / 7.0 for row in range(len(days))]
    for e, (_, row) in zip(Spy.told, (s for s in Spy.steps if s[0] == "learned"), strict=True):
        assert e["found"] == (Finding.FOUND if row % 2 == 0 else Finding.NOTHING)
        assert e["propensity"] == 1.0


@given(GAPS, st.integers(0, 12))
def test_selective_tells_labels_of_inspected_rows_only(
    setup: Setup, gaps: list[int], delay: int
) -> None:
    days = np.cumsum([9, *gaps]).tolist()
    rows = declarations(days, [True] * len(days))
    selecting = setup.selecting(0.1, 0.1)
    said = selective.select_declarations(rows, selecting, delay, 1, nothing)
    expected: list[Step] = []
    learned: set[int] = set()
    for day in sorted(set(days)):
        for row, of in enumerate(days):
            inspected = of < days[0] + 31 or (row + 1) % 3 == 0
            if of <= day - 1 - delay and inspected and row not in learned:
                learned.add(row)
                expected.append(("learned", row))
        for row, of in enumerate(days):
            if of == day:
                expected += [("scored", row), ("asked", row)]
    assert Spy.steps == expected
    for e, (_, row) in zip(Spy.told, (s for s in Spy.steps if s[0] == "learned"), strict=True):
        random = days[row] >= days[0] + 31 and (row + 1) % 2 == 1
        assert e["propensity"] == (0.01 if random else 1.0)
    assert (said.by != SelectedBy.NOT_SELECTED).tolist() == [
        (row + 1) % 3 == 0 for row in range(len(days))
    ]


@given(
    st.lists(st.sampled_from([0, 1, 7, 5_000, 40_000, 86_400, 300_000]), min_size=1, max_size=60),
    st.integers(0, 9),
)
def test_fdh_learns_a_label_exactly_when_its_delay_is_over(
    setup: Setup, gaps: list[int], delay: int
) -> None:
    rows = np.zeros(len(gaps), TRANSACTION)
    rows["second"] = np.cumsum(gaps)
    rows["day"] = rows["second"] // 86_400
    rows["amount"] = 1.0
    fdh.score_transactions(rows, setup, PORT, delay, nothing)
    # A day's labels are told once the day is over: within a day nothing of it is learned.
    expected: list[Step] = []
    learned: set[int] = set()
    for row, second in enumerate(rows["second"].tolist()):
        for earlier in range(row):
            due = int(rows["second"][earlier]) + delay * 86_400
            other_day = rows["day"][earlier] < rows["day"][row]
            if due <= second and other_day and earlier not in learned:
                learned.add(earlier)
                expected.append(("learned", earlier))
        expected.append(("scored", row))
    assert Spy.steps == expected


def test_only_as_many_rows_are_remembered_as_may_still_get_a_label() -> None:
    days = np.repeat(np.arange(100), 5)
    assert prequential.most_waiting(days, 7) == 8 * 5
    assert prequential.most_waiting(days, 0) == 5
    assert prequential.most_waiting(np.array([0, 0, 50]), 7) == 2


def test_the_first_31_days_are_inspected_whole(setup: Setup) -> None:
    # Row 0 would not have been selected on any of these days; the last days let labels come.
    rows = declarations([0, 30, 30, 31, 31, 60], [True] * 6)
    selective.select_declarations(rows, setup.selecting(0.1, 0.1), 7, 1, nothing)
    assert [row for step, row in Spy.steps if step == "learned"] == [0, 1, 2]
    rows = declarations([0, 29, 30, 31, 31, 31, 60], [True] * 7)
    selective.select_declarations(rows, setup.selecting(0.1, 0.1), 7, 1, nothing)
    assert [row for step, row in Spy.steps if step == "learned"] == [0, 1, 2, 5]
