"""How the interpreter is set in a process at whose gates people wait."""

from __future__ import annotations

import gc
import sys
from typing import Final

_COLLECTIONS: Final = (20_000, 50, 100)
"""When the collector runs, by generation: next to nothing here is cyclic garbage, and with the
usual thresholds a gate in a hundred waits a millisecond for it."""

_TURN_S: Final = 0.0005
"""How long a thread computes while another wants to: with the usual 5 ms the one that reads takes
in one event each time that the dataflow lets go."""


def set_for_latency() -> None:
    """Let threads take short turns, and the collector neither look often nor at what is here."""
    gc.collect()
    # What lives now lives for ever; the collector need not walk it in a gate's time.
    gc.freeze()
    gc.set_threshold(*_COLLECTIONS)
    sys.setswitchinterval(_TURN_S)
