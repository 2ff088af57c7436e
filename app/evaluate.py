"""`haechi evaluate --protocol kcs|fdh FILE...`: score dated files as they would have come."""

from __future__ import annotations

import argparse
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from haechi.app import evaluated_fdh, evaluated_kcs
from haechi.app.arguments import Commands, command, configs_option, json_option
from haechi.app.exits import FAILED, OK, UnusableFile
from haechi.app.terminal import Phases, say
from haechi.app.warm import warm
from haechi.engine.errors import BadInput, ConfigError

if TYPE_CHECKING:
    from haechi.streams.evaluation.kcs import Progress
    from haechi.streams.evaluation.kcs_rows import KcsRows

_EXPLORATION: Final = 0.1
_SEEDS: Final = 5
_SHOWN: Final = 20


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "evaluate",
        run,
        "score files of dated, labelled rows as they would have come",
        "haechi evaluate --protocol kcs train.csv valid.csv\n"
        "haechi evaluate --protocol kcs train.csv valid.csv --inspection-rate 0.1\n"
        "haechi evaluate --protocol kcs train.csv valid.csv --without paired --scores scores.csv\n"
        "haechi evaluate --protocol fdh transactions.parquet --windows 94,101",
        details="Each row is scored by the engine's own core with what was known when it came, "
        "and its label is learned when it would have come. No engine needs to run, and --data "
        "is not touched. The expert prior is off. Two runs print the same bytes.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE",
                        help="files in order of time, each continuing the one before")  # fmt: skip
    parser.add_argument("--protocol", choices=("kcs", "fdh"), required=True,
                        help="kcs: customs declarations (CSV); fdh: card transactions of the "
                        "Fraud Detection Handbook (Parquet or CSV)")  # fmt: skip
    parser.add_argument("--label-delay-days", type=int, metavar="N",
                        help="days until a label is known (default: kcs 30, fdh 7; 7 with "
                        "--inspection-rate)")  # fmt: skip
    parser.add_argument("--inspection-rate", type=float, metavar="SHARE",
                        help="kcs: only this share is inspected, as the core selects, and only "
                        "inspected rows get a label; the first 31 days get all")  # fmt: skip
    parser.add_argument("--exploration", type=float, metavar="SHARE",
                        help="share of inspections that is drawn at random (default: "
                        f"{_EXPLORATION:g})")  # fmt: skip
    parser.add_argument("--seeds", type=int, metavar="N",
                        help="runs with other random draws, from seed 1 on (default: "
                        f"{_SEEDS})")  # fmt: skip
    parser.add_argument("--without-exact-blocks", action="store_true",
                        help="kcs: only the model that forgets exact declarations")  # fmt: skip
    parser.add_argument("--without", action="append", default=[], metavar="NAME",
                        help="leave out a feature, all that begin so, or 'paired'; may be "
                        "repeated")  # fmt: skip
    parser.add_argument("--window", type=_dates, metavar="FROM:TO",
                        help="kcs: days that are scored, such as 2021-01-01:2021-03-31 (default: "
                        "the last file, or the last 91 days of a single one)")  # fmt: skip
    parser.add_argument("--windows", type=_starts, metavar="DAY,...",
                        help="fdh: first days of the windows (default: 94,101 if the data "
                        "reaches day 121, else the last two)")  # fmt: skip
    parser.add_argument("--scores", type=Path, metavar="FILE",
                        help="write row,score for every row as it was scored, rows counting from "
                        "0 over all files; of the model with exact blocks unless "
                        "--without-exact-blocks; of the first seed")  # fmt: skip
    configs_option(parser)
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Evaluate."""
    _check(args)
    with Phases() as phases:
        try:
            if args.protocol == "fdh":
                return _run_fdh(args, phases)
            return _run_kcs(args, phases)
        except BadInput as error:
            raise UnusableFile(error.code, str(error)) from None


def _run_kcs(args: argparse.Namespace, phases: Phases) -> int:
    from haechi.configs.port import Port
    from haechi.streams.evaluation import kcs, selective
    from haechi.streams.evaluation.kcs_rows import read_declarations
    from haechi.streams.evaluation.scores_file import write_scores
    from haechi.streams.evaluation.setup import EXACT_BLOCKS, Setup

    exact = Setup.load(args.configs, args.without)
    models = {evaluated_kcs.WITHOUT: exact.leaving_out(EXACT_BLOCKS)}
    if not args.without_exact_blocks:
        models[evaluated_kcs.WITH] = exact
    rows = read_declarations(
        args.files, Port.load(args.configs), lambda done: phases.show("reading", done)
    )
    window = kcs.window_of(rows, args.window)
    told = bool(rows.labelled[window].all())
    if not told and args.scores is None:
        raise UnusableFile(
            "NO_LABELS",
            f"{int((~rows.labelled[window]).sum()):,} rows of the window have no label, so it "
            "cannot be evaluated; add the columns Fraud and Critical Fraud, choose another "
            "--window, or write scores only with --scores FILE",
        )
    said = evaluated_kcs.KcsReport(rows, window, exact, tuple(args.without))
    seeds = (None,) if args.inspection_rate is None else tuple(range(1, args.seeds + 1))
    if not told:
        models, seeds = dict(tuple(models.items())[-1:]), seeds[:1]
    warm(phases.show)
    began = time.monotonic()
    runs = [(name, setup, seed) for name, setup in models.items() for seed in seeds]
    for number, (name, setup, seed) in enumerate(runs):
        progress = _progress(phases, number, len(runs))
        selected = None
        if seed is None:
            log_odds = kcs.score_declarations(rows, setup, args.label_delay_days, progress)
        else:
            selecting = setup.selecting(args.inspection_rate, args.exploration)
            selected = selective.select_declarations(
                rows, selecting, args.label_delay_days, seed, progress
            )
            log_odds = selected.log_odds
        if told:
            said.add(name, log_odds, selected)
        if args.scores is not None and name == runs[-1][0] and seed in (None, 1):
            write_scores(args.scores, log_odds, rows.places)
    phases.close()
    _tell_rows(rows, time.monotonic() - began)
    if not told:
        say("the window has no labels: scores were written, and there are no figures")
        return FAILED if rows.refused else OK
    evaluated_kcs.tell_kcs(said, args)
    return FAILED if rows.refused else OK


def _run_fdh(args: argparse.Namespace, phases: Phases) -> int:
    from haechi.configs.port import Port
    from haechi.streams.evaluation import fdh
    from haechi.streams.evaluation.scores_file import write_scores
    from haechi.streams.evaluation.setup import Setup

    setup = Setup.load(args.configs, args.without)
    phases.show("reading", at_once=True)
    rows = fdh.read_files(args.files)
    windows = fdh.windows_of(rows["day"], args.windows or ())
    warm(phases.show)
    began = time.monotonic()
    log_odds = fdh.score_transactions(
        rows, setup, Port.load(args.configs), args.label_delay_days, _progress(phases, 0, 1)
    )
    phases.close()
    if args.scores is not None:
        write_scores(args.scores, log_odds)
    say(f"{len(rows):,} transactions scored in {time.monotonic() - began:.1f} s")
    weeks = [fdh.week_figures(rows, log_odds, start) for start in windows]
    evaluated_fdh.tell_fdh(rows, weeks, setup, args)
    return OK


def _tell_rows(rows: KcsRows, took_s: float) -> None:
    say(f"{len(rows.days):,} declarations scored in {took_s:.1f} s")
    for reason in rows.refused[:_SHOWN]:
        say(f"  refused: {reason}")
    if len(rows.refused) > _SHOWN:
        say(f"  and {len(rows.refused) - _SHOWN:,} more")


def _progress(phases: Phases, number: int, runs: int) -> Progress:
    """Show one run of several as a part of all."""
    return lambda done, total: phases.show("scoring", number * total + done, runs * total)


def _check(args: argparse.Namespace) -> None:
    """Insist on options that go together, and fill in what was not given.

    Raises
    ------
    ConfigError
        If they do not.
    """
    kcs = args.protocol == "kcs"
    selects = args.inspection_rate is not None
    only_kcs = {
        "--inspection-rate": selects,
        "--without-exact-blocks": args.without_exact_blocks,
        "--window": args.window is not None,
    }
    for option, given in only_kcs.items():
        if given and not kcs:
            raise ConfigError(f"{option} goes with --protocol kcs; leave it out")
    if args.windows is not None and kcs:
        raise ConfigError("--windows goes with --protocol fdh; give --window FROM:TO")
    if not selects and (args.exploration is not None or args.seeds is not None):
        raise ConfigError("--exploration and --seeds go with --inspection-rate; give it too")
    if selects and not 0.0 < args.inspection_rate < 1.0:
        raise ConfigError(f"--inspection-rate {args.inspection_rate:g}: give a share between 0 "
                          "and 1, neither included")  # fmt: skip
    if args.exploration is None:
        args.exploration = _EXPLORATION
    if not 0.0 <= args.exploration <= 1.0:
        raise ConfigError(f"--exploration {args.exploration:g}: give a share from 0 to 1")
    if args.seeds is None:
        args.seeds = _SEEDS
    if not 1 <= args.seeds <= 1000:
        raise ConfigError(f"--seeds {args.seeds}: give 1 to 1000")
    if args.label_delay_days is None:
        args.label_delay_days = 30 if kcs and not selects else 7
    if not 0 <= args.label_delay_days <= 3660:
        raise ConfigError(f"--label-delay-days {args.label_delay_days}: give 0 to 3660")
    if args.configs is not None and not args.configs.is_dir():
        raise ConfigError(f"--configs {args.configs} is no directory; it must hold lanes.toml, "
                          "model.toml, port.toml and prior.toml")  # fmt: skip
    if args.scores is not None:
        from haechi.streams.evaluation.scores_file import check_writable

        check_writable(args.scores)


def _dates(text: str) -> tuple[int, int]:
    """Days since the epoch of FROM:TO."""
    try:
        first, last = (date.fromisoformat(part) for part in text.split(":"))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no window; give dates such as 2021-01-01:2021-03-31"
        ) from None
    if last < first:
        raise argparse.ArgumentTypeError(f"{text!r} ends before it begins; turn it round")
    epoch = date(1970, 1, 1).toordinal()
    return first.toordinal() - epoch, last.toordinal() - epoch


def _starts(text: str) -> tuple[int, ...]:
    """First days of windows."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} are no days; give whole numbers such as 94,101"
        ) from None
