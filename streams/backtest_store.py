"""A backtest from ClickHouse alone: stored feature vectors, and the core's own rules and policy.

The features, scores and thresholds of each answer are those that it was given with, so this is as
exact as a replay where they do not depend on former answers. Where they do, it cannot follow: a
hold rate's threshold stands as it stood, and so do random checks by novelty; a campaign's quota
never ends; and of what a rule routes to another lane only a replay knows what that lane would say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from haechi.configs.rule_set import Rule, RuleSet
from haechi.configs.rule_tables import compile_rules
from haechi.engine.codes import NodeKind
from haechi.engine.features import FEATURES
from haechi.engine.kernel import Array
from haechi.engine.records import MATCHES
from haechi.operators.retried import UNKNOWN, Stored, retry, scratch
from haechi.streams.answers import Answers, Piece
from haechi.streams.backtest import CHANGED, Backtest
from haechi.streams.giving_way import giving_way

_RENAMED: Final = {"stamp_us": "decided_us"}


def backtest_store(
    answers: Answers,
    rule_set: RuleSet,
    policy: Array,
    *,
    from_us: int = 0,
    until_us: int = 1 << 62,
) -> Backtest:
    """Decide stored answers anew with another rule set.

    Parameters
    ----------
    answers
        The copy of the answers, completed.
    rule_set
        The candidate.
    policy
        ``POLICY`` records, lanes by stages.
    from_us, until_us
        Range of the core's clock.
    """
    trial = _Trial(rule_set, policy)
    # One thread reads while this one decides.
    with giving_way():
        for node in (NodeKind.TRAVELER, NodeKind.PARCEL):
            places = trial.read[node]
            for piece in answers.read(node, places.tolist(), from_us, until_us):
                trial.take(node, piece)
    found = trial.result()
    found.labels = {
        case: (there, propensity) for case, there, propensity in answers.labels(from_us)
    }
    return found


class _Trial:
    def __init__(self, rule_set: RuleSet, policy: Array) -> None:
        compiled = compile_rules(rule_set)
        self._rules, self._tables = compiled.rules, compiled.tables
        self._policy = policy
        self.read = {node: _read_by(compiled.rules, node) for node in NodeKind}
        self._vectors = {node: np.full(len(FEATURES), np.nan) for node in NodeKind}
        self._out = scratch()
        place = {rule.id: place for place, rule in enumerate(rule_set.rules, 1)}
        self._found = Backtest(tuple(place))
        # From the places in the core's arrays (1 more) to those in the file.
        self._in_file = np.array([0, *(place[rule.id] for rule in compiled.rules)], np.uint16)
        self._matched = np.zeros(len(self._rules) + 1, np.int64)
        self._changed: list[Array] = []
        self._when: list[Array] = []

    def take(self, node: NodeKind, piece: Piece) -> None:
        """Take some answers about cases of one kind."""
        told, found = piece.told, self._found
        n = len(told["verdict"])
        told["node"] = np.full(n, node, np.uint8)
        verdicts = np.empty(n, np.uint8)
        rules = np.empty((n, MATCHES), np.uint16)
        stored = Stored(*(told[_RENAMED.get(name, name)] for name in Stored._fields))
        retry(self._tables, self._policy, stored, self.read[node], piece.features,
              self._vectors[node], self._out, verdicts, rules)  # fmt: skip
        known = (verdicts != UNKNOWN) & (told["routed"] == 0)
        same = known & (verdicts == told["verdict"])
        found.answers += n
        found.unknown += n - int(known.sum())
        found.same += int(same.sum())
        found.promised += int(told["promised"].sum())
        self._matched += np.bincount(rules.ravel(), minlength=len(self._matched))
        at = np.nonzero(known & ~same)[0]
        changed = np.empty(len(at), CHANGED)
        for name in ("id_hi", "id_lo", "case_key"):
            changed[name] = told[name][at]
        changed["before"], changed["after"] = told["verdict"][at], verdicts[at]
        changed["rules"] = self._in_file[rules[at]]
        self._changed.append(changed)
        self._when.append(told["decided_us"][at])

    def result(self) -> Backtest:
        """Give what was found."""
        found = self._found
        for rule, met in zip(self._rules, self._matched[1:].tolist(), strict=True):
            if met:
                found.matched[rule.id] = met
        if self._changed:
            order = np.argsort(np.concatenate(self._when), kind="stable")
            found.changed = np.concatenate(self._changed)[order]
        return found


def _read_by(rules: Sequence[Rule], node: NodeKind) -> NDArray[np.int64]:
    """Places of the features that the rules of one kind of case read."""
    clauses = (clause for rule in rules if rule.node == node for clause in rule.condition.clauses)
    read = {place for clause in clauses for check in clause for place in check.features}
    return np.array(sorted(read), np.int64)
