"""ClickHouse's JDBC driver, which DBeaver and other Java tools use, as an analyst."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).parent / "java" / "Analyst.java"
ARTEFACTS = ("com.clickhouse:clickhouse-jdbc:0.9.8:jar:all", "org.slf4j:slf4j-api:2.0.17")
ROWS = [
    (
        "0||2026-01-02 03:04:05.678901|2026-01-02|0.5|A|[x, y]|{k=0.5}|[1, b]|1.25"
        "|00000000-0000-0000-0000-000000000000|false|high|abcd|null"
        "|170141183460469231731687303715884105728|[[1, 2], []]"
    ),
    (
        "1|plain|2026-01-02 03:04:06.678901|2026-01-02|null|A|[x, y]|{k=0.5}|[1, b]|1.25"
        "|00000000-0000-0000-0000-000000000001|true|high|abcd|null"
        "|170141183460469231731687303715884105728|[[1, 2], []]"
    ),
]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def drivers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the driver; skipped where Java, Maven or the driver cannot be had."""
    java, maven = shutil.which("java"), shutil.which("mvn")
    if java is None or maven is None or shutil.which("javac") is None:
        pytest.skip("needs a JDK of 17 or later, and mvn")
    folder = tmp_path_factory.mktemp("jdbc")
    for artefact in ARTEFACTS:
        got = [
            subprocess.run(
                [maven, "-q", "-B", f"dependency:{goal}", f"-Dartifact={artefact}", *more],
                capture_output=True,
                text=True,
                check=False,
            )
            for goal, *more in (["get"], ["copy", f"-DoutputDirectory={folder}"])
        ]
        if any(one.returncode for one in got):
            pytest.skip(f"{artefact} cannot be had from Maven: {got[0].stdout.strip()[-200:]}")
    return folder


@pytest.fixture(scope="module")
def seen(store: Any, drivers: Path) -> list[dict[str, str]]:
    """What the program saw: with compressed answers, and with plain ones."""
    command = ["java", "-Duser.timezone=UTC", "-cp", f"{drivers}/*", str(SOURCE)]
    command += [str(store.port), store.passwords["analyst"]]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert told.returncode == 0, told.stderr
    each: list[dict[str, str]] = []
    for line in told.stdout.splitlines():
        name, _, value = line.partition("\t")
        if name == "product":
            each.append({})
        each[-1][name] = value
    assert len(each) == 2
    return each


@pytest.mark.parametrize("which", range(2), ids=["compressed", "plain"])
class TestAnswers:
    def test_connects_and_finds_what_there_is(self, seen: list[dict[str, str]], which: int) -> None:
        told = seen[which]
        assert told["product"] == "ClickHouse"
        assert told["valid"] == told["schemas"] == told["types"] == "true"
        assert told["tables"] == "[kinds]"
        assert told["columns"].startswith("[n, word, at, day, maybe, code,")

    def test_reads_every_kind_of_column(self, seen: list[dict[str, str]], which: int) -> None:
        assert seen[which]["kinds"].split(";") == ROWS
        assert seen[which]["many"] == str(sum(range(300_000)))
        assert seen[which]["limited"] == "0;1;2"

    def test_asks_with_values(self, seen: list[dict[str, str]], which: int) -> None:
        assert seen[which]["asked"] == "1|plain"

    def test_is_told_clearly_what_it_may_not(self, seen: list[dict[str, str]], which: int) -> None:
        told = seen[which]
        assert re.match(r"164 .*readonly mode", told["refused insert"])
        assert re.match(r"164 .*readonly mode", told["refused drop"])
        assert re.match(r"497 .*Not enough privileges", told["refused file"])
        assert re.match(r"47 .*Unknown expression identifier `nothing`", told["wrong"])
