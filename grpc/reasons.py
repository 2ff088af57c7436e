"""Why a decision scored as it did, as officers are told it: few reasons that add up.

A decision has one exact contribution a feature. They are summed by the source field that an
officer knows; the four weightiest fields are told, and the exact rest as one more. The features
behind each reason stay with it, for auditors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from haechi.engine.features import FEATURES, FIELDS, reason_code
from haechi.rpc.spoken import Both
from haechi.rpc.v1 import decision_pb2 as pb
from haechi.rpc.wording import field_name, told

MOST: Final = 5
"""As many reasons are told."""

OTHER: Final = "other"
"""Field of the reason that sums what is not told by itself."""

_SECOND_SHARE: Final = 0.25
"""A second feature is told if it weighs so much of the loudest."""


def reasons_of(values: Sequence[float], contributions: Sequence[float]) -> list[pb.Reason]:
    """Tell why.

    Parameters
    ----------
    values
        Feature vector, shape (n,).
    contributions
        What each feature added to the log-odds, shape (n,).

    Returns
    -------
    At most five reasons, the weightiest first and the rest last. Their contributions add up to
    those given, and so do their parts.
    """
    fields: dict[str, list[int]] = {}
    for i in sorted(range(len(FEATURES)), key=lambda i: -abs(contributions[i])):
        if contributions[i] != 0:
            fields.setdefault(FEATURES[i].field, []).append(i)
    sums = {field: sum(contributions[i] for i in parts) for field, parts in fields.items()}
    order = sorted(fields, key=lambda field: -abs(sums[field]))
    alone = MOST if len(order) <= MOST else MOST - 1
    reasons = []
    for field in order[:alone]:
        loudest = _loudest(fields[field], contributions, sums[field])
        text = _text(field, [told(FEATURES[i], values[i]) for i in loudest])
        reason = _reason(field, text, fields[field], values, contributions)
        reason.feature, reason.value = FEATURES[loudest[0]].name, values[loudest[0]]
        reasons.append(reason)
    if rest := order[alone:]:
        parts = [i for field in rest for i in fields[field]]
        reasons.append(_reason(OTHER, _rest_text(rest), parts, values, contributions))
    return reasons


def would_release(change: Sequence[int], log_odds: float) -> pb.Counterfactual | None:
    """Tell what would have released a decision, or None where the core promises nothing.

    Parameters
    ----------
    change
        1 more than the place in ``FIELDS`` of each field that would have changed, 0 for none.
    log_odds
        Score then.
    """
    fields = [FIELDS[place - 1] for place in change if place]
    if not fields:
        return None
    names = [field_name(field) for field in fields]
    en = " and ".join(name.en[:1].lower() + name.en[1:] for name in names)
    ko = "·".join(name.ko for name in names)
    return pb.Counterfactual(
        fields=fields,
        log_odds=log_odds,
        text=f"Had {en} given no reason for concern, this would have been released",
        text_ko=f"{ko}에 우려할 사유가 없었다면 통과되었을 것입니다",
    )


def _loudest(parts: Sequence[int], contributions: Sequence[float], total: float) -> list[int]:
    """Give one or two features that speak as their field does, the louder first."""
    agreeing = [i for i in parts if contributions[i] * total > 0] or list(parts)
    least = _SECOND_SHARE * abs(contributions[agreeing[0]])
    return [i for i in agreeing[:2] if i == agreeing[0] or abs(contributions[i]) >= least]


def _text(field: str, said: Sequence[Both]) -> Both:
    name = field_name(field)
    return Both(
        f"{name.en}: {'; '.join(one.en for one in said)}",
        f"{name.ko}: {'; '.join(one.ko for one in said)}",
    )


def _rest_text(fields: Sequence[str]) -> Both:
    """Name the two weightiest fields of the rest; there are at least two."""
    names, more = [field_name(field) for field in fields[:2]], len(fields) - 2
    ko = "·".join(name.ko for name in names)
    if more:
        return Both(f"Everything else: {fields[0]}, {fields[1]} and {more} more",
                    f"그 밖의 사항: {ko} 외 {more}개")  # fmt: skip
    return Both(f"Everything else: {fields[0]} and {fields[1]}", f"그 밖의 사항: {ko}")


def _reason(
    field: str,
    text: Both,
    parts: Sequence[int],
    values: Sequence[float],
    contributions: Sequence[float],
) -> pb.Reason:
    return pb.Reason(
        code=reason_code(field),
        field=field,
        text=text.en,
        text_ko=text.ko,
        contribution=sum(contributions[i] for i in parts),
        parts=[
            pb.Part(feature=FEATURES[i].name, value=values[i], contribution=contributions[i])
            for i in parts
        ],
    )
