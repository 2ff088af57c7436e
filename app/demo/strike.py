"""The engine is killed under load, once, as a crash would."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from haechi.app.demo.ledger import Ledger
    from haechi.app.installation import Installation

LOAD: Final = 8
"""In flight at least, if it can be had."""

_LATEST_US: Final = 420_000_000


@dataclass(slots=True)
class Strike:
    """Kills the engine once it is busy.

    Parameters
    ----------
    installation
        What runs.
    ledger
        What was acknowledged.
    at_us
        From when on, event time, microseconds since the epoch.
    say
        Tells a person.

    Attributes
    ----------
    in_flight, acknowledged
        Items in flight at that moment, and decisions acknowledged before it.
    """

    installation: Installation
    ledger: Ledger
    at_us: int
    say: Callable[[str], None]
    in_flight: int = field(default=0, init=False)
    acknowledged: set[str] = field(default_factory=set, init=False)
    _killed_s: float = field(default=0.0, init=False)
    _epochs: frozenset[int] = field(default=frozenset(), init=False)

    @property
    def struck(self) -> bool:
        """Whether the engine has been killed."""
        return self._killed_s > 0

    def look(self, event_us: int, in_flight: int) -> None:
        """Strike if it is time and enough is in flight."""
        if self.struck or event_us < self.at_us:
            return
        if in_flight < LOAD and event_us < self.at_us + _LATEST_US:
            return
        self.in_flight = in_flight
        self.acknowledged = set(self.ledger.decisions())
        self._epochs = frozenset(self.ledger.epochs)
        self._killed_s = time.monotonic()
        self.installation.kill_engine()
        self.say(
            f"engine killed (SIGKILL) with {in_flight} calls in flight, "
            f"{len(self.acknowledged):,} decisions acknowledged so far"
        )

    def gone_s(self) -> float | None:
        """How long until the first acknowledgement of the next start, seconds; None if none."""
        back = [at for epoch, at in self.ledger.epochs.items() if epoch not in self._epochs]
        return min(back) - self._killed_s if self.struck and back else None
