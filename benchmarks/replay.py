"""How fast a log is read again through the core, on one processor.

A log of the simulated port's mix is made through the engine's intake (it is cached for the
run in a temporary folder), read once to warm up, and then replayed as ``haechi replay`` does
it: every decision is made anew and compared, byte for byte. Beside it stands how the time
divides.
"""

from __future__ import annotations

import argparse
import functools
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from benchmarks import mix
from benchmarks.installation import Installation
from benchmarks.machine import one_processor
from benchmarks.report import Progress, Report
from haechi.operators.shard import Shard
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.replay import Replayed, Replayer

_GOAL_EVENTS_S: Final = 100_000.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--events", type=int, default=200_000, help="(default %(default)s)")
    parser.add_argument("--times", type=int, default=5, help="replays (default %(default)s)")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder))
        began = time.perf_counter()
        made = mix.make_log(
            installation,
            mix.frames(report.seed, subjects=round(given.events / mix.EVENTS_A_SUBJECT)),
            given.events,
        )
        report.note(f"log of {made:,} events made in {time.perf_counter() - began:.1f} s")
        reader = installation.reader()
        kinds = mix.kinds_in(reader)
        reader.close()
        report.table("mix", ["kind", "events"], [list(one) for one in kinds.items()])
        with one_processor(), Progress("replays", given.times) as progress:
            runs = []
            for number in range(given.times + 1):
                runs.append(_replay(installation))
                progress.at(number)
    # The first one compiled, loaded and filled the page cache.
    rows = [
        [
            number,
            round(replayed.events / wall_s),
            round(replayed.compared / wall_s),
            round(replayed.events / cpu_s),
            *(round(spent[part] / wall_s, 3) for part in _PARTS),
        ]
        for number, (replayed, wall_s, cpu_s, spent) in enumerate(runs[1:], start=1)
    ]
    heads = ["run", "events_s", "decisions_compared_s", "events_cpu_s", *_PARTS]
    report.table("runs", heads, rows)
    report.note("parts are shares of the time; without any of them is what joins them")
    report.keep("by the clock", [row[1] for row in rows], "events/s", least=True)
    report.keep("by processor time", [row[3] for row in rows], "events/s", least=True)
    report.goal("events/s by processor time, median", _median(rows, 3), _GOAL_EVENTS_S, least=True)
    report.goal("events/s by the clock, median", _median(rows, 1), _GOAL_EVENTS_S, least=True)


def _median(rows: list[list[Any]], column: int) -> float:
    return float(sorted(row[column] for row in rows)[len(rows) // 2])


_PARTS: Final = ("read", "apply", "recall", "compare")


def _replay(installation: Installation) -> tuple[Replayed, float, float, dict[str, float]]:
    """Replay once; what was replayed, seconds by the clock and of processor, and by part."""
    reader = installation.reader()
    shard = Shard(installation.profile().cases)
    replayer = Replayer(reader, Artefacts(installation.places.artefacts), shard)
    spent = dict.fromkeys(_PARTS, 0.0)
    for part, owner, name in (
        ("apply", shard, "apply"),
        ("recall", replayer, "_recalled"),
        ("compare", replayer, "_compare"),
    ):
        setattr(owner, name, _timed(getattr(owner, name), spent, part))
    reader.replay_pages = _timed_pages(reader.replay_pages, spent)  # type: ignore[method-assign]
    began, used = time.perf_counter(), time.process_time()
    replayed = replayer.run()
    wall_s, cpu_s = time.perf_counter() - began, time.process_time() - used
    reader.close()
    return replayed, wall_s, cpu_s, spent


def _timed(method: Callable[..., Any], spent: dict[str, float], part: str) -> Callable[..., Any]:
    @functools.wraps(method)
    def timed(*given: Any) -> Any:
        before = time.perf_counter()
        result = method(*given)
        spent[part] += time.perf_counter() - before
        return result

    return timed


def _timed_pages(pages: Callable[..., Any], spent: dict[str, float]) -> Callable[..., Any]:
    @functools.wraps(pages)
    def timed(*given: Any) -> Any:
        made = pages(*given)
        while True:
            before = time.perf_counter()
            page = next(made, None)
            spent["read"] += time.perf_counter() - before
            if page is None:
                return
            yield page

    return timed
