"""`haechi snapshot`, and the start of an engine's process from what it wrote."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from haechi.app.folder import DataFolder
from haechi.app.installation import Installation
from haechi.streams.log.reader import LogReader

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
Run = Callable[..., tuple[int, str, str]]
Start = Callable[..., "subprocess.Popen[str]"]
Until = Callable[..., Any]
Address = Callable[[Path, str], "dict[str, Any] | None"]


def events(data: Path) -> int:
    reader = LogReader(data / "log")
    head = reader.head()
    reader.close()
    assert head is not None
    return head.offset + 1


def snapshots(data: Path) -> list[Path]:
    return sorted(DataFolder(data).snapshots.glob("snapshot-*"))


@pytest.fixture
def take(start: Start) -> Run:
    """Run the command in a process of its own: it gives itself a low priority for good."""

    def run(*arguments: object) -> tuple[int, str, str]:
        process = start("snapshot", *arguments)
        out, err = process.communicate(timeout=500)
        return process.returncode, out, err

    return run


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


def test_it_writes_one_and_then_there_is_nothing_new(take: Run, data: Path) -> None:
    code, out, _ = take("--data", data, "--json")
    said = json.loads(out)
    assert (code, said["new"], said["events"]) == (0, True, events(data))
    assert said["replayed"] == events(data)
    assert said["snapshot"] == str(snapshots(data)[0])
    assert said["bytes"] == sum(path.stat().st_size for path in snapshots(data)[0].iterdir())
    code, _, err = take("--data", data)
    assert code == 0
    assert f"holds all {events(data):,} events already" in err


def test_without_a_log_it_says_what_to_do(take: Run, tmp_path: Path) -> None:
    code, _, err = take("--data", tmp_path)
    assert code == 2
    assert "no log" in err


def test_one_that_is_damaged_is_named_and_written_again(take: Run, data: Path) -> None:
    assert take("--data", data)[0] == 0
    (path,) = snapshots(data)
    spoil(path / "cases.npy")
    code, out, err = take("--data", data, "--json")
    assert (code, json.loads(out)["new"]) == (0, True)
    assert f"snapshot {path} is damaged: cases.npy was changed" in err


def test_a_replay_from_a_snapshot_begins_where_it_ends(haechi: Run, take: Run, data: Path) -> None:
    assert take("--data", data)[0] == 0
    code, out, _ = haechi("replay", "--from-snapshot", "--data", data, "--json")
    said = json.loads(out)
    assert (code, said["start"], said["events"]) == (0, events(data), 0)
    reader = LogReader(data / "log")
    early = reader.decisions(0, events(data))[0].id.hex()
    reader.close()
    code, out, _ = haechi("replay", early, "--from-snapshot", "--data", data, "--json")
    assert (code, json.loads(out)["start"]) == (0, 0)


def test_a_replay_of_the_whole_log_holds_snapshots_against_it(
    haechi: Run, take: Run, data: Path
) -> None:
    assert take("--data", data)[0] == 0
    code, out, _ = haechi("replay", "--data", data, "--json")
    assert (code, json.loads(out)["start"]) == (0, 0)
    (path,) = snapshots(data)
    sealed = json.loads((path / "manifest.json").read_bytes())
    sealed["manifest"]["digest"] = "0" * 64
    forge(path / "manifest.json", sealed)
    code, _, err = haechi("replay", "--data", data)
    assert code == 3
    assert f"snapshot {path} holds another state than the log makes" in err


def forge(path: Path, sealed: dict[str, Any]) -> None:
    """As whoever writes a snapshot anew with its hash would."""
    said = json.dumps(sealed["manifest"], sort_keys=True, separators=(",", ":")).encode()
    sealed["sha256"] = hashlib.sha256(said).hexdigest()
    path.chmod(0o600)
    path.write_text(json.dumps(sealed, sort_keys=True, separators=(",", ":")))


def test_it_works_while_the_engine_runs_and_the_next_start_uses_it(
    start: Start, until: Until, address: Address, take: Run, data: Path
) -> None:
    arguments = ("engine", "--data", data, "--port", "0")
    engine = start(*arguments)
    before = until(lambda: address(data, "engine"))
    code, out, _ = take("--data", data, "--json")
    assert (code, json.loads(out)["events"]) == (0, events(data))
    engine.send_signal(signal.SIGKILL)
    engine.wait()
    again = start(*arguments)
    until(lambda: (now := address(data, "engine")) and now["pid"] != before["pid"])
    again.send_signal(signal.SIGTERM)
    _, err = again.communicate(timeout=60)
    assert again.returncode == 0
    assert f"from a snapshot of {events(data) - 1:,} events and 0 events of its log" in err


def test_the_supervisor_has_one_written_every_so_often(data: Path, profile: Path) -> None:
    text = profile.read_text("utf-8").replace("every_minutes = 60", "every_minutes = 7")
    profile.write_text(text, "utf-8")
    with Installation(data, profile, any_port=True, store=False, snapshots=True) as running:
        child = running.children["snapshot"]
        running.wait_ready("snapshot")
        assert child.pid is not None
        said = Path(f"/proc/{child.pid}/cmdline").read_bytes().split(b"\0")
        assert said[said.index(b"--every") + 1] == b"7"
        below = os.getpriority(os.PRIO_PROCESS, 0) + 10
        assert os.getpriority(os.PRIO_PROCESS, child.pid) == min(below, 19)


def test_every_so_often_means_it(start: Start, until: Until, data: Path) -> None:
    writer = start("snapshot", "--data", data, "--every", "0.01")
    until(lambda: snapshots(data))
    writer.send_signal(signal.SIGTERM)
    assert writer.wait(timeout=60) == 0
    assert len(snapshots(data)) == 1
