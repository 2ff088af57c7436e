"""`haechi backtest RULES`: what a rule set would have done to the decisions of the log."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from haechi.app import connect
from haechi.app.arguments import (
    Commands,
    command,
    configs_option,
    json_option,
    profile_option,
)
from haechi.app.configuration import load_profile
from haechi.app.exits import OK
from haechi.app.folder import DataFolder
from haechi.app.lookup import open_log
from haechi.app.rules import rule_text
from haechi.app.serving import serving
from haechi.app.terminal import Phases, columns, emit_json
from haechi.app.times import time_us
from haechi.app.warm import warm

if TYPE_CHECKING:
    from haechi.configs.rule_set import RuleSet
    from haechi.streams.backtest import Backtest, Changed

_FAR_US: Final = 1 << 62
_MINUTES: Final = 10.0
_COPY_S: Final = 3600
"""Answers of months may have to be copied before the first backtest."""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "backtest",
        run,
        "replay the log with another rule set and print what would have changed",
        "haechi backtest november.toml\n"
        "haechi backtest november.toml --from 2026-11-01T00:00:00+09:00 --json\n"
        "haechi backtest november.toml --store",
        details="The log is read through the same core with the file's rules in place of those "
        "that were in force. With --store only the stored answers are decided anew, a million in "
        "about a second: hold rates and random checks by novelty then stay as they were, quotas "
        "never end, and what a rule would route to another lane is counted as unknown. "
        "Seizures among the newly stopped are estimated from random checks, "
        "with an interval of 95%; among the newly released they are what inspections found.",
    )
    parser.add_argument("file", type=Path, metavar="RULES", help="the rules, TOML")
    parser.add_argument(
        "--store", action="store_true", help="from the answers in ClickHouse, without the log"
    )
    parser.add_argument(
        "--from", dest="begin", metavar="TIME", help="compare from then on (default: the beginning)"
    )
    parser.add_argument("--to", dest="end", metavar="TIME", help="compare until then (the end)")
    parser.add_argument(
        "--minutes", type=float, default=_MINUTES, metavar="M",
        help="an officer's minutes for one stop (default: %(default)g)",
    )  # fmt: skip
    profile_option(parser)
    configs_option(parser)
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Backtest."""
    from haechi.configs.port import Port
    from haechi.configs.rule_set import RuleSet

    lanes = Port.load(args.configs).lanes
    rule_set = RuleSet.parse(rule_text(args.file), lanes, str(args.file))
    with Phases() as phases:
        found, took_s = (_from_store if args.store else _from_log)(args, rule_set, phases)
    result = _result(found, rule_set, args.minutes, took_s)
    if args.json:
        emit_json(result)
    else:
        _tell(result, store=args.store)
    return OK


def _range(args: argparse.Namespace) -> dict[str, int]:
    return {
        "from_us": time_us(args.begin) if args.begin else 0,
        "until_us": time_us(args.end) if args.end else _FAR_US,
    }


def _from_log(
    args: argparse.Namespace, rule_set: RuleSet, phases: Phases
) -> tuple[Backtest, float]:
    from haechi.streams.backtest import backtest
    from haechi.streams.log.artefacts import Artefacts

    between, cases = _range(args), load_profile(args.profile).engine.cases
    folder, reader = open_log(args)
    try:
        warm(phases.show)
        began = time.monotonic()
        found = backtest(
            reader, Artefacts(folder.artefacts), rule_set, **between,
            cases=cases, progress=lambda done, total: phases.show("replaying", done, total),
        )  # fmt: skip
        return found, time.monotonic() - began
    finally:
        reader.close()


def _from_store(
    args: argparse.Namespace, rule_set: RuleSet, phases: Phases
) -> tuple[Backtest, float]:
    from haechi.configs.policy import compile_policy
    from haechi.configs.port import Port, config_text
    from haechi.configs.schema import Target
    from haechi.streams.answers import Answers
    from haechi.streams.backtest_store import backtest_store
    from haechi.streams.shipper.outlet import connector

    between, profile = _range(args), load_profile(args.profile)
    policy, _ = compile_policy(config_text("lanes.toml", args.configs))
    with serving(args, profile):
        login = connect.store(DataFolder(args.data.resolve()), profile, "engine")
        client = connector(login.host, login.port, login.user, login.password, _COPY_S)()
        try:
            answers = Answers(client, Target(), Port.load(args.configs).lanes)
            phases.show("copying new answers")
            answers.complete()
            phases.show("deciding anew")
            began = time.monotonic()
            found = backtest_store(answers, rule_set, policy, **between)
            return found, time.monotonic() - began
        finally:
            client.close()


def _result(found: Backtest, rule_set: RuleSet, minutes: float, took_s: float) -> dict[str, Any]:
    from haechi.streams.backtest import SHOWN

    added, removed = found.added(), found.removed()
    gained, low, high = found.estimated(added)
    inspected, missed = found.inspected(removed)
    checked, seized = found.inspected(added)
    return {
        "rules": rule_set.name,
        "sha256": rule_set.sha256.hex(),
        "events": found.events,
        "seconds": round(took_s, 2),
        "answers": found.answers,
        "same": found.same,
        "unknown": found.unknown,
        "of_promised_shares": found.promised,
        "quotas": len(rule_set.packs),
        "stops_added": len(added),
        "stops_removed": len(removed),
        "otherwise_changed": len(found.changed) - len(added) - len(removed),
        "officer_hours": round((len(added) - len(removed)) * minutes / 60.0, 1),
        "seizures_gained": {
            "estimate": round(gained, 1), "low": round(low, 1), "high": round(high, 1),
            "cases_inspected": checked, "found": seized,
        },
        "seizures_missed": {"cases_inspected": inspected, "found": missed},
        "answers_that_meet": {
            rule.id: found.matched.get(rule.id, 0) for rule in rule_set.rules
        },
        "stopped": [_named(one) for one in found.shown(added[:SHOWN])],
        "released": [_named(one) for one in found.shown(removed[:SHOWN])],
    }  # fmt: skip


def _named(one: Changed) -> dict[str, Any]:
    from haechi.engine.codes import Verdict

    return {
        "decision_id": one.decision_id.hex(),
        "case": f"{one.case_key:016x}",
        "before": Verdict(one.before).name,
        "after": Verdict(one.after).name,
        "rules": list(one.rules),
    }


def _tell(result: dict[str, Any], *, store: bool) -> None:
    gained, missed = result["seizures_gained"], result["seizures_missed"]
    how = "from the store" if store else f"of {result['events']:,} events, replayed"
    print(f"{result['rules']}: {result['answers']:,} answers {how} in {result['seconds']:.1f} s")
    if store and (result["of_promised_shares"] or result["quotas"]):
        print(f"only a replay knows how {result['of_promised_shares']:,} answers of lanes that "
              f"promise a share, and {result['quotas']} quotas, would have reacted")  # fmt: skip
    estimate = f"{gained['estimate']:g} [{gained['low']:g}, {gained['high']:g}]"
    print(columns([
        ("same verdict", f"{result['same']:,}"),
        *([("cannot be told", f"{result['unknown']:,}")] if result["unknown"] else []),
        ("stops added", f"{result['stops_added']:,}"),
        ("stops removed", f"{result['stops_removed']:,}"),
        ("otherwise changed", f"{result['otherwise_changed']:,}"),
        ("officer-hours", f"{result['officer_hours']:+,.1f}"),
        ("seizures gained", f"{estimate}, from {gained['cases_inspected']} inspected cases"),
        ("seizures missed", f"{missed['found']} of {missed['cases_inspected']} inspected cases"),
    ]))  # fmt: skip
    print("answers that meet each rule:")
    print(columns((name, f"{count:,}") for name, count in result["answers_that_meet"].items()))
    for head, which in (("would have been stopped", "stopped"), ("released", "released")):
        rows = [(one["decision_id"], one["case"], f"{one['before']} -> {one['after']}",
                 ", ".join(one["rules"])) for one in result[which]]  # fmt: skip
        if rows:
            print(f"{head}:")
            print(columns(rows))
