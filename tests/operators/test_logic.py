"""Replies come after the commit, once each, also to those who ask again or wait."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import bytewax.operators as op
import pytest
from arrivals import Waiter, arrival, event_id
from border import DAY, FAMILY, SCREENED, shard_settings
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, TestingSource, run_main

from haechi.engine.codes import EventKind, ScanKind, ScanResult, Stage
from haechi.engine.errors import LogUnwritable
from haechi.operators.admission import Admission, tick
from haechi.operators.intake import Entry, Outcome, Refusal
from haechi.operators.logic import Committed, ShardLogic, answers_of, split
from haechi.operators.shard import Shard
from haechi.operators.window import IdWindow


class Book:
    """Stands in for the log: what was committed, and a commit that can be made to fail."""

    def __init__(self) -> None:
        self.fails = False
        self.bodies: list[bytes] = []
        self.order: list[str] = []

    def commit(self, batch: Any, bodies: Any, applied_us: int) -> None:
        if self.fails:
            raise LogUnwritable("disk full")
        assert len(bodies) == len(batch.admitted)
        assert batch.first_offset == len(self.bodies)
        self.bodies.extend(bodies)
        self.order.append("commit")

    def stored(self, offset: int, asked: bytes) -> tuple[bytes, ...]:
        own = split(self.bodies[offset])
        later = [b for bodies in self.bodies[offset + 1 :] for b in split(bodies)]
        if any(answers_of(body) == asked for body in own):
            return own
        return (*own, *[body for body in later if answers_of(body) == asked][:1])


class Machine:
    def __init__(self) -> None:
        self.book = Book()
        self.shard = Shard(64)
        self.shard.configure(shard_settings())
        admission = Admission(
            IdWindow(7 * DAY),
            lambda wanted: None,
            lambda position: b"",
            lambda entry, refusal: b"letter",
            7 * DAY,
            300_000_000,
        )
        self.logic = ShardLogic(self.shard, admission, self.book.commit, self.book.stored, 0)

    def take(self, *entries: Entry) -> list[Committed]:
        committed, discard = self.logic.on_batch(list(entries))
        assert not discard
        found = list(committed)
        for one in found:
            for completion, outcome in one.replies:
                self.book.order.append("reply")
                completion.complete(outcome)
        return found

    def pass_time(self, us: int) -> list[Committed]:
        time.sleep(us / 1e6)
        return self.take(tick(time.time_ns() // 1000))


NOW = time.time_ns() // 1000
ASKED = {"ref": 1, "node": 1, "stage": Stage.EXIT, "gate": 5}


def manifest(number: int = 1, ref: int = 1) -> Entry:
    return arrival(EventKind.TRAVELER_MANIFEST, number, NOW, ref=ref, node=1, flight=10)


def gate(number: int, waiter: Waiter | None, lane: int = FAMILY, **fields: Any) -> Entry:
    return arrival(
        EventKind.GATE_EVENT, number, NOW, waiter=waiter, lane=lane, **{**ASKED, **fields}
    )


def clear(number: int, ref: int = 1) -> Entry:
    return arrival(
        EventKind.SCANNER_RESULT,
        number,
        NOW,
        ref=ref,
        node=1,
        mode=ScanKind.BODY_MM_WAVE,
        result=ScanResult.CLEAR,
        score=0.0,
    )


def answered(outcome: Outcome, number: int) -> list[bytes]:
    return [body for body in outcome.decisions if answers_of(body) == event_id(number)]


def test_a_gate_is_answered_after_the_commit() -> None:
    machine, waiter = Machine(), Waiter()
    machine.take(manifest())
    machine.take(gate(2, waiter))
    assert machine.book.order == ["commit", "commit", "reply"]
    assert len(answered(waiter.only, 2)) == 1
    assert (waiter.only.offset, waiter.only.duplicate) == (1, False)


def test_a_commit_that_fails_lets_nothing_out() -> None:
    machine, waiter = Machine(), Waiter()
    machine.take(manifest())
    machine.book.fails = True
    with pytest.raises(LogUnwritable):
        machine.logic.on_batch([gate(2, waiter)])
    assert waiter.outcomes == []


def test_every_event_of_a_batch_gets_its_own_decisions() -> None:
    machine = Machine()
    waiters = [Waiter() for _ in range(20)]
    machine.take(*[manifest(100 + n, ref=100 + n) for n in range(20)])
    machine.take(*[gate(200 + n, waiters[n], ref=100 + n) for n in range(20)])
    for number, waiter in enumerate(waiters):
        assert waiter.only.offset == 20 + number
        assert len(answered(waiter.only, 200 + number)) == 1


@pytest.mark.parametrize("together", [True, False])
def test_a_duplicate_gets_the_stored_answer(together: bool) -> None:
    machine, first, second = Machine(), Waiter(), Waiter()
    machine.take(manifest())
    if together:
        machine.take(gate(2, first), gate(2, second))
    else:
        machine.take(gate(2, first))
        machine.take(gate(2, second))
    assert second.only.duplicate
    assert second.only.offset == first.only.offset
    assert second.only.decisions == first.only.decisions
    assert len(machine.book.bodies) == 2


def test_where_a_repeat_stood_in_its_source_is_committed() -> None:
    machine = Machine()
    machine.take(manifest())
    machine.take(manifest())
    assert machine.book.order == ["commit", "commit"]
    assert len(machine.book.bodies) == 1


def test_a_waiting_gate_is_answered_by_the_evidence() -> None:
    machine, waiter = Machine(), Waiter()
    machine.take(manifest())
    machine.take(gate(2, waiter, SCREENED))
    assert waiter.outcomes == []
    machine.take(clear(3))
    assert len(answered(waiter.only, 2)) == 1


def test_a_waiting_gate_is_answered_by_its_deadline() -> None:
    machine, waiter = Machine(), Waiter()
    machine.take(manifest())
    machine.take(gate(2, waiter, SCREENED, budget_ms=250))
    machine.pass_time(60_000)
    assert len(answered(waiter.only, 2)) == 1


def test_a_gate_and_its_evidence_in_one_batch() -> None:
    machine, waiter = Machine(), Waiter()
    machine.take(manifest())
    machine.take(gate(2, waiter, SCREENED), clear(3))
    assert len(answered(waiter.only, 2)) == 1


def test_a_duplicate_in_flight_gets_the_answer_too() -> None:
    machine, waiters = Machine(), [Waiter() for _ in range(3)]
    machine.take(manifest())
    machine.take(gate(2, waiters[0], SCREENED), gate(2, waiters[1], SCREENED))
    machine.take(gate(2, waiters[2], SCREENED))
    assert not any(waiter.outcomes for waiter in waiters)
    machine.take(clear(3))
    assert len({waiter.only.decisions for waiter in waiters}) == 1
    assert len(answered(waiters[2].only, 2)) == 1


def test_a_gate_that_waited_and_asks_again_later_gets_its_answer() -> None:
    machine, first, again = Machine(), Waiter(), Waiter()
    machine.take(manifest())
    machine.take(gate(2, first, SCREENED))
    machine.take(clear(3))
    machine.take(gate(2, again, SCREENED))
    assert again.only.duplicate
    assert answered(again.only, 2) == answered(first.only, 2)


def test_a_second_question_does_not_lose_the_first() -> None:
    machine, first, second = Machine(), Waiter(), Waiter()
    machine.take(manifest())
    machine.take(gate(2, first, SCREENED))
    machine.take(gate(3, second, SCREENED), clear(4))
    assert len(answered(first.only, 2)) == 1
    assert len(answered(second.only, 3)) == 1


def test_a_refusal_is_told_and_changes_nothing() -> None:
    machine, waiter = Machine(), Waiter()
    machine.take(manifest())
    before = machine.shard.state.cases.tobytes()
    broken = Entry(b"?", "test", None, Refusal("UNDECODABLE", "no"), completion=waiter)
    (committed,) = machine.take(broken)
    assert waiter.only.refusal is not None
    assert waiter.only.decisions == ()
    assert len(committed.dead_letters) == 1
    assert machine.shard.state.cases.tobytes() == before


def test_through_bytewax() -> None:
    """The operator inside a real dataflow: order holds, and every gate is answered once."""
    machine = Machine()
    waiters = {n: Waiter() for n in range(200, 260)}
    entries = []
    for number, waiter in waiters.items():
        entries += [manifest(number + 1000, ref=number), gate(number, waiter, ref=number)]
    out: list[Committed] = []
    flow = Dataflow("test")
    source = TestingSource([("shard", entry) for entry in entries], batch_size=7)
    keyed = op.stateful_batch("shard", op.input("in", flow, source), lambda _resume: machine.logic)
    op.output("out", op.map("values", keyed, lambda item: item[1]), TestingSink(out))
    run_main(flow, epoch_interval=timedelta(hours=1))
    replies = [reply for committed in out for reply in committed.replies]
    for completion, outcome in replies:
        completion.complete(outcome)
    for number, waiter in waiters.items():
        assert len(answered(waiter.only, number)) == 1
    assert [outcome.offset for _, outcome in replies] == list(range(1, 120, 2))


def test_a_commit_that_fails_ends_the_dataflow() -> None:
    machine, waiter = Machine(), Waiter()
    machine.book.fails = True
    out: list[Committed] = []
    flow = Dataflow("test")
    source = TestingSource([("shard", manifest()), ("shard", gate(2, waiter))])
    keyed = op.stateful_batch("shard", op.input("in", flow, source), lambda _resume: machine.logic)
    op.output("out", op.map("values", keyed, lambda item: item[1]), TestingSink(out))
    with pytest.raises(Exception, match=r"disk full|shard"):
        run_main(flow, epoch_interval=timedelta(hours=1))
    assert out == []
    assert waiter.outcomes == []
