"""Two names of one subject: alias, merge and split, before and after there are cases."""

from __future__ import annotations

import pytest
from border import SCREENED, Border, answer, first_open, told

from haechi.engine.codes import IdentityChange, ScanResult, Verdict

ALIAS, MERGE, SPLIT = IdentityChange


def test_an_alias_leads_to_the_same_case() -> None:
    border = Border()
    border.manifest(1)
    border.identity(1, 50)
    border.scan(50)
    assert answer(border.gate(1))["verdict"] == Verdict.REFER
    assert len(first_open(border)) == 1


def test_a_manifests_other_name_leads_to_its_case() -> None:
    border = Border()
    border.manifest(1, alias=100)
    border.scan(100)
    assert answer(border.gate(1))["verdict"] == Verdict.REFER


def test_a_scan_under_the_other_name_may_come_before_the_manifest() -> None:
    border = Border()
    border.scan(100)
    border.manifest(1, alias=100)
    assert answer(border.gate(1))["verdict"] == Verdict.REFER
    assert answer(border.gate(100))["verdict"] == Verdict.REFER
    assert len(first_open(border)) == 1


@pytest.mark.parametrize("kept", [1, 2])
def test_a_merge_loses_no_alarm(kept: int) -> None:
    border = Border()
    border.manifest(1)
    border.manifest(2)
    border.scan(2)
    border.identity(kept, 3 - kept, MERGE)
    assert answer(border.gate(1))["verdict"] == Verdict.REFER
    assert answer(border.gate(2))["verdict"] == Verdict.REFER
    assert len(first_open(border)) == 1


@pytest.mark.parametrize("kept", [1, 2])
def test_a_merge_with_a_failed_scan_withdraws_no_alarm(kept: int) -> None:
    border = Border()
    border.manifest(1)
    border.manifest(2)
    border.scan(2)
    border.scan(1, result=ScanResult.FAILED)
    border.identity(kept, 3 - kept, MERGE)
    assert answer(border.gate(kept))["verdict"] == Verdict.REFER


def test_a_merge_takes_the_links_and_the_manifest_along() -> None:
    border = Border()
    border.manifest(2)
    border.link(900, 2)
    border.bag_scan(900)
    border.scan(1, 0.0, 2)
    border.identity(1, 2, MERGE)
    found = answer(border.gate(1))
    assert found["verdict"] == Verdict.REFER
    assert found["missing"] == 0


def test_every_name_of_a_merged_case_leads_to_the_one_that_stays() -> None:
    border = Border()
    border.manifest(1)
    border.manifest(2, alias=20)
    border.identity(1, 20, MERGE)
    border.scan(2)
    assert answer(border.gate(1))["verdict"] == Verdict.REFER
    assert len(first_open(border)) == 1


def test_a_gate_that_waits_is_answered_when_its_case_is_merged_away() -> None:
    border = Border()
    border.manifest(1)
    border.manifest(2)
    assert len(border.gate(2, lane=SCREENED)) == 0
    asked = border.count
    border.identity(1, 2, MERGE)
    border.wait(60_000_000)
    assert [d for d in border.decisions if d["answers_hi"] == asked]


def test_a_merge_with_many_links() -> None:
    border = Border()
    border.manifest(1)
    border.manifest(2)
    for bag in range(100):
        border.link(1000 + bag, 2)
    border.identity(1, 2, MERGE)
    state = border.shard.state
    active = state.links[state.links["active"] == 1]
    assert len(active) == 100
    assert len(set(active["key"].tolist())) == 100


def test_a_split_gives_the_name_a_case_of_its_own() -> None:
    border = Border()
    border.manifest(1)
    border.identity(1, 50)
    border.identity(1, 50, SPLIT)
    border.manifest(50)
    border.scan(50)
    assert answer(border.gate(1))["verdict"] == Verdict.RELEASE
    assert answer(border.gate(50))["verdict"] == Verdict.REFER


def test_changes_said_twice_change_nothing_more() -> None:
    border = Border()
    border.manifest(1)
    for _ in range(3):
        border.identity(1, 50)
        border.identity(50, 1)
    border.identity(1, 60, SPLIT)
    assert told(border.gate(50)) == [("ANSWER", "RELEASE", "NONE", "CLEAR")]
    assert len(first_open(border)) == 1


@pytest.mark.parametrize("how", ["manifest", "identity"])
def test_a_name_does_not_outlive_its_case(how: str) -> None:
    """A stranger in the slot that became free must not inherit what comes under the name."""
    border = Border()
    border.manifest(1, alias=100)
    for other in (200, 300):
        if how == "manifest":
            border.manifest(1, alias=other)
        else:
            border.identity(1, other)
    border.close(1)
    for name in (100, 200):
        border.scan(name, 1.0)
    made = border.manifest(2, flight=11)
    assert told(made) == [("STANDING", "RELEASE", "NONE", "CLEAR")]
    assert answer(border.gate(2))["log_odds"] == made[0]["log_odds"]
    closed = border.shard.state.cases[border.shard.state.cases["open"] == 0]
    assert not closed["evidence"].any()
