"""Figures for Prometheus beside a real engine: they agree with the log, and open to nobody else."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families
from system_load import Load
from system_messages import question

from haechi.app import credentials
from haechi.app.installation import Installation
from haechi.engine.codes import DecisionKind, EventKind, Verdict
from haechi.engine.records import DECISION
from haechi.streams.metrics import families

Samples = dict[str, dict[tuple[str, ...], float]]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation(tmp_path_factory.mktemp("metrics"), any_port=True, metrics=True) as it:
        it.wait_ready("metrics")
        yield it
        assert it.failed() is None


def fetch(running: Installation, token: str | None, path: str = "/metrics") -> str:
    address = running.address("metrics")
    request = urllib.request.Request(f"http://{address.target}{path}")
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.read().decode())


def scrape(running: Installation) -> Samples:
    """Values by name and labels, in the order in which the family declares its labels."""
    order = {family.name: family.labels for family in families.ALL}
    found: Samples = {}
    text = fetch(running, credentials.token(running.folder, "operator"))
    for metric in text_string_to_metric_families(text):
        for sample in metric.samples:
            labels = order.get(sample.name) or tuple(sorted(sample.labels))
            values = tuple(sample.labels[label] for label in labels)
            found.setdefault(sample.name, {})[values] = sample.value
    return found


def exposed(samples: Samples) -> set[str]:
    ends = ("_bucket", "_count", "_sum", "_created")
    histograms = {family.name for family in families.ALL if family.kind == "histogram"}
    return {
        next((name for name in histograms if sample in {name + end for end in ends}), sample)
        for sample in samples
    }


def test_what_was_committed_is_counted(running: Installation, until: Callable[..., Any]) -> None:
    load = Load(running, 11, per_s=400.0)
    load.start()
    until(lambda: load.told.count() > 1000 or load.failures)
    load.finish()
    assert running.wait_shipped()
    with running.client("gate") as gate:
        refused = gate.decide_batch([question("nobody", gate="NO-SUCH-GATE")])
    assert refused[0].HasField("refusal")
    reader = running.open_reader()
    head = reader.head()
    assert head is not None

    def caught_up() -> Samples | None:
        samples = scrape(running)
        whole = samples["haechi_log_events"][()] == head.offset + 1
        return samples if whole and samples["haechi_answer_seconds_count"]["returned",] else None

    samples = until(caught_up)
    first = head.offset + 1 - int(sum(samples["haechi_events_total"].values()))
    events = list(reader.events(first, head.offset + 1))
    rows = np.frombuffer(
        b"".join(one.body for one in reader.decisions(first, head.offset + 1)), DECISION
    )
    reader.close()
    assert first <= 1, "it counts from its own start on, before anybody asked"
    assert samples["haechi_events_total"] == {
        (kind,): count for kind, count in Counter(EventKind(e.kind).name for e in events).items()
    }
    plain = Counter((Verdict(row["verdict"]).name, DecisionKind(row["kind"]).name) for row in rows)
    told: Counter[tuple[str, str]] = Counter()
    for (verdict, kind, _), count in samples["haechi_decisions_total"].items():
        told[verdict, kind] += int(count)
    assert told == plain
    assert len(rows) > 100
    assert samples["haechi_dead_letters_total"] == {("UNKNOWN_PLACE",): 1.0}
    assert samples["haechi_answer_seconds_count"]["decided",] == len(rows)
    assert samples["haechi_commit_seconds_count"][()] > 100
    assert samples["haechi_up"]["engine",] == samples["haechi_up"]["store",] == 1.0
    assert samples["haechi_engine_healthy"][()] == samples["haechi_store_connected"][()] == 1.0
    assert samples["haechi_open_cases"][()] > 100
    assert samples["haechi_process_resident_memory_bytes"]["engine",] > 1e8
    assert samples["haechi_log_bytes"][()] > 1e5


def test_every_figure_is_declared_and_told(running: Installation) -> None:
    assert running.wait_shipped()
    declared = {family.name for family in families.ALL}
    faces = {name for name in declared if name.startswith("haechi_faces")}
    kafka = {name for name in declared if name.startswith("haechi_kafka")}
    # Told once there is one to tell.
    rare = {
        "haechi_provisional_answers_total", "haechi_open_tasks", "haechi_standby_lag_events",
    }  # fmt: skip
    told = exposed(scrape(running))
    assert told <= declared
    assert declared - told <= faces | kafka | rare


@pytest.mark.parametrize("token", [None, "wrong", "gate"])
def test_nobody_but_an_operator_reads_them(running: Installation, token: str | None) -> None:
    given = credentials.token(running.folder, token) if token == "gate" else token
    with pytest.raises(urllib.error.HTTPError) as told:
        fetch(running, given)
    assert told.value.code == 401
    assert b"haechi_" not in told.value.read()
    told.value.close()


def test_nothing_else_is_served(running: Installation) -> None:
    with pytest.raises(urllib.error.HTTPError) as told:
        fetch(running, credentials.token(running.folder, "operator"), "/")
    assert told.value.code == 404
    told.value.close()


def test_a_dead_engine_shows_and_its_next_start_too(
    running: Installation, until: Callable[..., Any]
) -> None:
    before = scrape(running)["haechi_engine_starts"][()]
    running.kill_engine()
    until(lambda: scrape(running)["haechi_up"]["engine",] == 0.0)
    running.wait_ready("engine")
    until(lambda: scrape(running).get("haechi_engine_starts", {}).get(()) == before + 1)


def test_the_end_of_the_metrics_ends_nothing_else(running: Installation) -> None:
    os.kill(running.address("metrics").pid, 9)
    with running.client("gate") as gate:
        answer = gate.decide_batch([question("still-decided")])[0]
    assert answer.answer.HasField("position")
    assert running.failed() is None
