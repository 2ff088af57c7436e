"""The same events give the same bytes, however they are cut and wherever they are kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from border import EXPRESS, PARCEL, T0, TRAVELER, shard_settings
from border_traffic import traffic
from hypothesis import given, settings
from hypothesis import strategies as st

from haechi.engine.codes import DecisionKind, EventKind, Phase, Verdict
from haechi.engine.exactmath import sigmoid
from haechi.engine.features import FEATURES, PLACE
from haechi.engine.records import DECISION, EVENT, pack_event
from haechi.operators.shard import Shard
from haechi.operators.state import Count

SETTINGS = shard_settings()


def run(events: Any, cuts: list[int], capacity: int = 64) -> tuple[bytes, str]:
    shard = Shard(capacity)
    shard.configure(SETTINGS)
    made = [
        shard.apply(events[begin:end])
        for begin, end in zip([0, *cuts], [*cuts, len(events)], strict=True)
    ]
    return b"".join(made), shard.digest()


@settings(max_examples=25)
@given(st.integers(0, 1 << 30), st.lists(st.integers(0, 120), max_size=12))
def test_a_batch_of_many_is_many_batches_of_one(seed: int, cuts: list[int]) -> None:
    events = traffic(seed, 120)
    whole = run(events, [])
    assert run(events, sorted(cuts)) == whole
    assert run(events, list(range(1, 120))) == whole


@pytest.fixture(scope="module")
def decided() -> Any:
    parts = [run(traffic(seed, 400, subjects=12), [])[0] for seed in range(12)]
    return np.frombuffer(b"".join(parts), DECISION)


def test_traffic_reaches_every_kind_of_decision(decided: Any) -> None:
    # No gate acts here, so nothing is an alert.
    never = {DecisionKind.PROVISIONAL, DecisionKind.ALERT}
    assert set(decided["kind"].tolist()) == set(DecisionKind) - never
    assert set(decided["verdict"].tolist()) == set(Verdict)
    assert set(decided["phase"].tolist()) == set(Phase) - {Phase.ACTED}
    assert set(decided["node"].tolist()) == {TRAVELER, PARCEL}


def test_traffic_hands_bags_over(decided: Any) -> None:
    for name in ("bags_elsewhere", "foreign_bags"):
        counted = decided["x"][:, PLACE[name]]
        assert np.nansum(counted) > 0, name


def test_contributions_add_up_to_the_log_odds(decided: Any) -> None:
    total = decided["base"] + decided["contribution"].sum(axis=1)
    np.testing.assert_allclose(total, decided["log_odds"], rtol=0, atol=1e-9)


def test_invariants_of_every_decision(decided: Any) -> None:
    released = decided["verdict"] == Verdict.RELEASE
    assert not decided["missing"][released].any()
    assert (decided["log_odds"][released] < decided["refer_at"][released]).all()
    assert (decided["valid_until_us"][released] > decided["stamp_us"][released]).all()
    assert (decided["review_by_us"][~released] > decided["stamp_us"][~released]).all()
    assert not (decided["missing"] & ~decided["required"]).any()
    # Whoever asks at a gate after having left is there again; nobody else is held.
    left = (decided["phase"] == Phase.LEFT) & (decided["kind"] != DecisionKind.ANSWER)
    assert not (decided["verdict"][left] == Verdict.HOLD).any()
    escalated = decided["kind"] == DecisionKind.ESCALATION
    assert not (decided["verdict"][escalated] == Verdict.RELEASE).any()
    answers = decided["kind"] == DecisionKind.ANSWER
    assert (decided["answers_hi"][answers] != 0).all()
    assert not np.isnan(decided["log_odds"]).any()


def test_every_gate_is_answered_exactly_once() -> None:
    for seed in range(20):
        events = traffic(seed, 300)
        end = np.frombuffer(
            pack_event(
                kind=EventKind.TICK,
                id_hi=999,
                first=1,
                offset=301,
                stamp_us=int(events["stamp_us"][-1]) + 60_000_000,
            ),
            EVENT,
        )
        body, _ = run(np.concatenate([events, end]), [])
        made = np.frombuffer(body, DECISION)
        # Whoever asks after having left is answered too, by a follow-up.
        answered = made["answers_hi"][made["answers_hi"] != 0].tolist()
        asks = (events["kind"] == EventKind.GATE_EVENT) & (events["other_node"] == 0)
        asked = events["id_hi"][asks].tolist()
        assert sorted(answered) == asked, f"seed {seed}"


def test_decision_ids_are_unique(decided: Any) -> None:
    ids = set(zip(decided["id_hi"].tolist(), decided["id_lo"].tolist(), strict=True))
    assert len(ids) == len(decided)


def many_cases(cases: int) -> Any:
    rows = []
    for number in range(1, cases + 1):
        rows.append(
            pack_event(
                kind=EventKind.PARCEL_MANIFEST,
                ref=number,
                node=PARCEL,
                lane=EXPRESS,
                id_hi=number,
                first=1,
                last=1,
                offset=number,
                stamp_us=T0 + number,
                event_us=T0 + number,
                price=float(number % 97 + 1),
                mass_kg=float(number % 13 + 1),
                hs6=number % 50,
                importer=number % 700 + 1,
                pccc=number % 5000 + 1,
                address=number % 4999 + 1,
            )
        )
        if number % 10 == 0:
            rows.append(
                pack_event(
                    kind=EventKind.LINK,
                    ref=number,
                    node=PARCEL,
                    other=1_000_000 + number % 400,
                    other_node=TRAVELER,
                    version=1,
                    id_hi=cases + number,
                    first=1,
                    last=1,
                    offset=number,
                    stamp_us=T0 + number,
                    event_us=T0 + number,
                )
            )
    return np.frombuffer(bytearray(b"".join(rows)), EVENT)


def test_growing_changes_nothing() -> None:
    events = many_cases(20_000)
    cuts = list(range(500, len(events), 500))
    small = run(events, cuts, 64)
    assert small == run(events, cuts, 65_536)
    shard = Shard(64)
    shard.configure(SETTINGS)
    shard.apply(events)
    assert shard.count(Count.CASES) >= 20_000


def test_own_risk_is_the_log_odds_without_what_is_linked(decided: Any) -> None:
    linked = np.array([feature.linked for feature in FEATURES])
    got = decided["contribution"][:, : len(FEATURES)][:, linked].sum(axis=1)
    own = decided["log_odds"] - got
    np.testing.assert_allclose(own, decided["own_log_odds"], rtol=0, atol=1e-9)
    assert 0.0 < sigmoid(float(own[0])) < 1.0


def test_another_seed_draws_otherwise_and_a_case_draws_anew_only_for_its_flight() -> None:
    events = traffic(3, 200)
    one, two = Shard(64), Shard(64)
    one.configure(SETTINGS)
    two.configure(shard_settings(seed=8))
    a = np.frombuffer(one.apply(events), DECISION)
    b = np.frombuffer(two.apply(events), DECISION)
    assert (a["draw"] != b["draw"]).all()
    for key in np.unique(a["case_key"]):
        assert np.count_nonzero(np.diff(a["draw"][a["case_key"] == key])) <= 1
