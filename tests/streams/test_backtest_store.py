"""A backtest from ClickHouse alone says what a replay says, answer for answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from governed import Governed, filled, frames, governed
from rule_files import LANES, rule, text_of

from haechi.configs.policy import compile_policy
from haechi.configs.port import config_text
from haechi.configs.rule_set import RuleSet
from haechi.configs.schema import Target
from haechi.engine.codes import NodeKind
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.vocabulary_pb2 import STAGE_EXIT, STAGE_SORTER
from haechi.streams.answers import Answers
from haechi.streams.backtest import Backtest, backtest
from haechi.streams.backtest_store import backtest_store
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.shipper import ship

Both = Callable[..., tuple[Backtest, Backtest]]
IN_FORCE = (
    rule("heavy", "bag_weight > 4.5", verdict="REFER"),
    rule("alone", "one_way and cash_payment", uplift=0.75),
    rule("priced", "price > 3", "parcel", verdict="HOLD", directive="OPEN_PARCEL"),
)
CANDIDATES = {
    "none": (),
    "stops": (
        rule("light", "bag_weight < 5", verdict="REFER"),
        rule("cheap", "price_ratio < -0.5 or mass < 1", "parcel", verdict="HOLD"),
    ),
    "uplifts": (
        rule("up", "bag_weight > 3.5", uplift=1.5),
        rule("down", "known(bag_weight) and not cash_payment", uplift=-2.0),
        rule("more", "price - mass > 0", "parcel", uplift=2.0),
    ),
    "snoozes": (
        rule("hush", "bag_weight > 4.5", snooze=["light"]),
        rule("light", "bag_weight > 4", verdict="HOLD"),
        rule("later", "bag_weight < 4", until="2001-01-01T00:00:00Z"),
        rule("noted", "bag_weight < 4", shadow=True),
    ),
    "as it was": IN_FORCE,
}


def ask(running: Governed, begin: int, end: int) -> None:
    """Some of the traffic, each manifest followed by the question of a gate."""
    for frame in frames()[begin:end]:
        told = Event.FromString(frame.raw)
        running.put(frame.raw)
        traveler = told.HasField("traveler_manifest")
        if not traveler and not told.HasField("parcel_manifest"):
            continue
        event = filled()
        event.envelope.subjects.add().CopyFrom(told.envelope.subjects[0])
        gate = event.gate_event
        gate.gate, gate.lane, gate.stage = (
            ("ICN-T1-EXIT-3", "family", STAGE_EXIT)
            if traveler
            else ("ICN-EXP-SORT-1", "express", STAGE_SORTER)
        )
        refusal = running.put(event).refusal
        assert refusal is None, refusal


def shipped(running: Governed, store: Any, begun_at: int = 0) -> None:
    """Ship the whole log to a store."""
    stop = threading.Event()
    told = running.folder.root / "shipped"
    arguments = (running.folder.log, running.folder.keys, told, "127.0.0.1", store.port)
    thread = threading.Thread(
        target=ship, args=(*arguments, "engine", store.passwords["engine"]),
        kwargs={"stopping": stop},
    )  # fmt: skip
    thread.start()
    with store.client("engine") as client:
        head = running.engine.open_reader().head()
        assert head is not None
        until = time.monotonic() + 60
        asked = "SELECT count() FROM system.tables WHERE database = 'haechi' AND name = 'answers'"
        last = "SELECT max(offset) FROM haechi.events"
        while not (client.command(asked) and int(client.command(last)) >= head.offset):
            assert thread.is_alive()
            assert time.monotonic() < until
            time.sleep(0.1)
    stop.set()
    thread.join()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, store: Any) -> Any:
    with governed(tmp_path_factory.mktemp("backtested")) as one:
        ask(one, 0, 250)
        sha256 = one.engine.keep_rules(text_of(*IN_FORCE))
        for approver in ("approver-1", "approver-2"):
            event = filled()
            event.rule_set.sha256, event.rule_set.role = sha256, 1
            event.rule_set.approvers.append(approver)
            assert one.put(event).refusal is None
        ask(one, 250, 500)
        one.label(40, 2)
        shipped(one, store)
        yield one


@pytest.fixture
def answers(running: Governed, store: Any) -> Any:
    with store.client("engine") as client:
        copy = Answers(client, Target(), LANES)
        copy.complete()
        yield copy


@pytest.fixture
def both(running: Governed, answers: Answers) -> Both:
    policy, _ = compile_policy(config_text("lanes.toml", None))

    def run(*rules: str, **between: int) -> tuple[Backtest, Backtest]:
        rule_set = RuleSet.parse(text_of(*rules), LANES)
        reader = running.engine.open_reader()
        try:
            shelf = Artefacts(running.folder.artefacts)
            replayed = backtest(reader, shelf, rule_set, **between)
        finally:
            reader.close()
        return replayed, backtest_store(answers, rule_set, policy, **between)

    return run


@pytest.mark.parametrize("name", CANDIDATES)
def test_both_ways_agree(both: Both, name: str) -> None:
    replayed, stored = both(*CANDIDATES[name])
    assert stored.answers == replayed.answers > 50
    assert stored.unknown == replayed.unknown == 0
    assert stored.changed.tobytes() == replayed.changed.tobytes()
    assert (stored.same, stored.matched) == (replayed.same, replayed.matched)
    assert stored.labels.keys() == replayed.labels.keys() != set()
    assert str(stored.labels) == str(replayed.labels)
    assert len(stored.changed) > 5


def test_a_range_bounds_both_alike(both: Both, store: Any) -> None:
    with store.client("engine") as client:
        middle = int(client.command("SELECT toInt64(median(decided_us)) FROM haechi.answers"))
    for between in ({"from_us": middle}, {"until_us": middle}):
        replayed, stored = both(*CANDIDATES["stops"], **between)
        assert stored.answers == replayed.answers > 25
        assert stored.changed.tobytes() == replayed.changed.tobytes() != b""
        assert str(stored.labels) == str(replayed.labels)


def test_what_a_rule_routes_only_a_replay_knows(both: Both) -> None:
    replayed, stored = both(rule("route", "bag_weight < 5", lane="walk"))
    assert replayed.unknown == 0
    assert stored.unknown == replayed.matched["route"] == stored.matched["route"] > 5
    assert stored.answers == stored.same + len(stored.changed) + stored.unknown


def test_the_copy_is_completed_and_made_again(answers: Answers, store: Any) -> None:
    with store.client("engine") as client:
        count = "SELECT count() FROM haechi.answers"
        whole = int(client.command(count))
        what = "offset, ordinal, decided_us, id_hi, lane, log_odds, f_price, f_mass, f_visits"
        digest = f"SELECT sum(cityHash64({what})) FROM haechi.answers"
        told = client.command(digest)
        for broken in (
            "DELETE FROM haechi.answers WHERE offset > 400",
            "DELETE FROM haechi.answers WHERE ordinal % 2 = 0 AND offset % 3 = 0",
            "INSERT INTO haechi.answers SELECT * FROM haechi.answers LIMIT 3",
            "ALTER TABLE haechi.answers DROP COLUMN f_price",
        ):
            client.command(broken)
            if "DROP" in broken:
                client.command("TRUNCATE TABLE haechi.answers")
            assert answers.complete() == whole
            assert client.command(digest) == told


def test_features_are_the_ones_that_were_decided_with(answers: Answers, store: Any) -> None:
    with store.client("engine") as client:
        different = client.command(
            "SELECT count() FROM haechi.answers AS a INNER JOIN haechi.decisions_wide AS d "
            "USING (shard, offset, ordinal) WHERE NOT (isNaN(a.f_price) = isNaN(d.f_price) "
            "AND ifNotFinite(a.f_price, 0) = ifNotFinite(d.f_price, 0) "
            "AND isNaN(a.f_bag_weight) = isNaN(d.f_bag_weight) "
            "AND ifNotFinite(a.f_bag_weight, 0) = ifNotFinite(d.f_bag_weight, 0))"
        )
        assert different == 0
        assert int(client.command("SELECT countIf(f_price > 0) FROM haechi.answers")) > 5


def test_what_goes_wrong_in_the_store_is_raised(answers: Answers, store: Any) -> None:
    with store.client("engine") as client:
        client.command("RENAME TABLE haechi.answers TO haechi.elsewhere")
        try:
            with pytest.raises(Exception, match="answers"):
                list(answers.read(NodeKind.PARCEL, [0], 0, 1 << 62))
        finally:
            client.command("RENAME TABLE haechi.elsewhere TO haechi.answers")
