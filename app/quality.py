"""`haechi quality`: how good the models are, from the log alone."""

from __future__ import annotations

import argparse
import dataclasses
import math
from typing import TYPE_CHECKING, Any, Final

from haechi.app import credentials
from haechi.app.arguments import Commands, command, configs_option, json_option, profile_option
from haechi.app.configuration import load_profile
from haechi.app.exits import OK
from haechi.app.folder import DataFolder
from haechi.app.terminal import Phases, columns, emit_json, say

if TYPE_CHECKING:
    from haechi.streams.monitor.estimates import Estimate
    from haechi.streams.monitor.monitor import Monitor

_SELECTION: Final = (
    ("prevalence", "prevalence", 100.0, "%"),
    ("precision", "precision", 100.0, "%"),
    ("recall", "recall", 100.0, "%"),
    ("found per 100", "seizures_per_100", 1.0, ""),
    ("at random per 100", "random_seizures_per_100", 1.0, ""),
    ("lift", "lift", 1.0, "x"),
)
_MODEL: Final = (
    ("AUC", "auc", 1.0, ""),
    ("log-loss", "log_loss", 1.0, ""),
    ("calibration bias", "calibration_bias", 1.0, ""),
    ("calibration slope", "calibration_slope", 1.0, ""),
)
_CAVEAT: Final = (
    "[..] are intervals of 95%. AUC, log-loss and calibration are over inspected cases only. "
    "Prevalence, recall and lift weigh labels by 1/propensity and need random checks; labels of "
    "unknown propensity (officers' own choice, files) are left out of them."
)


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "quality",
        run,
        "tell how good the models are, from the outcomes in the log",
        "haechi quality\nhaechi quality --challengers\nhaechi quality --json",
        details="It reads the log itself, beside a running engine or without one, and shows the "
        "latest labels by kind of subject and lane with intervals. What nobody can know from "
        "the labels is a dash.",
    )
    parser.add_argument(
        "--challengers", action="store_true", help="let the challengers of monitor.toml compete too"
    )
    profile_option(parser)
    configs_option(parser)
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Read the log and tell."""
    from haechi.configs.monitor import MonitorConfig
    from haechi.configs.port import Port
    from haechi.rpc.names import names_of
    from haechi.streams.log.keys import SubjectKeys
    from haechi.streams.log.reader import LogReader
    from haechi.streams.monitor.follower import Follower
    from haechi.streams.monitor.monitor import Monitor
    from haechi.streams.tokens import Tokens

    folder = DataFolder(args.data.resolve())
    folder.need_log()
    profile = load_profile(args.profile)
    config = dataclasses.replace(MonitorConfig.load(args.configs), drifts=())
    if not args.challengers:
        config = dataclasses.replace(config, challengers=())
    tokens = Tokens(credentials.token_key(folder, make=False))
    names = names_of(Port.load(args.configs), tokens)
    keys = SubjectKeys(folder.keys)
    reader = LogReader(folder.log, keys)
    monitor = Monitor(config, profile.engine.shard)
    follower = Follower(monitor, reader, lambda text: tokens.id128("event", text))
    try:
        head = reader.head()
        end = head.offset if head else -1
        with Phases() as phases:
            while monitor.offset < end and follower.step():
                phases.show("reading the log", monitor.offset + 1, end + 1)
    finally:
        reader.close()
        keys.close()
    for one in monitor.switched_off():
        say(f"{one.name} of {one.of.name} raised after {one.learned} labels: {one.off}")
    groups = [
        _group(monitor, node, lane, names.lane(lane)) for node, lane in monitor.quality.groups()
    ]
    if args.json:
        emit_json(
            {
                "events": monitor.offset + 1,
                "outcomes": monitor.outcomes,
                "labels": monitor.labels,
                "groups": groups,
            }
        )
        return OK
    _tell(monitor, groups)
    return OK


def _group(monitor: Monitor, node: int, lane: int, name: str) -> dict[str, Any]:
    """Give a group to machines."""
    from haechi.configs.monitor import DECIDED
    from haechi.streams.monitor.monitor import subject_word
    from haechi.streams.monitor.quality import ALL_LANES

    models: dict[str, dict[str, Any]] = {}
    for figure in monitor.quality.figures(node, lane):
        models.setdefault(figure.model, {})[figure.metric] = _figure(figure.estimate)
    selection = models[DECIDED]
    measured = {key for _, key, _, _ in _MODEL}
    return {
        "kind": subject_word(node),
        "lane": "" if lane == ALL_LANES else name,
        "selection": {key: value for key, value in selection.items() if key not in measured},
        "models": {
            model: {key: value for key, value in figures.items() if key in measured}
            for model, figures in models.items()
        },
    }


def _figure(estimate: Estimate) -> dict[str, float | int]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n}


def _tell(monitor: Monitor, groups: list[dict[str, Any]]) -> None:
    print(
        f"{monitor.offset + 1:,} events, {monitor.outcomes:,} inspection outcomes, "
        f"{monitor.labels:,} labels of decisions"
    )
    if not groups:
        say("no outcome names a decision yet, so there is nothing to tell")
        return
    head = ("kind", "lane", "labels", "selected", "random", "other")
    rows: list[tuple[str, ...]] = [(*head, *(title for title, _, _, _ in _SELECTION))]
    for group in groups:
        said = group["selection"]
        counts = (
            f"{said[key]['value']:,.0f}"
            for key in ("labels", "labels_chosen", "labels_random", "labels_other")
        )
        shown = (_shown(said[key], scale, unit) for _, key, scale, unit in _SELECTION)
        rows.append((group["kind"], group["lane"] or "(all)", *counts, *shown))
    print("\nselection")
    print(columns(rows))
    rows = [("kind", "lane", "model", "labels", *(title for title, _, _, _ in _MODEL))]
    for group in groups:
        for model, said in group["models"].items():
            if said:
                shown = (_shown(said[key], scale, unit) for _, key, scale, unit in _MODEL)
                n = f"{said['auc']['n']:,}"
                rows.append((group["kind"], group["lane"] or "(all)", model, n, *shown))
    print("\nmodels")
    print(columns(rows))
    print(f"\n{_CAVEAT}")


def _shown(figure: dict[str, float], scale: float, unit: str) -> str:
    value, low, high = (scale * figure[key] for key in ("value", "low", "high"))
    if not math.isfinite(value):
        return "-"
    if not math.isfinite(low):
        return f"{value:.3g}{unit}"
    return f"{value:.3g}{unit} [{low:.3g}, {high:.3g}]"
