"""`haechi rules ...`: officers' rules, checked, submitted by two approvers, and what is in force.

`check` and `features` need no engine; `list` reads the log itself; `submit` asks the engine.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
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
from haechi.app.exits import HELP, OK, UnusableFile
from haechi.app.folder import DataFolder
from haechi.app.lookup import open_log
from haechi.app.terminal import emit_json
from haechi.engine.errors import BadInput, ConfigError, HaechiError

if TYPE_CHECKING:
    from haechi.configs.rule_set import RuleSet
    from haechi.streams.models.history import Promotion

_ROLES: Final = {1: "active", 3: "shadow"}
_LEAST: Final = 8


def add(commands: Commands) -> None:
    """Add the commands."""
    top = commands.add_parser(
        "rules",
        help="check, submit and list officers' rules",
        description="Rules over the feature table, in TOML: check a file, submit it as an "
        "approver, and see what is in force. A rule set takes effect when two approvers have "
        "submitted the same; an empty one takes all rules away.",
        epilog="examples:\n  haechi rules check november.toml\n"
        "  haechi rules submit november.toml --shadow --reason 'trial before the sales'\n"
        "  haechi rules submit 4f0c2a9b --reason seconded --as approver-2\n"
        "  haechi rules list\n\n" + HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    inner = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_check(inner)
    _add_submit(inner)
    _add_list(inner)


def _add_check(inner: Commands) -> None:
    check = command(
        inner, "check", _check, "read a rule file and say what is wrong with it",
        "haechi rules check november.toml",
    )  # fmt: skip
    check.add_argument("file", type=Path, metavar="FILE", help="the rules, TOML")
    configs_option(check)
    json_option(check)
    features = command(
        inner, "features", _features, "list the features that rules may name",
        "haechi rules features\nhaechi rules features --of parcel --json",
    )  # fmt: skip
    features.add_argument("--of", choices=("parcel", "traveler"), help="kind of subject")
    json_option(features)


def _add_submit(inner: Commands) -> None:
    parser = command(
        inner, "submit", _submit, "say as an approver that a rule set is to be in force",
        "haechi rules submit november.toml --reason 'Singles Day'\n"
        "haechi rules submit 4f0c2a9b --reason seconded --as approver-2",
        details="It takes effect when a second approver submits the same file, or its name, "
        "within seven days.",
    )  # fmt: skip
    parser.add_argument("rules", metavar="FILE|SHA", help="the rules, TOML, or a known set")
    parser.add_argument("--shadow", action="store_true", help="only note what it would do")
    parser.add_argument("--reason", required=True, help="why, for the record")
    approver_option(parser)
    engine_options(parser)
    json_option(parser)


def _add_list(inner: Commands) -> None:
    parser = command(
        inner, "list", _list, "list the rules in force, and what waits for a second approver",
        "haechi rules list\nhaechi rules list --json",
    )  # fmt: skip
    json_option(parser)


def _check(args: argparse.Namespace) -> int:
    from haechi.configs.port import Port
    from haechi.configs.rule_set import RuleSet
    from haechi.configs.rule_tables import compile_rules

    lanes = Port.load(args.configs).lanes
    rules = RuleSet.parse(rule_text(args.file), lanes, str(args.file), time.time_ns() // 1000)
    compile_rules(rules)
    if args.json:
        emit_json(_summary(rules))
    else:
        shadow = sum(rule.shadow for rule in rules.rules)
        print(f"{rules.name}: {len(rules.rules)} rules ({shadow} in shadow), "
              f"{len(rules.packs)} packs: all can be used")  # fmt: skip
    return OK


def _features(args: argparse.Namespace) -> int:
    from haechi.engine.features import FEATURES

    rows = [
        {"name": f.name, "of": f.of, "kind": f.kind, "unit": f.unit, "how": f.how}
        for f in FEATURES
        if f.kind != "token" and (args.of is None or f.of in (args.of, "both"))
    ]
    if args.json:
        emit_json({"features": rows})
        return OK
    for row in rows:
        unit = "" if row["unit"] == "-" else f"  {row['unit']}"
        print(f"{row['name']:32} {row['of']:9} {row['kind']:7}{unit}")
    return OK


def _submit(args: argparse.Namespace) -> int:

    from haechi.rpc.v1 import governance_pb2

    folder = DataFolder(args.data.resolve())
    said = governance_pb2.RuleSet(
        role="RULE_SET_ROLE_SHADOW" if args.shadow else "RULE_SET_ROLE_ACTIVE",
        reason=args.reason,
    )
    path = Path(args.rules)
    if path.exists():
        said.toml = rule_text(path)
    else:
        said.sha256 = bytes.fromhex(_known(folder, args.rules))
    response, in_effect = connect.propose(folder, args, lambda c: c.submit_rule_set(said))
    name, role = response.sha256.hex(), "shadow" if args.shadow else "active"
    if args.json:
        emit_json(
            {
                "state": "IN_EFFECT" if in_effect else "AWAITING_SECOND",
                "artefact": name,
                "role": role,
                "event_id": response.event_id,
                "offset": response.position.offset,
            }
        )
    elif in_effect:
        print(f"{name[:16]} is {role} from offset {response.position.offset}")
    else:
        print(f"{name[:16]} is proposed as {role}; it waits 7 days for a second approver: "
              f"haechi rules submit {name[:16]} --reason ... --as approver-2")  # fmt: skip
    return OK


def _list(args: argparse.Namespace) -> int:
    from haechi.engine.codes import EventKind
    from haechi.streams.models.history import read_history

    folder, reader = open_log(args)
    try:
        history = read_history(reader, EventKind.RULE_SET)
    finally:
        reader.close()
    force = [_told(one, folder) for _, one in sorted(history.in_force().items())]
    waiting = [_told(one, folder) for one in history.waiting(time.time_ns() // 1000)]
    if args.json:
        told = [_told(one, folder) for one in history.told]
        emit_json({"in_force": force, "waiting": waiting, "submissions": told})
    else:
        print("\n".join(_lines(force, waiting)))
    return OK


def _lines(force: list[dict[str, Any]], waiting: list[dict[str, Any]]) -> Iterator[str]:
    if not force:
        yield "no rules are in force; submit some with haechi rules submit FILE"
    for one in force:
        by = " and ".join(one["approvers"])
        yield f"{one['role']}: {one['name']} {one['artefact'][:16]}, by {by}, {one['since']}"
        for rule in one.get("rules", ()):
            mark = "expired" if rule["expired"] else f"until {rule['until']}"
            yield f"  {rule['id']:40} {rule['of']:9} {rule['does']:24} {mark}"
    for one in waiting:
        yield (f"waiting: {one['name']} {one['artefact'][:16]} as {one['role']}, proposed by "
               f"{one['approvers'][0]}")  # fmt: skip


def _told(one: Promotion, folder: DataFolder) -> dict[str, Any]:
    said: dict[str, Any] = {
        "artefact": one.artefact,
        "name": "?",
        "role": _ROLES.get(one.role, "?"),
        "offset": one.offset,
        "since": _moment(one.stamp_us),
        "approvers": list(one.approvers),
        "reason": one.reason,
        "took_effect": one.took_effect,
    }
    try:
        said |= _summary(_stored(folder, one.artefact))
    except HaechiError as error:
        said["unusable"] = str(error)
    return said


def _stored(folder: DataFolder, name: str) -> RuleSet:
    from haechi.operators.rule_artefact import unpack_rules
    from haechi.streams.log.artefacts import Artefacts

    return unpack_rules(Artefacts(folder.artefacts).read(name))


def _summary(rules: RuleSet) -> dict[str, Any]:
    now_us = time.time_ns() // 1000
    return {
        "name": rules.name,
        "rules": [
            {
                "id": rule.id,
                "of": rule.of,
                "when": rule.condition.text,
                "does": rule.effect,
                "shadow": rule.shadow,
                "owner": rule.owner,
                "legal_basis": rule.legal_basis,
                "until": _moment(rule.until_us),
                "expired": rule.until_us <= now_us,
                "pack": rule.pack or None,
            }
            for rule in rules.rules
        ],
        "packs": [
            {"id": p.id, "quota": p.quota, "until": _moment(p.until_us)} for p in rules.packs
        ],
    }


def _moment(us: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(us / 1e6))


def rule_text(path: Path) -> str:
    """Read a file of rules; raises UnusableFile."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableFile(
            "UNREADABLE", f"{path} cannot be read: {error}; give a UTF-8 file of rules"
        ) from None


def _known(folder: DataFolder, begins: str) -> str:
    """The rule set whose name begins so."""
    from haechi.operators.rule_artefact import MAGIC

    text = begins.strip().lower()
    if len(text) < _LEAST or not set(text) <= set("0123456789abcdef"):
        raise ConfigError(
            f"{begins} is neither a file nor the first {_LEAST} characters of a known rule set"
        )
    found = [
        path.name
        for path in folder.artefacts.glob(f"{text}*")
        if path.suffix == "" and path.open("rb").read(len(MAGIC)) == MAGIC
    ]
    if len(found) != 1:
        raise BadInput(
            "UNKNOWN_ARTEFACT",
            f"{len(found)} rule sets begin with {text}; see haechi rules list, or give the file",
        )
    return found[0]
