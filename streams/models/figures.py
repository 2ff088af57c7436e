"""How well a model tells finds from nothing, and how its errors fall on groups.

Everything is over inspected cases only: who was never looked at is in no figure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from haechi.engine.features import PLACE
from haechi.engine.records import code_text
from haechi.streams.models.labels import Label
from haechi.streams.models.refit import decided
from haechi.streams.monitor.estimates import Z95, Estimate, wilson
from haechi.streams.monitor.scores import Scores

_MOST_GROUPS: Final = 40
_ORIGIN: Final = PLACE["origin"]
_DEPARTURE: Final = PLACE["departure"]
_ROUTE: Final = PLACE["route"]

_Floats = NDArray[np.float64]


def figures(labels: Sequence[Label], said: _Floats, base_rate: float) -> dict[str, Any]:
    """AUC, log-loss and calibration with intervals of 95%, beside saying the base rate always.

    Parameters
    ----------
    labels
        What was found.
    said
        The model's log-odds of them, before it learned them, shape (n,); NaN is left out.
    base_rate
        Share with a finding that was known before.
    """
    known = ~np.isnan(said)
    kept = [label for label, is_known in zip(labels, known, strict=True) if is_known]
    scores = Scores(max(1, len(kept)))
    for label, log_odds in zip(kept, said[known].tolist(), strict=True):
        scores.add(label.found, log_odds)
    shown: dict[str, Any] = {
        "labels": len(kept),
        "found": sum(label.found for label in kept),
        "base_rate": base_rate,
    }
    shown |= {name: _shown(estimate) for name, estimate in scores.estimates().items()}
    if kept:
        found = np.array([label.found for label in kept])
        rate = min(max(base_rate, 1e-9), 1.0 - 1e-9)
        usual = -np.where(found, math.log(rate), math.log(1.0 - rate))
        p = np.clip(1.0 / (1.0 + np.exp(-np.clip(said[known], -500, 500))), 1e-15, 1.0 - 1e-15)
        losses = -np.where(found, np.log(p), np.log1p(-p))
        shown["base_rate_log_loss"] = _shown(_mean(usual))
        shown["log_loss_saved"] = _shown(_mean(usual - losses))
    return shown


def groups(
    labels: Sequence[Label],
    said: _Floats,
    lane: Callable[[int], str],
    site: Callable[[int], str],
) -> list[dict[str, Any]]:
    """False-positive and miss rates by group, where groups are known.

    A case counts as flagged if the model's log-odds reach the lower of the two thresholds that
    stood when it was decided: it would have been referred or held.
    """
    if not labels:
        return []
    rows = decided(labels)
    flagged = said >= np.minimum(rows["hold_at"], rows["refer_at"])
    found = np.array([label.found for label in labels])
    known = ~np.isnan(said)
    x = rows["x"]
    route = np.where(np.isnan(x[:, _DEPARTURE]), x[:, _ROUTE], x[:, _DEPARTURE])
    names = {
        "all": [""] * len(labels),
        "lane": [lane(number) for number in rows["lane"].tolist()],
        "site": [site(token) for token in rows["site"].tolist()],
        "origin": [code_text(value) for value in x[:, _ORIGIN].tolist()],
        "route": [code_text(value) for value in route.tolist()],
    }
    shown = []
    for by, words in names.items():
        named = np.array(words)
        counted = sorted(
            ((int((named == word).sum()), word) for word in set(words) if word or by == "all"),
            key=lambda pair: (-pair[0], pair[1]),
        )
        for _, word in counted[:_MOST_GROUPS]:
            here = (named == word) & known
            if here.any():
                shown.append({"by": by, "name": word, **_errors(found[here], flagged[here])})
    return shown


def _errors(found: NDArray[np.bool_], flagged: NDArray[np.bool_]) -> dict[str, Any]:
    nothing = int((~found).sum())
    wrongly = int((flagged & ~found).sum())
    finds = int(found.sum())
    missed = int((found & ~flagged).sum())
    return {
        "labels": len(found),
        "nothing": nothing,
        "false_positives": wrongly,
        "false_positive_rate": _share(wrongly, nothing),
        "found": finds,
        "missed": missed,
        "miss_rate": _share(missed, finds),
    }


def _share(count: int, of: int) -> dict[str, float | None]:
    if not of:
        return {"value": None, "low": None, "high": None}
    low, high = wilson(count / of, of)
    # At the ends rounding would leave a hair.
    low, high = low if count else 0.0, high if count < of else 1.0
    return {"value": count / of, "low": low, "high": high}


def _mean(values: _Floats) -> Estimate:
    n = len(values)
    mean = float(values.mean())
    if n < 2:
        return Estimate(mean, math.nan, math.nan, n)
    half = Z95 * float(values.std(ddof=1)) / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half, n)


def _shown(estimate: Estimate) -> dict[str, float | None]:
    named = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return {name: float(v) if math.isfinite(v) else None for name, v in named.items()}
