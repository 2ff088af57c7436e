"""Follow: the log, as it is committed, for the engine that stands by.

The thread that gRPC gave the call reads the log beside its writer and sends; another one hears how
far the standby is. A standby whose copy parts from this log is refused, and one that was promoted
ends this engine.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from typing import Final

import grpc
from google.protobuf.message import DecodeError

from haechi.engine.build import BUILD_HEX
from haechi.rpc.callers import Callers
from haechi.rpc.pipeline import Seats
from haechi.rpc.roles import STANDBY_SERVICE
from haechi.rpc.served import Followed
from haechi.rpc.v1 import standby_service_pb2 as pb
from haechi.streams.standby.replica import Replica

FOLLOW: Final = f"/{STANDBY_SERVICE}/Follow"
LOOK_EVERY_S: Final = 0.25
"""How often it is seen, while nothing is committed, whether the standby is still there."""

_LOG: Final = logging.getLogger("haechi.standby")


class FollowCalls:
    """The standby service.

    Parameters
    ----------
    engine
        The engine.
    callers
        Tells who calls.
    seats
        Bounds the streams.
    secrets
        What a copy needs to stand in: names of files and their content.
    """

    def __init__(
        self, engine: Followed, callers: Callers, seats: Seats, secrets: Mapping[str, bytes]
    ) -> None:
        self._engine = engine
        self._callers = callers
        self._seats = seats
        self._secrets = secrets
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Let every standby go at its next look."""
        self._stopping.set()

    def follow(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        """Ship the log from where the standby's copy ends."""
        self._callers.of(context, FOLLOW)
        opening = self._opening(requests, context)
        self._compare(opening, context)
        self._seats.take(context)
        return self._ship(opening, requests, context)

    def _opening(
        self, requests: Iterator[bytes], context: grpc.ServicerContext
    ) -> pb.FollowOpening:
        try:
            first = pb.FollowRequest.FromString(next(requests, b""))
        except DecodeError:
            first = pb.FollowRequest()
        if first.WhichOneof("said") != "opening":
            context.abort(
                grpc.StatusCode.INVALID_ARGUMENT, "UNDECODABLE: open with a FollowOpening"
            )
        return first.opening

    def _compare(self, opening: pb.FollowOpening, context: grpc.ServicerContext) -> None:
        engine = self._engine
        if opening.shard != engine.shard:
            context.abort(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"WRONG_SHARD: the standby is of shard {opening.shard}, this is shard "
                f"{engine.shard}; each shard has a standby of its own",
            )
        if opening.epoch > engine.epoch:
            engine.supersede(opening.address, opening.epoch)
            context.abort(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"SUPERSEDED: this engine has epoch {engine.epoch}, and epoch {opening.epoch} "
                "was promoted: it has stopped",
            )
        link = engine.link_before(opening.next_offset)
        if link is None:
            context.abort(
                grpc.StatusCode.OUT_OF_RANGE,
                f"AHEAD: the copy ends before event {opening.next_offset}, which this log does "
                "not reach: the copy is of another log, or this one lost its end. If the copy is "
                "the right one, promote it; else follow with an empty --data",
            )
        if link != opening.chain:
            context.abort(
                grpc.StatusCode.OUT_OF_RANGE,
                f"FORK: event {opening.next_offset - 1} of the copy is not this log's: they part "
                "there or before; keep the copy aside and follow with an empty --data",
            )

    def _ship(
        self, opening: pb.FollowOpening, requests: Iterator[bytes], context: grpc.ServicerContext
    ) -> Iterator[bytes]:
        replica = self._engine.replica
        follower = replica.join()
        if follower is None:
            context.abort(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                "TAKEN: another standby follows this engine, and a shard has one; stop that one, "
                "or wait a few seconds if it was this one's last connection",
            )
        shipments = self._engine.shipments(opening)
        try:
            begun = pb.FollowBegun(epoch=self._engine.epoch, build=BUILD_HEX)
            if opening.lacks_secrets:
                begun.secrets.update(self._secrets)
            yield pb.FollowResponse(begun=begun).SerializeToString()
            threading.Thread(
                target=self._hear,
                args=(requests, follower, replica),
                name="haechi-standby-heard",
                daemon=True,
            ).start()
            while not self._stopping.is_set() and replica.follows(follower):
                shipment = shipments.next(replica.committed)
                if shipment is not None:
                    yield pb.FollowResponse(shipment=shipment).SerializeToString()
                else:
                    replica.wait(shipments.next_offset - 1, LOOK_EVERY_S)
        finally:
            replica.leave(follower)
            shipments.close()

    def _hear(self, requests: Iterator[bytes], follower: int, replica: Replica) -> None:
        try:
            for raw in requests:
                progress = pb.FollowRequest.FromString(raw).progress
                proved = progress.proved_offset
                link = progress.proved_chain
                if proved > replica.proved and self._engine.link_before(proved + 1) != link:
                    _LOG.critical("the standby's chain differs from this one at event %d", proved)
                    break
                replica.hear(follower, progress.committed_offset, proved)
        except (grpc.RpcError, DecodeError):
            pass
        except Exception:
            # grpcio raises a bare Exception out of the iterator when the standby has gone.
            if replica.follows(follower):
                _LOG.warning("the standby has gone")
        replica.leave(follower)
