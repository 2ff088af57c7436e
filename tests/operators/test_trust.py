"""Trusted parties: granted by two, lost at once, checked at random, and never above an alarm."""

from __future__ import annotations

from typing import Any

import pytest
from border import DAY, EXPRESS, PARCEL, Border, answer, shard_settings

from haechi.engine.codes import (
    CodeClass,
    DecisionKind,
    EventKind,
    Finding,
    Party,
    SelectedBy,
    Stage,
    TrustChange,
    Verdict,
)

KIM, LEE = 71, 72
ACME, OTHER = 4001, 4002
TRUSTED_LANE = 7


def say(
    border: Border,
    approver: int,
    change: int = TrustChange.GRANT,
    token: int = ACME,
    until_us: int | None = None,
    **fields: Any,
) -> bool:
    given = {"until_us": border.now + 30 * DAY if until_us is None else until_us, **fields}
    border.send(
        EventKind.TRUST_CHANGED,
        token=token,
        mode=Party.IMPORTER,
        change=change,
        actor=approver,
        **given,
    )
    return border.count in border.shard.trust_changed


def grant(border: Border, token: int = ACME) -> None:
    until_us = border.now + 30 * DAY
    assert not say(border, KIM, token=token, until_us=until_us)
    assert say(border, LEE, token=token, until_us=until_us)


def asked(border: Border, ref: int, importer: int = ACME, **fields: Any) -> Any:
    border.parcel(ref, importer=importer, **fields)
    return gate(border, ref)


def gate(border: Border, ref: int) -> Any:
    return answer(border.gate(ref, lane=EXPRESS, stage=Stage.SORTER, node=PARCEL))


def test_two_grant_trust_and_the_fast_lane_opens() -> None:
    border = Border()
    before = asked(border, 500)
    assert (before["verdict"], before["code_class"]) == (Verdict.REFER, CodeClass.MISSING_EVIDENCE)
    grant(border)
    after = asked(border, 501)
    assert (after["verdict"], after["routed"]) == (Verdict.RELEASE, TRUSTED_LANE)
    assert after["log_odds"] < before["log_odds"]
    assert asked(border, 502, importer=OTHER)["verdict"] == Verdict.REFER


def test_one_person_twice_is_one_person_and_other_terms_are_another_word() -> None:
    border = Border()
    until_us = border.now + 30 * DAY
    assert not say(border, KIM, until_us=until_us)
    assert not say(border, KIM, until_us=until_us)
    assert not say(border, LEE, until_us=until_us + 1)
    assert not say(border, LEE, until_us=until_us + 1)
    assert asked(border, 500)["verdict"] == Verdict.REFER
    assert say(border, KIM, until_us=until_us + 1)


def test_a_proposal_waits_a_week() -> None:
    border = Border()
    until_us = border.now + 30 * DAY
    say(border, KIM, until_us=until_us)
    border.wait(7 * DAY)
    assert not say(border, LEE, until_us=until_us)


def test_lost_trust_acts_at_once_on_open_cases() -> None:
    border = Border()
    grant(border)
    first = asked(border, 500)
    assert first["verdict"] == Verdict.RELEASE
    before = len(border.decisions)
    assert say(border, KIM, TrustChange.WITHDRAW)
    (revised,) = border.decisions[before:]
    assert (revised["kind"], revised["verdict"]) == (DecisionKind.REVISION, Verdict.REFER)
    assert revised["routed"] == 0
    assert revised["supersedes_hi"] == first["id_hi"]


def test_an_offence_found_takes_trust_from_all_parcels_of_the_party() -> None:
    border = Border()
    grant(border)
    first, second = asked(border, 500), asked(border, 501)
    before = len(border.decisions)
    border.outcome(first, Finding.FOUND)
    revised = border.decisions[before:]
    assert {int(d["subject"]) for d in revised} == {500, 501}
    assert all(d["verdict"] != Verdict.RELEASE for d in revised)
    assert second["verdict"] == Verdict.RELEASE
    grant(border)
    assert asked(border, 502)["routed"] == TRUSTED_LANE


def test_an_inspection_that_finds_nothing_keeps_trust() -> None:
    border = Border()
    grant(border)
    border.outcome(asked(border, 500), Finding.NOTHING)
    assert asked(border, 501)["verdict"] == Verdict.RELEASE


def test_trust_ends_with_its_time() -> None:
    border = Border()
    grant(border)
    border.wait(31 * DAY)
    assert asked(border, 500)["verdict"] == Verdict.REFER


def test_who_lost_trust_gains_none_by_claiming_it() -> None:
    border = Border()
    claimed = asked(border, 500, trusted=1)
    grant(border)
    say(border, KIM, TrustChange.WITHDRAW)
    lost = asked(border, 501, trusted=1)
    assert lost["log_odds"] > claimed["log_odds"]


def test_one_party_that_lost_trust_spoils_it_for_the_parcel() -> None:
    border = Border()
    grant(border)
    border.send(
        EventKind.TRUST_CHANGED, token=9, mode=Party.SELLER, change=TrustChange.WITHDRAW, actor=KIM
    )
    assert asked(border, 500, seller=9)["verdict"] == Verdict.REFER
    assert asked(border, 501, seller=8)["verdict"] == Verdict.RELEASE


def test_an_alarm_stops_a_trusted_parcel() -> None:
    border = Border()
    grant(border)
    border.parcel(500, importer=ACME)
    border.parcel_scan(500, score=1.0)
    assert gate(border, 500)["verdict"] != Verdict.RELEASE


def test_trust_is_audited_by_the_case_s_own_draw() -> None:
    settings = shard_settings()
    settings.policy["explore"][TRUSTED_LANE] = 0.3
    border = Border(settings=settings)
    grant(border)
    answers = [asked(border, ref) for ref in range(500, 700)]
    drawn = [d for d in answers if d["code_class"] == CodeClass.RANDOM_CHECK]
    assert 30 < len(drawn) < 90
    assert {int(d["selected_by"]) for d in drawn} == {SelectedBy.RANDOM}
    assert {float(d["propensity"]) for d in drawn} == {0.3}
    again = [gate(border, int(d["subject"])) for d in drawn]
    assert all(d["code_class"] == CodeClass.RANDOM_CHECK for d in again)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_log_gives_the_same_trust(seed: int) -> None:
    digests = []
    for _ in range(2):
        border = Border()
        grant(border, ACME + seed)
        border.outcome(asked(border, 500, importer=ACME + seed), Finding.FOUND)
        digests.append(border.shard.digest())
    assert digests[0] == digests[1]


def test_an_offence_found_after_the_case_closed_takes_trust_all_the_same() -> None:
    border = Border()
    grant(border)
    first = asked(border, 500)
    border.close(500, node=PARCEL)
    border.outcome(first, Finding.FOUND)
    assert asked(border, 501)["verdict"] == Verdict.REFER


def test_an_offence_between_two_approvers_asks_both_again() -> None:
    border = Border()
    until_us = border.now + 30 * DAY
    say(border, KIM, until_us=until_us)
    border.outcome(asked(border, 500), Finding.FOUND)
    assert not say(border, LEE, until_us=until_us)


def test_trust_does_not_live_longer_in_old_news() -> None:
    border = Border()
    until_us = border.now + DAY
    for approver in (KIM, LEE):
        say(border, approver, until_us=until_us)
    border.wait(2 * DAY)
    assert asked(border, 500, late=DAY + DAY // 2)["verdict"] == Verdict.REFER
