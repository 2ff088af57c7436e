"""Which releases may stand in when the core does not answer: the matrix by lane and stage."""

from __future__ import annotations

from typing import Any

import pytest
from border import FAMILY, SECOND, WALK, Border, answer, compiled, records, shard_settings

from haechi.engine.codes import CodeClass, EventKind, Stage, Verdict
from haechi.engine.policy_table import Failing
from haechi.engine.records import pack_event
from haechi.streams.standing import StandingReleases

FRESH = 300 * SECOND
VALID = 120 * SECOND


def released(degraded: int = 0, stage: int = Stage.EXIT, lane: int = WALK) -> Any:
    """A traveler who was let pass, where the policy allows one gate degraded answers."""
    policy = compiled()[0]
    policy["degraded"][WALK, Stage.EXIT] = degraded
    policy["fresh_us"] = FRESH
    border = Border(settings=shard_settings(policy=policy))
    standing = StandingReleases(policy)
    border.manifest()
    border.face()
    told = answer(border.gate(lane=lane, stage=stage))
    assert told["verdict"] == Verdict.RELEASE
    for decision in border.decisions:
        standing.take(decision.tobytes())
    return border, standing


def asked(lane: int = WALK, stage: int = Stage.EXIT, ref: int = 1) -> bytes:
    return pack_event(kind=EventKind.GATE_EVENT, ref=ref, lane=lane, stage=stage)


@pytest.mark.parametrize("why", [CodeClass.DEADLINE, CodeClass.OVERLOAD, CodeClass.BAD_REQUEST])
@pytest.mark.parametrize("degraded", range(16))
def test_only_what_the_policy_names_lets_a_release_stand_in(degraded: int, why: CodeClass) -> None:
    border, standing = released(degraded)
    bit = {CodeClass.DEADLINE: Failing.DEADLINE, CodeClass.OVERLOAD: Failing.OVERLOAD}.get(why, 0)
    stands = standing.stands_in(asked(), why, border.now)
    assert stands == (VALID if degraded & bit else 0)


@pytest.mark.parametrize(
    ("event", "stands"),
    [
        (asked(), True),
        (asked(stage=Stage.RECLAIM), False),
        (asked(lane=FAMILY), False),
        (asked(ref=2), False),
        (asked(lane=31), False),
    ],
)
def test_only_at_its_own_lane_and_stage(event: bytes, stands: bool) -> None:
    border, standing = released(Failing.DEADLINE)
    assert bool(standing.stands_in(event, CodeClass.DEADLINE, border.now)) == stands


def test_a_release_of_another_stage_is_none_of_this_one() -> None:
    border, standing = released(Failing.DEADLINE, stage=Stage.DESK)
    assert standing.stands_in(asked(), CodeClass.DEADLINE, border.now) == 0


@pytest.mark.parametrize(("age", "stands"), [(FRESH, True), (FRESH + 1, False), (-1, False)])
def test_only_while_it_is_fresh(age: int, stands: bool) -> None:
    border, standing = released(Failing.DEADLINE)
    found = standing.stands_in(asked(), CodeClass.DEADLINE, border.now + age)
    assert bool(found) == stands


def test_whatever_stops_the_subject_takes_it_away() -> None:
    border, standing = released(Failing.DEADLINE)
    for decision in border.scan():
        standing.take(decision.tobytes())
    assert standing.stands_in(asked(), CodeClass.DEADLINE, border.now) == 0


def test_it_forgets_what_is_too_old() -> None:
    border, standing = released(Failing.DEADLINE)
    for ref in range(2, 5):
        border.wait(FRESH + SECOND)
        border.manifest(ref)
        standing.take(border.decisions[-1].tobytes())
    assert len(standing._young) + len(standing._old) <= 2


def test_a_release_told_outside_is_on_record_and_the_core_s_word_follows() -> None:
    border, _ = released(Failing.DEADLINE)
    border.send(EventKind.SCANNER_RESULT, ref=1, node=1, mode=1, result=1, score=0.95)
    told, revised = border.send(
        EventKind.PROVISIONAL_DELIVERED,
        ref=1,
        node=1,
        target_hi=5,
        target_lo=6,
        acted=Verdict.RELEASE,
        result=CodeClass.DEADLINE,
    )
    assert (told["verdict"], told["degraded"], told["directive"]) == (Verdict.RELEASE, 1, 0)
    assert told["code_class"] == CodeClass.DEADLINE
    assert (revised["verdict"], revised["supersedes_hi"]) == (Verdict.REFER, 5)
    assert records(asked())["ref"][0] == 1
