"""How a process of the installation tells its supervisor, or a person, how it is doing.

Under a supervisor it writes one JSON object a line to standard output; by hand it talks to the
terminal. Its lifeline is a pipe that closes when the supervisor is gone, however that ended.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from typing import Any, Final

from haechi.app.terminal import Phases, say

GRACE_S: Final = 15.0
"""How long an orphan may take to end cleanly."""


class Reports:
    """Tells how one process is doing.

    Parameters
    ----------
    lifeline
        Reading end of the supervisor's pipe, or None when run by hand.
    """

    def __init__(self, lifeline: int | None) -> None:
        self.supervised = lifeline is not None
        self._phases = Phases(quiet=self.supervised)

    def phase(
        self, text: str, done: int = 0, total: int | None = None, *, at_once: bool = False
    ) -> None:
        """Tell what goes on before it is ready."""
        if self.supervised:
            self._write({"phase": text, "done": done, "total": total, "at_once": at_once})
        else:
            self._phases.show(text, done, total, at_once=at_once)

    def ready(self, text: str, **facts: Any) -> None:
        """Tell that it does its work from now on."""
        if self.supervised:
            self._write({"ready": True, **facts})
        else:
            self._phases.close()
            say(text)

    def error(self, text: str) -> None:
        """Tell why it ends."""
        self._phases.close()
        if self.supervised:
            self._write({"error": text})
        else:
            say(f"error: {text}")

    def _write(self, report: dict[str, Any]) -> None:
        # The supervisor may be gone; the lifeline tells that too.
        with contextlib.suppress(OSError):
            sys.stdout.write(json.dumps(report) + "\n")
            sys.stdout.flush()


def hold_on(lifeline: int) -> None:
    """End this process when its supervisor has gone.

    A pipe and not PR_SET_PDEATHSIG: that one follows the thread that started the process, and
    knows no clean end.
    """

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(lifeline, 1):
                pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_S)
        os._exit(1)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def stop_signals() -> threading.Event:
    """Give an event that SIGTERM or SIGINT sets."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
