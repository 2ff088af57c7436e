"""`haechi feed intelligence`: from a file to a traveler's case, and why, beside an engine."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from governed import filled, governed

Run = Callable[..., tuple[int, str, str]]
pytestmark = pytest.mark.timeout(600)
LIST = """list,entry,watched,value,birth_year,weight,legal_basis,expires
wanted,1,name,LEE MIN HO,1987,0.9,Customs Act 234,2127-12-31
wanted,2,name,LEE MIN HO,then,0.9,Customs Act 234,2127-12-31
wanted,3,name,12345,,0.9,Customs Act 234,2127-12-31
wanted,4,name,PARK JI SUNG,,0.9,,2127-12-31
"""


@pytest.fixture
def wanted(tmp_path: Path) -> Path:
    path = tmp_path / "wanted.csv"
    path.write_text(LIST, "utf-8")
    return path


def test_a_file_that_cannot_be_used_is_told_before_anything_starts(
    haechi: Run, tmp_path: Path
) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text("list,entry\n", "utf-8")
    code, _, err = haechi("feed", "intelligence", path, "--data", tmp_path / "none")
    assert code == 2
    assert "lacks watched, value" in err
    assert not (tmp_path / "none").exists()


@pytest.mark.slow
def test_from_the_file_to_the_reason(
    haechi: Run,
    start: Callable[..., subprocess.Popen[str]],
    until: Callable[..., Any],
    address: Callable[[Path, str], dict[str, Any] | None],
    tmp_path: Path,
    profile: Path,
    wanted: Path,
) -> None:
    data = tmp_path / "data"
    with governed(data) as running:
        manifest = filled()
        manifest.envelope.subjects.add(traveler_id="T-1")
        manifest.traveler_manifest.name = "이민호"
        manifest.traveler_manifest.birth_year = 1987
        assert running.put(manifest).refusal is None
    process = start("engine", "--data", data, "--profile", profile)

    def ready() -> Any:
        assert process.poll() is None, process.communicate()
        return address(data, "engine")

    until(ready, 240)
    code, out, _ = haechi("feed", "intelligence", wanted, "--data", data, "--json")
    (account,) = json.loads(out)["files"]
    assert (code, account["taken"]) == (1, 1)
    assert [one["line"] for one in account["refused"]] == [3, 4, 5]
    reasons = [one["reason"] for one in account["refused"]]
    assert reasons[0].startswith("birth_year is 'then'")
    assert reasons[1].startswith("BAD_NAME: ")
    assert reasons[2].startswith("MISSING_FIELD: ")

    asked = ("--gate", "ICN-T1-EXIT-3", "--lane", "family", "--traveler", "T-1")
    _, out, err = haechi("decide", *asked, "--budget-ms", 5000, "--data", data, "--json")
    told = haechi("explain", json.loads(out)["decision_id"], "--data", data)
    assert told[0] == 0, (told, err)
    assert "watched for:" in told[1]
    assert "wanted/1" in told[1]
    assert "Customs Act 234" in told[1]
    assert "LEE" not in told[1]
