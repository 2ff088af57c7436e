"""A log of decisions and inspection outcomes made by hand, and a monitor that reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from haechi.configs.monitor import MonitorConfig
from haechi.engine.codes import DecisionKind, EventKind, Finding, NodeKind, SelectedBy, Verdict
from haechi.engine.features import FEATURES
from haechi.engine.records import DECISION, id_words, pack_event
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.log.writer import LogWriter, Row
from haechi.streams.tokens import Tokens

if TYPE_CHECKING:
    from haechi.streams.monitor.monitor import Monitor

TOKENS = Tokens(bytes(32))
T0_US = 1_700_000_000_000_000
PLACES = {feature.name: i for i, feature in enumerate(FEATURES)}
BARE = """
[labels]
window = 1000
kept = 1000
[report]
every_labels = 50
every_s = 3600
backlog_rows = 5000
"""


def event_id(text: str) -> bytes:
    return TOKENS.id128("event", text)


def config(more: str = "", text: str = BARE) -> MonitorConfig:
    return MonitorConfig.parse(text + more)


@dataclass(frozen=True)
class Decided:
    """A decision in the log."""

    id: bytes
    position: int


class WatchedLog:
    """Appends what a monitor reads; :meth:`flush` commits it."""

    def __init__(self, folder: Path, segment_events: int = 1_000_000) -> None:
        self.folder = folder / "log"
        self._keys_path = folder / "subjects.sqlite"
        self._keys = SubjectKeys(self._keys_path)
        self.writer = LogWriter(self.folder, self._keys, segment_events=segment_events)
        self._rows: list[Row] = []
        self._number = 0

    def decide(
        self,
        log_odds: float = -1.0,
        chosen: SelectedBy = SelectedBy.NOT_SELECTED,
        propensity: float = float("nan"),
        *,
        node: NodeKind = NodeKind.PARCEL,
        lane: int = 6,
        x: Mapping[str, float] | None = None,
        shadow: float = float("nan"),
        first: bool = True,
        uplift: float = 0.0,
        body: bytes = b"",
    ) -> Decided:
        """A gate asked and was answered."""
        row = np.zeros(1, DECISION)
        identity = self._number + 1
        row["id_hi"], row["id_lo"] = identity, 77
        row["node"], row["lane"], row["kind"] = node, lane, DecisionKind.ANSWER
        row["log_odds"], row["shadow_log_odds"] = log_odds, shadow
        row["selected_by"], row["propensity"] = chosen, propensity
        row["uplift"] = uplift
        row["supersedes_hi"] = 0 if first else 5
        row["verdict"] = Verdict.RELEASE if chosen == SelectedBy.NOT_SELECTED else Verdict.REFER
        row["x"] = np.nan
        for name, value in (x or {}).items():
            row["x"][0, PLACES[name]] = value
        offset = self._add(EventKind.GATE_EVENT, f"gate:{identity}", {}, b"", body or row.tobytes())
        return Decided(row.tobytes()[:16], offset << 10)

    def selected(self, log_odds: float = 2.0, **more: Any) -> Decided:
        return self.decide(log_odds, SelectedBy.MODEL, 1.0, **more)

    def drawn(self, log_odds: float = -3.0, rate: float = 0.1, **more: Any) -> Decided:
        return self.decide(log_odds, SelectedBy.RANDOM, rate, **more)

    def outcome(
        self,
        of: Decided | None,
        found: bool | Finding,
        *,
        by: int = 0,
        name: str = "",
        corrects: str = "",
        propensity: float = float("nan"),
    ) -> str:
        """Somebody looked; the id of the event."""
        finding = (
            (Finding.FOUND if found else Finding.NOTHING) if isinstance(found, bool) else found
        )
        name = name or f"outcome:{self._number}"
        fields: dict[str, Any] = {
            "found": int(finding),
            "selected_by": by,
            "propensity": propensity,
        }
        if corrects:
            fields["answers_hi"], fields["answers_lo"] = id_words(event_id(corrects))
        if of is not None:
            fields["target_hi"] = int.from_bytes(of.id[:8], "little")
            fields["target_lo"] = int.from_bytes(of.id[8:], "little")
            fields["recall"] = of.position
        self._add(EventKind.INSPECTION_OUTCOME, name, fields, b"", b"")
        return name

    def publish(self, event: Event) -> None:
        """What the engine does with an event of the monitor."""
        name = event.envelope.event_id
        self._add(EventKind.DRIFT_DETECTED, name, {}, event.SerializeToString(), b"")

    def _add(
        self,
        kind: EventKind,
        name: str,
        fields: dict[str, Any],
        payload: bytes,
        decisions: bytes,
    ) -> int:
        offset = self.writer.offset + len(self._rows)
        self._number += 1
        stamp_us = T0_US + self._number * 1000
        records = pack_event(kind=kind, first=1, last=1, offset=offset, **fields)
        self._rows.append(
            Row(
                int(kind), stamp_us, stamp_us, 7, event_id(name), bytes(16), "test",
                records, payload, decisions, 0, 0,
            )
        )  # fmt: skip
        return offset

    def flush(self) -> None:
        if self._rows:
            self.writer.append(self._rows)
            self._rows = []

    def reader(self) -> LogReader:
        self.flush()
        return LogReader(self.folder, SubjectKeys(self._keys_path))

    def close(self) -> None:
        self.flush()
        self.writer.close()


def read(log: WatchedLog, monitor: Monitor) -> Monitor:
    """Let a monitor take all that the log holds."""
    # It brings river along, two seconds that the other tests here should not take.
    from haechi.streams.monitor.follower import Follower

    reader = log.reader()
    follower = Follower(monitor, reader, event_id)
    while follower.step():
        pass
    reader.close()
    return monitor


def figures(monitor: Monitor, node: int = NodeKind.PARCEL, lane: int = 0) -> dict[str, Any]:
    """Estimates of the model that decided, by metric."""
    return {
        figure.metric: figure.estimate
        for figure in monitor.quality.figures(node, lane)
        if figure.model == "decided"
    }
