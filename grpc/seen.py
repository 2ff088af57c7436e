"""What cameras said of a traveler, as officers are told it beside the evidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from haechi.engine.codes import EvidenceStatus
from haechi.engine.features import PLACE
from haechi.rpc.spoken import Both

_SIMILARITY: Final = PLACE["face_similarity"]
_REVIEW: Final = PLACE["face_review"]
_DIFFERENT: Final = PLACE["face_different"]


def seen(status: int, values: Sequence[float]) -> Both:
    """Tell whether the traveler of the desk was seen at the exit.

    Parameters
    ----------
    status
        State of the face's evidence, an ``EvidenceStatus``.
    values
        Feature vector, shape (n,).

    Returns
    -------
    Words in both languages, empty where nothing was to be seen.
    """
    if status == EvidenceStatus.FAILED:
        # An earlier look still counts, so its outcome is among the reasons.
        return Both("not captured or not known at the exit", "출구에서 얼굴이 확인되지 않음")
    if status != EvidenceStatus.PRESENT:
        return Both("", "")
    alike = values[_SIMILARITY]
    en = ko = ""
    if not math.isnan(alike):
        en, ko = f" (similarity {alike:.2f})", f" (유사도 {alike:.2f})"
    if values[_DIFFERENT] > 0:
        return Both(f"someone else at the exit{en}", f"출구의 얼굴이 다른 사람임{ko}")
    if values[_REVIEW] > 0:
        return Both(f"doubtful at the exit{en}", f"출구에서 동일인 여부가 의심스러움{ko}")
    return Both(f"confirmed at the exit{en}", f"출구에서 동일인으로 확인됨{ko}")
