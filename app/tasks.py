"""`haechi tasks`: what waits for officers, and what they do with it."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any, Final

from haechi.app import connect
from haechi.app.arguments import Commands, command, engine_options, json_option
from haechi.app.exits import HELP, OK
from haechi.app.folder import DataFolder
from haechi.app.shown import enum_word, moment
from haechi.app.terminal import columns, emit_json
from haechi.engine.codes import Directive

if TYPE_CHECKING:
    from haechi.rpc.v1.task_service_pb2 import Task

_ACTS: Final = {
    "take": ("OFFICER_ACT_TAKE", "work on a task; nobody else acts on it then"),
    "put-back": ("OFFICER_ACT_PUT_BACK", "give a task that one took back to everybody"),
    "release": ("OFFICER_ACT_RELEASE", "let the subject go: the check found nothing"),
    "confirm": ("OFFICER_ACT_CONFIRM", "let the stop stand"),
    "escalate": ("OFFICER_ACT_ESCALATE", "hand a task to somebody senior"),
    "override": ("OFFICER_ACT_OVERRIDE", "decide otherwise, with a reason"),
}
_TO: Final = ("RELEASE", "HOLD", "REFER")


def add(commands: Commands) -> None:
    """Add the commands."""
    top = commands.add_parser(
        "tasks",
        help="list what waits for officers, and act on it",
        description="Each HOLD and REFER that a gate was told asks an officer to look by a time. "
        "Who does not in time is reminded by an escalation; nobody is ever released by one.",
        epilog="examples:\n  haechi tasks list\n"
        "  haechi tasks take 4f0c2a9be1d37758a6b0c1d2e3f40516\n"
        "  haechi tasks release ID --reason CHECKED\n"
        "  haechi tasks override ID --to HOLD --reason TIP-OFF\n\n" + HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    inner = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_list(inner)
    for word, (_, does) in _ACTS.items():
        _add_act(inner, word, does)


def _add_list(inner: Commands) -> None:
    parser = command(
        inner, "list", _list, "list what waits: what escalated first, then by the time to look",
        "haechi tasks list\nhaechi tasks list --lane express --json",
    )  # fmt: skip
    parser.add_argument("--site", default="", help="only of this site")
    parser.add_argument("--lane", default="", help="only of this lane")
    parser.add_argument("--mine", action="store_true", help="only what this officer has taken")
    parser.add_argument("--limit", type=int, default=100, help="at most so many (%(default)s)")
    _person(parser)


def _add_act(inner: Commands, word: str, does: str) -> None:
    reason = " --reason CHECKED" if word in ("release", "override") else ""
    to = " --to HOLD" if word == "override" else ""
    parser = command(inner, word, _act, does, f"haechi tasks {word} ID{to}{reason}")
    parser.set_defaults(act=word)
    parser.add_argument(
        "id", metavar="ID", help="decision that stands, as haechi tasks list has it"
    )
    parser.add_argument(
        "--reason", default="", metavar="CODE",
        help="why, a code of the service; needed to override and to release a HOLD",
    )  # fmt: skip
    parser.add_argument("--note", default="", help="for the record; no personal data")
    if word == "override":
        parser.add_argument("--to", required=True, choices=_TO, help="the officer's verdict")
        parser.add_argument(
            "--directive", default="CALL_OFFICER", choices=[one.name for one in Directive][1:],
            metavar="CHECK", help="where the subject goes now (default: %(default)s)",
        )  # fmt: skip
    _person(parser)


def _person(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--as", dest="officer", default="officer", metavar="NAME",
        help="whose token is used (default: officer)",
    )  # fmt: skip
    engine_options(parser)
    json_option(parser)


def _list(args: argparse.Namespace) -> int:
    found = connect.ask(
        DataFolder(args.data.resolve()), args, args.officer,
        lambda c: c.tasks(site=args.site, lane=args.lane, mine=args.mine, limit=args.limit),
    )  # fmt: skip
    if args.json:
        emit_json({"total": found.total, "tasks": [_named(task) for task in found.tasks]})
        return OK
    if not found.tasks:
        print("nothing waits for officers")
        return OK
    now_us = time.time_ns() // 1000
    print(columns(_row(task, now_us) for task in found.tasks))
    if found.total > len(found.tasks):
        print(f"{found.total - len(found.tasks):,} more; see --limit")
    return OK


def _row(task: Task, now_us: int) -> tuple[str, ...]:
    left_s = (task.review_by_us - now_us) // 1_000_000
    due = f"in {left_s:,} s" if left_s >= 0 else f"{-left_s:,} s ago"
    state = f"{_state(task)} {task.taken_by}".strip()
    asks = f"{_verdict(task.verdict)} {_directive(task)}"
    place = f"{task.lane} {task.gate}".strip()
    eyes = "two must agree" if task.four_eyes else ""
    return task.decision_id, state, asks, f"{task.probability:.1%}", place, f"due {due}", eyes


def _act(args: argparse.Namespace) -> int:
    from haechi.rpc.v1.officers_pb2 import OfficerAction

    given = {"act": _ACTS[args.act][0]}
    if args.act == "override":
        given["to_verdict"] = f"VERDICT_{args.to}"
        given["directive"] = f"DIRECTIVE_{args.directive}"
    action = OfficerAction(decision_id=args.id, reason_code=args.reason, note=args.note, **given)
    done = connect.ask(
        DataFolder(args.data.resolve()), args, args.officer, lambda c: c.act_on_task(action)
    )
    if args.json:
        emit_json({"task": _named(done.task), "event_id": done.event_id,
                   "offset": done.position.offset})  # fmt: skip
    else:
        print(_told(done.task))
    return OK


def _told(task: Task) -> str:
    """What came of an act, in one line."""
    from haechi.rpc.v1 import task_service_pb2 as pb

    told = (
        f"{_state(task)}: {_verdict(task.verdict)} {_directive(task)}, decision {task.decision_id}"
    )
    if task.state == pb.TASK_STATE_SECOND:
        return f"{told}; a second officer must say the same"
    return told


def _named(task: Task) -> dict[str, Any]:
    from haechi.rpc.v1 import vocabulary_pb2 as words

    return {
        "decision_id": task.decision_id,
        "case": task.case_reference,
        "state": _state(task),
        "verdict": _verdict(task.verdict),
        "directive": _directive(task),
        "code_class": enum_word(words.CodeClass, task.code_class),
        "stage": enum_word(words.Stage, task.stage),
        "lane": task.lane,
        "site": task.site,
        "gate": task.gate,
        "taken_by": task.taken_by or None,
        "review_by": moment(task.review_by_us),
        "since": moment(task.since_us),
        "four_eyes": task.four_eyes,
        "asked_verdict": _verdict(task.asked_verdict) if task.asked_verdict else None,
        "probability": task.probability,
    }


def _state(task: Task) -> str:
    from haechi.rpc.v1 import task_service_pb2 as pb

    return enum_word(pb.TaskState, task.state)


def _verdict(verdict: Any) -> str:
    from haechi.rpc.v1 import vocabulary_pb2 as words

    return enum_word(words.Verdict, verdict)


def _directive(task: Task) -> str:
    from haechi.rpc.v1 import vocabulary_pb2 as words

    return enum_word(words.Directive, task.directive)
