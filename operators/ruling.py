"""What officers' rules do to a decision: add to its score, route it, set its least verdict."""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.codes import CodeClass, Directive, SelectedBy, Verdict
from haechi.engine.kernel import Array, Flag, Int, Row, step
from haechi.engine.records import MATCHES
from haechi.engine.rules import RuleTables, match_rules

_RELEASE: Final = int(Verdict.RELEASE)
_REFER: Final = int(Verdict.REFER)
_HOLD: Final = int(Verdict.HOLD)
_DAY_US: Final = 86_400_000_000


@step
def rank(verdict: Int) -> Int:
    """How far a verdict stops somebody."""
    if verdict == _HOLD:
        return 2
    return 1 if verdict == _REFER else 0


@step
def _is_used_up(r: RuleTables, pack: Int, now_us: Int) -> Flag:
    if pack < 0:
        return False
    row = r.packs[pack]
    return row.day == now_us // _DAY_US and row.used >= row.quota


@step
def take_rules(r: RuleTables, vector: Array, node: Int, lane: Int, stage: Int, now_us: Int,
               out: Row) -> None:  # fmt: skip
    """Find the rules that a case meets, and add up what they ask for.

    Parameters
    ----------
    r
        The rules in force.
    vector
        Features, shape (features,).
    node, lane, stage
        Of the case.
    now_us
        The core's clock.
    out
        ``DECISION`` record; gets everything that rules say, and no verdict yet.
    """
    out.uplift = 0.0
    out.rule_verdict = 0
    out.rule_directive = 0
    out.routed = 0
    out.four_eyes = 0
    for k in range(MATCHES):
        out.rules[k] = 0
        out.shadow_rules[k] = 0
    told = 0
    noted = 0
    for m in range(match_rules(r, vector, node, lane, stage, now_us)):
        place = r.matched[m]
        rule = r.rules[place]
        if rule.shadow == 1 or _is_used_up(r, rule.pack, now_us):
            if noted < MATCHES:
                out.shadow_rules[noted] = place + 1
                noted += 1
            continue
        if told < MATCHES:
            out.rules[told] = place + 1
            told += 1
        out.uplift += rule.uplift
        if rank(rule.verdict) > rank(out.rule_verdict):
            out.rule_verdict = rule.verdict
            out.rule_directive = rule.directive
        elif out.rule_directive == 0 and rule.verdict == out.rule_verdict:
            out.rule_directive = rule.directive
        if out.routed == 0:
            out.routed = rule.lane
        if rule.four_eyes == 1:
            out.four_eyes = 1


@step
def stop_by_rule(out: Row) -> None:
    """Raise a decision to the least verdict that a rule asks for; never lower it."""
    if out.rule_verdict == 0 or rank(out.rule_verdict) < rank(out.verdict):
        return
    if out.rule_verdict != out.verdict:
        out.verdict = out.rule_verdict
        out.directive = Directive.CALL_OFFICER
        out.code_class = CodeClass.POLICY
        out.selected_by = SelectedBy.RULE
        out.propensity = 1.0
    if out.rule_directive != 0:
        out.directive = out.rule_directive


@step
def use_quota(r: RuleTables, out: Row, now_us: Int) -> None:
    """Count an answer against the quota of each campaign that had a part in it."""
    for k in range(MATCHES):
        place = np.int64(out.rules[k]) - 1
        if place < 0:
            break
        pack = r.rules[place].pack
        counted = pack < 0
        for other in range(k):
            counted = counted or r.rules[np.int64(out.rules[other]) - 1].pack == pack
        if counted:
            continue
        row = r.packs[pack]
        if row.day != now_us // _DAY_US:
            row.day = now_us // _DAY_US
            row.used = 0
        row.used += 1
