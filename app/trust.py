"""`haechi trust ...`: the registry of trusted parties."""

from __future__ import annotations

import argparse
from typing import Any, Final

from haechi.app import connect
from haechi.app.arguments import Commands, approver_option, command, engine_options, json_option
from haechi.app.exits import HELP, OK
from haechi.app.folder import DataFolder
from haechi.app.lookup import open_log
from haechi.app.shown import enum_word, moment
from haechi.app.terminal import columns, emit_json
from haechi.app.times import time_us

_AS: Final = ("importer", "declarant", "seller", "consignee")


def add(commands: Commands) -> None:
    """Add the commands."""
    top = commands.add_parser(
        "trust",
        help="grant trusted parties their standing, or take it away",
        description="Parcels of trusted parties are less likely to be stopped and go through the "
        "lane that lanes.toml names as fast, where some are inspected at random. A grant takes "
        "effect when two approvers have said the same; a withdrawal at once, on open cases too. "
        "An offence found in a parcel takes trust from its parties by itself.",
        epilog="examples:\n"
        "  haechi trust grant importer ACME --until 2027-01-01T00:00:00+09:00 --programme AEO \\\n"
        "      --legal-basis 'Customs Act, Article 255-2' --reason 'audited in October'\n"
        "  haechi trust withdraw importer ACME --reason 'books not shown'\n"
        "  haechi trust list\n\n" + HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    inner = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    grant = command(
        inner, "grant", _say, "say as an approver that a party is trusted",
        "haechi trust grant importer ACME --until 2027-01-01T00:00:00+09:00 "
        "--legal-basis 'Customs Act' --reason audited\n"
        "# and the same with --as approver-2",
    )  # fmt: skip
    grant.add_argument("--until", required=True, metavar="TIME", help="when the trust ends")
    grant.add_argument("--legal-basis", required=True, help="by what right")
    grant.add_argument("--programme", default="", help="such as AEO")
    withdraw = command(
        inner, "withdraw", _say, "take trust away, at once",
        "haechi trust withdraw importer ACME --reason 'books not shown'",
    )  # fmt: skip
    for parser, change in ((grant, "GRANT"), (withdraw, "WITHDRAW")):
        parser.set_defaults(change=change)
        parser.add_argument("trusted_as", choices=_AS, metavar="AS", help=", ".join(_AS))
        parser.add_argument("party", help="name or token, as declarations give it")
        parser.add_argument("--reason", required=True, help="why, for the record")
        approver_option(parser)
        engine_options(parser)
        json_option(parser)
    listing = command(
        inner, "list", _list, "list what approvers said of parties, from the log",
        "haechi trust list\nhaechi trust list --json",
    )  # fmt: skip
    json_option(listing)


def _say(args: argparse.Namespace) -> int:
    from haechi.rpc.v1.governance_pb2 import TrustChanged

    words: Any = {
        "change": f"TRUST_CHANGE_{args.change}",
        "trusted_as": f"TRUSTED_AS_{args.trusted_as.upper()}",
    }
    said = TrustChanged(party=args.party, reason=args.reason, **words)
    if args.change == "GRANT":
        said.until_us = time_us(args.until)
        said.legal_basis, said.programme = args.legal_basis, args.programme
    response, in_effect = connect.propose(
        DataFolder(args.data.resolve()), args, lambda c: c.change_trust(said)
    )
    state = "IN_EFFECT" if in_effect else "AWAITING_SECOND"
    if args.json:
        emit_json({"state": state, "event_id": response.event_id,
                   "offset": response.position.offset})  # fmt: skip
    elif in_effect:
        does = "trusted" if args.change == "GRANT" else "not trusted any more"
        print(f"{args.party} is {does} from offset {response.position.offset}")
    else:
        print("it waits 7 days for another approver to say the same: --as approver-2")
    return OK


def _list(args: argparse.Namespace) -> int:
    _, reader = open_log(args)
    try:
        said = [_told(one) for one in _changes(reader)]
    finally:
        reader.close()
    if args.json:
        emit_json({"changes": said})
    elif not said:
        print("nobody was ever granted trust")
    else:
        print(columns(_row(one) for one in said))
        print("A grant counts when two approvers said the same; an offence found ends it.")
    return OK


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    until = f"until {one['until']}" if one["until"] else ""
    by = f"by {one['approver']}"
    return (
        one["at"],
        one["change"].lower(),
        one["trusted_as"],
        one["party"],
        until,
        by,
        one["reason"],
    )


def _changes(reader: Any) -> list[tuple[int, Any]]:
    from haechi.engine.codes import EventKind
    from haechi.rpc.v1.event_pb2 import Event

    found = []
    for event in reader.events_of(EventKind.TRUST_CHANGED):
        found.append((event.stamp_us, Event.FromString(reader.payload(event)).trust_changed))
    return found


def _told(one: tuple[int, Any]) -> dict[str, Any]:
    from haechi.rpc.v1 import governance_pb2 as pb

    stamp_us, said = one
    return {
        "at": moment(stamp_us),
        "change": enum_word(pb.TrustChange, said.change),
        "trusted_as": enum_word(pb.TrustedAs, said.trusted_as).lower(),
        "party": said.party,
        "programme": said.programme,
        "legal_basis": said.legal_basis,
        "until": moment(said.until_us) if said.until_us else None,
        "approver": said.approver,
        "reason": said.reason,
    }
