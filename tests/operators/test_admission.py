"""What arrives is stamped once; what cannot be an event is kept and changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from arrivals import arrival, event_id
from border import DAY, SECOND, T0

from haechi.engine.codes import EventKind
from haechi.engine.records import DECISION, EVENT
from haechi.operators.admission import Admission, tick
from haechi.operators.intake import Entry, Refusal
from haechi.operators.window import IdWindow

SCAN = EventKind.SCANNER_RESULT
WINDOW, AHEAD = 7 * DAY, 300 * SECOND
KNOWN = bytes(range(16))
KNOWN_BODY = KNOWN + bytes(DECISION.itemsize - 16)


def admission() -> Admission:
    return Admission(
        IdWindow(WINDOW + AHEAD),
        lambda wanted: (5 << 10, 4711) if wanted == KNOWN else None,
        lambda position: KNOWN_BODY,
        lambda entry, refusal: refusal.code.encode(),
        WINDOW,
        AHEAD,
    )


def stamped(batch: Any) -> Any:
    return np.frombuffer(batch.records, EVENT)


def refusals(batch: Any) -> list[str | None]:
    return [event.refusal.code if event.refusal else None for event in batch.admitted]


def test_offsets_and_stamps_grow_by_one_an_event() -> None:
    batch = admission().admit([arrival(SCAN, n, T0, ref=n) for n in range(1, 5)], 100, T0)
    assert stamped(batch)["offset"].tolist() == [100, 101, 102, 103]
    assert stamped(batch)["stamp_us"].tolist() == [T0, T0 + 1, T0 + 2, T0 + 3]
    assert stamped(batch)["ref"].tolist() == [1, 2, 3, 4]


def test_records_of_one_event_share_its_stamp() -> None:
    one = arrival(SCAN, 1, T0)
    assert one.decoded is not None
    three = Entry(
        one.raw,
        "test",
        type(one.decoded)(SCAN, event_id(1), bytes(16), 0, T0, False, one.decoded.records * 3, b""),
    )
    batch = admission().admit([three, arrival(SCAN, 2, T0)], 7, T0)
    assert stamped(batch)["offset"].tolist() == [7, 7, 7, 8]
    assert stamped(batch)["stamp_us"].tolist() == [T0, T0, T0, T0 + 1]


def test_a_clock_that_goes_back_does_not_take_stamps_along() -> None:
    admit = admission().admit
    admit([arrival(SCAN, n, T0) for n in range(1, 4)], 0, T0)
    batch = admit([arrival(SCAN, 9, T0)], 3, T0 - 50 * SECOND)
    assert batch.stamp_us == T0 + 3
    assert stamped(batch)["stamp_us"].tolist() == [T0 + 3]


def test_duplicates_within_a_batch_and_across() -> None:
    admit = admission().admit
    first = admit([arrival(SCAN, 1, T0), arrival(SCAN, 1, T0), arrival(SCAN, 2, T0)], 10, T0)
    assert [offset for _, offset in first.duplicates] == [10]
    assert len(first.admitted) == 2
    second = admit([arrival(SCAN, 2, T0), arrival(SCAN, 1, T0)], 12, T0 + SECOND)
    assert [offset for _, offset in second.duplicates] == [11, 10]
    assert not second.admitted
    assert len(second.records) == 0


def test_the_same_id_with_other_bytes_is_a_conflict() -> None:
    admit = admission().admit
    batch = admit([arrival(SCAN, 1, T0), arrival(SCAN, 1, T0, other_bytes=True)], 0, T0)
    assert refusals(batch) == [None, "ID_CONFLICT"]
    assert [event.kind for event in batch.admitted] == [SCAN, EventKind.DEAD_LETTER]
    again = admit([arrival(SCAN, 1, T0)], 2, T0)
    assert [offset for _, offset in again.duplicates] == [0]


@pytest.mark.parametrize(
    ("event_us", "historical", "code"),
    [
        (T0 - WINDOW, False, None),
        (T0 - WINDOW - 1, False, "TOO_OLD"),
        (T0 - 400 * DAY, True, None),
        (T0 + AHEAD, False, None),
        (T0 + AHEAD + 1, False, "IN_FUTURE"),
        (T0 + AHEAD + 1, True, "IN_FUTURE"),
    ],
)
def test_ages(event_us: int, historical: bool, code: str | None) -> None:
    batch = admission().admit([arrival(SCAN, 1, event_us, historical=historical)], 0, T0)
    assert refusals(batch) == [code]


def test_a_decision_that_is_named_must_be_on_record() -> None:
    outcome, action = EventKind.INSPECTION_OUTCOME, EventKind.GATE_ACTION
    batch = admission().admit(
        [
            arrival(action, 1, T0, target=KNOWN),
            arrival(outcome, 2, T0, target=KNOWN),
            arrival(outcome, 3, T0, target=b"\1" * 16),
        ],
        0,
        T0,
    )
    assert refusals(batch) == [None, None, "UNKNOWN_DECISION"]
    rows = stamped(batch)
    assert rows["other"].tolist()[:2] == [4711, 4711]
    assert rows["recall"].tolist() == [-1, 5 << 10, -1]
    assert batch.recalled is not None
    assert batch.recalled.tobytes() == KNOWN_BODY


def test_the_record_of_a_provisional_answer_names_none_that_is_on_record() -> None:
    entry = arrival(EventKind.PROVISIONAL_DELIVERED, 1, T0, target=b"\1" * 16, ref=1, node=1)
    assert refusals(admission().admit([entry], 0, T0)) == [None]


def test_what_was_refused_may_come_again_corrected() -> None:
    admit = admission().admit
    assert refusals(admit([arrival(SCAN, 1, T0 + DAY)], 0, T0)) == ["IN_FUTURE"]
    assert refusals(admit([arrival(SCAN, 1, T0)], 1, T0)) == [None]


def test_what_could_not_be_decoded_is_kept() -> None:
    entry = Entry(b"\xff" * 9, "test", None, Refusal("UNDECODABLE", "9 bytes are no event"))
    batch = admission().admit([entry, entry], 3, T0)
    assert refusals(batch) == ["UNDECODABLE", "UNDECODABLE"]
    assert [event.payload for event in batch.admitted] == [b"UNDECODABLE"] * 2
    assert stamped(batch)["kind"].tolist() == [EventKind.DEAD_LETTER] * 2
    assert stamped(batch)["offset"].tolist() == [3, 4]


def test_ticks_are_no_duplicates_of_each_other() -> None:
    admit = admission().admit
    batch = admit([tick(T0), tick(T0), tick(T0 + 1)], 0, T0)
    assert refusals(batch) == [None] * 3
    assert not batch.duplicates


def test_an_event_from_ahead_is_still_known_when_it_is_as_old_as_may_be() -> None:
    """Its time allows a retry for a week and five minutes; its id must last as long."""
    whole = admission()
    whole.admit([arrival(SCAN, 1, T0 + AHEAD)], 0, T0)
    for day in range(1, 15):
        whole.admit(
            [arrival(SCAN, 100 + day, T0 + day * WINDOW // 14)], day, T0 + day * WINDOW // 14
        )
    now = T0 + WINDOW + AHEAD - SECOND
    whole.admit([arrival(SCAN, 200, now)], 20, now)
    late = whole.admit([arrival(SCAN, 1, T0 + AHEAD)], 21, now)
    assert [offset for _, offset in late.duplicates] == [0]


def test_nothing_arrived() -> None:
    batch = admission().admit([], 0, T0)
    assert not batch.admitted
    assert batch.first_offset == 0
