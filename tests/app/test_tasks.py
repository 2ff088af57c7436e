"""`haechi tasks` and `haechi trust` beside a running engine."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., tuple[int, str, str]]
pytestmark = [pytest.mark.timeout(600), pytest.mark.slow]


def said(answer: tuple[int, str, str]) -> Any:
    code, out, err = answer
    assert code == 0, err
    return json.loads(out)


def test_officers_and_approvers_at_the_command_line(
    haechi: Run,
    start: Callable[..., subprocess.Popen[str]],
    until: Callable[..., Any],
    address: Callable[[Path, str], dict[str, Any] | None],
    tmp_path: Path,
    profile: Path,
) -> None:
    data = tmp_path / "data"
    process = start("engine", "--data", data, "--profile", profile)

    def ready() -> Any:
        assert process.poll() is None, process.communicate()
        return address(data, "engine")

    until(ready, 240)

    def stop() -> str:
        asked = ("--gate", "ICN-T1-EXIT-1", "--lane", "walk", "--traveler", "t-new")
        told = said(haechi("decide", *asked, "--budget-ms", 5000, "--data", data, "--json"))
        assert told["verdict"] == "REFER"
        return str(told["decision_id"])

    def tasks(*more: object) -> tuple[int, str, str]:
        return haechi("tasks", *more, "--data", data)

    assert "nothing waits" in tasks("list")[1]
    waiting = stop()
    assert waiting in tasks("list")[1]
    taken = said(tasks("take", waiting, "--json"))["task"]
    assert (taken["state"], taken["taken_by"]) == ("TAKEN", "officer")
    assert [t["taken_by"] for t in said(tasks("list", "--json"))["tasks"]] == ["officer"]
    code, _, err = tasks("override", waiting, "--to", "HOLD")
    assert (code, "reason_code is empty" in err) == (1, True)
    assert tasks("override", waiting, "--reason", "X")[0] == 2
    held = tasks("override", waiting, "--to", "HOLD", "--reason", "TIP-OFF")
    assert held[0] == 0
    assert held[1].startswith("SETTLED: HOLD CALL_OFFICER")
    assert "nothing waits" in tasks("list")[1]
    assert haechi("tasks", "take", "zz", "--data", data)[0] == 1

    def trust(*more: object) -> tuple[int, str, str]:
        return haechi("trust", *more, "--reason", "why", "--data", data, "--json")

    grant = ("grant", "importer", "ACME", "--until", "2100-01-01T00:00:00Z", "--legal-basis", "l")
    assert said(trust(*grant))["state"] == "AWAITING_SECOND"
    assert said(trust(*grant))["state"] == "AWAITING_SECOND"
    assert said(trust(*grant, "--as", "approver-2"))["state"] == "IN_EFFECT"
    assert said(trust("withdraw", "importer", "ACME"))["state"] == "IN_EFFECT"
    listed = said(haechi("trust", "list", "--data", data, "--json"))["changes"]
    assert [one["change"] for one in listed] == ["GRANT", "GRANT", "GRANT", "WITHDRAW"]
    assert listed[2]["approver"] == "approver-2"
    code, _, err = trust(*grant[:4], "2001-01-01", *grant[5:])
    assert (code, "state when the trust ends" in err) == (1, True)
    assert trust(*grant[:4], "soon", *grant[5:])[0] == 2
