"""How fast another rule set is tried: by replay of a day's log, and from ClickHouse alone.

A day of the simulated port's mix is put into a log through the engine's own intake and shipped to
a store. Rule sets as officers write them are then tried both ways, which must agree in every
answer. At last the stored answers are repeated, of other days and ids, up to millions, and tried
again.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from signal import SIGTERM
from typing import Any, Final

import numpy as np

from benchmarks import mix, officers
from benchmarks.installation import Installation
from benchmarks.processes import Child
from benchmarks.report import Report
from haechi.configs.policy import compile_policy
from haechi.configs.port import Port, config_text
from haechi.configs.rule_set import RuleSet
from haechi.configs.schema import Target
from haechi.streams.answers import Answers
from haechi.streams.backtest import Backtest, backtest
from haechi.streams.backtest_store import backtest_store
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.shipper import ship
from haechi.streams.shipper.outlet import connector
from haechi.streams.store import new_users, save_users

_RULES: Final = (20, 500)
_LOG_GOAL_S: Final = 30.0
_STORE_GOAL_S: Final = 5.0
_PATIENCE_S: Final = 3600
_LOOK_S: Final = 0.5


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--events", type=int, default=1_000_000, help="(default %(default)s)")
    parser.add_argument(
        "--stored", type=int, default=5_000_000, help="answers (default %(default)s)"
    )
    parser.add_argument("--folder", type=Path, help="keep the log there, or use the one there is")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    made = nullcontext(given.folder) if given.folder else tempfile.TemporaryDirectory()
    with made as name:
        installation = logged(Path(name), given.events, report)
        lanes = Port.load().lanes
        tried = {n: RuleSet.parse(officers.seeded(n, report.seed), lanes) for n in _RULES}
        # The first replay compiles, loads and fills the page cache.
        _replayed(installation, tried[_RULES[0]])
        replayed = {n: _timed(lambda n=n: _replayed(installation, tried[n])) for n in _RULES}
        with store(Path(name)) as (client, port, passwords):
            began = time.perf_counter()
            rows = shipped(installation, client, port, passwords["engine"])
            report.note(f"{rows:,} decisions shipped in {time.perf_counter() - began:.0f} s")
            answers = Answers(client, Target(), lanes)
            count, took_s = _timed(answers.complete)
            report.note(f"the first copy of {count:,} answers took {took_s:.1f} s, once")
            policy, _ = compile_policy(config_text("lanes.toml", None))
            stored = {
                n: _timed(lambda n=n: backtest_store(answers, tried[n], policy)) for n in _RULES
            }
            for n in _RULES:
                _check(replayed[n][0], stored[n][0])
            report.note("checked: both ways find the same changed answers, and the same rules met")
            many = _repeat(client, count, given.stored)
            report.note(f"{many:,} answers: the real ones again and again, of other days and ids")
            larger = {
                n: _timed(lambda n=n: backtest_store(answers, tried[n], policy)) for n in _RULES
            }
    rows_of = [
        [how, n, found.answers, len(found.changed), round(took_s, 2), round(found.answers / took_s)]
        for how, runs in (("replay", replayed), ("store", stored), ("store", larger))
        for n, (found, took_s) in runs.items()
    ]
    report.table(
        "backtest", ["from", "rules", "answers", "changed", "seconds", "answers_s"], rows_of
    )
    for n in _RULES:
        report.goal(f"s to replay the log with {n} rules", round(replayed[n][1], 1), _LOG_GOAL_S)
        report.goal(f"s from the store with {n} rules", round(larger[n][1], 2), _STORE_GOAL_S)


def logged(folder: Path, events: int, report: Report) -> Installation:
    """Put a port's mix into a log, if there is none yet."""
    installation = Installation(folder)
    if not installation.places.log.is_dir():
        began = time.perf_counter()
        subjects = round(events / mix.EVENTS_A_SUBJECT)
        mix.make_log(installation, mix.frames(report.seed, subjects=subjects), events)
        report.note(f"the log was made in {time.perf_counter() - began:.0f} s")
    with closing(installation.reader()) as reader:
        kinds = mix.kinds_in(reader)
    report.table("mix", ["kind", "events"], [list(one) for one in kinds.items()])
    return installation


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    return work(), time.perf_counter() - began


def _replayed(installation: Installation, rule_set: RuleSet) -> Backtest:
    shelf = Artefacts(installation.places.artefacts)
    with closing(installation.reader()) as reader:
        return backtest(reader, shelf, rule_set, cases=installation.profile().cases)


@contextmanager
def store(folder: Path) -> Iterator[tuple[Any, int, dict[str, str]]]:
    """Run a store; a client as engine, its port, and the passwords."""
    users, passwords = new_users()
    save_users(folder / "users.json", users)
    with Child(
        "haechi.streams.store", folder / "store", folder / "users.json", ends=SIGTERM
    ) as child:
        port = child.ready()["port"]
        with closing(
            connector("127.0.0.1", port, "engine", passwords["engine"], _PATIENCE_S)()
        ) as client:
            yield client, port, passwords


def shipped(installation: Installation, client: Any, port: int, password: str) -> int:
    """Ship the whole log; how many decisions there are."""
    places, stop = installation.places, threading.Event()
    arguments = (places.log, places.keys, installation.data / "run", "127.0.0.1", port)
    shipper = threading.Thread(
        target=ship, args=(*arguments, "engine", password), kwargs={"stopping": stop}
    )
    shipper.start()
    with closing(installation.reader()) as reader:
        head = reader.head()
    assert head is not None
    there = "SELECT count() FROM system.tables WHERE database = 'haechi' AND name = 'answers'"
    try:
        while not int(client.command(there)) or head.offset > int(
            client.command("SELECT max(offset) FROM haechi.events")
        ):
            if not shipper.is_alive():
                raise RuntimeError("the shipper has ended; see run/shipper.json")
            time.sleep(_LOOK_S)
    finally:
        stop.set()
        shipper.join()
    return int(client.command("SELECT count() FROM haechi.decisions"))


def _check(replayed: Backtest, stored: Backtest) -> None:
    """Refuse to time what is not the same."""
    for what in ("answers", "same", "unknown", "matched"):
        if getattr(replayed, what) != getattr(stored, what):
            raise AssertionError(f"{what}: a replay finds another than the store")
    if np.sort(replayed.changed).tobytes() != np.sort(stored.changed).tobytes():
        raise AssertionError("other answers changed by a replay than by the store")


def _repeat(client: Any, count: int, wanted: int) -> int:
    """Repeat the answers, days later and under other shards; how many there are then."""
    for shard in range(1, -(-wanted // count)):
        client.command(
            "INSERT INTO haechi.answers SELECT * REPLACE (toUInt32({shard:UInt32}) AS shard, "
            "decided_us + {shard:UInt32} * 86400000000 AS decided_us, "
            "cityHash64(id_hi, {shard:UInt32}) AS id_hi) "
            "FROM (SELECT * FROM haechi.answers WHERE shard = 0 LIMIT {rest:UInt64})",
            parameters={"shard": shard, "rest": wanted - shard * count},
        )
    # Merges that go on beside it are not what is measured.
    client.command("OPTIMIZE TABLE haechi.answers FINAL")
    return int(client.command("SELECT count() FROM haechi.answers"))
