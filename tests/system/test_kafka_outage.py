"""Kafka is gone for more than a minute: said, survived, and nothing lost or doubled."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("confluent_kafka")
pytestmark = [pytest.mark.kafka, pytest.mark.slow]

import system_chain  # noqa: E402
import system_messages as messages_of  # noqa: E402
from system_account import decoder_of, read_log  # noqa: E402
from system_load import BEHIND_US  # noqa: E402

from haechi.rpc.v1.vocabulary_pb2 import CODE_CLASS_MISSING_EVIDENCE  # noqa: E402

EVENTS = 200
GONE_S = 65.0


def state(chain: system_chain.Chain) -> str:
    status = json.loads((chain.shard.folder.run / "engine-status.json").read_text("utf-8"))
    return str(status["kafka"]["state"])


@pytest.mark.timeout(600)
def test_a_minute_without_kafka_is_survived(
    tmp_path: Path, own_kafka: Any, until: Callable[..., Any]
) -> None:
    messages = system_chain.feed(EVENTS, time.time_ns() // 1000 - BEHIND_US, tmp_path)
    half = len(messages) // 2
    with system_chain.chained(tmp_path / "chain", own_kafka, f"gone{os.getpid()}.") as chain:
        for name in system_chain.WORKERS:
            until(lambda n=name: " reads " in chain.workers.said(n).read_text(), 120)
        system_chain.send(chain, messages[:half], 200.0)
        own_kafka.kill()
        gone = time.monotonic()
        until(lambda: state(chain) != "reading", 60)
        with chain.shard.client("gate") as gate:
            answer = gate.decide(messages_of.question("nobody-knows")).answer
        assert answer.code_class == CODE_CLASS_MISSING_EVIDENCE
        time.sleep(max(0.0, GONE_S - (time.monotonic() - gone)))
        own_kafka.start()
        back = time.monotonic()
        system_chain.send(chain, messages[half:], 200.0)
        chain.wait_through()
        print(f"all through {time.monotonic() - back:.1f} s after Kafka was back")
        ids = Counter(system_chain.logged_ids(read_log(chain.shard)))
    decoder = decoder_of(chain.shard)
    assert {decoder.decode(raw).id for name, _, raw, _ in messages if name == "protobuf"} <= set(
        ids
    )
    assert max(ids.values()) == 1
