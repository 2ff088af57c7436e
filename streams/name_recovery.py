"""After a restart the names come back: from the log, decrypted, into memory again.

Lists come first, then the travelers whose cases are open, on a thread of its own, so that gates
are served at once. A manifest waits until the lists are known and an entry until all are: neither
is late by more than this takes, and nothing is missed meanwhile.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final

import numpy as np

from haechi.engine.codes import EventKind, NodeKind, Watched
from haechi.engine.errors import LogCorrupt
from haechi.engine.kernel import Array
from haechi.engine.records import EVENT
from haechi.operators.state import Count, State
from haechi.streams.log.keys import Erased
from haechi.streams.log.reader import LogReader
from haechi.streams.name_screen import NameScreen, person_in
from haechi.streams.replay import Row

_ENTRY: Final = int(EventKind.INTELLIGENCE)
_KIND_AT: Final = 1
_OFFSET_AT: Final = 0
_RECORDS_AT: Final = 5
_PAUSE_S: Final = 0.0
"""Long enough to hand the interpreter to whoever waits for it: a name takes 0.2 ms."""


_LOG: Final = logging.getLogger("haechi.names")

Filed = tuple[int, int]
"""Where a name stands in the log, and its token."""


LISTED: Final = np.dtype(
    [
        ("key", "<u8"),
        ("event_us", "<i8"),
        ("until_us", "<i8"),
        ("offset", "<i8"),
        ("token", "<u8"),
        ("watched", "u1"),
    ]
)
"""One entry that names somebody: where the log holds the name, never the name."""


class ListedNames:
    """Where the log holds the names that lists watch, as replay comes across them."""

    def __init__(self) -> None:
        self._entries: dict[int, tuple[int, int, bool, Filed]] = {}

    def rows(self) -> Array:
        """All of it as ``LISTED`` records."""
        return np.array(
            [
                (key, event_us, until_us, offset, token, watched)
                for key, (event_us, until_us, watched, (offset, token)) in self._entries.items()
            ],
            LISTED,
        )

    def put_back(self, rows: Array) -> None:
        """Take what :meth:`rows` gave, of which it knows nothing yet."""
        for key, event_us, until_us, offset, token, watched in rows.tolist():
            self._entries[key] = (event_us, until_us, bool(watched), (offset, token))

    def note(self, row: Row) -> None:
        """Look at one event of the log."""
        if row[_KIND_AT] != _ENTRY:
            return
        # What the name sounds like stands before the entry itself.
        entry = np.frombuffer(row[_RECORDS_AT][-EVENT.itemsize :], EVENT)[0]
        if entry["mode"] != Watched.NAME:
            return
        token = int(entry["token"])
        key = int(entry["alias"]) or token
        event_us = int(entry["event_us"])
        known = self._entries.get(key)
        if known is None or event_us >= known[0]:
            watched = bool(entry["weight"] > 0.0)
            self._entries[key] = (
                event_us,
                int(entry["until_us"]),
                watched,
                (row[_OFFSET_AT], token),
            )

    def in_force(self, now_us: int) -> list[Filed]:
        """Names of the entries in force."""
        return [
            filed
            for _, until_us, watched, filed in self._entries.values()
            if watched and (until_us == 0 or until_us >= now_us)
        ]


def open_travelers(state: State) -> Array:
    """Offset and token of the names of travelers whose cases are open, shape (n, 2)."""
    count = int(state.counters[Count.CASES])
    cases, manifests = state.cases[:count], state.manifests[:count]
    tokens = manifests["consignee"]
    named = (cases["open"] == 1) & (cases["node"] == NodeKind.TRAVELER) & (tokens != 0)
    return np.column_stack([manifests["offset"][named].astype(np.uint64), tokens[named]])


class NameRecovery:
    """Files the names of a log again.

    Parameters
    ----------
    names
        What they are filed in, not ready yet.
    reader
        The log with its keys, for this alone; it is closed in the end.
    listed
        Names of entries in force.
    travelers
        Names of travelers whose cases are open: offset and token, shape (n, 2).
    on_failure
        Called with what went wrong, if something does: whoever waits would wait for ever.
    """

    def __init__(
        self,
        names: NameScreen,
        reader: LogReader,
        listed: Iterable[Filed],
        travelers: Array,
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self._names = names
        self._reader = reader
        self._listed = sorted(listed)
        self._travelers = travelers[np.argsort(travelers[:, 0])]
        self._on_failure = on_failure
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="names", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Give up what is left."""
        self._stopping = True
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            self._file(self._listed, listed=True)
            if not self._stopping:
                self._names.listed_ready()
                # Row by row: as tuples a million of them would take a second and 200 MB.
                self._file((row.tolist() for row in self._travelers), listed=False)
            if self._stopping:
                self._names.give_up()
            else:
                self._names.travelers_ready()
        except BaseException as error:
            self._on_failure(error)
            raise
        finally:
            self._reader.close()

    def _file(self, names: Iterable[Filed], *, listed: bool) -> None:
        for offset, token in names:
            if self._stopping:
                return
            event = self._reader.event(offset)
            assert event is not None, f"event {offset} made what was rebuilt, so it is in the log"
            try:
                raw = self._reader.payload(event)
            except Erased:
                # Whoever was erased is nobody's match any more.
                continue
            except LogCorrupt as error:
                # One name that is lost must not close the border; what it costs is said.
                _LOG.error("%s; until then nobody is matched with the name in it", error)
                continue
            self._names.hearing.remember(token, *person_in(raw), listed=listed)
            time.sleep(_PAUSE_S)
