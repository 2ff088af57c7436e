"""Computing beside the dataflow without keeping gates waiting."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_INTERVAL_S: Final = 0.0001
_ONE_AT_A_TIME: Final = threading.Lock()


@contextmanager
def giving_way() -> Iterator[None]:
    """Let the other threads run almost at once while this one computes for long.

    An answer is handed from thread to thread a few times. A thread that computes gives way only
    after the interpreter's interval, 5 ms, at each of them: while 500 rules were read, gates waited
    up to 180 ms. With a short interval for as long as it takes, they hardly notice.
    """
    with _ONE_AT_A_TIME:
        before = sys.getswitchinterval()
        sys.setswitchinterval(_INTERVAL_S)
        try:
            yield
        finally:
            sys.setswitchinterval(before)
