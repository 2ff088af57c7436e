"""What stored decisions would have been under other rules, from what is stored of them.

The same steps as :func:`haechi.operators.decide.evaluate` takes, from the rules on: what comes
before, features and scores, no rule changes.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from haechi.engine.kernel import Array, batch
from haechi.engine.policy import judge
from haechi.engine.records import DECISION, MATCHES
from haechi.engine.rules import RuleTables
from haechi.operators.ruling import stop_by_rule, take_rules

UNKNOWN: Final = 0
"""Stands for the verdict of what a rule would have routed: the policy and the threshold of that
lane are not stored with it."""


class Stored(NamedTuple):
    """What is stored of decisions, column by column, shape (n,) each.

    ``log_odds`` and ``selection`` are without what rules added; ``face`` is what the camera says
    against somebody, log-odds; ``withheld`` whether required evidence was missing that nothing
    excused. The other names are those of ``DECISION``.
    """

    node: Array
    lane: Array
    stage: Array
    stamp_us: Array
    log_odds: Array
    selection: Array
    hold_at: Array
    refer_at: Array
    draw: Array
    explore: Array
    face: Array
    withheld: Array
    crowded: Array


def scratch() -> Array:
    """Make the record that :func:`retry` works in."""
    return np.zeros(1, DECISION)


@batch
def retry(r: RuleTables, policy: Array, told: Stored, places: Array, columns: Array, vector: Array,
          out: Array, verdicts: Array, rules: Array) -> None:  # fmt: skip
    """Decide stored decisions anew.

    Parameters
    ----------
    r
        The rules. Nothing is counted against their quotas.
    policy
        ``POLICY`` records, lanes by stages.
    told
        What is stored.
    places
        Places of the features that the rules read, shape (k,).
    columns
        Their values, shape (k, n).
    vector
        Scratch, shape (features,), NaN.
    out
        Scratch of :func:`scratch`.
    verdicts
        Filled, shape (n,); :data:`UNKNOWN` where a rule would have routed it.
    rules
        Filled: places (1 more) of the rules that would have taken part, shape (n, MATCHES).
    """
    o = out[0]
    for i in range(verdicts.shape[0]):
        for k in range(places.shape[0]):
            vector[places[k]] = columns[k, i]
        lane, stage = told.lane[i], told.stage[i]
        take_rules(r, vector, told.node[i], lane, stage, told.stamp_us[i], o)
        o.log_odds = told.log_odds[i] + o.uplift
        o.selection = told.selection[i] + o.uplift
        o.hold_at = told.hold_at[i]
        o.refer_at = told.refer_at[i]
        o.draw = told.draw[i]
        o.explore = told.explore[i]
        o.crowded = told.crowded[i]
        o.missing = told.withheld[i]
        o.excused = 0
        o.fell_out = 0
        judge(policy[lane, stage], o, told.face[i])
        stop_by_rule(o)
        verdicts[i] = UNKNOWN if o.routed != 0 else o.verdict
        for k in range(MATCHES):
            rules[i, k] = o.rules[k]
