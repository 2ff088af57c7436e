"""Compile rule sets into the flat arrays that the core evaluates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from haechi.configs.rule_index import index
from haechi.configs.rule_set import Pack, Rule, RuleSet
from haechi.engine.rules import MOST_DEPTH, PACK, RULE, RuleTables, no_rules


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """Rules as the core has them.

    Parameters
    ----------
    rules
        By their places in the arrays.
    packs
        Which set (0: active, 1: shadow) and name of each campaign, by its place in the arrays.
    tables
        The arrays.
    """

    rules: tuple[Rule, ...]
    packs: tuple[tuple[int, str], ...]
    tables: RuleTables


def compile_rules(
    active: RuleSet | None, shadow: RuleSet | None = None, before: CompiledRules | None = None
) -> CompiledRules:
    """Lay one or two rule sets out as arrays.

    What was laid out lately is kept: whoever knows that two sets will come into force together
    spares the dataflow's thread most of the work by having them laid out before.

    Parameters
    ----------
    active
        What decides, but for those of its rules that are marked as shadow.
    shadow
        What is only noted.
    before
        What was in force: what it used of its quotas stays used.
    """
    rules, tables = _laid_out(active, shadow)
    packs = [(0, pack) for pack in (active.packs if active else ())]
    packs += [(1, pack) for pack in (shadow.packs if shadow else ())]
    # What changes while they are in force is no one else's.
    own = tables._replace(
        packs=_packs([pack for _, pack in packs]),
        stack=np.zeros(MOST_DEPTH),
        left=np.zeros_like(tables.left),
        silent=np.zeros(len(rules), np.uint8),
        matched=np.zeros(len(rules), np.int64),
    )
    compiled = CompiledRules(rules, tuple((which, pack.id) for which, pack in packs), own)
    if before is not None:
        _carry_quotas(before, compiled)
    return compiled


@lru_cache(maxsize=8)
def _laid_out(
    active: RuleSet | None, shadow: RuleSet | None
) -> tuple[tuple[Rule, ...], RuleTables]:
    listed = [(rule, 0, rule.shadow) for rule in (active.rules if active else ())]
    listed += [(rule, 1, True) for rule in (shadow.rules if shadow else ())]
    # Who silences others comes first; then priority, then the order of the file.
    listed.sort(key=lambda one: (not one[0].snooze, one[0].priority))
    packs = [(0, pack.id) for pack in (active.packs if active else ())]
    packs += [(1, pack.id) for pack in (shadow.packs if shadow else ())]
    place_of_pack = {pack: at for at, pack in enumerate(packs)}
    place_of_rule = {(which, rule.id): at for at, (rule, which, _) in enumerate(listed)}
    rows = np.zeros(len(listed), RULE)
    snoozed: list[int] = []
    for row, (rule, which, shadowed) in zip(rows, listed, strict=True):
        first = len(snoozed)
        snoozed += [place_of_rule[which, other] for other in rule.snooze]
        row["first_snoozed"], row["end_snoozed"] = first, len(snoozed)
        row["pack"] = place_of_pack[which, rule.pack] if rule.pack else -1
        row["shadow"] = shadowed
        _fill(row, rule)
    rules = tuple(rule for rule, *_ in listed)
    clauses = [
        (rule.node, place, clause)
        for place, rule in enumerate(rules)
        for clause in rule.condition.clauses
    ]
    tables = no_rules()._replace(rules=rows, snoozed=np.array(snoozed, np.int64), **index(clauses))
    return rules, tables


def _carry_quotas(before: CompiledRules, after: CompiledRules) -> None:
    used = dict(zip(before.packs, before.tables.packs, strict=True))
    for pack, row in zip(after.packs, after.tables.packs, strict=True):
        if pack in used:
            row["used"], row["day"] = used[pack]["used"], used[pack]["day"]


def _fill(row: Any, rule: Rule) -> None:
    row["node"] = rule.node
    row["uplift"] = rule.uplift
    row["from_us"], row["until_us"] = rule.from_us, rule.until_us
    row["lanes"] = sum(1 << lane for lane in rule.lanes)
    row["stages"] = sum(1 << stage for stage in rule.stages)
    row["verdict"] = rule.verdict or 0
    row["directive"] = rule.directive or 0
    row["lane"] = rule.lane
    row["four_eyes"] = rule.four_eyes


def _packs(packs: list[Pack]) -> NDArray[Any]:
    rows = np.zeros(len(packs), PACK)
    for row, pack in zip(rows, packs, strict=True):
        row["quota"], row["until_us"] = pack.quota, pack.until_us
    return rows
