"""Rule files: what is wrong is told with file and line, and what is right is compiled whole."""

from __future__ import annotations

import numpy as np
import pytest
from rule_files import LANES, parsed, rule, text_of

from haechi.configs.rule_set import RuleSet
from haechi.configs.rule_tables import compile_rules
from haechi.engine.errors import ConfigError
from haechi.engine.rules import RULE

GOOD = rule("first", "cash_payment")
PACK = '[[pack]]\nid = "sales"\nquota = 10\nuntil = 2100-01-01T00:00:00Z\n'


def wrong(*parts: str, now_us: int = 0) -> str:
    with pytest.raises(ConfigError) as caught:
        RuleSet.parse(text_of(*parts), LANES, "sales.toml", now_us)
    return str(caught.value)


def test_a_typing_error_is_told_with_file_and_line() -> None:
    said = wrong(GOOD, rule("second", "cash_paymnt and one_way"))
    text = text_of(GOOD, rule("second", "cash_paymnt and one_way")).splitlines()
    line = next(n for n, one in enumerate(text, 1) if "cash_paymnt" in one)
    assert said.startswith(f"sales.toml, line {line}: rule second: when: ")
    assert "did you mean cash_payment" in said


def test_a_condition_over_several_lines_names_the_line_within() -> None:
    several = rule("second", "X").replace("'X'", "'''\ncash_payment and\nwrong > 1'''")
    text = text_of(GOOD, several).splitlines()
    line = next(n for n, one in enumerate(text, 1) if one.startswith("wrong"))
    assert wrong(GOOD, several).startswith(f"sales.toml, line {line}: ")


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([GOOD, GOOD], "stands above already"),
        ([rule("Bad Id", "one_way")], "lower-case"),
        ([rule("a", "one_way", of="parcel")], "other kind"),
        ([rule("a", "one_way", until=None).replace("until = 2100-01-01T00:00:00Z\n", "")],
         "a rule must have an end"),
        ([rule("a", "one_way", until="2100-01-01")], "with its offset"),
        ([rule("a", "one_way", until="2100-01-01T00:00:00")], "with its offset"),
        ([rule("a", "one_way", **{"from": "2101-01-01T00:00:00Z"})], "must come after from"),
        ([rule("a", "one_way", lanes=["sideways"])], "name some of walk"),
        ([rule("a", "one_way", stages=["SORTER"])], "name some of PRE_ARRIVAL"),
        ([rule("a", "one_way", verdict="RELEASE")], "one of REFER, HOLD"),
        ([rule("a", "one_way", uplift=1e9)], "between"),
        ([rule("a", "one_way", priority=-1)], "whole number"),
        ([rule("a", "one_way", pack="sales")], "no such pack"),
        ([rule("a", "one_way", snooze=["b"])], "unknown"),
        ([rule("a", "one_way", uplift=0.0)], "must do something"),
        ([rule("a", "one_way", uplift=1.0, directive="BAG_SEARCH")], "needs a verdict"),
        ([rule("a", "one_way", verdict="HOLD", directive="SHOUT")], "one of"),
        ([rule("a", "one_way", wehn="x")], "not a known key"),
        ([rule("a", "face_different", verdict="HOLD")], "face alone never holds"),
        ([rule("a", "one_way or face_similarity < 0.3", verdict="HOLD")], "face alone never"),
        ([rule("a", "face_different", uplift=3.0)], "face alone"),
        ([rule("a", "face_watched", verdict="HOLD")], "face alone never holds"),
        ([PACK.replace("until = 2100-01-01T00:00:00Z\n", "")], "must have an end"),
        ([PACK.replace("quota = 10", "quota = 0")], "whole number"),
        ([rule("a", "one_way").replace("ko =", "fr =")], "ko"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused(parts: list[str], said: str) -> None:
    assert said in wrong(*parts)


def test_what_is_over_is_refused_when_it_is_approved_and_not_at_replay() -> None:
    old = rule("a", "one_way", until="2001-01-01T00:00:00Z")
    assert "that is past" in wrong(old, now_us=1_700_000_000_000_000)
    assert parsed(old).rules[0].until_us == 978_307_200_000_000


def test_a_face_with_other_evidence_may_hold() -> None:
    assert parsed(rule("a", "face_different and one_way", verdict="HOLD")).rules[0].verdict


def test_a_pack_ends_its_rules() -> None:
    pack = PACK.replace("2100", "2050")
    assert parsed(pack, rule("a", "one_way", pack="sales")).rules[0].until_us < 4e15 / 1.5


def test_rules_are_laid_out_by_priority_and_who_silences_comes_first() -> None:
    compiled = compile_rules(
        parsed(
            rule("late", "one_way", priority=9),
            rule("early", "one_way", priority=1),
            rule("quiet", "one_way", snooze=["late"], priority=50),
        )
    )
    assert [one.id for one in compiled.rules] == ["quiet", "early", "late"]
    assert compiled.tables.snoozed.tolist() == [2]
    assert compiled.tables.rules.dtype == RULE


def test_a_quota_that_was_used_stays_used_by_a_new_set() -> None:
    before = compile_rules(parsed(PACK, rule("a", "one_way", pack="sales")))
    before.tables.packs["used"], before.tables.packs["day"] = 4, 20_000
    after = compile_rules(parsed(PACK, rule("b", "one_way", pack="sales")), None, before)
    assert after.tables.packs["used"].tolist() == [4]


def computing(count: int, name: str) -> list[str]:
    """Rules that compute so many different numbers."""
    return [rule(f"{name}-{n}", f"{name} * {n + 2} > 1", "parcel") for n in range(count)]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (computing(257, "price"), "257 different computed numbers; at most 256"),
        (
            [rule(f"r{n}", " or ".join(["one_way"] * 64)) for n in range(65)],
            "4160 alternatives; at most 4096",
        ),
        (
            [rule(f"r{n}", " and ".join(["one_way"] * 150)) for n in range(110)],
            "16500 comparisons; at most 16384",
        ),
        ([rule(f"r{n}", "one_way") for n in range(2001)], "2001 rules; at most 2000"),
    ],
)
def test_a_set_that_would_take_too_much_room_is_refused(parts: list[str], said: str) -> None:
    assert said in wrong(*parts)


def test_any_two_sets_fit_together() -> None:
    """The second approver of either must not stop the dataflow."""
    active, shadow = parsed(*computing(200, "price")), parsed(*computing(200, "mass"))
    assert len(compile_rules(active, shadow).rules) == 400
    many = [rule(f"r{n}", "one_way") for n in range(1200)]
    assert len(compile_rules(parsed(*many), parsed(*many)).rules) == 2400


def test_what_was_laid_out_before_is_not_shared_where_it_changes() -> None:
    rules = parsed(PACK, rule("a", "one_way", pack="sales"))
    one, other = compile_rules(rules), compile_rules(rules)
    assert one.tables.possible is other.tables.possible
    one.tables.packs["used"] = 4
    assert other.tables.packs["used"].tolist() == [0]
    for name in ("packs", "stack", "left", "silent", "matched"):
        assert not np.shares_memory(getattr(one.tables, name), getattr(other.tables, name))
