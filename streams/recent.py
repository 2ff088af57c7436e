"""The newest decisions by id, for gates that act on what they were just told.

The log's index is written off the writer's thread, about a second behind. What is newer is
here: two generations, of which the older has long been indexed when it goes.
"""

from __future__ import annotations

import struct
from typing import Any, Final

from haechi.engine.records import DECISION
from haechi.streams.log.segment import ORDINAL_BITS

_SIZE: Final = DECISION.itemsize
_FIELDS: Final[Any] = DECISION.fields
_CASE_KEY_AT: Final[int] = _FIELDS["case_key"][1]
_WORD: Final = struct.Struct("<Q")
_GENERATION: Final = 65536


def case_key_of(body: bytes) -> int:
    """Key of the case that a decision belongs to."""
    return int(_WORD.unpack_from(body, _CASE_KEY_AT)[0])


class RecentDecisions:
    """Position and case of the last 65,536 decisions at least.

    Attributes
    ----------
    since
        Offset from which on all decisions are here; None as long as there are none.
    """

    def __init__(self) -> None:
        self._young: dict[bytes, tuple[int, int]] = {}
        self._old: dict[bytes, tuple[int, int]] = {}
        self._young_since: int | None = None
        self.since: int | None = None

    def add(self, bodies: bytes, offset: int) -> None:
        """Note the decisions of the event at an offset, bodies in one piece."""
        position = offset << ORDINAL_BITS
        if self._young_since is None:
            self._young_since = offset
            self.since = offset if self.since is None else self.since
        if len(bodies) == _SIZE:
            self._young[bodies[:16]] = (position, _WORD.unpack_from(bodies, _CASE_KEY_AT)[0])
        else:
            self._add_all(bodies, position)
        if len(self._young) >= _GENERATION:
            self._old, self._young = self._young, {}
            self.since, self._young_since = self._young_since, None

    def _add_all(self, bodies: bytes, position: int) -> None:
        for at in range(0, len(bodies), _SIZE):
            case_key = _WORD.unpack_from(bodies, at + _CASE_KEY_AT)[0]
            self._young[bodies[at : at + 16]] = (position + at // _SIZE, case_key)

    def find(self, decision_id: bytes) -> tuple[int, int] | None:
        """Position and case of a decision; None if it is older, or there is none."""
        return self._young.get(decision_id) or self._old.get(decision_id)
