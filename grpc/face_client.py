"""The client of the face service: for cameras, desks and those who answer for the galleries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Final, Self

import grpc

from haechi.rpc.callers import AUTHORIZATION
from haechi.rpc.roles import FACE_SERVICE
from haechi.rpc.v1 import face_service_pb2 as face_pb

CALL_S: Final = 10.0

_OPTIONS: Final = [
    # A camera wants its service back within seconds, not after gRPC's two minutes.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2000),
]


class FaceClient:
    """A connection to a face service.

    Parameters
    ----------
    target
        Address, such as ``127.0.0.1:50552``.
    token
        Text of a .token file.
    tls
        Channel credentials; None for plain loopback.
    """

    def __init__(
        self, target: str, token: str, *, tls: grpc.ChannelCredentials | None = None
    ) -> None:
        if tls is None:
            self._channel = grpc.insecure_channel(target, options=_OPTIONS)
        else:
            self._channel = grpc.secure_channel(target, tls, options=_OPTIONS)
        self._target = target
        self._metadata = ((AUTHORIZATION, f"Bearer {token}"),)
        self._observe: Any = self._channel.stream_stream(
            f"/{FACE_SERVICE}/Observe",
            face_pb.ObserveRequest.SerializeToString,
            face_pb.ObserveResponse.FromString,
        )
        unary = self._channel.unary_unary
        self._enrol_watched: Any = unary(
            f"/{FACE_SERVICE}/EnrolWatched",
            face_pb.EnrolWatchedRequest.SerializeToString,
            face_pb.EnrolWatchedResponse.FromString,
        )
        self._erase: Any = unary(
            f"/{FACE_SERVICE}/EraseFaces",
            face_pb.EraseFacesRequest.SerializeToString,
            face_pb.EraseFacesResponse.FromString,
        )
        self._describe: Any = unary(
            f"/{FACE_SERVICE}/DescribeGalleries",
            face_pb.DescribeGalleriesRequest.SerializeToString,
            face_pb.DescribeGalleriesResponse.FromString,
        )

    def __repr__(self) -> str:
        return f"FaceClient({self._target!r}, <token not shown>)"

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
        """Let go of the connection."""
        self._channel.close()

    def observe(
        self, requests: Iterable[face_pb.ObserveRequest]
    ) -> Iterator[face_pb.ObserveResponse]:
        """Hand in what cameras see.

        Yields
        ------
        What became of each, in order. After a broken stream, hand in again what was not
        answered: a frame that was taken before has no second effect.
        """
        yield from self._observe(iter(requests), metadata=self._metadata)

    def enrol_watched(self, request: face_pb.EnrolWatchedRequest) -> face_pb.EnrolWatchedResponse:
        """Put somebody on the watchlist of faces."""
        response: face_pb.EnrolWatchedResponse = self._enrol_watched(
            request, timeout=CALL_S, metadata=self._metadata
        )
        return response

    def erase(self, request: face_pb.EraseFacesRequest) -> face_pb.EraseFacesResponse:
        """Erase a person's templates."""
        response: face_pb.EraseFacesResponse = self._erase(
            request, timeout=CALL_S, metadata=self._metadata
        )
        return response

    def describe(self) -> face_pb.DescribeGalleriesResponse:
        """Tell how the galleries stand."""
        response: face_pb.DescribeGalleriesResponse = self._describe(
            face_pb.DescribeGalleriesRequest(), timeout=CALL_S, metadata=self._metadata
        )
        return response
