"""The client library: for gates, sensors, feeders and officers.

A gate never waits for an answer that does not come. When no engine can be reached, or none
answers in time, the client answers REFER / ENGINE_UNREACHABLE by itself, remembers that, and
reports it as a ``GateAction`` with ``local_fallback`` once an engine is back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Final, Self

import grpc
from grpc_health.v1 import health_pb2

from haechi.engine.codes import CodeClass
from haechi.rpc import wire
from haechi.rpc.callers import AUTHORIZATION
from haechi.rpc.fallback import Reporter, Spool, local_action, local_answer
from haechi.rpc.people import CALL_S, PeopleCalls
from haechi.rpc.roles import DECISIONS, HEALTH, INGEST, TOPOLOGY
from haechi.rpc.v1 import decision_pb2, event_pb2
from haechi.rpc.v1 import decision_service_pb2 as service_pb
from haechi.rpc.v1 import ingest_service_pb2 as ingest_pb
from haechi.rpc.v1 import topology_service_pb2 as topology_pb
from haechi.rpc.watching import Watching, failure

MARGIN_MS: Final = 15
"""How long beyond its budget a gate's call waits: the engine answers within 5 ms of it."""

BUDGET_MS: Final = 250
"""Budget of an event that names none; the server's default."""

REFUSED: Final = frozenset({grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.ALREADY_EXISTS})
"""The event is at fault: REFER, and the refusal says why."""

NOT_OURS: Final = frozenset({grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED})
"""The credentials are at fault: raised, for nobody would read it out of an answer."""

_OPTIONS: Final = [
    ("grpc.max_receive_message_length", 16 << 20),
    ("grpc.max_send_message_length", 16 << 20),
    # A gate wants its engine back within seconds, not after grpc's two minutes.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2000),
    ("grpc.keepalive_time_ms", 20_000),
]


class HaechiClient(PeopleCalls):
    """A connection to one shard.

    Parameters
    ----------
    target
        Address, such as ``127.0.0.1:7300``.
    token
        Text of a .token file.
    tls
        Channel credentials; None for plain loopback.
    spool
        Where local fallbacks wait to be reported; in memory if not given.
    margin_ms
        How long beyond its budget a gate's call waits before the gate answers by itself.

    Examples
    --------
    No engine listens there, so the gate refers by itself and remembers to say so:

    >>> from haechi.rpc.v1 import event_pb2
    >>> asked = event_pb2.Event(gate_event={"gate": "ICN-T1-EXIT-1", "budget_ms": 100})
    >>> with HaechiClient("127.0.0.1:1", "token") as client:
    ...     answer = client.decide(asked).answer
    ...     print(answer.verdict, answer.code_class, len(client.spool))
    3 8 1
    """

    def __init__(
        self,
        target: str,
        token: str,
        *,
        tls: grpc.ChannelCredentials | None = None,
        spool: Spool | None = None,
        margin_ms: int = MARGIN_MS,
    ) -> None:
        if tls is None:
            self._channel = grpc.insecure_channel(target, options=_OPTIONS)
        else:
            self._channel = grpc.secure_channel(target, tls, options=_OPTIONS)
        self.spool: Final = Spool() if spool is None else spool
        self._target = target
        super().__init__(self._channel, ((AUTHORIZATION, f"Bearer {token}"),))
        self._margin_ms = margin_ms
        self._reporter = Reporter(self.spool, self._report)
        self._reporter.wake()
        unary, stream = self._channel.unary_unary, self._channel.stream_stream
        decision = f"/{DECISIONS}/"
        self._decide: Any = unary(f"{decision}Decide", None, service_pb.DecideResponse.FromString)
        self._decide_batch: Any = unary(
            f"{decision}DecideBatch", None, service_pb.DecideBatchResponse.FromString
        )
        self._decide_stream: Any = stream(
            f"{decision}DecideStream", None, service_pb.DecideStreamResponse.FromString
        )
        self._explain = unary(
            f"{decision}Explain",
            service_pb.ExplainRequest.SerializeToString,
            service_pb.ExplainResponse.FromString,
        )
        self._acknowledge = unary(
            f"{decision}AcknowledgeWatch",
            service_pb.AcknowledgeWatchRequest.SerializeToString,
            service_pb.AcknowledgeWatchResponse.FromString,
        )
        self._watch = self._channel.unary_stream(
            f"{decision}Watch",
            service_pb.WatchRequest.SerializeToString,
            service_pb.WatchResponse.FromString,
        )
        self._publish: Any = stream(
            f"/{INGEST}/Publish", None, ingest_pb.PublishResponse.FromString
        )
        self._health = unary(
            f"/{HEALTH}/Check",
            health_pb2.HealthCheckRequest.SerializeToString,
            health_pb2.HealthCheckResponse.FromString,
        )

        self._topology = unary(
            f"/{TOPOLOGY}/GetTopology",
            topology_pb.GetTopologyRequest.SerializeToString,
            topology_pb.GetTopologyResponse.FromString,
        )

    def __repr__(self) -> str:
        return f"HaechiClient({self._target!r}, <token not shown>)"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection; what is unreported stays in the spool."""
        self._reporter.stop()
        self._channel.close()

    def decide(self, event: event_pb2.Event) -> service_pb.DecideResponse:
        """Ask whether a subject may pass.

        Returns
        -------
        The answer, always: REFER / ENGINE_UNREACHABLE if no engine answered in time, REFER /
        BAD_REQUEST with the refusal if the event cannot be decided.

        Raises
        ------
        grpc.RpcError
            If the token is not good for this (UNAUTHENTICATED, PERMISSION_DENIED).
        """
        try:
            response: service_pb.DecideResponse = self._decide(
                _framed(event), timeout=self._timeout_s((event,)), metadata=self._metadata
            )
        except grpc.RpcError as error:
            return self._without_engine(event, error)
        return self._checked(event, response)

    def decide_batch(self, events: Iterable[event_pb2.Event]) -> list[service_pb.DecideResponse]:
        """Ask for many subjects at once; answers in the order of the questions."""
        asked = list(events)
        try:
            batch = self._decide_batch(
                b"".join(_framed(event) for event in asked),
                timeout=self._timeout_s(asked),
                metadata=self._metadata,
            )
        except grpc.RpcError as error:
            return [self._without_engine(event, error) for event in asked]
        return [self._checked(e, r) for e, r in zip(asked, batch.responses, strict=True)]

    def decide_stream(
        self, events: Iterable[event_pb2.Event]
    ) -> Iterator[tuple[int, service_pb.DecideResponse]]:
        """Ask as subjects come, many in flight.

        Yields
        ------
        The question's number, from 0, and its answer, as answers become known. If the stream
        breaks, what is open is answered REFER / ENGINE_UNREACHABLE; open a new one then.
        """
        waiting: dict[int, event_pb2.Event] = {}

        def requests() -> Iterator[bytes]:
            for index, event in enumerate(events):
                waiting[index] = event
                yield _framed(event)

        try:
            for told in self._decide_stream(requests(), metadata=self._metadata):
                event = waiting.pop(told.index)
                response = service_pb.DecideResponse(answer=told.answer)
                if told.HasField("refusal"):
                    response.refusal.CopyFrom(told.refusal)
                if told.HasField("redirect"):
                    response.redirect.CopyFrom(told.redirect)
                yield told.index, self._checked(event, response)
        except grpc.RpcError as error:
            for index, event in list(waiting.items()):
                yield index, self._without_engine(event, error)

    def publish(
        self, events: Iterable[event_pb2.Event | bytes]
    ) -> Iterator[ingest_pb.PublishResponse]:
        """Hand events in, many in flight.

        Yields
        ------
        What became of each, once it is in the log. After a broken stream, hand in again what
        was not acknowledged: an event that was taken before has no second effect.
        """
        stream = self._publish((_framed(event) for event in events), metadata=self._metadata)
        yield from stream

    def watch(
        self,
        cursor: decision_pb2.LogPosition | None = None,
        *,
        site: str = "",
        gate: str = "",
        kinds: Iterable[int] = (),
    ) -> Watching:
        """Follow what is decided, from a cursor on; reconnects by itself."""
        named: list[Any] = list(kinds)
        request = service_pb.WatchRequest(site=site, gate=gate, kinds=named, resume_after=cursor)
        return Watching(lambda asked: self._watch(asked, metadata=self._metadata), request)

    def acknowledge(
        self, decision_ids: Iterable[str], gate: str = ""
    ) -> service_pb.AcknowledgeWatchResponse:
        """Say that pushed decisions were taken; what nobody takes escalates."""
        request = service_pb.AcknowledgeWatchRequest(decision_ids=list(decision_ids), gate=gate)
        response: service_pb.AcknowledgeWatchResponse = self._acknowledge(
            request, timeout=CALL_S, metadata=self._metadata
        )
        return response

    def explain(self, decision_id: str) -> service_pb.ExplainResponse:
        """Show a decision whole."""
        response: service_pb.ExplainResponse = self._explain(
            service_pb.ExplainRequest(decision_id=decision_id),
            timeout=CALL_S,
            metadata=self._metadata,
        )
        return response

    def topology(self, timeout_s: float = CALL_S) -> topology_pb.GetTopologyResponse:
        """Ask which shard owns which partitions."""
        response: topology_pb.GetTopologyResponse = self._topology(
            topology_pb.GetTopologyRequest(), timeout=timeout_s, metadata=self._metadata
        )
        return response

    def healthy(self, service: str = "") -> bool:
        """Tell whether the engine decides; False if it cannot be reached."""
        try:
            response = self._health(
                health_pb2.HealthCheckRequest(service=service),
                timeout=CALL_S,
                metadata=self._metadata,
            )
        except grpc.RpcError as error:
            if failure(error)[0] in NOT_OURS:
                raise
            return False
        return bool(response.status == health_pb2.HealthCheckResponse.SERVING)

    def _timeout_s(self, asked: Iterable[event_pb2.Event]) -> float:
        budget_ms = min((e.gate_event.budget_ms or BUDGET_MS for e in asked), default=BUDGET_MS)
        return (budget_ms + self._margin_ms) / 1000

    def _without_engine(
        self, event: event_pb2.Event, error: grpc.RpcError
    ) -> service_pb.DecideResponse:
        status, details = failure(error)
        if status in NOT_OURS:
            raise error
        if status in REFUSED:
            response = local_answer(event, CodeClass.BAD_REQUEST)
            code, _, reason = details.partition(": ")
            response.refusal.CopyFrom(decision_pb2.Refusal(code=code, reason=reason))
            return response
        return self._fell_back(event)

    def _checked(
        self, event: event_pb2.Event, response: service_pb.DecideResponse
    ) -> service_pb.DecideResponse:
        """Answer by itself what the engine had no room for."""
        if response.refusal.code in ("OVERLOADED", "UNAVAILABLE"):
            return self._fell_back(event)
        return response

    def _fell_back(self, event: event_pb2.Event) -> service_pb.DecideResponse:
        self.spool.add(local_action(event))
        self._reporter.wake()
        return local_answer(event, CodeClass.ENGINE_UNREACHABLE)

    def _report(self, events: list[bytes]) -> set[bytes]:
        """Send local fallbacks; refused ones are dealt with too, they are dead letters now."""
        stream = self._publish(
            (_framed(event) for event in events), timeout=CALL_S, metadata=self._metadata
        )
        return {events[told.index] for told in stream if told.refusal.code != "UNAVAILABLE"}


def _framed(event: event_pb2.Event | bytes) -> bytes:
    raw = event if isinstance(event, bytes) else event.SerializeToString()
    return wire.request(raw)
