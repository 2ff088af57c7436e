"""A rule's whole life on an engine that answers gates meanwhile, and all of it in its log."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from rule_files import rule, text_of
from system_messages import manifest, question

from haechi.app.installation import Installation
from haechi.configs.port import Port
from haechi.configs.rule_set import RuleSet
from haechi.engine.codes import CodeClass, DecisionKind, EventKind, SelectedBy, Verdict
from haechi.engine.records import DECISION
from haechi.operators.governance import ModelRole
from haechi.operators.shard import Shard
from haechi.rpc.v1 import governance_service_pb2 as service_pb
from haechi.rpc.v1 import vocabulary_pb2 as words
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.governance_pb2 import RULE_SET_ROLE_ACTIVE, RULE_SET_ROLE_SHADOW
from haechi.rpc.v1.governance_pb2 import RuleSet as Said
from haechi.rpc.watching import failure
from haechi.streams.backtest import backtest
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.models.history import read_history
from haechi.streams.replay import Replayer

pytestmark = pytest.mark.slow
Until = Callable[..., Any]
FAR = "2100-01-01T00:00:00Z"
ACTIVE, SHADOW = RULE_SET_ROLE_ACTIVE, RULE_SET_ROLE_SHADOW
WAITING = service_pb.PROPOSAL_STATE_AWAITING_SECOND
IN_EFFECT = service_pb.PROPOSAL_STATE_IN_EFFECT
LATE = (
    words.CODE_CLASS_DEADLINE,
    words.CODE_CLASS_OVERLOAD,
    words.CODE_CLASS_ENGINE_UNREACHABLE,
)
TRAVELER = "rules-1"


def written(condition: str, until: str = FAR) -> str:
    """A file whose one rule stops everybody with a good document."""
    return text_of(rule("good-paper", condition, verdict="REFER", until=until), name="trial")


def submitted(running: Installation, approver: str, text: str, role: int = ACTIVE) -> Any:
    with running.client(approver) as client:
        return client.submit_rule_set(Said(toml=text, role=role, reason=f"{approver} agrees"))


def refused(running: Installation, approver: str, text: str, role: int = ACTIVE) -> str:
    with pytest.raises(grpc.RpcError) as caught:
        submitted(running, approver, text, role)
    return failure(caught.value)[1]


def buried(running: Installation) -> list[str]:
    """What the dead letters of the log say."""
    with reader(running) as log:
        payloads = [log.payload(event) for event in log.events_of(EventKind.DEAD_LETTER)]
    return [Event.FromString(raw).dead_letter.detail for raw in payloads]


@contextmanager
def reader(running: Installation) -> Iterator[LogReader]:
    made = LogReader(running.folder.log, SubjectKeys(running.folder.keys))
    try:
        yield made
    finally:
        made.close()


class Gate:
    """A gate that asks about one traveler again and again, from a thread of its own."""

    def __init__(self, running: Installation) -> None:
        self.asked = 0
        self.answers: list[Any] = []
        self._running = running
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _ask(self) -> None:
        with self._running.client("gate") as client:
            while not self._over.is_set():
                self.asked += 1
                self.answers.append(client.decide(question(TRAVELER, lane="family")).answer)
                time.sleep(0.005)

    def stop(self) -> None:
        self._over.set()
        self._thread.join(30)
        assert not self._thread.is_alive()


def test_the_life_of_a_rule(installed: Installation, until: Until) -> None:
    with installed.client("feeder") as client:
        (told,) = client.publish(iter([manifest(TRAVELER)]))
        assert told.HasField("accepted"), told
    gate = Gate(installed)

    def newest(verdict: int, beyond: int = 20) -> Any:
        """Wait for some more answers, the last of which has a verdict."""
        seen = len(gate.answers) + beyond
        return until(
            lambda: len(gate.answers) > seen and gate.answers[-1].verdict == verdict, 120.0
        )

    newest(words.VERDICT_RELEASE)
    # Written with a typing error: refused with its line, and kept.
    wrong = written("not document_bda")
    line = next(n for n, one in enumerate(wrong.splitlines(), 1) if "document_bda" in one)
    said = refused(installed, "approver-1", wrong)
    assert f"line {line}: rule good-paper: when:" in said
    assert "did you mean document_bad" in said
    assert any(f"line {line}" in one and "document_bda" in one for one in buried(installed))
    # Mended, and run in shadow by two; one person alone, however often, changes nothing.
    right = written("not document_bad")
    assert submitted(installed, "approver-1", right, SHADOW).state == WAITING
    assert "second approver" in refused(installed, "approver-1", right, SHADOW)
    assert any("SAME_APPROVER" in one for one in buried(installed))
    shadow = submitted(installed, "approver-2", right, SHADOW)
    assert shadow.state == IN_EFFECT
    newest(words.VERDICT_RELEASE)
    # Backtested: all of this traveler's answers so far would have been stopped.
    lanes = Port.load(installed.folder.root.parent / "configs").lanes
    with reader(installed) as log:
        shelf = Artefacts(installed.folder.artefacts)
        found = backtest(log, shelf, RuleSet.parse(right, lanes))
    assert len(found.added()) == found.answers == found.matched["good-paper"] > 40
    # Approved for some seconds by two while the gate goes on asking.
    ends_s = int(time.time()) + 15
    short = written("not document_bad", datetime.fromtimestamp(ends_s, UTC).isoformat())
    assert submitted(installed, "approver-2", short).state == WAITING
    began, seen = time.monotonic(), len(gate.answers)
    live = submitted(installed, "approver-1", short)
    assert live.state == IN_EFFECT
    until(lambda: any(one.verdict == words.VERDICT_REFER for one in gate.answers[seen:]))
    print(f"the first answer by the rule came {(time.monotonic() - began) * 1e3:.0f} ms after "
          "its second approver was heard")  # fmt: skip
    # It expires by itself, on the core's clock.
    until(lambda: time.time() > ends_s)
    newest(words.VERDICT_RELEASE)
    gate.stop()
    assert len(gate.answers) == gate.asked
    assert all(one.HasField("position") for one in gate.answers)
    assert not [one for one in gate.answers if one.code_class in LATE]
    _check_log(installed, gate, shadow.position.offset, live.position.offset, ends_s * 1_000_000)


def _check_log(
    running: Installation, gate: Gate, noted_from: int, live_from: int, ends_us: int
) -> None:
    """Every answer is what its place in the log says, every step stands there, replay agrees."""
    with reader(running) as log:
        rows = [np.frombuffer(one.body, DECISION)[0] for one in log.decisions(0, 1 << 40)]
        history = read_history(log, EventKind.RULE_SET)
        machine = Shard()
        replayed = Replayer(log, Artefacts(running.folder.artefacts), machine).run()
    answers = [row for row in rows if row["kind"] == DecisionKind.ANSWER]
    offsets = [int(row["offset"]) for row in answers]
    assert offsets == [one.position.offset for one in gate.answers]
    phases = []
    for row in answers:
        noted = int(row["offset"]) > noted_from
        live = int(row["offset"]) > live_from and int(row["stamp_us"]) < ends_us
        assert bool(row["rules"][0]) is live
        assert bool(row["shadow_rules"][0]) is noted
        wanted = (
            (Verdict.REFER, SelectedBy.RULE) if live else (Verdict.RELEASE, SelectedBy.NOT_SELECTED)
        )
        assert (row["verdict"], row["selected_by"]) == wanted
        assert row["code_class"] == (CodeClass.POLICY if live else CodeClass.CLEAR)
        if (noted, live) not in phases:
            phases.append((noted, live))
    assert phases == [(False, False), (True, False), (True, True)]
    assert answers[-1]["verdict"] == Verdict.RELEASE
    assert [(one.role, one.approvers, one.took_effect) for one in history.told] == [
        (ModelRole.SHADOW, ("approver-1",), False),
        (ModelRole.SHADOW, ("approver-1", "approver-2"), True),
        (ModelRole.CHAMPION, ("approver-2",), False),
        (ModelRole.CHAMPION, ("approver-2", "approver-1"), True),
    ]
    assert history.told[0].reason == "approver-1 agrees"
    assert replayed.compared == len(rows)


def told(running: Installation, file: Path, *options: str) -> dict[str, Any]:
    """What `haechi backtest` says of a file, but for how long it took."""
    root = running.folder.root
    given = ["--data", str(root), "--configs", str(root.parent / "configs"), "--json", *options]
    done = subprocess.run(
        [sys.executable, "-m", "haechi.app", "backtest", str(file), *given],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    said: dict[str, Any] = json.loads(done.stdout)
    return {key: value for key, value in said.items() if key not in ("seconds", "events")}


def test_a_backtest_says_the_same_with_and_without_the_log(
    installed: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "trial.toml"
    file.write_text(written("not document_bad"), "utf-8")
    assert installed.wait_shipped()
    stored, replayed = told(installed, file, "--store"), told(installed, file)
    assert stored == replayed
    assert stored["stops_added"] > 40
    assert stored["answers_that_meet"] == {"good-paper": stored["answers"]}


def test_what_is_over_or_has_no_end_never_becomes_a_rule(installed: Installation) -> None:
    pack = '[[pack]]\nid = "sales"\nquota = 5\n'
    bad = {
        "that is past": written("not document_bad", "2001-01-01T00:00:00Z"),
        "must have an end": text_of(pack, rule("a", "one_way", pack="sales")),
        "division by zero": written("visits / 0 > 1"),
        "compare it": written("visits"),
        "one of the other kind": written("xray_alarm"),
    }
    for why, text in bad.items():
        before = len(buried(installed))
        assert why in refused(installed, "approver-1", text)
        assert why in buried(installed)[before]
