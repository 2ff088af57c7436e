"""Which officers' rules a decision met, by the names that officers gave them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from haechi.configs.rule_set import Rule, rule_name
from haechi.rpc.v1 import decision_pb2 as pb
from haechi.streams.rule_book import RulesOf


def matched_rules(row: Any, rules_of: RulesOf) -> Iterator[pb.MatchedRule]:
    """Tell the rules that a decision met.

    Parameters
    ----------
    row
        ``DECISION`` record.
    rules_of
        Finds the rules; what it does not know is told by its place.
    """
    if not row["rules"].any() and not row["shadow_rules"].any():
        return
    known = rules_of(int(row["rules_version"]), int(row["shadow_rules_version"]))
    for shadow, name in ((False, "rules"), (True, "shadow_rules")):
        for number in row[name].tolist():
            if number:
                yield _told(known, number - 1, shadow=shadow)


def _told(known: Sequence[Rule], place: int, *, shadow: bool) -> pb.MatchedRule:
    if place >= len(known):
        return pb.MatchedRule(id=rule_name(known, place), shadow=shadow)
    rule = known[place]
    return pb.MatchedRule(
        id=rule.id,
        shadow=shadow,
        uplift=0.0 if shadow else rule.uplift,
        reason=rule.reason_en,
        reason_ko=rule.reason_ko,
        owner=rule.owner,
        legal_basis=rule.legal_basis,
    )
