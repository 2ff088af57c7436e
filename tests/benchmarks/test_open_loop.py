"""The load generator hides nothing: a stall shows in every call that was meant to be sent in it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
import numpy as np
import pytest

from benchmarks.arrivals import burst, schedule
from benchmarks.open_loop import Plan, Run, drive
from haechi.rpc.v1 import decision_service_pb2 as service_pb

STALL_S = 0.15
PATH = "/tests.Echo/"


@dataclass
class Stalling:
    """A server that answers with what it was sent, and for a while answers nobody."""

    port: int = 0
    stalled_ns: list[int] = field(default_factory=list)
    taking: threading.Lock = field(default_factory=threading.Lock)

    def echo(self, raw: bytes, _: grpc.ServicerContext) -> bytes:
        with self.taking:
            if raw == b"stall":
                self.stalled_ns.append(time.monotonic_ns())
                time.sleep(STALL_S)
                self.stalled_ns.append(time.monotonic_ns())
            return raw

    def stream(self, requests: Iterator[bytes], _: grpc.ServicerContext) -> Iterator[bytes]:
        held: list[bytes] = []
        for index, _raw in enumerate(requests):
            held.append(service_pb.DecideStreamResponse(index=index).SerializeToString())
            if len(held) == 3:  # answers come in any order
                yield from reversed(held)
                held.clear()

    def refuse(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        if raw == b"no":
            context.abort(grpc.StatusCode.PERMISSION_DENIED, "not you")
        return raw


@contextmanager
def serving() -> Iterator[Stalling]:
    made = Stalling()
    server = grpc.server(ThreadPoolExecutor(4))
    handlers = {
        "Echo": grpc.unary_unary_rpc_method_handler(made.echo),
        "Stream": grpc.stream_stream_rpc_method_handler(made.stream),
        "Refuse": grpc.unary_unary_rpc_method_handler(made.refuse),
    }
    service = grpc.method_handlers_generic_handler(PATH.strip("/"), handlers)
    server.add_generic_rpc_handlers((service,))
    made.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield made
    finally:
        server.stop(None).wait()


def test_a_stall_shows_in_every_call_that_was_meant_to_be_sent_in_it() -> None:
    due_ns = schedule("fixed", 250.0, 2.0, 0)
    messages = [b"."] * len(due_ns)
    messages[10] = b"stall"
    with serving() as server:
        run = drive(Plan(server.port, PATH + "Echo", due_ns, messages, connections=2))
    assert list(run.answers) == messages
    began, ended = (at - run.began_ns for at in server.stalled_ns)
    assert ended - began >= STALL_S * 1e9
    caught = (due_ns >= began) & (due_ns < ended)
    # A closed loop sends one call in that time, and has one slow answer. Here many tell of it.
    assert caught.sum() >= 250 * STALL_S - 1
    # However busy this machine is: who was due in the stall was not answered before its end.
    assert (run.done_ns[caught] >= ended).all()
    assert (run.late_us[caught] >= (ended - due_ns[caught]) // 1000).all()
    assert (run.late_us >= STALL_S * 1e6 / 2).sum() >= 250 * STALL_S / 2 - 1


def test_a_call_that_could_be_sent_late_only_is_timed_from_when_it_was_due() -> None:
    due_ns, done_ns = np.array([0, 1_000_000]), np.array([500_000_000, 500_100_000])
    run = Run(due_ns, done_ns - 100_000, done_ns, [b"", b""], {}, 0)
    assert run.late_us.tolist() == [500_000, 499_100]
    assert run.lag_us.tolist() == [499_900, 499_000]


def test_answers_of_a_stream_find_their_questions_in_any_order() -> None:
    due_ns = schedule("poisson", 3000.0, 0.1, 5)
    messages = [bytes(number % 50) for number in range(len(due_ns))]
    with serving() as server:
        plan = Plan(
            server.port, PATH + "Stream", due_ns, messages, streaming=True, connections=2,
            patience_s=30.0,
        )  # fmt: skip
        run = drive(plan)
    parsed = [service_pb.DecideStreamResponse.FromString(raw or b"") for raw in run.answers]
    assert [told.index for told in parsed] == [number // 2 for number in range(len(messages))]
    assert not run.failures


def test_messages_beyond_every_window_and_frame_arrive_whole() -> None:
    rng = np.random.default_rng(3)
    messages = [rng.bytes(size) for size in (0, 1, 16_379, 16_384, 70_000, 300_000)]
    with serving() as server:
        plan = Plan(server.port, PATH + "Echo", np.zeros(6, np.int64), messages)
        run = drive(plan)
    assert list(run.answers) == messages


def test_calls_that_fail_say_why() -> None:
    messages = [b"yes", b"no", b"yes", b"no"]
    with serving() as server:
        plan = Plan(server.port, PATH + "Refuse", np.zeros(4, np.int64), messages)
        run = drive(plan)
    assert run.failures == {"PERMISSION_DENIED": 2}
    assert list(run.answers) == [b"yes", None, b"yes", None]
    assert not run.sustained()


def run_of(due_s: list[float], done_s: list[float]) -> Run:
    due_ns, done_ns = ((np.array(one) * 1e9).astype(np.int64) for one in (due_s, done_s))
    return Run(due_ns, due_ns, done_ns, [b""] * len(due_s), {}, 0)


def test_a_backlog_that_grows_is_not_sustained() -> None:
    due_s = (np.arange(4000) / 1000).tolist()
    kept_up = run_of(due_s, [at + 0.004 for at in due_s])
    assert kept_up.sustained()
    assert kept_up.waiting().max() <= 5
    # One percent of the machine's time late, and caught up again.
    hiccup = run_of(due_s, [max(at, 2.0) if 1.5 < at < 2.0 else at for at in due_s])
    assert hiccup.sustained()
    slower = run_of(due_s, [at * 1.05 for at in due_s])
    assert not slower.sustained()


@pytest.mark.parametrize("arrivals", ["poisson", "fixed"])
def test_schedules_keep_their_rate_and_their_seed(arrivals: str) -> None:
    made = schedule(arrivals, 1000.0, 2.0, 3)  # type: ignore[arg-type]
    assert len(made) == 2000
    assert (np.diff(made) >= 0).all()
    assert 0 <= made[0] <= made[-1] < 2e9
    assert (made == schedule(arrivals, 1000.0, 2.0, 3)).all()  # type: ignore[arg-type]
    gaps = np.diff(made) / 1e6
    # The gaps of a Poisson process deviate by their mean, those of a clock by nothing.
    assert gaps.std() == pytest.approx(1.0 if arrivals == "poisson" else 0.0, abs=0.15)


def test_a_burst_is_ten_times_as_dense() -> None:
    made = burst("poisson", 100.0, 10.0, (1.0, 1.0, 1.0), 1)
    assert np.histogram(made / 1e9, [0, 1, 2, 3])[0].tolist() == [100, 1000, 100]
    assert (np.diff(made) >= 0).all()
