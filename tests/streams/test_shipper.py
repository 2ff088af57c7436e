"""Everything committed arrives in ClickHouse once: through kills, outages and lost answers."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from haechi.configs.schema import Target
from haechi.engine.errors import StoreError
from haechi.engine.features import FEATURES, PLACE, reason_code
from haechi.streams.shipper import ship, verify_shipped
from haechi.streams.shipper.outlet import Outlet, connector
from haechi.streams.shipper.process import Wake

# Tests are no package; what they share is found beside them.
_spec = importlib.util.spec_from_file_location("shipping", Path(__file__).with_name("shipping.py"))
assert _spec is not None
assert _spec.loader is not None
shipping = sys.modules["shipping"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(shipping)

pytestmark = pytest.mark.slow


@pytest.fixture
def own_store(tmp_path: Path) -> Iterator[Any]:
    store = shipping.Store(tmp_path / "store")
    yield store
    if store.process.poll() is None:
        store.stop()


@pytest.fixture
def start(own_store: Any) -> Iterator[Callable[..., Any]]:
    started: list[Any] = []

    def start(log: Any, *fds: int) -> Any:
        started.append(shipping.Shipping(log, own_store.port, own_store.passwords["engine"], fds))
        return started[-1]

    yield start
    for shipper in started:
        if shipper.process.poll() is None:
            shipper.kill()


def ship_out(start: Callable[..., Any], log: Any) -> None:
    shipper = start(log)
    shipping.wait_until_shipped(log, pid=shipper.process.pid)
    assert shipper.stop() == 0


def assert_exact(log: Any, store: Any) -> Any:
    reader = log.reader()
    report = verify_shipped(reader, store.client("analyst"))
    reader.close()
    assert report.exact, "\n".join(report.lines())
    assert report.tables["decisions"].logged > 0
    assert report.log_odds_stored == pytest.approx(report.log_odds_logged, rel=1e-12)
    return report


def test_everything_arrives_once_over_two_segments(
    tmp_path: Path, own_store: Any, start: Callable[..., Any]
) -> None:
    log = shipping.Log(tmp_path, segment_events=150)
    log.grow(140)
    woken, wake = os.pipe()
    shipper = start(log, woken)
    shipping.wait_until_shipped(log)
    for _ in range(5):
        log.grow(30, batch=3)
        os.write(wake, b"\n")
    log.begin()
    log.grow(20)
    assert len(log.reader().segments()) == 3
    shipping.wait_until_shipped(log)
    # SIGTERM ships what may wait before it ends.
    assert shipper.stop() == 0
    report = assert_exact(log, own_store)
    assert all(checked.logged for checked in report.tables.values())
    client = own_store.client("analyst")
    epochs = client.query("SELECT DISTINCT epoch FROM decisions ORDER BY epoch").result_columns[0]
    assert list(epochs) == [1, 2]
    anchors = dict(client.query("SELECT offset, hash FROM anchors").result_rows)
    assert anchors[log.writer.offset - 1] == log.writer.chain.hex()


def reason_sums(contributions: dict[str, float]) -> dict[str, float]:
    """Sums of one decision's contributions by reason code, of those that raise the score."""
    sums: dict[str, float] = {}
    for feature, added in contributions.items():
        code = reason_code(FEATURES[PLACE[feature]].field)
        sums[code] = sums.get(code, 0.0) + added
    return {code: total for code, total in sums.items() if total > 0}


def test_rows_say_what_was_decided(
    tmp_path: Path, own_store: Any, start: Callable[..., Any]
) -> None:
    log = shipping.Log(tmp_path)
    log.grow(200)
    ship_out(start, log)
    client = own_store.client("analyst")
    off = "SELECT count() FROM decisions WHERE abs(log_odds - base - {}) > 1e-9"
    assert client.command(off.format("arraySum(mapValues(contributions))")) == 0
    wrong = client.command(
        "SELECT count() FROM decisions WHERE verdict != 'REFER' OR required != "
        "['MANIFEST', 'PARCEL_XRAY'] OR missing != ['PARCEL_XRAY'] OR carrier != 'KE' OR "
        "evidence != map('manifest', 'PRESENT') OR evidence_age_s['manifest'] != 3 OR "
        "review_by != decided_at + 1 OR isNotNull(valid_until) OR supersedes != '' OR "
        "answers_event_id != trigger_event_id OR model_version != '00000000000000ab' OR "
        "prior_version != '00000000000000cd' OR promised != 0.05 OR held != 0.04 OR "
        "bar != 0.5 OR NOT fell_out OR waiting != 3 OR inspection_wait_us != 7"
    )
    assert wrong == 0
    told = client.query("SELECT reasons, reason_contributions, contributions FROM decisions")
    assert any(len(added) > 5 for _, _, added in told.result_rows)
    for reasons, sums, added in told.result_rows:
        expected = reason_sums(added)
        assert len(set(reasons)) == len(reasons) == min(len(expected), 5)
        assert sums == pytest.approx([expected[code] for code in reasons], abs=1e-12)
        assert sums == pytest.approx(sorted(expected.values(), reverse=True)[:5], abs=1e-12)
    assert client.command("SELECT DISTINCT substance FROM outcomes") == "methamphetamine"
    # A dead letter may quote a person's document; ClickHouse does not get to know it.
    assert "M12345678" not in client.command("SELECT any(detail) FROM dead_letters")
    actions = client.query("SELECT DISTINCT actor, action, to_verdict FROM actions").result_rows
    assert sorted(actions) == [("exit-04", "OPENED", ""), ("kim", "OVERRIDE", "RELEASE")]


def test_an_erased_subject_ships_without_its_message(
    tmp_path: Path, own_store: Any, start: Callable[..., Any]
) -> None:
    import sqlite3

    log = shipping.Log(tmp_path)
    log.grow(200)
    with sqlite3.connect(log.keys_path) as keys:
        keys.execute("DELETE FROM keys")
    ship_out(start, log)
    assert_exact(log, own_store)
    client = own_store.client("analyst")
    assert client.command("SELECT count() FROM outcomes WHERE substance != ''") == 0
    assert client.command("SELECT count() FROM actions WHERE actor != ''") == 0


def test_killed_shippers_lose_and_double_nothing(
    tmp_path: Path, own_store: Any, start: Callable[..., Any]
) -> None:
    log = shipping.Log(tmp_path, segment_events=700)
    chance = random.Random(5)
    for _ in range(6):
        shipper = start(log)
        until = time.monotonic() + 1.2 + chance.random()
        while time.monotonic() < until:
            log.grow(10, batch=2)
            time.sleep(0.01)
        shipper.kill()
    shipper = start(log)
    shipping.wait_until_shipped(log, pid=shipper.process.pid)
    assert shipper.stop() == 0
    assert_exact(log, own_store)


def test_a_killed_store_and_an_outage_cost_only_freshness(
    tmp_path: Path, own_store: Any, start: Callable[..., Any]
) -> None:
    log = shipping.Log(tmp_path)
    shipper = start(log)
    log.grow(100)
    shipping.wait_until_shipped(log)
    for away_s in (0.0, 3.0, 0.5):
        for _ in range(20):
            log.grow(10, batch=2)
            time.sleep(0.01)
        own_store.kill()
        log.grow(100)
        time.sleep(away_s)
        own_store.start()
    shipping.wait_until_shipped(log)
    assert shipper.process.poll() is None
    assert shipping.status(log)["last_error"] != ""
    assert shipper.stop() == 0
    assert_exact(log, own_store)


def test_an_emptied_store_is_filled_again(
    tmp_path: Path, own_store: Any, start: Callable[..., Any]
) -> None:
    log = shipping.Log(tmp_path)
    log.grow(100)
    ship_out(start, log)
    client = own_store.client()
    client.command("TRUNCATE TABLE decisions")
    client.command("TRUNCATE TABLE outcomes")
    ship_out(start, log)
    assert_exact(log, own_store)
    # Another store on the same port.
    own_store.stop()
    own_store.start("other")
    log.grow(100)
    ship_out(start, log)
    assert_exact(log, own_store)


def test_a_lost_cursor_doubles_nothing(
    tmp_path: Path, own_store: Any, start: Callable[..., Any]
) -> None:
    log = shipping.Log(tmp_path)
    log.grow(100)
    ship_out(start, log)
    (log.folder / "shipped.json").write_text("{")
    log.grow(100)
    ship_out(start, log)
    assert_exact(log, own_store)


class Forgetful:
    """A client that inserts, now, later or never, and then says that the connection broke."""

    def __init__(self, client: Any, chance: random.Random, late: list[threading.Timer]) -> None:
        self._client = client
        self._chance = chance
        self._late = late

    def close(self) -> None:
        """Stay open for what is late."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def raw_insert(self, *args: Any, **options: Any) -> Any:
        luck = self._chance.random()
        if luck < 0.05:
            raise ConnectionResetError("lost on the way there")
        if luck < 0.15:
            delay_s = self._chance.choice((0.05, 0.5, 4.0))
            self._late.append(threading.Timer(delay_s, self._client.raw_insert, args, options))
            self._late[-1].start()
            raise ConnectionResetError("still on its way")
        answer = self._client.raw_insert(*args, **options)
        if luck < 0.25:
            raise ConnectionResetError("lost on the way back")
        return answer


class Slow:
    """A client whose first insert of decisions is acknowledged before its rows are to be seen.

    They show when somebody looks for them a second time.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._owed: Callable[[], Any] | None = None
        self.looks = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def raw_insert(self, *args: Any, **options: Any) -> Any:
        if self._owed is None and args[0].endswith("decisions"):
            self._owed = partial(self._client.raw_insert, *args, **options)
            return None
        return self._client.raw_insert(*args, **options)

    def query(self, *args: Any, **options: Any) -> Any:
        if self._owed is not None:
            self.looks += 1
            if self.looks == 2:
                self._owed()
        return self._client.query(*args, **options)


def test_rows_that_show_late_are_not_sent_again(tmp_path: Path, own_store: Any) -> None:
    log = shipping.Log(tmp_path)
    log.grow(40)
    slow = Slow(connector("127.0.0.1", own_store.port, "engine", own_store.passwords["engine"])())
    stopping = threading.Event()
    stopping.set()
    ship(
        *(log.folder, log.keys_path, log.run, "", 0, "", ""),
        connect=lambda: slow, stopping=stopping,
    )  # fmt: skip
    assert slow.looks >= 2
    assert_exact(log, own_store)


class CutOff:
    """A client whose answers end before they began, as those of a store that is ending do."""

    def query(self, *_: Any, **__: Any) -> Any:
        return SimpleNamespace(result_rows=[])


def test_a_count_that_was_cut_off_is_asked_again() -> None:
    with pytest.raises(StoreError, match="cut off"):
        Outlet(CutOff(), 0, Target()).counts({})  # type: ignore[arg-type]


def test_lost_acknowledgements_double_nothing(tmp_path: Path, own_store: Any) -> None:
    log = shipping.Log(tmp_path, segment_events=150)
    chance = random.Random(3)
    late: list[threading.Timer] = []
    plain = connector("127.0.0.1", own_store.port, "engine", own_store.passwords["engine"])
    stopping = threading.Event()
    shipping_thread = threading.Thread(
        target=ship,
        args=(log.folder, log.keys_path, log.run, "", 0, "", ""),
        kwargs={"connect": lambda: Forgetful(plain(), chance, late), "stopping": stopping},
    )
    shipping_thread.start()
    for _ in range(500):
        log.grow(2, batch=1)
        time.sleep(0.02)
    shipping.wait_until_shipped(log, 120)
    stopping.set()
    shipping_thread.join()
    assert late
    for insert in late:
        insert.join()
    # The last flush may have been lost, too: whoever comes next finds out.
    ship_rest = threading.Event()
    ship_rest.set()
    ship(*(log.folder, log.keys_path, log.run, "", 0, "", ""), connect=plain, stopping=ship_rest)
    assert_exact(log, own_store)


def test_the_report_names_what_is_wrong(
    tmp_path: Path, own_store: Any, start: Callable[..., Any]
) -> None:
    log = shipping.Log(tmp_path)
    log.grow(100)
    ship_out(start, log)
    client = own_store.client()
    names = "shard, offset, ordinal, decision_id, body_digest, log_odds"
    first = "FROM decisions ORDER BY offset, ordinal LIMIT 1"
    client.command(f"INSERT INTO decisions ({names}) SELECT {names} {first}")
    client.command(f"INSERT INTO decisions ({names}) SELECT shard, 999, 0, 'x', 'y', 1 {first}")
    client.command("ALTER TABLE events DELETE WHERE offset = 50 SETTINGS mutations_sync = 1")
    client.command(
        "ALTER TABLE events UPDATE digest = '' WHERE offset = 9 SETTINGS mutations_sync = 1"
    )
    report = verify_shipped(log.reader(), own_store.client("analyst"))
    assert not report.exact
    decisions, events = report.tables["decisions"], report.tables["events"]
    assert (decisions.doubled, decisions.orphans, decisions.missing) == (1, 1, 0)
    assert (events.missing, events.different, events.doubled) == (1, 1, 0)


def test_a_wake_up_comes_through_a_pipe_of_a_high_number() -> None:
    reading, writing = os.pipe()
    high = fcntl.fcntl(reading, fcntl.F_DUPFD, 1024)
    try:
        wake = Wake(high)
        wake.wait(0.0)
        os.write(writing, b"x")
        wake.wait(60.0)
        with pytest.raises(BlockingIOError):
            os.read(high, 1)
    finally:
        for fd in (reading, writing, high):
            os.close(fd)
