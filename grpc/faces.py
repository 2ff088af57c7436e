"""The face service's calls: what cameras hand in, the watchlist, erasure, and how it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message

from haechi.engine.errors import BadInput
from haechi.rpc.callers import Callers
from haechi.rpc.pipeline import Seats
from haechi.rpc.roles import FACE_SERVICE, Role
from haechi.rpc.v1 import face_service_pb2 as face_pb
from haechi.streams.decode.places import Edge
from haechi.streams.faces.events import WATCHLIST
from haechi.streams.faces.hall import Hall
from haechi.streams.faces.inbox import Change, Inbox, Told
from haechi.streams.faces.probe import Taken

OBSERVE: Final = f"/{FACE_SERVICE}/Observe"
ENROL_WATCHED: Final = f"/{FACE_SERVICE}/EnrolWatched"
ERASE_FACES: Final = f"/{FACE_SERVICE}/EraseFaces"
DESCRIBE: Final = f"/{FACE_SERVICE}/DescribeGalleries"

_TURN_S: Final = 5.0
_Asked = TypeVar("_Asked", bound=Message)


class Line(Protocol):
    """What goes to the engine."""

    @property
    def unsent(self) -> int:
        """Events that it has not acknowledged yet."""
        ...


class FaceCalls:
    """The service.

    Parameters
    ----------
    inbox
        Where changes of the hall wait.
    callers
        Tells who calls.
    edge
        The port's cameras, in which scopes are looked up.
    seats
        Bounds the streams.
    line
        What goes to the engine.
    """

    def __init__(
        self, inbox: Inbox, callers: Callers, edge: Edge, seats: Seats, line: Line
    ) -> None:
        self._inbox = inbox
        self._callers = callers
        self._edge = edge
        self._seats = seats
        self._line = line

    def observe(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        """Take what cameras see, one after the other: a face is compared in less than its frame."""
        caller = self._callers.of(context, OBSERVE)

        def may(site: str) -> bool:
            return caller.has_site(self._edge.sites.get(site, 0))

        self._seats.take(context)
        for index, raw in enumerate(requests):
            response = face_pb.ObserveResponse(index=index)
            try:
                request = _parsed(face_pb.ObserveRequest, raw)
                camera = _camera(request)
                place = self._edge.cameras.get(camera)
                if place is not None and not caller.has(place.token):
                    raise BadInput(
                        "NOT_ALLOWED",
                        f"camera {camera} is outside the scope of {caller.name}; use its own token",
                    )
                if request.HasField("subject_left") and caller.role is not Role.GATE:
                    raise BadInput(
                        "NOT_ALLOWED", "only a gate says that somebody left; use a gate's token"
                    )
                taken: Taken = self._inbox.ask(_observation(request, may)).wait(_TURN_S)
            except BadInput as error:
                taken = Taken()
                taken.refuse(error)
            except TimeoutError:
                context.abort(
                    grpc.StatusCode.UNAVAILABLE,
                    f"not compared within {_TURN_S:g} s; hand it in again",
                )
            response.event_ids.extend(taken.event_ids)
            response.refusal_code = taken.refusal_code
            response.refusal_reason = taken.refusal_reason
            yield response.SerializeToString()

    def enrol_watched(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Put somebody on the watchlist."""
        self._callers.of(context, ENROL_WATCHED)

        def change(hall: Hall, now_us: int) -> Told:
            request = _parsed(face_pb.EnrolWatchedRequest, raw)
            return face_pb.EnrolWatchedResponse(gallery_size=hall.watch_for(request, now_us)), ()

        return self._made(change, context)

    def erase(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Erase a person, provably."""
        self._callers.of(context, ERASE_FACES)

        def change(hall: Hall, now_us: int) -> Told:
            request = _parsed(face_pb.EraseFacesRequest, raw)
            if not request.reason.strip():
                raise BadInput("MISSING_FIELD", "reason is empty; name the law and the request")
            if request.entry_id:
                subject = hall.entry(request.entry_id)
            else:
                subject = hall.traveler([request.subject])
            erased, digests = hall.erase(subject)
            response = face_pb.EraseFacesResponse(
                erased=erased, ciphertext_sha256=digests, erased_us=now_us
            )
            return response, ()

        return self._made(change, context)

    def describe(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Tell how the galleries stand."""
        self._callers.of(context, DESCRIBE)

        def change(hall: Hall, _now_us: int) -> Told:
            _parsed(face_pb.DescribeGalleriesRequest, raw)
            return describe(hall, self._line.unsent), ()

        return self._made(change, context)

    def _made(self, change: Change, context: grpc.ServicerContext) -> bytes:
        try:
            response: Message = self._inbox.ask(change).wait(_TURN_S)
        except BadInput as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{error.code}: {error}")
        except TimeoutError:
            context.abort(grpc.StatusCode.UNAVAILABLE, f"not done within {_TURN_S:g} s; ask again")
        return response.SerializeToString()


def describe(hall: Hall, unsent: int) -> face_pb.DescribeGalleriesResponse:
    """Tell how the galleries stand; no names and no templates."""
    roster, waiting = hall.roster, hall.waiting
    galleries = [
        face_pb.GalleryDescription(
            gallery=site,
            persons=len(roster.gallery(site).persons),
            templates=len(roster.gallery(site)),
            waiting=waiting[site],
        )
        for site in sorted({*roster.sites, *waiting})
    ]
    galleries.append(
        face_pb.GalleryDescription(
            gallery=WATCHLIST,
            persons=len(roster.watchlist.persons),
            templates=len(roster.watchlist),
        )
    )
    counts = [
        face_pb.FaceCount(camera=camera, what=what, count=count)
        for (camera, what), count in sorted(hall.counts.items())
    ]
    return face_pb.DescribeGalleriesResponse(
        galleries=galleries, counts=counts, model_id=roster.model_id, unsent=unsent
    )


def _parsed(kind: type[_Asked], raw: bytes) -> _Asked:
    try:
        return kind.FromString(raw)
    except DecodeError:
        raise BadInput(
            "UNDECODABLE", f"{len(raw)} bytes are no {kind.DESCRIPTOR.name}; send one"
        ) from None


def _camera(request: face_pb.ObserveRequest) -> str:
    which = request.WhichOneof("observation")
    if which is None:
        raise BadInput("MISSING_FIELD", "the request holds no observation; send one")
    return str(getattr(getattr(request, which), "camera", ""))


def _observation(request: face_pb.ObserveRequest, may: Callable[[str], bool]) -> Change:
    def change(hall: Hall, now_us: int) -> tuple[Any, Any]:
        which = request.WhichOneof("observation")
        if which == "face_seen":
            taken = hall.see(request.face_seen, now_us)
        elif which == "subject_presented":
            taken = hall.present(request.subject_presented)
        elif which == "subject_left":
            taken = hall.leave(request.subject_left.subjects, may)
        else:
            taken = hall.status(request.camera_status)
        return taken, taken.events

    return change
