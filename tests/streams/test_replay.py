"""A log replayed gives the same bytes, or says which decision differs and in what."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ledger import edit, fetch, rechain, verified
from logged import mixed_log

from haechi.engine.errors import Drift
from haechi.engine.records import DECISION
from haechi.operators.shard import Shard
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.log.segment import segment_paths
from haechi.streams.replay import Replayed, Replayer


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    base = tmp_path_factory.mktemp("written")
    return base, mixed_log(base)


@pytest.fixture
def base(written: tuple[Path, str], tmp_path: Path) -> Path:
    return Path(shutil.copytree(written[0], tmp_path / "copy"))


def replay(base: Path, **options: Any) -> tuple[Replayed, str, bytes]:
    made: list[bytes] = []
    reader = LogReader(base / "log", SubjectKeys(base / "keys" / "subjects.sqlite"))
    shard = Shard(64)
    replayer = Replayer(reader, Artefacts(base / "artefacts"), shard, on_decisions=made.append)
    try:
        return replayer.run(**options), shard.digest(), b"".join(made)
    finally:
        reader.close()


def recorded(base: Path) -> bytes:
    reader = LogReader(base / "log")
    bodies = [decision.body for decision in reader.decisions(0, 1 << 40)]
    reader.close()
    return b"".join(bodies)


def test_a_replay_gives_the_same_bytes_and_the_same_state(
    written: tuple[Path, str],
) -> None:
    replayed, digest, made = replay(written[0])
    assert digest == written[1]
    assert made == recorded(written[0])
    assert replayed.events == verified(written[0] / "log").events
    assert replayed.compared == replayed.decisions > 500
    assert replayed.started is not None
    assert replayed.started.epoch == 2
    assert not replayed.other_builds


def test_a_replay_up_to_an_offset(written: tuple[Path, str]) -> None:
    replayed, _, made = replay(written[0], end=300)
    assert replayed.events == 300
    assert recorded(written[0]).startswith(made)


def test_progress_reaches_the_end(written: tuple[Path, str]) -> None:
    seen: list[tuple[int, int]] = []
    replayed, _, _ = replay(written[0], progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (replayed.events, replayed.events)


def decided_offset(base: Path) -> tuple[Path, int, bytes]:
    path = segment_paths(base / "log")[1]
    offset, bodies = fetch(
        path, "SELECT offset, decisions FROM events WHERE length(decisions) > 0 LIMIT 1"
    )[0]
    return path, offset, bodies


@pytest.mark.parametrize("field", ["verdict", "log_odds", "x", "supersedes_hi", "build", "inputs"])
def test_a_changed_decision_is_drift(base: Path, field: str) -> None:
    path, offset, bodies = decided_offset(base)
    raw = bytearray(bodies)
    raw[DECISION.fields[field][1]] ^= 1
    edit(path, "UPDATE events SET decisions = ? WHERE offset = ?", bytes(raw), offset)
    rechain(base / "log")
    verified(base / "log")
    with pytest.raises(Drift, match=f"differs in {field}") as caught:
        replay(base)
    assert caught.value.offset == offset


def test_a_decision_that_is_gone_or_too_many_is_drift(base: Path) -> None:
    path, offset, bodies = decided_offset(base)
    for changed in (b"", bodies + bodies[-DECISION.itemsize :]):
        edit(path, "UPDATE events SET decisions = ? WHERE offset = ?", changed, offset)
        rechain(base / "log")
        with pytest.raises(Drift):
            replay(base)


def test_another_build_is_reported_not_compared(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("haechi.streams.replay.BUILD_HEX", "f" * 64)
    replayed, _, _ = replay(base)
    assert replayed.compared == 0
    assert sum(replayed.other_builds.values()) == replayed.decisions


def test_an_erased_subject_is_no_drift(base: Path) -> None:
    subject = 1_000_003
    edit(base / "keys" / "subjects.sqlite", "DELETE FROM keys WHERE subject = ?", subject)
    replayed, _, made = replay(base)
    assert replayed.compared == replayed.decisions
    assert made == recorded(base)


_PROBE = """
import hashlib, sys
from pathlib import Path
from haechi.operators.shard import Shard
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.replay import Replayer
base = Path(sys.argv[1])
made = hashlib.sha256()
shard = Shard(64)
reader = LogReader(base / "log", SubjectKeys(base / "keys" / "subjects.sqlite"))
replayer = Replayer(reader, Artefacts(base / "artefacts"), shard, on_decisions=made.update)
replayer.run()
print(shard.digest(), made.hexdigest())
"""
_GLIBC = "-AVX2,-FMA,-FMA4,-AVX512F,-AVX512VL,-AVX512BW,-AVX512DQ,-AVX512CD"


def numpy_features() -> str:
    """Those of the list that this machine has; NumPy refuses names that it was built with."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    return " ".join(f for f in __cpu_dispatch__ if __cpu_features__.get(f))


def probed(base: Path, **environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, str(base)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_the_same_bytes_without_vector_instructions(base: Path) -> None:
    usual = probed(base)
    without = probed(
        base,
        NPY_DISABLE_CPU_FEATURES=numpy_features(),
        GLIBC_TUNABLES=f"glibc.cpu.hwcaps={_GLIBC}",
    )
    assert without == usual


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_same_bytes_from_kernels_compiled_for_any_machine(base: Path) -> None:
    """Numba keys its cache by the processor, so these kernels are compiled anew."""
    generic = probed(base, NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES="")
    assert generic == probed(base)
