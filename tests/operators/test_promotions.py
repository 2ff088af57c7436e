"""Two persons give a model its role, at one place in the log; one person never does."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from arrivals import arrival
from border import DAY, PARCEL, SECOND, T0, Border, answer, shard_settings
from hypothesis import given, settings
from hypothesis import strategies as st
from promoting import CHALLENGER, CHAMPION, KIM, LEE, SHADOW, Shelf, packed, promoted, said

from haechi.engine.codes import EventKind, Finding
from haechi.engine.errors import LogCorrupt
from haechi.engine.records import DECISION, EVENT
from haechi.operators.admission import Admission, Batch
from haechi.operators.shard import Shard
from haechi.operators.state import Count
from haechi.operators.window import IdWindow

WEEK = 7 * DAY
PROMOTION = EventKind.MODEL_PROMOTION


def asked(border: Border, ref: int) -> Any:
    border.manifest(ref)
    return answer(border.gate(ref))


def parcel_asked(border: Border, ref: int) -> Any:
    goods = {"lane": 6, "hs6": 851712, "price": 30.0, "mass_kg": 2.0, "origin": 3}
    border.parcel(ref, **goods)
    return answer(border.gate(ref, node=PARCEL, lane=6, stage=7))


def test_a_traveler_champion_takes_effect_with_the_second_person(
    border: Border, shelf: Shelf
) -> None:
    name = shelf.put(packed(bias=0.75))
    before = asked(border, 1)
    promoted(border, name, by=(KIM,))
    proposed = asked(border, 2)
    assert proposed["log_odds"] == before["log_odds"]
    assert proposed["model_version"] == 0
    promoted(border, name, by=(LEE,))
    after = asked(border, 3)
    assert after["log_odds"] == pytest.approx(before["log_odds"] + 0.75)
    assert after["shadow_log_odds"] == before["shadow_log_odds"]
    assert (before["learned"], after["learned"]) == (0, 3)
    assert int(after["model_version"]) == int(name[:16], 16)
    total = after["base"] + after["contribution"].sum()
    assert total == pytest.approx(after["log_odds"], abs=1e-9)


def test_a_promotion_decides_nothing_by_itself(border: Border, shelf: Shelf) -> None:
    asked(border, 1)
    name = shelf.put(packed(bias=5.0))
    made = len(border.decisions)
    promoted(border, name)
    assert len(border.decisions) == made


def test_a_traveler_shadow_scores_and_decides_nothing(border: Border, shelf: Shelf) -> None:
    before = asked(border, 1)
    promoted(border, shelf.put(packed(bias=0.75)), "traveler", SHADOW)
    after = asked(border, 2)
    assert after["log_odds"] == before["log_odds"]
    assert after["shadow_log_odds"] == pytest.approx(before["shadow_log_odds"] + 0.75)
    assert after["model_version"] == 0
    assert after["learned"] == 0
    assert border.shard.count(Count.SHADOW_LEARNED) == 3


def test_a_parcel_champion_goes_on_learning(border: Border, shelf: Shelf) -> None:
    before = parcel_asked(border, 500)
    name = shelf.put(packed("parcel", bias=0.75))
    promoted(border, name, "parcel")
    after = parcel_asked(border, 501)
    assert after["log_odds"] == pytest.approx(before["log_odds"] + 0.75)
    assert int(after["model_version"]) == int(name[:16], 16)
    assert asked(border, 1)["model_version"] == 0
    border.outcome(after, Finding.FOUND)
    assert border.shard.count(Count.LEARNED) == 4
    assert border.shard.state.weights[0, 0, 2] != 0.75


def test_a_rollback_is_one_more_promotion(border: Border, shelf: Shelf) -> None:
    none, first = shelf.put(packed()), shelf.put(packed(bias=0.75))
    prior = asked(border, 1)
    promoted(border, first)
    promoted(border, shelf.put(packed(bias=-0.5)))
    promoted(border, first)
    assert asked(border, 2)["log_odds"] == pytest.approx(prior["log_odds"] + 0.75)
    promoted(border, none)
    last = asked(border, 3)
    assert last["log_odds"] == prior["log_odds"]
    assert int(last["model_version"]) == int(none[:16], 16)
    assert not border.shard.state.weights[2].any()


def test_two_persons_must_say_the_same(border: Border, shelf: Shelf) -> None:
    one, other = shelf.put(packed(bias=0.5)), shelf.put(packed(bias=0.6))
    promoted(border, one, by=(KIM,))
    promoted(border, other, by=(LEE,))
    promoted(border, one, "traveler", SHADOW, by=(LEE,))
    assert not border.shard.state.weights.any()
    assert len(border.shard.promotions.waiting(border.now)) == 3
    promoted(border, other, by=(KIM,))
    assert border.shard.state.weights[2, 0, 2] == 0.6


@pytest.mark.parametrize(("later", "takes"), [(WEEK - 1, True), (WEEK, False)])
def test_a_proposal_waits_for_a_week(border: Border, shelf: Shelf, later: int, takes: bool) -> None:
    name = shelf.put(packed(bias=0.5))
    border.send(PROMOTION, **said(name, KIM))
    border.send(PROMOTION, after=later, **said(name, LEE))
    assert bool(border.shard.state.weights.any()) is takes
    if not takes:
        # The second person's word is a new proposal.
        border.send(PROMOTION, **said(name, KIM))
        assert border.shard.state.weights[2, 0, 2] == 0.5


def test_one_person_twice_is_one_person(border: Border, shelf: Shelf) -> None:
    promoted(border, shelf.put(packed(bias=0.5)), by=(KIM, KIM, KIM))
    assert not border.shard.state.weights.any()


def test_what_waits_is_part_of_the_state(border: Border, shelf: Shelf) -> None:
    other = Border()
    other.shard.promotions.artefacts = shelf
    name = shelf.put(packed(bias=0.5))
    border.send(PROMOTION, **said(name, KIM))
    other.send(PROMOTION, **said(name, LEE))
    assert border.shard.digest() != other.shard.digest()


def test_an_artefact_that_is_gone_is_no_silent_skip(border: Border, shelf: Shelf) -> None:
    name = shelf.put(packed(bias=0.5))
    promoted(border, name, by=(KIM,))
    del shelf.kept[name]
    with pytest.raises(LogCorrupt, match="restore") as caught:
        promoted(border, name, by=(LEE,))
    assert caught.value.offset == border.count
    unlike = Border()
    unlike.shard.promotions.artefacts = shelf
    wrong = shelf.put(packed("parcel", bias=0.5))
    with pytest.raises(LogCorrupt, match="kind parcel"):
        promoted(unlike, wrong)


@settings(max_examples=15)
@given(st.lists(st.integers(1, 40), max_size=6), st.integers(0, 3))
def test_cutting_batches_elsewhere_changes_nothing(cuts: list[int], more: int) -> None:
    shelf = Shelf()
    border = Border()
    border.shard.promotions.artefacts = shelf
    names = [shelf.put(packed(bias=bias)) for bias in (0.5, -0.25)]
    parcel = shelf.put(packed("parcel", bias=0.3))
    for number in range(4):
        promoted(border, names[number % 2], by=(KIM, LEE) if number != more else (KIM,))
        decided = parcel_asked(border, 500 + number)
        asked(border, number + 1)
        border.outcome(decided, Finding.FOUND)
        promoted(border, parcel, "parcel", by=(KIM, LEE))
    events = np.concatenate([event for event, _ in border.log])
    recalled = [one for _, one in border.log]
    again = Shard(64)
    again.configure(shard_settings())
    again.promotions.artefacts = shelf
    made = []
    bounds = sorted({0, *(min(cut, len(events)) for cut in cuts), len(events)})
    for begin, end in pairwise(bounds):
        named = [one for one in recalled[begin:end] if one is not None]
        part = events[begin:end].copy()
        made.append(again.apply(part, np.concatenate(named) if named else None))
    assert b"".join(made) == np.array(border.decisions, DECISION).tobytes()
    assert again.digest() == border.shard.digest()


def admission(border: Border) -> Admission:
    return Admission(
        IdWindow(WEEK),
        lambda wanted: None,
        lambda position: b"",
        lambda entry, refusal: refusal.code.encode(),
        WEEK,
        300 * SECOND,
        border.shard.promotions,
    )


def admitted(border: Border, *told: dict[str, Any], at: int = T0) -> Batch:
    entries = [arrival(PROMOTION, 1 + n, at, **fields) for n, fields in enumerate(told)]
    return admission(border).admit(entries, 0, at)


def codes(batch: Batch) -> list[str | None]:
    return [event.refusal.code if event.refusal else None for event in batch.admitted]


def test_two_persons_in_one_batch(border: Border, shelf: Shelf) -> None:
    name = shelf.put(packed(bias=0.5))
    batch = admitted(border, said(name, KIM), said(name, KIM), said(name, LEE), said(name, LEE))
    assert codes(batch) == [None, "SAME_APPROVER", None, None]
    border.shard.apply(np.frombuffer(batch.records, EVENT))
    assert border.shard.state.weights[2, 0, 2] == 0.5
    # Lee has proposed it anew.
    assert next(iter(border.shard.promotions.waiting(T0 + 1).values()))[0] == LEE


def test_what_is_refused_changes_nothing_but_the_count(border: Border, shelf: Shelf) -> None:
    good, gone = shelf.put(packed(bias=0.5)), "ab" * 32
    damaged = shelf.put(packed(bias=0.25))
    shelf.kept[damaged] = b"other bytes"
    told = {
        "UNKNOWN_ARTEFACT": said(gone, KIM),
        "UNREADABLE_ARTEFACT": said(damaged, KIM),
        "OTHER_FEATURES": said(shelf.put(packed(features="0" * 16)), KIM),
        "OTHER_SETTINGS": said(shelf.put(packed(settings="0" * 64)), KIM),
        "WRONG_FAMILY": said(good, KIM, "parcel"),
        "ROLE_NOT_BUILT": said(good, KIM, "traveler", CHALLENGER),
    }
    asked(border, 1)
    before = untimed(border.shard)
    batch = admitted(border, *told.values(), said(good, KIM, "parcel", SHADOW))
    assert codes(batch) == [*told, "ROLE_NOT_BUILT"]
    assert all(event.kind == EventKind.DEAD_LETTER for event in batch.admitted)
    assert all(event.refusal and "; " in event.refusal.message for event in batch.admitted)
    border.shard.apply(np.frombuffer(batch.records, EVENT))
    assert untimed(border.shard) == before
    assert not border.shard.promotions.waiting(T0)


def untimed(shard: Shard) -> str:
    """Digest of the state but for what every record moves: the clock and the count."""
    count = shard.state.counters
    kept = count.copy()
    count[[Count.NOW_US, Count.EVENTS, Count.ORDINAL]] = 0
    said = shard.digest()
    count[...] = kept
    return said


def test_a_shard_without_artefacts_admits_none() -> None:
    border = Border()
    assert codes(admitted(border, said("ab" * 32, KIM))) == ["UNKNOWN_ARTEFACT"]
    plain = Admission(
        IdWindow(WEEK), lambda _: None, lambda _: b"", lambda *_: b"", WEEK, 300 * SECOND
    )
    batch = plain.admit([arrival(PROMOTION, 1, T0, **said("ab" * 32, KIM))], 0, T0)
    assert codes(batch) == ["NOT_ALLOWED"]


def test_champion_is_what_the_name_says() -> None:
    assert (CHAMPION, CHALLENGER, SHADOW) == (1, 2, 3)
