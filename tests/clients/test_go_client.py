"""clickhouse-go over HTTP, which Grafana's ClickHouse plugin is made of, as an analyst."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

SOURCES = Path(__file__).parent / "go"
COMPRESSIONS = ["gzip", "lz4", "zstd", "none"]
ROWS = [
    (
        "0||2026-01-02T03:04:05.678901Z|2026-01-02T00:00:00.000000Z|0.5|A|[x y]|map[k:0.5]"
        "|map[a:1 b:b]|1.25|00000000-0000-0000-0000-000000000000|false|high|abcd|<nil>"
        "|{false [0 9223372036854775808]}|[[1 2] []]"
    ),
    (
        "1|plain|2026-01-02T03:04:06.678901Z|2026-01-02T00:00:00.000000Z|<nil>|A|[x y]|map[k:0.5]"
        "|map[a:1 b:b]|1.25|00000000-0000-0000-0000-000000000001|true|high|abcd|<nil>"
        "|{false [0 9223372036854775808]}|[[1 2] []]"
    ),
]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, compiled; skipped where Go or its modules cannot be had."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("needs go")
    folder = tmp_path_factory.mktemp("go")
    for source in SOURCES.iterdir():
        shutil.copy(source, folder)
    fetched = subprocess.run(
        [go, "mod", "download"], cwd=folder, capture_output=True, text=True, check=False
    )
    if fetched.returncode:
        pytest.skip(f"the modules of clickhouse-go cannot be had: {fetched.stderr.strip()[-200:]}")
    subprocess.run([go, "build", "-o", "analyst", "."], cwd=folder, check=True)
    return folder / "analyst"


@pytest.fixture(scope="module")
def seen(store: Any, program: Path) -> list[dict[str, str]]:
    """What the program saw, once for each compression."""
    command = [str(program), str(store.port), store.passwords["analyst"]]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    each: list[dict[str, str]] = []
    for line in told.stdout.splitlines():
        name, _, value = line.partition("\t")
        if name == "ping":
            each.append({})
        each[-1][name] = value
    assert len(each) == len(COMPRESSIONS)
    return each


@pytest.mark.parametrize("which", range(len(COMPRESSIONS)), ids=COMPRESSIONS)
class TestCompressed:
    def test_connects_and_finds_what_there_is(self, seen: list[dict[str, str]], which: int) -> None:
        told = seen[which]
        assert told["ping"] == "<nil>"
        assert told["version"] == told["described"] == "true"
        assert told["databases"] == "haechi"
        assert told["tables"] == "kinds"
        assert told["columns"].split(";")[:3] == ["n", "word", "at"]

    def test_reads_every_kind_of_column(self, seen: list[dict[str, str]], which: int) -> None:
        assert seen[which]["kinds"].split(";") == ROWS
        assert seen[which]["none"] == ""
        assert seen[which]["many"] == f"{sum(range(300_000))} <nil>"

    def test_asks_with_values(self, seen: list[dict[str, str]], which: int) -> None:
        assert seen[which]["bound"] == seen[which]["typed"] == "1|plain"

    def test_is_told_clearly_what_it_may_not(self, seen: list[dict[str, str]], which: int) -> None:
        told = seen[which]
        for name in ("refused insert", "refused drop", "refused batch"):
            assert "code: 164" in told[name], told[name]
            assert "readonly mode" in told[name]
        assert "code: 497" in told["refused file"]
        assert "Unknown expression identifier `nothing`" in told["wrong"]
        assert "code: 395" in told["breaks"], "an error in the middle of a result"
