"""Whose an event is: taken here, or sent on to the shard that owns its subject.

What is sent on is no bad input: it changes nothing here, is in no log, and its sender is told
where to go. A gate that cannot go there has a REFER in its hands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import grpc
from google.protobuf.message import DecodeError

from haechi.configs.topology import ShardPlace, Topology
from haechi.operators.intake import Refusal
from haechi.rpc.callers import Callers
from haechi.rpc.roles import TOPOLOGY
from haechi.rpc.v1 import topology_service_pb2 as topology_pb
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.shards.router import About, Router
from haechi.streams.tokens import KEY_BYTES, Tokens

GET_TOPOLOGY: Final = f"/{TOPOLOGY}/GetTopology"


@dataclass(frozen=True, slots=True)
class Elsewhere(Refusal):
    """An event that belongs to another shard.

    Parameters
    ----------
    partition
        Its subject's partition.
    owner
        The shard that owns it.
    version
        Version of the topology that says so.
    """

    partition: int
    owner: ShardPlace
    version: int

    def redirect(self) -> topology_pb.Redirect:
        """Render it."""
        return topology_pb.Redirect(
            shard=self.owner.number,
            address=self.owner.address,
            partition=self.partition,
            topology_version=self.version,
        )


class Placement:
    """One shard's place among all.

    Parameters
    ----------
    topology
        All shards.
    shard
        Its number.
    routing_key
        Key of the tokens for routing, 32 bytes.
    """

    def __init__(self, topology: Topology, shard: int, routing_key: bytes) -> None:
        self.router = Router(topology, Tokens(routing_key))
        self.shard: Final = shard
        self._routing_key = routing_key

    def message(self, epoch: int) -> topology_pb.GetTopologyResponse:
        """Render it, with the epoch of this shard's engine."""
        topology = self.router.topology
        return topology_pb.GetTopologyResponse(
            version=topology.version,
            partitions=topology.partitions,
            shards=[
                topology_pb.Shard(number=one.number, address=one.address, partitions=one.partitions)
                for one in topology.shards
            ],
            answering_shard=self.shard,
            routing_key=self._routing_key,
            epoch=epoch,
        )

    def elsewhere(self, raw: bytes) -> Elsewhere | None:
        """Find whom to ask instead; None for what is taken here.

        Parameters
        ----------
        raw
            A serialised ``haechi.v1.Event`` that the decoder took.
        """
        topology = self.router.topology
        if topology.alone:
            return None
        partitions = self.router.partitions_of(Event.FromString(raw))
        if isinstance(partitions, About):
            return None
        owners = [topology.owner(partition) for partition in partitions]
        if any(owner.number == self.shard for owner in owners):
            return None
        return Elsewhere(
            "OTHER_SHARD",
            f"the subject is in partition {partitions[0]}, which shard {owners[0].number} owns and "
            f"this is shard {self.shard}; send it to {owners[0].address}",
            partitions[0],
            owners[0],
            topology.version,
        )


HERE: Final = Placement(Topology.parse("version = 1", 1), 0, bytes(KEY_BYTES))
"""One shard that owns everything."""


class TopologyCalls:
    """The topology service.

    Parameters
    ----------
    placement
        This shard's place.
    callers
        Tells who calls.
    epoch
        Of the engine.
    """

    def __init__(self, placement: Placement, callers: Callers, epoch: int) -> None:
        self._placement = placement
        self._epoch = epoch
        self._callers = callers

    def get_topology(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Show all shards."""
        self._callers.of(context, GET_TOPOLOGY)
        try:
            topology_pb.GetTopologyRequest.FromString(raw)
        except DecodeError:
            context.abort(
                grpc.StatusCode.INVALID_ARGUMENT, "UNDECODABLE: send a GetTopologyRequest"
            )
        return self._placement.message(self._epoch).SerializeToString()
