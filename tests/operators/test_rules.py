"""What rules do to decisions: floor, uplift, route, snooze, quota, shadow; and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from border import DAY, SECOND, WALK, Border, answer
from promoting import KIM, SHADOW, Shelf, put_rules
from rule_files import rule

from haechi.engine.codes import CodeClass, Directive, SelectedBy, Verdict

PACK = '[[pack]]\nid = "sales"\nquota = 2\nuntil = 2100-01-01T00:00:00Z\n'


def asked(border: Border, ref: int, **manifest: Any) -> Any:
    border.manifest(ref, **manifest)
    return answer(border.gate(ref, lane=2))


def test_a_rule_stops_whom_the_model_would_let_pass(border: Border) -> None:
    before = asked(border, 1, one_way=1)
    assert before["verdict"] == Verdict.RELEASE
    name = put_rules(border, rule("one-way", "one_way", verdict="REFER", directive="BAG_SEARCH"))
    after = asked(border, 2, one_way=1)
    assert (after["verdict"], after["directive"]) == (Verdict.REFER, Directive.BAG_SEARCH)
    assert (after["code_class"], after["selected_by"]) == (CodeClass.POLICY, SelectedBy.RULE)
    assert after["propensity"] == 1.0
    assert after["rules"].tolist() == [1, 0, 0, 0, 0, 0]
    assert int(after["rules_version"]) == int(name[:16], 16)
    assert after["log_odds"] == before["log_odds"]
    other = asked(border, 3, one_way=0)
    assert (other["verdict"], other["rules"].any()) == (Verdict.RELEASE, False)


def test_one_person_alone_puts_nothing_into_force(border: Border) -> None:
    put_rules(border, rule("one-way", "one_way"), by=(KIM, KIM))
    assert asked(border, 1, one_way=1)["verdict"] == Verdict.RELEASE


def test_an_uplift_counts_and_adds_up(border: Border) -> None:
    before = asked(border, 1, one_way=1)
    put_rules(border, rule("a", "one_way", uplift=1.25), rule("b", "one_way", uplift=0.5))
    after = asked(border, 2, one_way=1)
    assert after["uplift"] == 1.75
    assert after["log_odds"] == before["log_odds"] + 1.75
    total = after["base"] + after["contribution"].sum() + after["uplift"]
    assert total == pytest.approx(after["log_odds"], abs=1e-9)
    assert after["own_log_odds"] == before["own_log_odds"]


def test_an_uplift_over_the_threshold_holds_for_risk(border: Border) -> None:
    put_rules(border, rule("a", "one_way", uplift=15.0))
    held = asked(border, 1, one_way=1)
    assert (held["verdict"], held["code_class"]) == (Verdict.HOLD, CodeClass.RISK)


def test_the_sternest_rule_wins_and_never_lowers(border: Border) -> None:
    put_rules(
        border,
        rule("soft", "one_way", verdict="REFER", directive="INTERVIEW", priority=1),
        rule("hard", "one_way", verdict="HOLD", directive="BAG_SEARCH", priority=5),
    )
    held = asked(border, 1, one_way=1)
    assert (held["verdict"], held["directive"]) == (Verdict.HOLD, Directive.BAG_SEARCH)
    put_rules(border, rule("up", "one_way", uplift=15.0), rule("soft", "one_way", verdict="REFER"))
    assert asked(border, 2, one_way=1)["verdict"] == Verdict.HOLD


def test_a_rule_in_shadow_is_noted_and_changes_nothing(border: Border) -> None:
    before = asked(border, 1, one_way=1)
    put_rules(border, rule("a", "one_way", verdict="HOLD", shadow=True), rule("b", "not one_way"))
    after = asked(border, 2, one_way=1)
    assert (after["verdict"], after["log_odds"]) == (before["verdict"], before["log_odds"])
    assert after["shadow_rules"][0] == 1
    assert not after["rules"].any()


def test_a_whole_set_runs_in_shadow_beside_the_active_one(border: Border) -> None:
    put_rules(border, rule("active", "cash_payment", verdict="REFER"))
    name = put_rules(border, rule("trial", "one_way", verdict="HOLD", priority=1), role=SHADOW)
    one = asked(border, 1, one_way=1)
    assert one["verdict"] == Verdict.RELEASE
    assert one["shadow_rules"][0] == 1
    assert int(one["shadow_rules_version"]) == int(name[:16], 16)


def test_a_rule_expires_on_the_cores_clock(border: Border) -> None:
    put_rules(border, rule("a", "one_way", until="2023-11-14T22:14:00Z"))
    assert asked(border, 1, one_way=1)["verdict"] == Verdict.REFER
    border.wait(60 * SECOND)
    assert asked(border, 2, one_way=1)["verdict"] == Verdict.RELEASE


def test_a_rule_holds_where_it_says(border: Border) -> None:
    put_rules(
        border, rule("a", "one_way", lanes=["declare"]), rule("b", "one_way", stages=["DESK"])
    )
    assert asked(border, 1, one_way=1)["verdict"] == Verdict.RELEASE


def test_one_rule_silences_another(border: Border) -> None:
    put_rules(border, rule("loud", "one_way"), rule("hush", "cash_payment", snooze=["loud"]))
    assert asked(border, 1, one_way=1)["verdict"] == Verdict.REFER
    quiet = asked(border, 2, one_way=1, payment=1)
    assert quiet["verdict"] == Verdict.RELEASE
    assert quiet["rules"].tolist() == [1, 0, 0, 0, 0, 0], "only the one that silences"


def test_a_campaign_stops_at_its_quota_and_begins_anew_the_next_day(border: Border) -> None:
    put_rules(border, PACK, rule("a", "one_way", pack="sales"))
    verdicts = [int(asked(border, ref, one_way=1)["verdict"]) for ref in range(1, 5)]
    assert verdicts == [Verdict.REFER, Verdict.REFER, Verdict.RELEASE, Verdict.RELEASE]
    beyond = asked(border, 9, one_way=1)
    assert beyond["shadow_rules"][0] == 1
    border.wait(DAY)
    assert asked(border, 10, one_way=1)["verdict"] == Verdict.REFER


def test_a_route_takes_the_policy_of_another_lane(border: Border) -> None:
    put_rules(border, rule("a", "one_way", lane="walk"))
    routed = asked(border, 1, one_way=1)
    assert (routed["lane"], routed["routed"]) == (2, WALK)
    # The walk lane asks for a face, which nobody has seen.
    assert (routed["verdict"], routed["code_class"]) == (
        Verdict.REFER, CodeClass.MISSING_EVIDENCE,
    )  # fmt: skip


def test_an_empty_set_takes_all_rules_away(border: Border) -> None:
    put_rules(border, rule("a", "one_way"))
    put_rules(border)
    assert asked(border, 1, one_way=1)["verdict"] == Verdict.RELEASE


def test_the_same_events_give_the_same_bytes_and_state(shelf: Shelf) -> None:
    def play() -> tuple[bytes, str]:
        border = Border()
        border.shard.promotions.artefacts = shelf
        asked(border, 1, one_way=1)
        put_rules(
            border, PACK, rule("a", "one_way", pack="sales"), rule("b", "one_way", uplift=0.3)
        )
        for ref in range(2, 7):
            asked(border, ref, one_way=ref % 2)
        return b"".join(d.tobytes() for d in border.decisions), border.shard.digest()

    assert play() == play()


def test_quotas_are_part_of_the_state(border: Border) -> None:
    put_rules(border, PACK, rule("a", "one_way", pack="sales"))
    before = border.shard.digest()
    border.shard.state.rules.packs["used"] += 1
    assert border.shard.digest() != before
