"""`haechi models ...`: models out of the log, their cards, and their promotion by two persons.

Everything but `promote` reads the log itself, so it works beside a running engine and without one.
"""

from __future__ import annotations

import argparse
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from haechi.app import connect, lookup
from haechi.app.arguments import (
    Commands,
    approver_option,
    command,
    configs_option,
    engine_options,
    json_option,
)
from haechi.app.exits import HELP, OK
from haechi.app.folder import DataFolder
from haechi.app.model_text import card_text, list_text
from haechi.app.terminal import Phases, emit_json, say
from haechi.app.warm import warm
from haechi.engine.errors import BadInput, ConfigError, ModelUnusable

if TYPE_CHECKING:
    from haechi.operators.artefact import ModelHeader
    from haechi.streams.log.reader import LogReader
    from haechi.streams.models.history import Promotion
    from haechi.streams.models.making import Made, Maker

_KINDS: Final = ("traveler", "parcel")
_NONE: Final = "none"
_HEX: Final = re.compile(r"[0-9a-f]+")
_LEAST: Final = 8
_WHOLE: Final = 64
_HEADER_MOST: Final = 1 << 17
_MOST_PASSES: Final = 100


def add(commands: Commands) -> None:
    """Add the commands."""
    top = commands.add_parser(
        "models",
        help="make, show and promote models",
        description="Make models out of the log, show their cards, and promote them: a model "
        "takes its role when two approvers have said the same.",
        epilog="examples:\n  haechi models list\n"
        "  haechi models checkpoint --kind traveler\n"
        "  haechi models refit --kind traveler --passes 3\n"
        "  haechi models show 4f0c2a9b\n"
        "  haechi models promote 4f0c2a9b --kind traveler --reason 'better on new routes'\n\n"
        + HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    inner = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_list(inner)
    _add_making(inner)
    _add_show(inner)
    _add_promote(inner)


def _add_list(inner: Commands) -> None:
    parser = command(
        inner, "list", _list, "list models and what is in force since when and by whom",
        "haechi models list\nhaechi models list --json",
    )  # fmt: skip
    json_option(parser)


def _add_making(inner: Commands) -> None:
    checkpoint = command(
        inner, "checkpoint", _checkpoint, "keep what the learner has learned as a model",
        "haechi models checkpoint --kind traveler\n"
        "haechi models checkpoint --kind parcel --up-to 120000",
        details="The log is replayed with the same core up to and including that offset.",
    )  # fmt: skip
    refit = command(
        inner, "refit", _refit, "learn a model anew from the labels in the log",
        "haechi models refit --kind traveler\nhaechi models refit --kind parcel --passes 3",
        details="The last fifth of the labels is held out first, for the figures of the card.",
    )  # fmt: skip
    for parser in (checkpoint, refit):
        parser.add_argument("--kind", choices=_KINDS, required=True, help="whose model")
        parser.add_argument(
            "--up-to", type=int, metavar="OFFSET", help="last offset to read (default: the end)"
        )
        configs_option(parser)
        json_option(parser)
    refit.add_argument("--passes", type=int, default=1, metavar="N", help="passes over the labels")


def _add_show(inner: Commands) -> None:
    parser = command(
        inner, "show", _show, "show a model's card",
        "haechi models show 4f0c2a9b\nhaechi models show 4f0c2a9b --json",
    )  # fmt: skip
    parser.add_argument("artefact", metavar="SHA", help="the model, or its first 8 characters")
    json_option(parser)


def _add_promote(inner: Commands) -> None:
    parser = command(
        inner, "promote", _promote, "say as an approver what a model is to be",
        "haechi models promote 4f0c2a9b --kind traveler --reason 'better on new routes'\n"
        "haechi models promote 4f0c2a9b --kind traveler --reason seconded --as approver-2\n"
        "haechi models promote none --kind parcel --reason 'back to the prior'",
        details="It takes effect when a second approver says the same within seven days. An "
        "earlier model is promoted again to roll back; none is the untrained one.",
    )  # fmt: skip
    parser.add_argument("artefact", metavar="SHA", help="the model, or none")
    parser.add_argument("--kind", choices=_KINDS, required=True, help="whose model")
    parser.add_argument("--role", choices=("champion", "shadow"), default="champion")
    parser.add_argument("--reason", required=True, help="why, for the record")
    approver_option(parser)
    configs_option(parser)
    engine_options(parser)
    json_option(parser)


def _maker(folder: DataFolder, reader: LogReader, configs: Path | None) -> Maker:
    from haechi.streams.log.artefacts import Artefacts
    from haechi.streams.models.making import Maker, Names

    names = lookup.names(folder, configs)
    return Maker(reader, Artefacts(folder.artefacts), Names(names.lane, names.site))


def _checkpoint(args: argparse.Namespace) -> int:
    return _make(args, lambda maker, show: maker.checkpoint(args.kind, args.up_to, show))


def _refit(args: argparse.Namespace) -> int:
    if not 1 <= args.passes <= _MOST_PASSES:
        raise ConfigError(f"--passes is {args.passes}; it must be 1 to {_MOST_PASSES}")
    return _make(args, lambda maker, show: maker.refit(args.kind, args.up_to, args.passes, show))


def _make(args: argparse.Namespace, work: Any) -> int:
    from haechi.streams.models.card import write_card

    folder, reader = lookup.open_log(args)
    try:
        maker = _maker(folder, reader, args.configs)
        with Phases() as phases:
            warm(phases.show)
            made: Made = work(
                maker, lambda done, total: phases.show("replaying the log", done, total)
            )
    finally:
        reader.close()
    write_card(folder.artefacts, made.card)
    if maker.other_builds:
        builds = ", ".join(build[:16] for build in maker.other_builds)
        say(f"warning: the log holds decisions of other builds ({builds}), which were not compared")
    if maker.skipped:
        say(f"warning: {maker.skipped} labels name decisions of another layout and are left out")
    if args.json:
        emit_json(made.card)
    else:
        print(card_text(made.card, []))
        say(
            f"to promote it: haechi models promote {made.name[:16]} --kind {args.kind} --reason ..."
        )
    return OK


def _list(args: argparse.Namespace) -> int:
    from haechi.streams.models.history import read_history

    folder, reader = lookup.open_log(args)
    try:
        history = read_history(reader)
    finally:
        reader.close()
    models = []
    for name in _names(folder.artefacts):
        header, why = _header(folder.artefacts / name)
        if header is None and not why:
            continue
        models.append(
            {
                "artefact": name,
                "kind": header.kind if header else None,
                "made_by": header.made_by if header else None,
                "labels": header.labels if header else None,
                "learned_to": header.learned_to if header else None,
                "unusable": why or None,
            }
        )
    force = [_told(one) for _, one in sorted(history.in_force().items())]
    waiting = [_told(one) for one in history.waiting(time.time_ns() // 1000)]
    promotions = [_told(one) for one in history.told]
    if args.json:
        emit_json(
            {"models": models, "in_force": force, "waiting": waiting, "promotions": promotions}
        )
    else:
        print(list_text(models, force, waiting))
    for one in force:
        if not (folder.artefacts / one["artefact"]).exists():
            say(f"warning: artefact {one['artefact']} is in force and gone; restore it from the "
                "log's backup, or nothing can replay this log")  # fmt: skip
    return OK


def _show(args: argparse.Namespace) -> int:
    from haechi.streams.log.artefacts import Artefacts
    from haechi.streams.models.card import read_card
    from haechi.streams.models.history import read_history

    folder, reader = lookup.open_log(args)
    try:
        name = _find(folder.artefacts, args.artefact)
        promotions = [_told(one) for one in read_history(reader).of(name)]
    finally:
        reader.close()
    from haechi.operators.artefact import unpack_model

    model = unpack_model(Artefacts(folder.artefacts).read(name))
    card = read_card(folder.artefacts, name)
    if card is None:
        from dataclasses import asdict

        card = {"artefact": name, **asdict(model.header)}
        say(f"the card of {name[:16]} is gone; this is what the artefact says of itself")
    if args.json:
        emit_json({**card, "promotions": promotions})
    else:
        print(card_text(card, promotions))
    return OK


def _promote(args: argparse.Namespace) -> int:

    from haechi.rpc.v1 import governance_pb2

    folder = DataFolder(args.data.resolve())
    untrained = args.artefact == _NONE
    name = _untrained(args) if untrained else _find(folder.artefacts, args.artefact)
    promotion = governance_pb2.ModelPromotion(
        family=args.kind,
        artefact_sha256=bytes.fromhex(name),
        role=f"MODEL_ROLE_{args.role.upper()}",
        reason=args.reason,
    )
    response, in_effect = connect.propose(folder, args, lambda c: c.promote_model(promotion))
    if args.json:
        emit_json(
            {
                "state": "IN_EFFECT" if in_effect else "AWAITING_SECOND",
                "artefact": name,
                "kind": args.kind,
                "role": args.role,
                "event_id": response.event_id,
                "offset": response.position.offset,
            }
        )
    elif in_effect:
        print(f"{name[:16]} is the {args.kind} {args.role} from offset {response.position.offset}")
    else:
        print(f"{name[:16]} is proposed as {args.kind} {args.role}; it waits 7 days for a second "
              "approver to say the same")  # fmt: skip
    return OK


def _untrained(args: argparse.Namespace) -> str:
    from haechi.streams.models.card import write_card

    folder, reader = lookup.open_log(args)
    try:
        made = _maker(folder, reader, args.configs).none(args.kind)
    finally:
        reader.close()
    write_card(folder.artefacts, made.card)
    return made.name


def _names(folder: Path) -> list[str]:
    """Names of all artefacts, oldest first."""
    if not folder.is_dir():
        return []
    named = (path for path in folder.iterdir() if len(path.name) == _WHOLE)
    found = [path for path in named if _HEX.fullmatch(path.name)]
    return [path.name for path in sorted(found, key=lambda path: (_age(path), path.name))]


def _age(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _header(path: Path) -> tuple[ModelHeader | None, str]:
    """What an artefact says of itself, and why it cannot be used; neither if it is no model."""
    from haechi.operators.artefact import MAGIC, unpack_header

    try:
        with path.open("rb") as file:
            raw = file.read(_HEADER_MOST)
    except OSError as error:
        return None, f"cannot be read: {error.strerror}"
    if not raw.startswith(MAGIC):
        return None, ""
    try:
        return unpack_header(raw), ""
    except ModelUnusable as error:
        return None, str(error)


def _find(folder: Path, asked: str) -> str:
    """Whole name of a model by how it begins."""
    text = asked.strip().lower()
    if not _HEX.fullmatch(text) or not _LEAST <= len(text) <= _WHOLE:
        raise ConfigError(
            f"model {asked!r}: give its 64 hexadecimal characters, or at least the first {_LEAST}; "
            "see haechi models list"
        )
    found = [name for name in _names(folder) if name.startswith(text)]
    if len(text) == _WHOLE and not found:
        # The engine knows best whether it has it.
        return text
    if not found:
        raise BadInput("UNKNOWN_ARTEFACT", f"no model {text} in {folder}; see haechi models list")
    if len(found) > 1:
        raise BadInput("AMBIGUOUS_ID", f"{text} begins more than one model's name: {found[:5]}")
    return found[0]


def _told(one: Promotion) -> dict[str, Any]:
    from haechi.operators.governance import WORD_OF, ModelRole

    return {
        "kind": {int(node): word for node, word in WORD_OF.items()}[one.node],
        "role": ModelRole(one.role).name.lower(),
        "artefact": one.artefact,
        "took_effect": one.took_effect,
        "offset": one.offset,
        "stamp_us": one.stamp_us,
        "approvers": list(one.approvers),
        "reason": one.reason,
    }
