"""`haechi gallery`: how the galleries stand, the watchlist of faces, the erasure of a person."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from haechi.app import connect
from haechi.app.arguments import (
    Commands,
    approver_option,
    command,
    configs_option,
    engine_options,
    json_option,
)
from haechi.app.exits import OK
from haechi.app.face_models import models_folder, models_option
from haechi.app.folder import DataFolder
from haechi.app.terminal import columns, emit_json, say
from haechi.engine.errors import BadInput, ConfigError

if TYPE_CHECKING:
    from haechi.rpc.face_client import FaceClient

_ACTIONS: Final = ("list", "watch", "erase")
_DAY_US: Final = 86_400_000_000
_MOST_DAYS: Final = 3650


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "gallery",
        run,
        "how the galleries of faces stand; watch for a face, or erase a person",
        "haechi gallery\n"
        'haechi gallery watch W-12 photo.jpg --legal-basis "warrant 7" --days 30\n'
        'haechi gallery erase --traveler t1 --reason "request 2026-118"\n'
        'haechi gallery erase --entry W-12 --reason "warrant withdrawn"',
        details="Erasing removes every template of the person from memory and disk and tells the "
        "SHA-256 of what lay there, so that anybody can search a copy for it.",
    )
    parser.add_argument("action", nargs="?", choices=_ACTIONS, default="list")
    parser.add_argument("name", nargs="?", metavar="NAME", help="entry of the watchlist")
    parser.add_argument(
        "photo", nargs="?", type=Path, metavar="PHOTO", help="the face to watch for"
    )
    parser.add_argument("--legal-basis", default="", metavar="TEXT", help="by what right")
    parser.add_argument("--days", type=float, default=30.0, help="for so long (default: 30)")
    parser.add_argument("--traveler", metavar="ID", help="traveler to erase")
    parser.add_argument("--entry", metavar="NAME", help="entry of the watchlist to erase")
    parser.add_argument("--reason", default="", help="law and request, for the receipt")
    models_option(parser)
    configs_option(parser)
    approver_option(parser)
    engine_options(parser)
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """List or erase."""
    folder = DataFolder(args.data.resolve())
    if args.action == "erase":
        return _erase(args, folder)
    if args.action == "watch":
        return _watch(args, folder)
    _show(_ask(args, folder, lambda client: client.describe()), as_json=args.json)
    return OK


def _erase(args: argparse.Namespace, folder: DataFolder) -> int:
    from haechi.rpc.v1 import face_service_pb2 as face_pb
    from haechi.rpc.v1.envelope_pb2 import SubjectReference

    if bool(args.traveler) == bool(args.entry) or not args.reason.strip():
        raise ConfigError("give --traveler ID or --entry NAME, and --reason: the law and request")
    request = face_pb.EraseFacesRequest(reason=args.reason)
    if args.traveler:
        request.subject.CopyFrom(SubjectReference(traveler_id=args.traveler))
    else:
        request.entry_id = args.entry
    erased = _ask(args, folder, lambda client: client.erase(request))
    at = datetime.fromtimestamp(erased.erased_us / 1e6, UTC).isoformat(timespec="seconds")
    digests = [digest.hex() for digest in erased.ciphertext_sha256]
    if args.json:
        emit_json({"erased": erased.erased, "at": at, "ciphertext_sha256": digests})
        return OK
    if not erased.erased:
        say("nothing is kept under this name; if other names are known, erase by those as well")
        return OK
    say(f"{erased.erased} template(s) erased at {at}; none is left")
    for digest in digests:
        say(f"  was on disk, encrypted: sha256 {digest}")
    return OK


def _watch(args: argparse.Namespace, folder: DataFolder) -> int:
    from haechi.configs.faces import Faces
    from haechi.rpc.v1.face_service_pb2 import EnrolWatchedRequest, FaceTemplate
    from haechi.streams.vision.still import StillEye

    if args.name is None or args.photo is None or not args.legal_basis.strip():
        raise ConfigError("give NAME, PHOTO and --legal-basis: haechi gallery watch --help")
    if not 0 < args.days <= _MOST_DAYS:
        raise ConfigError(f"--days {args.days:g}: give more than 0 and at most {_MOST_DAYS}")
    eye = StillEye(Faces.load(args.configs), models_folder(args))
    captured = eye(args.photo)
    if captured.vector is None:
        raise BadInput(captured.fault, f"{args.photo} gives no face to watch for; take another")
    request = EnrolWatchedRequest(
        entry_id=args.name,
        template=FaceTemplate(
            model_id=eye.model_id,
            values=captured.vector.tolist(),
            face_px=captured.face_px,
            quality=1.0,
        ),
        legal_basis=args.legal_basis,
        until_us=time.time_ns() // 1000 + int(args.days * _DAY_US),
    )
    size = _ask(args, folder, lambda client: client.enrol_watched(request)).gallery_size
    if args.json:
        emit_json({"entry": args.name, "watchlist": size})
    else:
        say(f"{args.name} is watched for; {size} on the watchlist")
    return OK


def _ask(args: argparse.Namespace, folder: DataFolder, send: Callable[[FaceClient], Any]) -> Any:
    return connect.ask_faces(folder, args, args.approver, send)


def _show(described: Any, *, as_json: bool) -> None:
    galleries = [
        {
            "gallery": one.gallery,
            "persons": one.persons,
            "templates": one.templates,
            "waiting": one.waiting,
        }
        for one in described.galleries
    ]
    counts = [{"camera": c.camera, "what": c.what, "count": c.count} for c in described.counts]
    if as_json:
        emit_json(
            {
                "model_id": described.model_id,
                "galleries": galleries,
                "counts": counts,
                "unsent": described.unsent,
            }
        )
        return
    heading = ("GALLERY", "PERSONS", "TEMPLATES", "WAITING")
    rows = [tuple(str(value) for value in one.values()) for one in galleries]
    print(columns([heading, *rows], ""))
    if counts:
        print()
        rows = [tuple(str(value) for value in one.values()) for one in counts]
        print(columns([("CAMERA", "WHAT", "COUNT"), *rows], ""))
    if described.unsent:
        say(f"{described.unsent} event(s) wait for the engine")
