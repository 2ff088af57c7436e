"""What a log makes of an empty shard, and all that goes with it: the one thing a start rebuilds.

A start, a standby and the writer of snapshots hold the same object and feed it the same way, from
the first event or from where a snapshot ends. What names sound like is not part of it: names come
back from the encrypted messages alone (:mod:`haechi.streams.name_recovery`), so that whoever was
erased stays erased.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from haechi.operators.shard import Shard
from haechi.operators.window import IdWindow
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.reader import LogReader
from haechi.streams.name_recovery import ListedNames
from haechi.streams.replay import Replayed, Replayer, Row
from haechi.streams.task_book import TaskBook


@dataclass(slots=True)
class Rebuilt:
    """A shard as its log made it.

    Parameters
    ----------
    shard
        The state machine.
    window
        The ids that came.
    tasks
        What waits for officers.
    listed
        Where the log holds the names that lists watch.
    last_stamp_us
        Stamp of the last event.
    replayed
        How far it has come, and the last start of the engine.
    """

    shard: Shard
    window: IdWindow
    tasks: TaskBook = field(default_factory=TaskBook)
    listed: ListedNames = field(default_factory=ListedNames)
    last_stamp_us: int = 0
    replayed: Replayed = field(default_factory=Replayed)

    def catch_up(
        self,
        reader: LogReader,
        artefacts: Artefacts,
        end: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Apply what the log holds beyond what was seen, up to but not including ``end``.

        Parameters
        ----------
        reader
            The log, with keys.
        artefacts
            What the log names by content.
        end
            Offset to stop at; None for the log's end.
        progress
            Called with events applied and events in all.

        Raises
        ------
        Drift
            At the first decision that differs from the record.
        LogCorrupt
            If the log cannot be read, or begins later.
        """
        replayer = Replayer(
            reader, artefacts, self.shard, on_page=self._note, replayed=self.replayed
        )
        replayer.run(end, progress)

    def _note(self, rows: list[Row]) -> None:
        insert, note, take = self.window.insert, self.listed.note, self.tasks.take
        for row in rows:
            insert(row[3], row[4], row[0], row[2])
            note(row)
            take(row[6])
        self.last_stamp_us = rows[-1][2]
