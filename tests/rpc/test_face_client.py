from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from haechi.engine.errors import ConfigError, Unavailable
from haechi.rpc.face_client import FaceClient
from haechi.rpc.face_outbox import FaceOutbox
from haechi.rpc.roles import FACE_SERVICE
from haechi.rpc.v1 import face_service_pb2 as pb

NO_WAIT = (0.0, 0.0)


def seen(frame: int) -> pb.ObserveRequest:
    return pb.ObserveRequest(face_seen=pb.FaceSeen(camera="CAM", frame_id=f"f{frame}"))


def taken(index: int) -> pb.ObserveResponse:
    return pb.ObserveResponse(index=index, event_ids=["e"])


class Service:
    """A face service that takes all, refuses f3 and knows its callers."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.metadata: list[tuple[str, str]] = []

    def observe(self, requests, context) -> Iterator[pb.ObserveResponse]:
        self.metadata = list(context.invocation_metadata())
        for index, request in enumerate(requests):
            self.seen.append(request.face_seen.frame_id)
            answer = taken(index)
            if request.face_seen.frame_id == "f3":
                answer = pb.ObserveResponse(
                    index=index, refusal_code="WRONG_MODEL", refusal_reason="another model"
                )
            yield answer


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def client(service: Service) -> Iterator[FaceClient]:
    server = grpc.server(ThreadPoolExecutor(4))
    handler = grpc.stream_stream_rpc_method_handler(
        service.observe, pb.ObserveRequest.FromString, pb.ObserveResponse.SerializeToString
    )
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler(FACE_SERVICE, {"Observe": handler})]
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with FaceClient(f"127.0.0.1:{port}", "secret") as client:
        yield client
    server.stop(0)


def test_what_is_seen_is_handed_in_and_accounted_for(client: FaceClient, service: Service) -> None:
    outbox = FaceOutbox(client.observe)
    for frame in range(6):
        outbox.put(seen(frame))
    assert outbox.close(10)
    assert service.seen == [f"f{frame}" for frame in range(6)]
    assert (outbox.taken, outbox.events, dict(outbox.refusals)) == (5, 5, {"WRONG_MODEL": 1})
    assert outbox.refused == "another model"


def test_it_says_who_calls(client: FaceClient, service: Service) -> None:
    assert [answer.index for answer in client.observe([seen(1)])] == [0]
    assert ("authorization", "Bearer secret") in service.metadata
    assert "secret" not in repr(client)


def test_a_method_that_is_not_there_fails(client: FaceClient) -> None:
    with pytest.raises(grpc.RpcError):
        client.describe()


def breaking(answered: int) -> tuple[list[list[str]], Callable]:
    """A service whose first stream breaks after so many answers, and what each stream got."""
    streams: list[list[str]] = []

    def observe(requests):
        got: list[str] = []
        streams.append(got)
        for index, request in enumerate(requests):
            got.append(request.face_seen.frame_id)
            if len(streams) == 1 and index == answered:
                raise Unavailable("gone")
            yield taken(index)

    return streams, observe


def test_what_a_broken_stream_did_not_answer_is_sent_again() -> None:
    streams, observe = breaking(answered=2)
    told: list[str] = []
    outbox = FaceOutbox(observe, backoff_s=NO_WAIT, tell=told.append)
    for frame in range(4):
        outbox.put(seen(frame))
    assert outbox.close(10)
    assert streams[0] == ["f0", "f1", "f2"]
    assert [name for stream in streams[1:] for name in stream] == ["f2", "f3"]
    assert outbox.taken == 4
    assert [text.partition(" (")[0] for text in told] == [
        "the face service is away",
        "the face service is back",
    ]


def test_the_oldest_go_where_too_much_waits() -> None:
    opened = threading.Event()

    def observe(requests):
        opened.wait(10)
        for index, _ in enumerate(requests):
            yield taken(index)

    outbox = FaceOutbox(observe, most=3)
    for frame in range(5):
        outbox.put(seen(frame))
    assert (len(outbox), outbox.dropped) == (3, 2)
    opened.set()
    assert outbox.close(10)
    assert outbox.taken == 3


def test_closing_waits_no_longer_than_told() -> None:
    def observe(requests):
        raise Unavailable("away")
        yield

    outbox = FaceOutbox(observe)
    outbox.put(seen(0))
    assert not outbox.close(0.05)
    assert len(outbox) == 1


def test_what_trying_again_cannot_change_is_told_at_once() -> None:
    def observe(requests):
        raise ConfigError("no token")
        yield

    outbox = FaceOutbox(observe)
    outbox.put(seen(0))
    assert not outbox.close(10)
    assert outbox.failed == "no token"


def test_a_caller_who_is_not_let_in_does_not_try_again(client: FaceClient) -> None:
    def observe(requests):
        yield from client._channel.stream_stream(
            "/nobody/Home", pb.ObserveRequest.SerializeToString, pb.ObserveResponse.FromString
        )(requests)

    outbox = FaceOutbox(observe)
    outbox.put(seen(0))
    assert not outbox.close(10)
    assert outbox.failed
