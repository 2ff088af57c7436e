"""`haechi topics`: makes, lists and checks, and says what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from on_kafka import PARTITIONS, configs_with_topics

from haechi.app.__main__ import main


@pytest.mark.kafka
def test_topics_are_checked_made_and_listed(
    kafka: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--bootstrap", kafka, "--configs", str(configs_with_topics(tmp_path / "configs"))]
    assert main(["topics", "check", *where]) == 1
    assert capsys.readouterr().out.count("is missing: run haechi topics create") == 10
    assert main(["topics", "create", *where]) == 0
    assert capsys.readouterr().out.count("created ") == 10
    assert main(["topics", "check", *where]) == 0
    assert "10 topics, all as declared" in capsys.readouterr().out
    assert main(["topics", "list", "--json", *where]) == 0
    listed = json.loads(capsys.readouterr().out)["topics"]
    assert {one["partitions"] for one in listed} == {PARTITIONS}
    assert not any(one["wrong"] for one in listed)


def test_a_kafka_that_nobody_named_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["topics", "check"]) == 2
    assert "no Kafka is named: give --bootstrap HOST:PORT" in capsys.readouterr().err


@pytest.mark.kafka
def test_a_feed_that_is_none_is_named(
    kafka: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["topics", "send", "xml", "a.xml", "--bootstrap", kafka]) == 2
    assert "'xml' is no feed; topics.toml has json, kcs, protobuf" in capsys.readouterr().err
