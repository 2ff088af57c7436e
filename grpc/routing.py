"""A client of several shards: each event goes to the shard that owns its subject.

The client works out a subject's partition as Kafka does, and knows from the topology whose it is.
If it is wrong, because shards have moved since, the shard that it asked says where to go; it goes
there once, and learns the new topology. A shard that cannot be reached is no reason to ask
another one: the gate then answers REFER / ENGINE_UNREACHABLE by itself, as with one shard.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self

import grpc

from haechi.configs.topology import ShardPlace, Topology
from haechi.engine.errors import Unavailable
from haechi.rpc.client import HaechiClient
from haechi.rpc.fan import Fan
from haechi.rpc.v1 import decision_pb2, event_pb2
from haechi.rpc.v1 import decision_service_pb2 as service_pb
from haechi.rpc.v1 import ingest_service_pb2 as ingest_pb
from haechi.rpc.v1 import topology_service_pb2 as topology_pb
from haechi.rpc.watching import failure
from haechi.streams.shards.router import Router
from haechi.streams.tokens import Tokens

_LOG: Final = logging.getLogger(__name__)

LEARN_S: Final = 0.25
"""How long one shard is waited for when it is asked for the topology."""

DECIDED_MOST: Final = 1 << 16
"""Decisions of which the client remembers the shard, so that what names one by its id finds it."""

_HOMELESS: Final = decision_pb2.Refusal(
    code="NO_SHARD",
    reason="the event names a decision that this client was not told, and no subject",
    remedy="name the subject in envelope.subjects",
)


class RoutingClient:
    """Connections to all shards.

    Parameters
    ----------
    targets
        Addresses of some of the shards, such as ``10.0.0.1:50551``; one is enough.
    token
        Text of a .token file, good at every shard.
    connect
        Makes the client of one shard from its address and the token; for TLS and spools.

    Examples
    --------
    >>> with RoutingClient(["10.0.0.1:50551"], token) as client:  # doctest: +SKIP
    ...     answer = client.decide(event).answer
    """

    def __init__(
        self,
        targets: Sequence[str],
        token: str,
        connect: Callable[[str, str], HaechiClient] = HaechiClient,
    ) -> None:
        self._targets: Final = tuple(targets)
        self._first: str = self._targets[0]
        self._token = token
        self._connect = connect
        self._lock = threading.Lock()
        self._learning = threading.Lock()
        self._clients: Final[dict[str, HaechiClient]] = {}
        self._decided: Final[OrderedDict[str, int]] = OrderedDict()
        self._known: Router | None = None

    def __repr__(self) -> str:
        return f"RoutingClient({list(self._targets)!r}, <token not shown>)"

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
        """Let go of all connections."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    @property
    def topology(self) -> Topology:
        """Which shard owns what, as far as this client knows; raises as :meth:`router`."""
        return self.router().topology

    def router(self) -> Router:
        """Give what finds the shard of an event.

        Raises
        ------
        Unavailable
            If no shard has said so yet, and none does now.
        """
        for target in self._targets:
            if (known := self._known) is not None:
                return known
            self._learn_from(target)
        if self._known is None:
            raise Unavailable(
                f"none of {', '.join(self._targets)} says which shard owns what; start one, or "
                "give the address of one that runs"
            )
        return self._known

    def shard(self, number: int) -> HaechiClient:
        """Client of one shard, for what concerns it alone: watching, explaining, governing."""
        for one in self.topology.shards:
            if one.number == number:
                return self._client(one.address)
        known = ", ".join(str(one.number) for one in self.topology.shards)
        raise Unavailable(f"there is no shard {number}; there are {known}")

    def decide(self, event: event_pb2.Event) -> service_pb.DecideResponse:
        """Ask the shard that owns the subject; see :meth:`HaechiClient.decide`.

        Returns
        -------
        The answer, always. If two shards send the question to each other it is the second one's
        REFER, with the redirect: nobody guesses.
        """
        response = self._client(self._home(event)).decide(event)
        if response.HasField("redirect"):
            response = self._client(self._sent_on(response.redirect)).decide(event)
        return self._noted(response)

    def decide_batch(self, events: Iterable[event_pb2.Event]) -> list[service_pb.DecideResponse]:
        """Ask for many subjects at once; answers in the order of the questions."""
        asked = list(events)
        homes: dict[str, list[int]] = {}
        for number, event in enumerate(asked):
            homes.setdefault(self._home(event), []).append(number)
        answered: dict[int, service_pb.DecideResponse] = {}

        def ask(home: str) -> None:
            numbers = homes[home]
            batch = self._client(home).decide_batch(asked[number] for number in numbers)
            answered.update(zip(numbers, batch, strict=True))

        with ThreadPoolExecutor(max(1, len(homes))) as threads:
            list(threads.map(ask, homes))
        for number, response in answered.items():
            if response.HasField("redirect"):
                where = self._sent_on(response.redirect)
                answered[number] = self._client(where).decide(asked[number])
        return [self._noted(answered[number]) for number in range(len(asked))]

    def publish(
        self, events: Iterable[event_pb2.Event | bytes]
    ) -> Iterator[ingest_pb.PublishResponse]:
        """Hand events in, many in flight; see :meth:`HaechiClient.publish`.

        Yields
        ------
        What became of each. A tie goes to the shards of both its sides, and what concerns
        everybody to every shard: it is accepted once all of them took it, and the first refusal
        is what is told.
        """
        fan = Fan(
            lambda home, requests: self._client(home).publish(requests),
            self._homes,
            lambda: ingest_pb.PublishResponse(refusal=_HOMELESS),
        )
        for event, told in fan.run(events):
            if told.HasField("redirect"):
                # Alone, on a stream of its own: shards move rarely.
                (again,) = self._client(self._sent_on(told.redirect)).publish([event])
                again.index = told.index
                yield again
            else:
                yield told

    def _home(self, event: event_pb2.Event) -> str:
        """Address of whom to ask; where nobody knows, one that can say where to go.

        A gate is not to wait for the topology, so it is learnt beside.
        """
        if self._known is None:
            self._learn_beside(self._targets)
            return self._first
        homes = self._homes(event)
        return homes[0] if homes else self._first

    def _homes(self, event: event_pb2.Event | bytes) -> tuple[str, ...]:
        """Addresses of all that are to have an event; none if nothing tells."""
        if isinstance(event, bytes):
            event = event_pb2.Event.FromString(event)
        router = self.router()
        owners = router.recipients(event) or self._by_decision(event, router.topology)
        return tuple(owner.address for owner in owners)

    def _by_decision(self, event: event_pb2.Event, topology: Topology) -> tuple[ShardPlace, ...]:
        """Find the shard by the decision that an event names."""
        if topology.alone:
            return topology.shards
        which = event.WhichOneof("kind")
        named = getattr(getattr(event, which), "decision_id", "") if which else ""
        number = self._decided.get(named)
        return tuple(one for one in topology.shards if one.number == number)

    def _noted(self, response: service_pb.DecideResponse) -> service_pb.DecideResponse:
        """Remember who decided."""
        answer = response.answer
        if answer.HasField("position"):
            with self._lock:
                self._decided[answer.decision_id] = answer.position.shard
                if len(self._decided) > DECIDED_MOST:
                    self._decided.popitem(last=False)
        return response

    def _sent_on(self, redirect: topology_pb.Redirect) -> str:
        """Learn from a redirect; the address to go to."""
        if self._known is None or redirect.topology_version > self._known.topology.version:
            self._learn_beside((redirect.address,))
        return str(redirect.address)

    def _learn_beside(self, targets: Sequence[str]) -> None:
        """Learn on a thread of its own, one at a time."""
        if self._learning.acquire(blocking=False):

            def learn() -> None:
                try:
                    for target in targets:
                        if self._learn_from(target):
                            # It lives, so that it can send on whoever knows no better.
                            self._first = target
                            break
                finally:
                    self._learning.release()

            threading.Thread(target=learn, name="haechi-topology", daemon=True).start()

    def _learn_from(self, target: str) -> bool:
        """Ask one shard for the topology, and keep the newest; whether it answered."""
        try:
            told = self._client(target).topology(LEARN_S)
        except grpc.RpcError as error:
            _LOG.info("%s did not tell the topology: %s", target, failure(error)[0])
            return False
        shards = tuple(
            # A shard that is alone need not know its own address.
            ShardPlace(one.number, one.address or target, tuple(one.partitions))
            for one in told.shards
        )
        with self._lock:
            if self._known is None or told.version > self._known.topology.version:
                topology = Topology(told.version, told.partitions, shards)
                self._known = Router(topology, Tokens(told.routing_key))
        return True

    def _client(self, address: str) -> HaechiClient:
        with self._lock:
            client = self._clients.get(address)
            if client is None:
                client = self._clients[address] = self._connect(address, self._token)
            return client
