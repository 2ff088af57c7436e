"""A backtest from ClickHouse alone: stored feature vectors, and the core's own rules and policy.

The features, scores and thresholds of each answer are those that it was given with, so this is as
exact as a replay where they do not depend on former answers. Where they do, it cannot follow: a
hold rate's threshold stands as it stood, and so do random checks by novelty; a campaign's quota
never ends; and of what a rule routes to another lane only a replay knows what that lane would say.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from haechi.configs.rule_set import RuleSet
from haechi.configs.rule_tables import compile_rules
from haechi.engine.features import FEATURES
from haechi.engine.kernel import Array
from haechi.engine.records import MATCHES
from haechi.operators.retried import UNKNOWN, Stored, retry, scratch
from haechi.streams.answers import Answers, Piece
from haechi.streams.backtest import Backtest, Changed

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
    for piece in answers.read(trial.places.tolist(), from_us, until_us):
        trial.take(piece)
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
        read = {
            place
            for rule in compiled.rules
            for clause in rule.condition.clauses
            for check in clause
            for place in check.features
        }
        self.places: NDArray[np.int64] = np.array(sorted(read), np.int64)
        self._vector = np.full(len(FEATURES), np.nan)
        self._out = scratch()
        self._found = Backtest()
        self._matched = np.zeros(len(self._rules) + 1, np.int64)
        self._changed: list[tuple[dict[str, NDArray[Any]], NDArray[Any], NDArray[Any]]] = []

    def take(self, piece: Piece) -> None:
        """Take some answers."""
        told, found = piece.told, self._found
        n = len(told["node"])
        verdicts = np.empty(n, np.uint8)
        rules = np.empty((n, MATCHES), np.int64)
        stored = Stored(*(told[_RENAMED.get(name, name)] for name in Stored._fields))
        retry(self._tables, self._policy, stored, self.places, piece.features, self._vector,
              self._out, verdicts, rules)  # fmt: skip
        known = (verdicts != UNKNOWN) & (told["routed"] == 0)
        same = known & (verdicts == told["verdict"])
        found.answers += n
        found.unknown += n - int(known.sum())
        found.same += int(same.sum())
        found.promised += int(told["promised"].sum())
        self._matched += np.bincount(rules.ravel(), minlength=len(self._matched))
        changed = known & ~same
        if changed.any():
            kept = {name: column[changed] for name, column in told.items()}
            self._changed.append((kept, verdicts[changed], rules[changed]))

    def result(self) -> Backtest:
        """Give what was found; what changed is in the core's order."""
        found = self._found
        for rule, met in zip(self._rules, self._matched[1:].tolist(), strict=True):
            if met:
                found.matched[rule.id] = met
        ordered = []
        for told, verdicts, rules in self._changed:
            ids = np.stack([told["id_hi"], told["id_lo"]], axis=1).tobytes()
            columns = (
                told[name].tolist() for name in ("decided_us", "offset", "case_key", "verdict")
            )
            for at, (us, offset, case, before) in enumerate(zip(*columns, strict=True)):
                names = tuple(self._rules[place - 1].id for place in rules[at].tolist() if place)
                one = Changed(ids[16 * at : 16 * at + 16], case, before, int(verdicts[at]), names)
                ordered.append((us, offset, one))
        ordered.sort(key=lambda row: row[:2])
        found.changed = [one for *_, one in ordered]
        return found
