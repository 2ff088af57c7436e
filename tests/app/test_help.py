from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from haechi.app.exits import ChildFailed, OtherBuild, UnusableFile, exit_code
from haechi.engine.errors import BadInput, ConfigError, Drift, LogCorrupt, LogUnwritable, StoreError

COMMANDS = [
    "up", "feed", "decide", "explain", "replay", "verify", "sql", "token", "version", "engine",
    "store", "ship", "monitor", "quality", "evaluate", "models", "faces", "gallery", "camera",
    "face-models", "face-calibrate", "dashboard", "metrics", "grafana", "query",
    "topology", "publish", "follow", "promote",
]  # fmt: skip
HEAVY = """
import sys, haechi.app.__main__ as command_line
command_line.parser()
print([name for name in ("numba", "bytewax", "chdb", "grpc", "numpy") if name in sys.modules])
"""
Run = Callable[..., tuple[int, str, str]]


def test_the_overview_teaches(haechi: Run) -> None:
    code, out, _ = haechi("--help")
    assert code == 0
    listed = {line.split()[0] for line in out.splitlines() if line.startswith("    ")}
    assert set(COMMANDS) <= listed
    assert "start here:" in out
    assert "exit codes:" in out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_teaches_with_examples(haechi: Run, name: str) -> None:
    code, out, _ = haechi(name, "--help")
    assert code == 0
    assert f"examples:\n  haechi {name}" in out
    assert "exit codes:" in out


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError(""), 2),
        (UnusableFile("EMPTY_FILE", ""), 2),
        (BadInput("X", ""), 1),
        (LogUnwritable(""), 1),
        (StoreError(""), 1),
        (LogCorrupt(3, ""), 3),
        (Drift(3, ""), 3),
        (OtherBuild(""), 4),
        (ChildFailed(70, ""), 70),
        (ChildFailed(-9, ""), 1),
    ],
)
def test_exit_codes_are_stable(error: Exception, code: int) -> None:
    assert exit_code(error) == code


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nonsense",),
        ("explain", "xyz"),
        ("explain", "1234"),
        ("decide", "--traveler", "t1"),
        ("decide", "--gate", "ICN-T1-EXIT-1"),
        ("decide", "--gate", "G", "--document", "M123"),
        ("decide", "--gate", "G", "--waybill", "CJ:1:tomorrow"),
        ("feed", "declarations", "no-such-file.csv"),
        ("feed", "declarations", "x.csv", "--label-delay-days", "-1"),
        ("replay",),
        ("verify",),
        ("sql", "SELECT 1"),
        ("token",),
        ("token", "issue"),
        ("token", "issue", "x", "--role", "emperor"),
        ("up", "--profile", "no-such-profile.toml"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    haechi: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    given = [*arguments, "--data", tmp_path / "empty"] if arguments else []
    code, _, err = haechi(*given)
    assert code == 2
    assert err.count("error: ") == 1
    assert "Traceback" not in err


def test_a_stack_trace_only_with_debug(haechi: Run, tmp_path: Path) -> None:
    assert "Traceback" in haechi("verify", "--data", tmp_path, "--debug")[2]


def test_no_engine_says_how_to_start_one(haechi: Run, tmp_path: Path) -> None:
    code, _, err = haechi("decide", "--gate", "G", "--traveler", "t", "--data", tmp_path)
    assert code == 1
    assert "haechi up" in err


def test_help_loads_nothing_heavy() -> None:
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            HEAVY,
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert loaded.strip() == "[]"
