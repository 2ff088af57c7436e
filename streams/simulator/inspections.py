"""What an inspection finds: the truth, mostly.

Sensitivity by pattern and method; an innocent is never found with anything (specificity 1).
Of all inspections 2% are inconclusive and 1% do not take place; neither is a label.
"""

from __future__ import annotations

from typing import Final

from haechi.rpc.v1.officers_pb2 import (
    FINDING_FOUND,
    FINDING_INCONCLUSIVE,
    FINDING_NOT_DONE,
    FINDING_NOTHING,
    INSPECTION_METHOD_BODY_SEARCH,
    INSPECTION_METHOD_SEARCH,
    Finding,
    InspectionMethod,
    InspectionOutcome,
    SelectedBy,
)
from haechi.streams.simulator.draws import Draws, happens
from haechi.streams.simulator.truth import OFFENCE, Pattern

INCONCLUSIVE: Final = 0.02
NOT_DONE: Final = 0.01

_SEARCH: Final = {
    Pattern.STRAPPED_GOODS: 0.35,
    Pattern.SWALLOWED_GOODS: 0.10,
    Pattern.FALSE_BOTTOM: 0.95,
    Pattern.CASH_MULE: 0.85,
    Pattern.SHUTTLE_ROUTE: 0.90,
    Pattern.COURIER_KIN: 0.85,
    Pattern.CHEAP_RING: 0.80,
    Pattern.BORROWED_CODE: 0.90,
    Pattern.HIDDEN_IN_GOODS: 0.95,
    Pattern.SHIPPED_AHEAD: 0.95,
}
_BODY: Final = {
    **_SEARCH,
    Pattern.STRAPPED_GOODS: 0.98,
    Pattern.SWALLOWED_GOODS: 0.60,
}
"""A body search comes on top of a search of the bags."""


def sensitivity(pattern: Pattern, method: InspectionMethod) -> float:
    """Probability that an inspection finds what there is; 0 for innocents."""
    table = _BODY if method == INSPECTION_METHOD_BODY_SEARCH else _SEARCH
    return table.get(pattern, 0.0)


def inspect(
    draws: Draws,
    pattern: Pattern,
    decision_id: str,
    selected_by: SelectedBy,
    started_us: int,
    finished_us: int,
    *,
    body: bool,
    certain: bool = False,
) -> InspectionOutcome:
    """Inspect once.

    Parameters
    ----------
    draws
        Where chance comes from.
    pattern
        What is true of the subject.
    decision_id
        Decision that led to it, or empty.
    selected_by
        Why the subject was chosen.
    started_us, finished_us
        When, microseconds since the epoch, UTC.
    body
        Searched on the body as well.
    certain
        Leave nothing to chance: find what there is.
    """
    method = INSPECTION_METHOD_BODY_SEARCH if body else INSPECTION_METHOD_SEARCH
    outcome = InspectionOutcome(
        decision_id=decision_id,
        selected_by=selected_by,
        started_us=started_us,
        finished_us=finished_us,
        method=method,
        finding=FINDING_NOTHING,
    )
    outcome.finding = _finding(draws, pattern, method, certain=certain)
    if outcome.finding == FINDING_FOUND:
        outcome.offence_class = OFFENCE[pattern]
        outcome.quantity = round(float(draws.lognormal(5.5, 1.0)), 1)
        outcome.quantity_unit = "g"
    return outcome


def _finding(draws: Draws, pattern: Pattern, method: InspectionMethod, *, certain: bool) -> Finding:
    if certain:
        return FINDING_NOTHING if pattern is Pattern.NONE else FINDING_FOUND
    if happens(draws, NOT_DONE):
        return FINDING_NOT_DONE
    if happens(draws, INCONCLUSIVE):
        return FINDING_INCONCLUSIVE
    return FINDING_FOUND if happens(draws, sensitivity(pattern, method)) else FINDING_NOTHING
