"""How long a restart takes: from the start of the process until health says SERVING.

Once from the log alone, once from a snapshot, and once from a snapshot with some of the log behind
it. Of up to 200,000 subjects the log holds all that the mix has. Of more it holds each subject's
manifests and every eighth question of a gate, to fit on a disk, and is not replayed from its
beginning. What a subject takes is what the snapshot's arrays hold.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from benchmarks import mix
from benchmarks.installation import Installation
from benchmarks.processes import Child
from benchmarks.report import Report
from haechi.operators.state import INDEXES, TABLES
from haechi.rpc.client import HaechiClient
from haechi.rpc.roles import Role
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.snapshots import Shelf

_LOG_S: Final = 15.0
_SNAPSHOT_S: Final = 10.0
_MOST_BYTES: Final = 1024.0
_THIN_FROM: Final = 200_000
_EVERY: Final = 8
_THIN_EVENTS_A_SUBJECT: Final = 1.4
_TAIL_SUBJECTS: Final = 2_000
_IDS: Final = ("ids_young", "ids_old")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--subjects", type=int, default=100_000, help="(default %(default)s)")
    parser.add_argument("--folder", type=Path, help="keep the log there, or use the one there is")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    name = given.folder or tempfile.mkdtemp()
    installation = Installation(Path(name))
    thin = given.subjects > _THIN_FROM
    try:
        if not any(installation.places.log.glob("segment-*")):
            _make_log(installation, given.subjects, report, thin=thin)
        head = ["from", "subjects", "events", "replayed", "ready_s", "cpu_s", "held_mb"]
        rows = []
        if not thin:
            rows.append(["the log", given.subjects, *_restart(installation)])
            report.goal("seconds until ready, from the log", rows[-1][4], _LOG_S)
        path = _write(installation, report)
        rows.append(["a snapshot", given.subjects, *_restart(installation)])
        tail = mix.frames(report.seed + 1, subjects=_TAIL_SUBJECTS)
        mix.log_swiftly(installation, tail, round(_TAIL_SUBJECTS * mix.EVENTS_A_SUBJECT))
        rows.append(["a snapshot and the rest", given.subjects, *_restart(installation)])
        report.table("restart", head, rows)
        _tell_sizes(path, given.subjects, report)
        report.goal("seconds until ready, from a snapshot", rows[-2][4], _SNAPSHOT_S)
    finally:
        if not given.folder:
            shutil.rmtree(name)


def _make_log(installation: Installation, subjects: int, report: Report, *, thin: bool) -> None:
    began = time.perf_counter()
    frames = mix.frames(report.seed, subjects=subjects)
    a_subject = _THIN_EVENTS_A_SUBJECT if thin else mix.EVENTS_A_SUBJECT
    if thin:
        frames = mix.thin(frames, _EVERY)
    events = mix.log_swiftly(installation, frames, round(subjects * a_subject))
    size = sum(path.stat().st_size for path in installation.places.log.glob("segment-*"))
    report.note(
        f"a log of {events:,} events, {size / 1e6:,.0f} MB, "
        f"made in {time.perf_counter() - began:.0f} s"
    )


def _write(installation: Installation, report: Report) -> Path:
    """Write a snapshot of the whole log, as ``haechi snapshot`` does."""
    profile, places = installation.profile(), installation.places
    artefacts = Artefacts(places.artefacts)
    shelf = Shelf(places.snapshots, artefacts, profile.id_window_us + profile.ahead_us, report.note)
    with closing(installation.reader()) as reader:
        began = time.perf_counter()
        rebuilt = shelf.restore(reader, profile.cases)
        rebuilt.catch_up(reader, artefacts)
        replayed_s = time.perf_counter() - began
        path, _ = shelf.write(rebuilt, reader)
    wrote_s = time.perf_counter() - began - replayed_s
    report.values["snapshot"] = {"replayed_s": replayed_s, "wrote_s": wrote_s}
    report.note(
        f"a snapshot: {rebuilt.replayed.events:,} events replayed in {replayed_s:.0f} s, "
        f"written and read back in {wrote_s:.1f} s"
    )
    return path


def _restart(installation: Installation) -> tuple[int, int, float, float, int]:
    """Events, of these replayed, seconds until ready, processor's, and megabytes held then."""
    token = installation.token(Role.OPERATOR)[0][1].removeprefix("Bearer ")
    with closing(installation.reader()) as reader:
        head = reader.head()
        assert head is not None
    began = time.perf_counter()
    with Child.engine(installation.data) as served:
        said = served.ready()
        with HaechiClient(f"127.0.0.1:{said['port']}", token) as client:
            while not client.healthy():
                time.sleep(0.01)
        ready_s = time.perf_counter() - began
        if said["snapshot"] + said["replayed"] <= head.offset:
            raise RuntimeError(f"only {said} of {head.offset + 1:,} events are known")
        cpu_s, held_mb = round(served.cpu_s(), 2), round(served.held_mb())
    return head.offset + 1, said["replayed"], round(ready_s, 2), cpu_s, held_mb


def _tell_sizes(path: Path, subjects: int, report: Report) -> None:
    """What each part of a snapshot takes a subject: of tables the rows that count."""
    sizes = {file.stem: file.stat().st_size for file in path.glob("*.npy")}
    parts = {
        "tables": [name for name in sizes if name in TABLES],
        "indexes": [name for name in sizes if name in INDEXES],
        "ids": [*_IDS],
    }
    named = {name for names in parts.values() for name in names}
    parts["the rest"] = [name for name in sizes if name not in named]
    rows = []
    for part, names in parts.items():
        rows.append([part, sum(sizes[name] for name in names) / subjects])
        rows += [
            [f"  {name}", sizes[name] / subjects] for name in names if sizes[name] > 8 * subjects
        ]
    report.table("bytes a subject", ["part", "bytes"], rows)
    beyond = sum(size for name, size in sizes.items() if name not in _IDS) / subjects
    report.note(f"a snapshot of {sum(sizes.values()) / 1e6:,.0f} MB")
    report.goal("bytes a subject beyond the ids", beyond, _MOST_BYTES, kind="count")
