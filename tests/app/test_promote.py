"""Which data directories follow, which are promoted, and which must not decide."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from haechi.streams.log.reader import LogReader
from haechi.streams.standby.standing import (
    Part,
    Standing,
    read_standing,
    write_standing,
)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def standby(data: Path) -> Path:
    """A standby's copy that nobody holds level any more."""
    write_standing(data / "log", Standing(Part.STANDBY, "there:1"))
    return data


def test_a_log_that_decided_does_not_follow(haechi: Run, data: Path) -> None:
    code, _, said = haechi(
        "follow", "--from", "there:1", "--data", str(data),
        "--token", str(data / "secrets" / "operator.token"),
    )  # fmt: skip
    assert code == 2
    assert "follow with an empty --data" in said
    assert read_standing(data / "log") == Standing()


@pytest.mark.parametrize("command", ["engine", "ship"])
def test_a_standbys_copy_neither_decides_nor_is_shipped(
    haechi: Run, standby: Path, command: str, profile: Path
) -> None:
    before = LogReader(standby / "log").head()
    code, _, said = haechi(command, "--data", str(standby), "--profile", str(profile))
    assert code == 2
    assert "haechi promote" in said
    assert LogReader(standby / "log").head() == before


def test_a_copy_that_nobody_holds_level_is_promoted_for_its_next_start(
    haechi: Run, standby: Path
) -> None:
    code, _, said = haechi("promote", "--data", str(standby))
    assert code == 0
    assert "haechi up" in said
    assert read_standing(standby / "log") == Standing(Part.CHOSEN, "there:1")
    # The command may come twice.
    assert haechi("promote", "--data", str(standby))[0] == 0


def test_only_a_standby_is_promoted(haechi: Run, data: Path, tmp_path: Path) -> None:
    code, _, said = haechi("promote", "--data", str(data))
    assert code == 2
    assert "no standby" in said
    code, _, said = haechi("promote", "--data", str(tmp_path / "nothing"))
    assert code == 2
    assert "no log" in said


def test_a_promoted_copy_replays_and_counts_on(standby: Path, tmp_path: Path, haechi: Run) -> None:
    untouched = tmp_path / "untouched"
    shutil.copytree(standby, untouched)
    assert haechi("promote", "--data", str(standby))[0] == 0
    sys.modules["small_log"].write_small_log(standby, events=20)
    assert haechi("replay", "--data", str(standby))[0] == 0
    assert haechi("verify", "--data", str(standby))[0] == 0
    standing = read_standing(standby / "log")
    head = LogReader(untouched / "log").head()
    assert head is not None
    assert standing == Standing(Part.PRIMARY, "there:1", 1 << 32, head.offset + 1)
