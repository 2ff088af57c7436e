"""Workers, a shard and the broker die under load: every case ends as if nobody had."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("confluent_kafka")
pytestmark = [pytest.mark.kafka, pytest.mark.slow]

import system_chain  # noqa: E402
from on_kafka import read  # noqa: E402
from system_account import OWN, decoder_of, hold_against_store, read_log  # noqa: E402
from system_load import BEHIND_US  # noqa: E402

from haechi.rpc.v1.event_pb2 import Event  # noqa: E402
from haechi.streams.kafka.publisher import DECISION_ID  # noqa: E402

EVENTS = 2400
DEATHS = {"worker": 4, "shard": 4, "broker": 3}
SEED = 20261123


class Deaths:
    """Who dies when, drawn once; and how long it took until it worked again."""

    def __init__(self, chain: system_chain.Chain, draws: random.Random) -> None:
        self._chain = chain
        self._draws = draws
        self.struck: list[tuple[str, float]] = []

    def among(self, messages: int) -> dict[int, Callable[[], None]]:
        order = [who for who, times in DEATHS.items() for _ in range(times)]
        self._draws.shuffle(order)
        # Spread over the feed, each at a random moment of its share.
        share = messages // (len(order) + 1)
        places = (share * (n + 1) + self._draws.randrange(share) for n in range(len(order)))
        return {at: getattr(self, who) for at, who in zip(places, order, strict=True)}

    def worker(self) -> None:
        self._note("worker")
        self._chain.workers.kill(self._draws.choice(system_chain.WORKERS))

    def shard(self) -> None:
        self._note("shard")
        self._chain.shard.kill_engine()

    def broker(self) -> None:
        self._note("broker")
        self._chain.broker.kill()
        self._chain.broker.start()

    def _note(self, who: str) -> None:
        self.struck.append((who, time.time()))


def pauses(struck: list[tuple[str, float]], logged: Any) -> str:
    """From each death to the next event in the log."""
    stamps = sorted(stamp for stamp, kind in logged if kind not in OWN)
    found: dict[str, list[float]] = {}
    for who, at in struck:
        after = next((one / 1e6 - at for one in stamps if one / 1e6 > at), 0.0)
        found.setdefault(who, []).append(after)
    return ", ".join(f"{who} {max(one):.1f} s at most" for who, one in found.items())


@pytest.mark.timeout(900)
def test_every_case_ends_as_if_nobody_had_died(
    tmp_path: Path, own_kafka: Any, until: Callable[..., Any]
) -> None:
    start_us = time.time_ns() // 1000 - BEHIND_US
    messages = system_chain.feed(EVENTS, start_us, tmp_path)
    with system_chain.chained(tmp_path / "calm", own_kafka, f"calm{os.getpid()}.") as calm:
        system_chain.send(calm, messages, 200.0)
        calm.wait_through()
        expected = read_log(calm.shard)
        verdicts = system_chain.final_verdicts(calm, messages)
    decoder = decoder_of(calm.shard)
    raw = {decoder.decode(one).id for name, _, one, _ in messages if name == "protobuf"}
    assert raw <= set(system_chain.logged_ids(expected))

    with system_chain.chained(
        tmp_path / "wild", own_kafka, f"wild{os.getpid()}.", like=calm
    ) as wild:
        deaths = Deaths(wild, random.Random(SEED))
        system_chain.send(wild, messages, 25.0, deaths.among(len(messages)))
        wild.wait_through()
        logged = read_log(wild.shard)
        ids = Counter(system_chain.logged_ids(logged))
        assert raw <= set(ids), f"{len(raw - set(ids))} lost"
        assert set(ids) == set(system_chain.logged_ids(expected))
        assert set(ids.values()) == {1}, "doubled"
        assert system_chain.final_verdicts(wild, messages) == verdicts
        assert len(set(verdicts.values())) > 1
        hold_against_store(wild.shard, logged)
        decided = {one.id.hex().encode() for one in logged.decisions}
        topic = wild.topics.decisions.name

        def told() -> set[bytes]:
            found = read(own_kafka.bootstrap, topic, 1)
            return {one.headers[DECISION_ID] for one in found}

        until(lambda: decided <= told(), 60)
        letters = read(own_kafka.bootstrap, wild.topics.dead_letters.name, 1)
        with closing(wild.shard.open_reader()) as reader:
            stamps = [(one.stamp_us, one.kind) for one in reader.events()]

    assert {bytes(Event.FromString(one.value).dead_letter.head) for one in letters} == {b"1,2,3"}
    told_verdicts = sorted(Counter(verdicts.values()).items())
    print(
        f"{len(deaths.struck)} deaths, {len(messages)} messages, {len(verdicts)} cases with "
        f"verdicts {told_verdicts}; from a death to the next event in the log: "
        f"{pauses(deaths.struck, stamps)}"
    )
