"""The primary's side of durability ``replica``: nothing leaves before a standby has it too.

The dataflow's thread never waits. What it committed is held here, and the standby's word lets it
go, on the thread that heard it. A standby that does not answer within a bounded time is gone, and
what then happens was configured: gates refer until one has caught up, or the engine goes on alone
and says so.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from typing import Final

from haechi.configs.profile import StandbyProfile
from haechi.operators.logic import Committed
from haechi.streams.sinks.watch import WatchHub

SILENT_S: Final = 3.0
"""A standby that said nothing for so long is gone, whatever its connection says."""

_NOBODY: Final = -1
_EVERYTHING: Final = 1 << 62
_LOOKS: Final = 4
"""How often it is looked within the time that an answer may wait."""

_LOG: Final = logging.getLogger("haechi.standby")


class Replica:
    """What is known of the standby, and what waits for it.

    Parameters
    ----------
    needed
        Whether anything waits: durability ``replica``.
    profile
        For how long, and what then.
    hub
        Where watchers wait; they see nothing that a standby lacks.

    Attributes
    ----------
    committed
        Last event committed here since the start, as followers wait for it.
    acknowledged, proved
        Last event that the standby has, and that it decided again with the same bytes.
    """

    def __init__(self, profile: StandbyProfile, hub: WatchHub, *, needed: bool) -> None:
        self._needed = needed
        self._wait_s = profile.wait_ms / 1000.0
        self._alone_is_allowed = profile.alone == "process"
        self._goes_on_alone = self._alone_is_allowed
        self._hub = hub
        self._held: deque[tuple[float, Committed]] = deque()
        self._changed = threading.Condition()
        self._follower = 0
        self._heard_s = 0.0
        self._lost_s = time.monotonic()
        self._goal = (-1, 0.0)
        self.synchronous = False
        self.committed = -1
        self.acknowledged = -1
        self.proved = -1
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="replica", daemon=True)
        if needed and not self._goes_on_alone:
            hub.bound = _NOBODY

    def begin(self, offset: int, *, alone: bool) -> None:
        """Note how the engine starts.

        Parameters
        ----------
        offset
            Last event of the log.
        alone
            Whether it was promoted just now: whoever said so knows that there is no other copy, so
            it goes on alone until it has a standby of its own.
        """
        self.committed = offset
        if alone:
            self._goes_on_alone = True
            self._hub.bound = _EVERYTHING

    def start(self) -> None:
        """Look after the standby, if answers wait for one."""
        if self._needed:
            self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()

    def _watch(self) -> None:
        while not self._stopping.wait(self._wait_s / _LOOKS):
            self.look()

    def take(self, committed: Committed) -> None:
        """Let a commit out, now or once the standby has it; on the dataflow's thread."""
        if committed.last_offset > self.committed:
            self.committed = committed.last_offset
        if self._needed:
            with self._changed:
                if self._holds():
                    if committed.replies:
                        self._held.append((time.monotonic(), committed))
                    self._changed.notify_all()
                    return
        answer(committed)
        if self._follower:
            with self._changed:
                self._changed.notify_all()

    def wait(self, offset: int, timeout_s: float) -> None:
        """Wait until an event after ``offset`` was committed; for whoever ships."""
        with self._changed:
            self._changed.wait_for(lambda: self.committed > offset, timeout_s)

    def join(self) -> int | None:
        """Let a standby follow; its number, or None while another one does."""
        with self._changed:
            if self._follower and time.monotonic() - self._heard_s < SILENT_S:
                return None
            self._follower = time.monotonic_ns()
            self._heard_s = time.monotonic()
            self._goal = (self.committed, self._heard_s)
            self.acknowledged = self.proved = _NOBODY
            return self._follower

    def leave(self, follower: int) -> None:
        """Note that a standby follows no more."""
        with self._changed:
            if self._follower == follower:
                self._follower = 0
                self._lost_s = time.monotonic()

    def follows(self, follower: int) -> bool:
        """Whether a standby is still the one that follows, and is heard of."""
        return self._follower == follower and time.monotonic() - self._heard_s < SILENT_S

    def hear(self, follower: int, committed_offset: int, proved_offset: int) -> None:
        """Take a standby's word for what it has, and let out what waited for it."""
        with self._changed:
            if self._follower != follower:
                return
            self._heard_s = time.monotonic()
            self.acknowledged = max(self.acknowledged, committed_offset)
            self.proved = max(self.proved, proved_offset)
            self._see_whether_it_keeps_up()
            ready: list[Committed] = []
            if self._needed and self._holds():
                self._hub.bound = self.acknowledged
                ready = self._taken_until(self.acknowledged)
        for committed in ready:
            answer(committed)
        if self._needed:
            self._hub.publish()

    def look(self) -> None:
        """See whether the standby is gone."""
        if not self.synchronous:
            return
        now = time.monotonic()
        with self._changed:
            waited_s = now - self._held[0][0] if self._held else 0.0
            away_s = 0.0 if self._follower else now - self._lost_s
            if max(waited_s, away_s) <= self._wait_s:
                return
            self.synchronous = False
            ready: list[Committed] = []
            if self._goes_on_alone:
                ready = self._taken_until(_EVERYTHING)
                self._hub.bound = _EVERYTHING
        _LOG.error(
            "no standby has acknowledged within %g s: %s",
            self._wait_s,
            "this engine goes on alone, and what it answers now is on this machine only"
            if self._goes_on_alone
            else "gates refer until a standby has caught up",
        )
        for committed in ready:
            answer(committed)

    def serves(self) -> bool:
        """Whether gates may be answered as the profile promises."""
        return not self._needed or self.synchronous or self._goes_on_alone

    def lag_events(self) -> int:
        """Events that the standby has not acknowledged; all of the log if none follows."""
        return self.committed - (self.acknowledged if self._follower else _NOBODY)

    def state(self) -> str:
        """One of :data:`~haechi.streams.standby.standing.STATES`."""
        if not self._needed:
            return "following" if self._follower else "none"
        return "synchronous" if self.synchronous else "alone"

    def _holds(self) -> bool:
        """Whether what is committed waits for the standby."""
        return self.synchronous or not self._goes_on_alone

    def _see_whether_it_keeps_up(self) -> None:
        """Count on the standby again once it is as quick as an answer may wait."""
        goal, set_s = self._goal
        if self.acknowledged < min(goal, self.committed):
            return
        level = self.acknowledged >= self.committed
        if (
            self._needed
            and not self.synchronous
            and (level or self._heard_s - set_s <= self._wait_s)
        ):
            self.synchronous = True
            self._goes_on_alone = self._alone_is_allowed
            _LOG.warning("a standby has caught up: what leaves from now on is on both machines")
        self._goal = (self.committed, self._heard_s)

    def _taken_until(self, offset: int) -> list[Committed]:
        """Take what waited for nothing after an offset out of what is held."""
        ready = []
        while self._held and self._held[0][1].last_offset <= offset:
            ready.append(self._held.popleft()[1])
        return ready


def answer(committed: Committed) -> None:
    """Tell everybody who waits what became of their event."""
    for completion, outcome in committed.replies:
        completion.complete(outcome)
