"""From which likeness on two faces are one person's: pure functions of faces.toml."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

from haechi.configs.faces import Thresholds, Walk, Watchlist
from haechi.engine.codes import FaceOutcome

_STANDARD: Final = NormalDist()


def open_threshold(thresholds: Thresholds, enrolled: int) -> float:
    """Similarity from which the best of a gallery is the person, not somebody alike.

    A flight's travelers are each compared with everybody enrolled, so that a pair of different
    people may match at most with probability ``budget / (travelers * enrolled)``; similarities
    of different people are taken to be normal. Never below ``same``.

    Parameters
    ----------
    thresholds
        The site's.
    enrolled
        Templates in the gallery.
    """
    pairs = thresholds.travelers_per_flight * enrolled
    if pairs <= thresholds.false_matches_per_flight:
        return thresholds.same
    rate = thresholds.false_matches_per_flight / pairs
    derived = thresholds.impostor_mean - thresholds.impostor_sd * _STANDARD.inv_cdf(rate)
    return min(1.0, max(thresholds.same, derived))


def walking_penalty(walk: Walk, elapsed_us: int) -> float:
    """How much more alike a face must be for having come at an unlikely time.

    ``penalty * (1 - exp(-x^2 / 2))`` with ``x = (log(elapsed) - log(mode)) / spread``: the
    log-normal's density at this time falls short of that at its mode by this share. Nobody is at
    the exit before having been at the desk: that has all of the penalty.

    Parameters
    ----------
    walk
        How long the walk takes; the mode is ``median * exp(-spread^2)``.
    elapsed_us
        From the desk to the exit, microseconds.

    Returns
    -------
    What to subtract from the similarity, 0 to ``walk.penalty``.
    """
    if elapsed_us <= 0:
        return walk.penalty
    x = math.log(elapsed_us / walk.median_us) / walk.spread + walk.spread
    return -walk.penalty * math.expm1(-x * x / 2)


def outcome_of_pair(similarity: float, thresholds: Thresholds | Watchlist) -> FaceOutcome:
    """Judge a face against one person's: SAME, REVIEW or DIFFERENT."""
    if similarity >= thresholds.same:
        return FaceOutcome.SAME
    return FaceOutcome.REVIEW if similarity >= thresholds.review else FaceOutcome.DIFFERENT


def outcome_of_search(
    similarity: float, margin: float, thresholds: Thresholds | Watchlist, opens: float
) -> FaceOutcome:
    """Judge the best of a gallery: SAME, REVIEW or UNKNOWN.

    Parameters
    ----------
    similarity
        Of the best.
    margin
        How much less alike the second person is; infinite if there is none.
    thresholds
        The site's, of which the band from ``review`` to ``same`` keeps its width below ``opens``.
        Two persons who differ by less than this band cannot be told apart: that is a REVIEW.
    opens
        From :func:`open_threshold`.
    """
    band = thresholds.same - thresholds.review
    if similarity >= opens and margin >= band:
        return FaceOutcome.SAME
    return FaceOutcome.REVIEW if similarity >= opens - band else FaceOutcome.UNKNOWN
