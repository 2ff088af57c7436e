"""`haechi camera`: a camera's process. Templates leave it, and pictures never do."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from haechi.app import connect
from haechi.app.arguments import Commands, command, configs_option, json_option
from haechi.app.configuration import load_profile
from haechi.app.exits import FAILED, OK
from haechi.app.face_models import models_folder, models_option
from haechi.app.folder import DataFolder
from haechi.app.reports import stop_signals
from haechi.app.terminal import Phases, columns, emit_json, say
from haechi.engine.codes import CameraRole
from haechi.engine.errors import ConfigError, Unavailable

if TYPE_CHECKING:
    from haechi.configs.port import Port
    from haechi.rpc.face_outbox import FaceOutbox
    from haechi.rpc.v1.face_service_pb2 import FaceSeen, ObserveRequest, ObserveResponse
    from haechi.streams.vision.camera import CameraEye
    from haechi.streams.vision.frames import Frame, SourceState

_PATIENCE_S: Final = 15.0
_HURRY_S: Final = 3.0
_NO_FAULT: Final = ("FRAMES", "FACE")


class Outlet(Protocol):
    """Where observations go: to the face service, or only to the screen."""

    @property
    def failed(self) -> str:
        """Why nothing will ever get there; empty while there is hope."""

    def put(self, request: ObserveRequest) -> None:
        """Hand one over."""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands, "camera", run, "watch a camera, and tell the face service whom it sees",
        "haechi camera --role desk --id ICN-T1-CAM-DESK-1 --traveler t1 desk.jpg\n"
        "haechi camera --role exit --id ICN-T1-CAM-EXIT-1 frames/\n"
        "haechi camera --role exit --id ICN-T1-CAM-EXIT-2 --fps 2 rtsp://10.0.0.7/stream\n"
        "haechi camera --role desk --id ICN-T1-CAM-DESK-1 --dry-run frames/",
        details="SOURCE is a folder of pictures, a picture, a video file, a stream's address or "
        "the number of a device. A folder may have a frames.csv (file,traveler_id,captured_at) "
        "that says whom each picture shows. No picture leaves this process, and none is kept.",
    )  # fmt: skip
    parser.add_argument("source", metavar="SOURCE", help="what the camera sees")
    parser.add_argument(
        "--role", required=True, choices=[role.name.lower() for role in CameraRole],
        help="where it stands",
    )  # fmt: skip
    parser.add_argument("--id", required=True, help="the camera, as port.toml names it")
    parser.add_argument(
        "--traveler", default="", metavar="ID", help="whom the desk or the gate says that it is"
    )
    parser.add_argument(
        "--fps", type=float, metavar="N",
        help="frames a second that are looked at (default: 5 of a stream, all of a file)",
    )  # fmt: skip
    parser.add_argument(
        "--dry-run", action="store_true", help="tell nobody; show what would be told"
    )
    models_option(parser)
    configs_option(parser)
    parser.add_argument(
        "--target", metavar="HOST:PORT",
        help="a face service elsewhere (default: the one on --data)",
    )  # fmt: skip
    parser.add_argument(
        "--token", type=Path, metavar="FILE", help="token file (default: from --data's secrets/)"
    )
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Watch until the source ends or somebody stops it."""
    from haechi.configs.faces import Faces
    from haechi.configs.port import Port
    from haechi.streams.cores import core_of, leave
    from haechi.streams.vision.camera import CameraEye
    from haechi.streams.vision.sources import frames_of

    if args.fps is not None and not 0 < args.fps <= 1000:
        raise ConfigError(f"--fps {args.fps:g}: give more than 0 and at most 1000")
    _check_place(Port.load(args.configs), args.id, args.role)
    faces = Faces.load(args.configs)
    if DataFolder(args.data.resolve()).address("engine") is not None:
        # The engine is on this machine: its core is the gates'.
        leave(core_of(load_profile(None).engine))
    now_us = time.time_ns() // 1000
    eye = CameraEye(
        args.id, faces, models_folder(args), run=f"{now_us:x}",
        one_person=args.role == CameraRole.DESK.name.lower(),
    )  # fmt: skip
    stop = stop_signals()
    frames = frames_of(
        args.source, faces.capture, fps=args.fps, now_us=lambda: time.time_ns() // 1000, stop=stop
    )
    with Phases(quiet=args.dry_run) as phases:
        if args.dry_run:
            shown = _Shown(quiet=args.json)
            _watch(frames, eye, shown, args, phases, stop)
            _tell_dry(args, eye, shown)
            return OK
        outbox = _outbox(args)
        _watch(frames, eye, outbox, args, phases, stop)
        phases.show("waiting for the face service")
        answered = outbox.close(_HURRY_S if stop.is_set() else _PATIENCE_S)
    return _tell(args, eye, outbox, answered=answered)


def _check_place(port: Port, camera: str, role: str) -> None:
    known = port.cameras.get(camera)
    if known is None:
        raise ConfigError(
            f"port.toml has no camera {camera!r}: name one of {', '.join(sorted(port.cameras))}"
        )
    if known.role.name.lower() != role:
        raise ConfigError(
            f"port.toml says that camera {camera} has the role {known.role.name.lower()}: "
            f"{role} was given with --role"
        )


def _outbox(args: argparse.Namespace) -> FaceOutbox:
    """Sends to the face service, wherever it is by then: it may come later, or start anew."""
    from haechi.rpc.face_outbox import FaceOutbox

    folder = DataFolder(args.data.resolve())

    def observe(requests: Iterable[ObserveRequest]) -> Iterator[ObserveResponse]:
        with connect.faces(folder, "sensor", args.target, args.token) as client:
            yield from client.observe(requests)

    return FaceOutbox(observe, tell=lambda text: say(f"{args.id}: {text}"))


def _watch(
    items: Any,
    eye: CameraEye,
    outlet: Outlet,
    args: argparse.Namespace,
    phases: Phases,
    stop: threading.Event,
) -> None:
    """Look at every frame, and hand on what there is to tell."""
    from haechi.rpc.v1.face_service_pb2 import ObserveRequest
    from haechi.streams.vision.frames import SourceState

    text = f"watching {args.id}"
    for item in items:
        if isinstance(item, SourceState):
            say(f"{args.id}: its stream {'is back' if item.up else 'has stopped'}")
            outlet.put(_status(args.id, item))
            continue
        for seen in eye.look(_claimed(item, args.traveler)):
            outlet.put(ObserveRequest(face_seen=seen))
        if outlet.failed:
            raise Unavailable(f"nothing can be told to the face service: {outlet.failed}")
        phases.show(text, eye.counts["FRAMES"])
        if stop.is_set():
            return


def _claimed(frame: Frame, traveler: str) -> Frame:
    return replace(frame, traveler=traveler) if traveler and not frame.traveler else frame


def _status(camera: str, state: SourceState) -> ObserveRequest:
    from haechi.rpc.v1 import face_service_pb2 as pb

    return pb.ObserveRequest(
        camera_status=pb.CameraStatus(camera=camera, up=state.up, since_us=state.since_us)
    )


class _Shown:
    """Shows what would be told, without the templates."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self.failed = ""
        self.told: list[dict[str, Any]] = []

    def put(self, request: ObserveRequest) -> None:
        if not request.HasField("face_seen"):
            return
        told = _described(request.face_seen)
        if self._quiet:
            self.told.append(told)
        else:
            print("  ".join(f"{key} {value}" for key, value in told.items() if value != ""))


def _described(seen: FaceSeen) -> dict[str, Any]:
    from haechi.streams.vision.camera import fault_name

    told: dict[str, Any] = {
        "frame": seen.frame_id,
        "track": seen.track_id,
        "traveler": ", ".join(one.traveler_id for one in seen.subjects),
    }
    if seen.HasField("template"):
        template = seen.template
        told |= {"face_px": template.face_px, "quality": round(template.quality, 2)}
    else:
        told["fault"] = fault_name(seen.fault)
    return told


def _tell_dry(args: argparse.Namespace, eye: CameraEye, shown: _Shown) -> None:
    if args.json:
        emit_json({**_seen(args, eye), "observations": shown.told})
    else:
        _print(_seen(args, eye))


def _tell(args: argparse.Namespace, eye: CameraEye, outbox: FaceOutbox, *, answered: bool) -> int:
    result = _seen(args, eye) | {
        "taken": outbox.taken,
        "events": outbox.events,
        "refused": dict(outbox.refusals),
        "dropped": outbox.dropped,
        "unanswered": len(outbox),
    }
    if args.json:
        emit_json(result)
    else:
        _print(result)
    if outbox.refused:
        say(f"last refusal: {outbox.refused}")
    if outbox.failed:
        say(f"nothing could be told to the face service: {outbox.failed}")
    elif not answered:
        say(f"{len(outbox)} were not answered: see whether the face service runs: haechi up")
    return OK if answered and not outbox.refusals and not outbox.dropped else FAILED


def _seen(args: argparse.Namespace, eye: CameraEye) -> dict[str, Any]:
    return {
        "camera": args.id,
        "model": eye.model_id,
        "frames": eye.counts["FRAMES"],
        "faces": eye.counts["FACE"],
        "faults": {k: n for k, n in sorted(eye.counts.items()) if n and k not in _NO_FAULT},
    }


def _print(result: dict[str, Any]) -> None:
    rows = []
    for key, value in result.items():
        if isinstance(value, dict):
            rows += [(f"{key}: {name}", f"{count:,}") for name, count in value.items()]
        else:
            rows.append((key, f"{value:,}" if isinstance(value, int) else value))
    print(columns(rows))
