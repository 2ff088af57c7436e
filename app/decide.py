"""`haechi decide`: one gate's question, from flags or from an event in JSON."""

from __future__ import annotations

import argparse
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from haechi.app import connect
from haechi.app.arguments import Commands, command, engine_options, json_option
from haechi.app.exits import FAILED, OK, UnusableFile
from haechi.app.folder import DataFolder
from haechi.app.shown import enum_word, moment
from haechi.app.terminal import columns, emit_json, say
from haechi.engine.errors import ConfigError

if TYPE_CHECKING:
    from haechi.rpc.v1.decision_service_pb2 import DecideResponse
    from haechi.rpc.v1.envelope_pb2 import SubjectReference
    from haechi.rpc.v1.event_pb2 import Event

_REFERENCES: Final = {
    "traveler": ("ID", "traveler's id"),
    "document": ("STATE:NUMBER[:FLIGHT:YYYYMMDD]", "travel document"),
    "bag": ("TAG", "bag tag"),
    "parcel": ("ID", "parcel's id"),
    "waybill": ("COURIER:HAWB:YYYYMMDD", "house waybill and its arrival"),
    "pccc": ("CODE", "personal customs clearance code"),
}


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "decide",
        run,
        "ask one question as a gate",
        "haechi decide --gate ICN-T1-EXIT-1 --traveler t1\n"
        "haechi decide --gate ICN-T1-EXIT-4 --document KOR:M12345678:KE001:20260301 --json\n"
        "haechi decide --gate ICN-EXP-OUT-1 --waybill CJ:123456789012:20260301 --budget-ms 50\n"
        "haechi decide --event question.json   # a haechi.v1.Event; - reads standard input",
        details="The answer is RELEASE, HOLD or REFER; if no engine answers in time it is REFER, "
        "provisional, and the command ends with 1.",
    )
    parser.add_argument("--event", metavar="FILE", help="a whole haechi.v1.Event as JSON")
    parser.add_argument("--gate", help="the gate that asks")
    parser.add_argument("--lane", default="", help="lane (default: the gate's first)")
    parser.add_argument("--budget-ms", type=int, default=0, help="deadline (default: the engine's)")
    for name, (form, about) in _REFERENCES.items():
        parser.add_argument(f"--{name}", metavar=form, action="append", help=about)
    engine_options(parser)
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Ask."""
    import grpc

    from haechi.rpc.watching import failure

    event = _read(args.event) if args.event else _made(args)
    folder = DataFolder(args.data.resolve())
    with connect.client(folder, "gate", args.target, args.token) as client:
        began = time.monotonic()
        try:
            response = client.decide(event)
        except grpc.RpcError as error:
            raise ConfigError(f"the engine refused the token: {failure(error)[1]}") from None
        took_ms = (time.monotonic() - began) * 1000
    return _tell(response, took_ms, as_json=args.json)


def _made(args: argparse.Namespace) -> Event:
    """Make the event of the flags.

    Raises
    ------
    ConfigError
        If they name no gate or nobody.
    """
    from haechi.rpc.v1.event_pb2 import Event

    if not args.gate:
        raise ConfigError("--gate is missing: name the gate that asks, such as ICN-T1-EXIT-1")
    event = Event()
    envelope = event.envelope
    for name in _REFERENCES:
        for text in getattr(args, name) or ():
            _refer(envelope.subjects.add(), name, text)
    if not envelope.subjects:
        raise ConfigError(
            "nobody is named: give one of " + ", ".join(f"--{name}" for name in _REFERENCES)
        )
    if not 0 <= args.budget_ms <= 10_000:
        raise ConfigError(f"--budget-ms {args.budget_ms}: give 1 to 10000")
    question = event.gate_event
    question.gate, question.lane, question.budget_ms = args.gate, args.lane, args.budget_ms
    return _completed(event)


def _refer(reference: SubjectReference, name: str, text: str) -> None:
    parts = text.split(":")
    form = _REFERENCES[name][0]
    wrong = ConfigError(f"--{name} {text!r}: give it as {form}")
    if name == "document":
        if len(parts) not in (2, 4):
            raise wrong
        document = reference.document
        document.issuing_state, document.number = parts[:2]
        if len(parts) == 4:
            document.flight, document.flight_date = parts[2], _date(parts[3], wrong)
    elif name == "waybill":
        if len(parts) != 3:
            raise wrong
        waybill = reference.waybill
        waybill.courier, waybill.hawb = parts[:2]
        waybill.arrival_date = _date(parts[2], wrong)
    else:
        field = {"traveler": "traveler_id", "parcel": "parcel_id", "bag": "bag_tag"}
        setattr(reference, field.get(name, name), text)


def _date(text: str, wrong: ConfigError) -> int:
    if len(text) != 8 or not text.isdecimal():
        raise wrong
    return int(text)


def _read(name: str) -> Event:
    """Read an event in JSON.

    Raises
    ------
    UnusableFile
        If it cannot be read, or is none.
    """
    from google.protobuf.json_format import Parse, ParseError

    from haechi.rpc.v1.event_pb2 import Event

    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
        event = Parse(text, Event())
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableFile("UNREADABLE_FILE", f"{name} cannot be read: {error}") from None
    except ParseError as error:
        raise UnusableFile("NO_EVENT", f"{name} is no haechi.v1.Event in JSON: {error}") from None
    if event.WhichOneof("kind") != "gate_event":
        raise UnusableFile("NO_GATE_EVENT", f"{name} has no gate_event; only a gate asks")
    return _completed(event)


def _completed(event: Event) -> Event:
    """Give it an id, a version and a time, where it has none."""
    envelope = event.envelope
    envelope.event_id = envelope.event_id or f"cli:{uuid.uuid4()}"
    envelope.schema_version = envelope.schema_version or 1
    envelope.source = envelope.source or "haechi decide"
    envelope.event_time_us = envelope.event_time_us or time.time_ns() // 1000
    return event


def _tell(response: DecideResponse, took_ms: float, *, as_json: bool) -> int:
    from haechi.rpc.v1 import vocabulary_pb2 as words

    answer = response.answer
    refused = response.refusal.code
    unreachable = answer.code_class == words.CODE_CLASS_ENGINE_UNREACHABLE
    verdict = enum_word(words.Verdict, answer.verdict)
    directive = enum_word(words.Directive, answer.directive)
    code_class = enum_word(words.CodeClass, answer.code_class)
    if as_json:
        shown: dict[str, Any] = {
            "decision_id": answer.decision_id,
            "verdict": verdict,
            "directive": directive,
            "code_class": code_class,
            "kind": enum_word(words.DecisionKind, answer.kind),
            "stage": enum_word(words.Stage, answer.stage),
            "provisional": answer.provisional,
            "degraded": answer.degraded,
            "valid_until_us": answer.valid_until_us,
            "review_by_us": answer.review_by_us,
            "supersedes": answer.supersedes,
            "took_ms": round(took_ms, 3),
            "refusal": {"code": refused, "reason": response.refusal.reason} if refused else None,
        }
        emit_json(shown)
    else:
        rows = [
            ("verdict", verdict + (f", {directive}" if directive else "")),
            ("because", code_class),
            ("valid until", moment(answer.valid_until_us)),
            ("review by", moment(answer.review_by_us)),
            ("decision", answer.decision_id or "- (provisional: the engine did not decide it)"),
            ("took", f"{took_ms:.2f} ms"),
        ]
        print(columns(rows, ""))
        if answer.decision_id and not unreachable and not refused:
            say(f"why: haechi explain {answer.decision_id}")
    if refused:
        say(f"error: {refused}: {response.refusal.reason}")
    elif unreachable:
        say("error: no engine answered in time; see whether it runs: haechi up")
    return FAILED if refused or unreachable else OK
