"""What labelled photos of a site say about its thresholds; nothing here looks at a photo itself.

Similarities of the same person's photos and of different people's give FMR and FNMR at any
threshold. Proposed thresholds are those at which one pair of different people in ten thousand is
taken for one person, and one in a thousand for doubtful: by counting where there are enough
pairs, and never below what a normal distribution with their mean and deviation says.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

from haechi.configs.faces import Thresholds
from haechi.engine.errors import BadInput
from haechi.streams.faces.identification import Identification, identify
from haechi.streams.faces.labelled import Captured, Labelled, Pairs, pairs_of, templates_of
from haechi.streams.faces.rates import FloatArray, Rate, simple_rate

FMR_SAME: Final = 1e-4
FMR_REVIEW: Final = 1e-3
BANDS_PX: Final = (0, 20, 28, 40, 56, 80)
_FEW_PERSONS: Final = 20
_FEW_SAME: Final = 100
_LEAST_IMPOSTORS: Final = 2
_LEAST_SD: Final = 0.001
_ENOUGH: Final = 10
"""So many pairs must lie beyond a threshold before it is counted rather than derived."""


@dataclass(frozen=True, slots=True)
class Operating:
    """A threshold and its rates."""

    name: str
    threshold: float
    fmr: Rate
    fnmr: Rate


@dataclass(frozen=True, slots=True)
class Band:
    """How many faces of a width gave a template; ``to_px`` is None in the last band."""

    from_px: int
    to_px: int | None
    captured: Rate


@dataclass(frozen=True, slots=True)
class Calibration:
    """All that the photos say.

    Parameters
    ----------
    photos, persons
        How many photos there were, and people with a template.
    faults
        Photos without a template, by fault.
    captured, bands
        Share of photos that gave a template: of all, and by the face's width.
    pairs
        What was compared.
    impostors
        Mean and standard deviation of different people's similarity.
    operating
        Rates at the configured and at the proposed thresholds.
    same, review
        What is proposed.
    identification
        What a gallery misses; None where only listed pairs may be compared.
    cautions
        What so few photos cannot show.
    """

    photos: int
    persons: int
    faults: dict[str, int]
    captured: Rate
    bands: tuple[Band, ...]
    pairs: Pairs
    impostors: NormalDist
    operating: tuple[Operating, ...]
    same: float
    review: float
    identification: Identification | None
    cautions: tuple[str, ...]


def calibrate(
    given: Labelled, thresholds: Thresholds, fpir: float, gallery: int | None
) -> Calibration:
    """Measure, and propose thresholds.

    Parameters
    ----------
    given
        The photos.
    thresholds
        Those in force.
    fpir
        Share of strangers that may be named, in (0, 1).
    gallery
        Persons enrolled; everybody if not given.

    Raises
    ------
    BadInput
        If nothing is left to compare.
    """
    templates = templates_of(given)
    usable = len(templates.vectors)
    pairs = pairs_of(given, templates)
    genuine, impostor = pairs.genuine(), pairs.impostor()
    if not len(genuine) or len(impostor) < _LEAST_IMPOSTORS:
        raise BadInput(
            "TOO_FEW_FACES",
            f"{usable} of {len(given.photos)} photos gave a face: {len(genuine)} pairs of one "
            f"person, {len(impostor)} of different people; 1 and {_LEAST_IMPOSTORS} are the least, "
            "hundreds are worth something: add photos",
        )
    impostors = NormalDist(impostor.mean(), max(float(impostor.std(ddof=1)), _LEAST_SD))
    same, review = (_proposed(impostor, impostors, rate) for rate in (FMR_SAME, FMR_REVIEW))
    found = None
    if given.listed is None:
        found = identify(templates, fpir, gallery or templates.people, impostors)
    named = (
        ("configured same", thresholds.same),
        ("configured review", thresholds.review),
        ("proposed same", same),
        ("proposed review", review),
    )
    return Calibration(
        photos=len(given.photos),
        persons=templates.people,
        faults=dict(Counter(one.fault for one in given.photos if one.vector is None)),
        captured=simple_rate(usable, len(given.photos)),
        bands=_bands(given.photos),
        pairs=pairs,
        impostors=impostors,
        operating=tuple(
            Operating(name, at, pairs.false_matches(at), pairs.false_non_matches(at))
            for name, at in named
        ),
        same=same,
        review=review,
        identification=found,
        cautions=tuple(_cautions(pairs, impostors, found)),
    )


def _proposed(impostor: FloatArray, normal: NormalDist, rate: float) -> float:
    """The threshold for an FMR, rounded up to a thousandth."""
    threshold = normal.mean - normal.stdev * NormalDist().inv_cdf(rate)
    if len(impostor) * rate >= _ENOUGH:
        threshold = max(threshold, float(np.quantile(impostor, 1.0 - rate)))
    return min(1.0, math.ceil(threshold * 1000) / 1000)


def _bands(photos: Sequence[Captured]) -> tuple[Band, ...]:
    bands = []
    for low, high in zip(BANDS_PX, [*BANDS_PX[1:], None], strict=True):
        of = [
            one
            for one in photos
            if one.face_px > 0 and low <= one.face_px and (high is None or one.face_px < high)
        ]
        bands.append(Band(low, high, simple_rate(sum(p.vector is not None for p in of), len(of))))
    return tuple(bands)


def _cautions(pairs: Pairs, normal: NormalDist, found: Identification | None) -> list[str]:
    told = []
    impostor, genuine = pairs.impostor(), len(pairs.genuine())
    n = len(impostor)
    if FMR_SAME * n < 3:
        told.append(
            f"{n:,} pairs of different people cannot show an FMR below {_percent(3 / n)} (rule of "
            f"three, at best: they share people); the proposed same is for {_percent(FMR_SAME)} "
            "and rests on a normal distribution: bring at least "
            f"{math.ceil(3 / FMR_SAME):,} pairs"
        )
    if genuine < _FEW_SAME:
        told.append(
            f"{genuine:,} pairs of one person's photos are few: an FNMR below "
            f"{_percent(3 / genuine)} cannot be shown"
        )
    if pairs.people < _FEW_PERSONS:
        told.append(
            f"{pairs.people} persons are few: intervals from drawing persons anew are too narrow "
            f"below {_FEW_PERSONS}"
        )
    far = float(np.mean(impostor > normal.mean + 3 * normal.stdev))
    if far > 2 * (expected := 1.0 - NormalDist().cdf(3.0)) and far * n >= _ENOUGH:
        told.append(
            f"{_percent(far)} of different people are more than 3 deviations alike, of a normal "
            f"distribution {_percent(expected)}: thresholds derived from it are too low"
        )
    if found is not None and found.strangers * found.fpir < 3:
        told.append(
            f"{found.strangers:,} searches of strangers cannot show an FPIR of "
            f"{_percent(found.fpir)}; {math.ceil(3 / found.fpir):,} could"
        )
    if found is not None and not found.fnir.n:
        told.append("nobody has a second photo, so that FNIR cannot be told")
    return told


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"
