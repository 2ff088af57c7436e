"""Following, stopping and starting again: nothing is said twice, and nothing waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from watched import WatchedLog, config, event_id, figures, read

from haechi.configs.monitor import MonitorConfig
from haechi.engine.codes import NodeKind
from haechi.engine.errors import StoreError, Unavailable
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.monitor.checkpoint import Checkpoint
from haechi.streams.monitor.estimates import Estimate
from haechi.streams.monitor.monitor import Monitor
from haechi.streams.monitor.outlet import ALARMS, COLUMNS, QUALITY, Outlet
from haechi.streams.monitor.process import watch
from haechi.streams.monitor.quality import Figure
from haechi.streams.monitor.status import Status

KEY = bytes(32)
WATCHING = """
[[drift]]
of = "parcel"
watch = ["residual"]
detector = { class = "river.drift.ADWIN" }
apart = 50

[[challenger]]
name = "line"
of = "parcel"
steps = [{ class = "river.linear_model.LogisticRegression" }]
"""


class Store:
    """ClickHouse, as far as the outlet asks it."""

    def __init__(self) -> None:
        self.rows: dict[str, list[list[Any]]] = {QUALITY: [], ALARMS: []}
        self.down = False
        self.closed = 0

    def connect(self) -> Store:
        self._check()
        return self

    def _check(self) -> None:
        if self.down:
            raise StoreError("it is down")

    def query(self, _: str, parameters: Mapping[str, Any]) -> Any:
        self._check()
        offsets = [row[1] for row in self.rows[parameters["table"]]]
        return SimpleNamespace(result_rows=[(len(offsets), max(offsets, default=0))])

    def insert(self, table: str, rows: Sequence[Any], column_names: Any, database: str) -> None:
        self._check()
        assert all(len(row) == len(column_names) for row in rows)
        self.rows[table] += rows

    def close(self) -> None:
        self.closed += 1


class Engine:
    """Takes events into the log, each id once, as the engine does."""

    def __init__(self, log: WatchedLog) -> None:
        self._log = log
        self.sent: list[str] = []
        self.taken: set[str] = set()
        self.down = False
        self.refuses = ""

    def send(self, events: Sequence[Event]) -> Mapping[str, str]:
        if self.down:
            raise Unavailable("it is down")
        for event in events:
            name = event.envelope.event_id
            self.sent.append(name)
            if self.refuses:
                continue
            if name not in self.taken:
                self._log.publish(event)
                self._log.flush()
            self.taken.add(name)
        return dict.fromkeys(self.sent, self.refuses) if self.refuses else {}


class Running:
    """A monitor in a thread."""

    def __init__(
        self,
        log: WatchedLog,
        folder: Path,
        connect: Callable[[], Any],
        engine: Engine,
        text: str = WATCHING,
    ) -> None:
        self.stop = threading.Event()
        self.said: list[str] = []
        self.monitor: Monitor | None = None
        self.config: MonitorConfig = config(text)
        self.outlet = Outlet(connect, 0, str, self.config.backlog_rows)
        self._log, self._folder, self._engine = log, folder, engine
        self._reader = log.reader()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self.monitor = watch(
            self.config,
            self._reader,
            Checkpoint(self._folder / "monitor.state", KEY, self.config.digest),
            event_id,
            self._engine.send,
            self.outlet,
            Status(self._folder / "monitor.json"),
            self.stop,
            say=self.said.append,
        )

    def end(self) -> Monitor:
        self.stop.set()
        self._thread.join(20)
        assert self.monitor is not None
        return self.monitor


def until(true: Callable[[], Any], timeout_s: float = 20.0) -> None:
    end = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def play(log: WatchedLog, share: float, cases: int = 300, seed: int = 2) -> None:
    random = np.random.default_rng(seed)
    for _ in range(cases):
        log.outcome(log.selected(-2.2, x={"mass": 1.0}), bool(random.random() < share))
    log.flush()


def ends(log: WatchedLog) -> int:
    return log.writer.offset - 1


@pytest.fixture
def log(tmp_path: Path) -> Iterator[WatchedLog]:
    watched = WatchedLog(tmp_path)
    yield watched
    watched.close()


def test_it_follows_tells_and_stops_soon(log: WatchedLog, tmp_path: Path) -> None:
    store, engine = Store(), Engine(log)
    play(log, 0.1)
    running = Running(log, tmp_path, store.connect, engine)
    play(log, 0.7, seed=3)
    until(lambda: store.rows[ALARMS])
    began = time.monotonic()
    monitor = running.end()
    assert time.monotonic() - began < 2.0
    assert monitor.offset == ends(log)
    assert len(engine.taken) == len(engine.sent) == monitor.alarms == len(store.rows[ALARMS])
    alarm = dict(zip(COLUMNS[ALARMS], store.rows[ALARMS][0], strict=True))
    assert (alarm["subject_kind"], alarm["watched"], alarm["detector"]) == (
        "PARCEL", "residual", "ADWIN",
    )  # fmt: skip
    assert alarm["event_id"] in {event_id(name).hex() for name in engine.taken}
    last = [dict(zip(COLUMNS[QUALITY], row, strict=True)) for row in store.rows[QUALITY]]
    told = {(row["lane"], row["model"], row["metric"]): row for row in last}
    assert told["", "decided", "precision"]["value"] == pytest.approx(0.4, abs=0.05)
    assert told["6", "line", "auc"]["n"] == 600


@pytest.mark.parametrize("forgets", [False, True])
def test_a_restart_says_nothing_twice(log: WatchedLog, tmp_path: Path, forgets: bool) -> None:
    store, engine = Store(), Engine(log)
    play(log, 0.1)
    play(log, 0.7, seed=3)
    running = Running(log, tmp_path, store.connect, engine)
    until(lambda: store.rows[ALARMS] and running.outlet.written > 0)
    before = running.end()
    sent, rows = list(engine.sent), {table: len(found) for table, found in store.rows.items()}
    assert sent
    if forgets:
        # As if it had been killed before it could save.
        (tmp_path / "monitor.state").unlink()
    again = Running(log, tmp_path, store.connect, engine)
    until((tmp_path / "monitor.json").exists)
    time.sleep(1.0)
    after = again.end()
    assert engine.sent == sent
    assert {table: len(found) for table, found in store.rows.items()} == rows
    assert repr(figures(after)) == repr(figures(before))
    assert after.labels == before.labels == 600


def test_a_restart_reads_on(log: WatchedLog, tmp_path: Path) -> None:
    store, engine = Store(), Engine(log)
    play(log, 0.1)
    assert Running(log, tmp_path, store.connect, engine).end() is not None
    running = Running(log, tmp_path, store.connect, engine)
    play(log, 0.1, seed=9)
    time.sleep(1.0)
    monitor = running.end()
    assert monitor.labels == 600
    whole = read(log, Monitor(config(WATCHING), 0))
    assert repr(figures(monitor)) == repr(figures(whole))
    assert monitor.challengers[0].learned == whole.challengers[0].learned == 600


def test_the_store_being_down_only_delays(log: WatchedLog, tmp_path: Path) -> None:
    store, engine = Store(), Engine(log)
    store.down = True
    play(log, 0.1)
    running = Running(log, tmp_path, store.connect, engine)
    until(lambda: len(running.outlet) > 0)
    store.down = False
    until(lambda: store.rows[QUALITY])
    running.end()
    assert running.outlet.dropped == 0


def test_the_engine_being_down_only_delays(log: WatchedLog, tmp_path: Path) -> None:
    store, engine = Store(), Engine(log)
    engine.down = True
    play(log, 0.1)
    play(log, 0.7, seed=3)
    first = Running(log, tmp_path, store.connect, engine)
    until(lambda: "engine" in (tmp_path / "monitor.json").read_text()
          if (tmp_path / "monitor.json").exists() else False)  # fmt: skip
    waiting = len(first.end().outbox)
    assert waiting > 0
    engine.down = False
    second = Running(log, tmp_path, store.connect, engine)
    until(lambda: store.rows[ALARMS])
    second.end()
    assert len(engine.sent) == waiting


def test_what_the_engine_refuses_is_not_sent_for_ever(log: WatchedLog, tmp_path: Path) -> None:
    store, engine = Store(), Engine(log)
    engine.refuses = "FORBIDDEN: no"
    play(log, 0.1)
    play(log, 0.7, seed=3)
    running = Running(log, tmp_path, store.connect, engine)
    until(lambda: running.said)
    time.sleep(1.2)
    monitor = running.end()
    assert len(engine.sent) == monitor.alarms
    assert "FORBIDDEN" in running.said[0]


def test_a_challenger_that_is_off_stands_on_record(log: WatchedLog, tmp_path: Path) -> None:
    store, engine = Store(), Engine(log)
    # It takes words only, and gets numbers.
    text = WATCHING.replace(
        '[{ class = "river.linear_model.LogisticRegression" }]',
        '[{ class = "river.feature_extraction.BagOfWords" }, '
        '{ class = "river.naive_bayes.MultinomialNB" }]',
    )
    play(log, 0.3)
    running = Running(log, tmp_path, store.connect, engine, text)
    until(lambda: any(row[6] == "switched_off" for row in store.rows[QUALITY]))
    running.end()
    (row,) = [row for row in store.rows[QUALITY] if row[6] == "switched_off"]
    said = dict(zip(COLUMNS[QUALITY], row, strict=True))
    assert (said["model"], said["subject_kind"]) == ("line", "PARCEL")
    assert "Error" in said["detail"]
    assert "line of PARCEL raised" in running.said[0]


def test_a_quiet_log_costs_next_to_nothing(log: WatchedLog, tmp_path: Path) -> None:
    play(log, 0.1, cases=20)
    running = Running(log, tmp_path, Store().connect, Engine(log))
    time.sleep(1.5)
    before = time.process_time()
    time.sleep(3.0)
    used_s = time.process_time() - before
    running.end()
    assert used_s < 0.15


def saved(log: WatchedLog, path: Path, text: str = WATCHING) -> Checkpoint:
    checkpoint = Checkpoint(path / "monitor.state", KEY, config(text).digest)
    checkpoint.save(read(log, Monitor(config(text), 0)), log.reader())
    return checkpoint


def test_a_state_is_loaded_by_its_own_only(log: WatchedLog, tmp_path: Path) -> None:
    play(log, 0.1, cases=40)
    mine = saved(log, tmp_path)
    path = tmp_path / "monitor.state"
    assert path.stat().st_mode & 0o077 == 0
    found = mine.load(log.reader())
    assert found is not None
    assert found.labels == 40
    assert Checkpoint(path, KEY, "another file").load(log.reader()) is None
    assert Checkpoint(path, b"k" * 32, config(WATCHING).digest).load(log.reader()) is None
    assert Checkpoint(tmp_path / "none", KEY, "").load(log.reader()) is None
    spoiled = bytearray(path.read_bytes())
    spoiled[-1] ^= 1
    path.write_bytes(spoiled)
    assert mine.load(log.reader()) is None


def test_a_state_of_another_log_is_left_alone(log: WatchedLog, tmp_path: Path) -> None:
    play(log, 0.1, cases=40)
    mine = saved(log, tmp_path)
    other = WatchedLog(tmp_path / "other")
    play(other, 0.9, cases=60)
    assert mine.load(other.reader()) is None
    other.close()


def test_the_backlog_is_bounded_and_its_end_is_kept() -> None:
    store = Store()
    store.down = True
    outlet = Outlet(store.connect, 3, str, 100)
    for offset in range(150):
        one = Figure(NodeKind.PARCEL, 0, "decided", "auc", Estimate(0.5, 0.4, 0.6, 9))
        outlet.put_figures(offset, 5_000_000, [one])
    with pytest.raises(StoreError):
        outlet.flush()
    assert (len(outlet), outlet.dropped) == (100, 50)
    store.down = False
    outlet.flush()
    assert [row[1] for row in store.rows[QUALITY]] == list(range(50, 150))
    assert store.rows[QUALITY][0][0] == 3
    # Another monitor that read the same log has nothing to add.
    again = Outlet(store.connect, 3, str, 100)
    again.put_figures(149, 5_000_000, [one])
    again.put_figures(150, 5_000_000, [one])
    again.flush()
    assert [row[1] for row in store.rows[QUALITY]][-2:] == [149, 150]


def test_rows_reach_clickhouse(store: Any, log: WatchedLog, tmp_path: Path) -> None:
    from haechi.configs.schema import Target, migrate

    client = store.client("engine")
    migrate(client, Target(), ())
    engine = Engine(log)
    play(log, 0.1)
    play(log, 0.7, seed=3)
    running = Running(log, tmp_path, lambda: store.client("engine"), engine)
    until(lambda: running.outlet.written > 0 and engine.sent)
    time.sleep(1.2)
    running.end()
    analyst = store.client("analyst")
    rows = analyst.query(
        "SELECT value, low, high, n FROM model_quality WHERE metric = 'precision' AND lane = '' "
        "ORDER BY offset DESC LIMIT 1"
    ).result_rows
    assert rows[0][0] == pytest.approx(0.4, abs=0.05)
    assert rows[0][1] < rows[0][0] < rows[0][2]
    assert rows[0][3] == 600
    found = analyst.query("SELECT detector, watched, seen_offset FROM drift_alarms").result_rows
    assert len(found) == len(engine.taken)
    assert found[0][:2] == ("ADWIN", "residual")
