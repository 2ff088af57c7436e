"""What challengers said at a decision, kept until its label comes, in bounded memory.

Most decisions never get a label. Those that stopped somebody do far more often, so they have
room of their own that releases cannot take. For what was forgotten, challengers predict when
the label comes, before they learn it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

MOST: Final = 20_000
"""Decisions kept of each sort, some 10 MB in all."""


class Predictions:
    """Predictions by decision.

    Parameters
    ----------
    most
        Kept of each sort; the oldest goes first.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most: Final = most
        self._kept: Final[tuple[OrderedDict[bytes, Mapping[str, float]], ...]] = (
            OrderedDict(),
            OrderedDict(),
        )

    def __len__(self) -> int:
        return sum(map(len, self._kept))

    def keep(self, decision: bytes, said: Mapping[str, float], *, stopped: bool) -> None:
        """Keep what was said at a decision.

        Parameters
        ----------
        decision
            Its id, 16 bytes.
        said
            Log-odds by challenger.
        stopped
            Whether it was anything but a release.
        """
        kept = self._kept[stopped]
        kept[decision] = said
        if len(kept) > self._most:
            kept.popitem(last=False)

    def take(self, decision: bytes) -> Mapping[str, float] | None:
        """Give and forget what was said; None if it is not known."""
        for kept in self._kept:
            if decision in kept:
                return kept.pop(decision)
        return None
