"""`haechi models`: out of a small real log, beside an engine that runs, promoted by two persons."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from governed import governed

Run = Callable[..., tuple[int, str, str]]
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("labelled")
    with governed(root) as running:
        running.feed(0, 500)
        running.label(60, 2)
        running.feed(500, 700)
        running.label(60, 1, selected=1)
    return root


@pytest.fixture
def data(labelled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(labelled, tmp_path / "data"))


def said(answer: tuple[int, str, str]) -> Any:
    code, out, err = answer
    assert code == 0, err
    return json.loads(out)


def test_a_model_is_made_shown_and_listed(haechi: Run, data: Path) -> None:
    made = said(haechi("models", "checkpoint", "--kind", "traveler", "--data", data, "--json"))
    again = said(haechi("models", "checkpoint", "--kind", "traveler", "--data", data, "--json"))
    assert made == again
    fit = said(
        haechi("models", "refit", "--kind", "parcel", "--passes", 2, "--data", data, "--json")
    )
    assert fit["made_by"] == "refit"
    assert sum(fit["data"]["by_finding"].values()) == fit["labels"] > 10
    assert set(fit["data"]["by_selection"]) == {"MODEL", "RANDOM"}
    listed = said(haechi("models", "list", "--data", data, "--json"))
    assert [one["artefact"] for one in listed["models"]] == [made["artefact"], fit["artefact"]]
    assert listed["in_force"] == listed["promotions"] == []
    shown = said(haechi("models", "show", fit["artefact"][:10], "--data", data, "--json"))
    assert shown == {**fit, "promotions": []}
    code, out, _ = haechi("models", "show", fit["artefact"][:10], "--data", data)
    assert code == 0
    for word in ("AUC", "held out", "left out", "errors by group", "lane", "inspected cases only"):
        assert word in out
    code, out, _ = haechi("models", "list", "--data", data)
    assert "nothing was promoted" in out
    assert fit["artefact"][:16] in out


def test_wrong_usage_says_what_to_do(haechi: Run, data: Path) -> None:
    kind = ("--kind", "traveler", "--data", data)
    for arguments, code, remedy in (
        (("show", "xyz", "--data", data), 2, "haechi models list"),
        (("show", "0123456789", "--data", data), 1, "haechi models list"),
        (("refit", *kind, "--passes", 0), 2, "--passes"),
        (("checkpoint", *kind, "--up-to", 10**9), 2, "--up-to"),
        (("promote", "none", *kind, "--reason", "r"), 1, "haechi up"),
        (("list", "--data", data / "none"), 2, "haechi up"),
        (("promote", "xyz", *kind, "--reason", "r"), 2, "haechi models list"),
    ):
        got, _, err = haechi("models", *arguments)
        assert (got, remedy in err) == (code, True), err


def test_a_damaged_model_is_named(haechi: Run, data: Path) -> None:
    made = said(haechi("models", "checkpoint", "--kind", "parcel", "--data", data, "--json"))
    path = data / "log" / "artefacts" / made["artefact"]
    path.write_bytes(path.read_bytes()[:40])
    listed = said(haechi("models", "list", "--data", data, "--json"))
    assert "no model that can be read" in listed["models"][0]["unusable"]
    code, _, err = haechi("models", "show", made["artefact"], "--data", data)
    assert code == 3
    assert "changed" in err


@pytest.mark.slow
def test_from_the_log_to_the_decision_and_back(
    haechi: Run,
    start: Callable[..., subprocess.Popen[str]],
    until: Callable[..., Any],
    address: Callable[[Path, str], dict[str, Any] | None],
    data: Path,
    profile: Path,
) -> None:
    process = start("engine", "--data", data, "--profile", profile)

    def ready() -> Any:
        assert process.poll() is None, process.communicate()
        return address(data, "engine")

    until(ready, 300)
    made = said(
        haechi("models", "refit", "--kind", "traveler", "--passes", 2, "--data", data, "--json")
    )
    name = made["artefact"]

    def promote(what: str, approver: str, *more: str) -> tuple[int, str, str]:
        return haechi(
            "models", "promote", what, "--kind", "traveler", "--reason", f"by {approver}",
            "--as", approver, "--data", data, "--json", *more,
        )  # fmt: skip

    assert said(promote(name[:12], "approver-1"))["state"] == "AWAITING_SECOND"
    (waiting,) = said(haechi("models", "list", "--data", data, "--json"))["waiting"]
    assert (waiting["artefact"], waiting["approvers"]) == (name, ["approver-1"])
    assert "waiting for a second" in haechi("models", "list", "--data", data)[1]
    code, _, err = promote(name, "approver-1")
    assert code == 1
    assert "second approver" in err
    assert said(promote(name, "approver-2"))["state"] == "IN_EFFECT"
    code, _, err = promote(name, "officer")
    assert code == 1
    assert "approver" in err
    listed = said(haechi("models", "list", "--data", data, "--json"))
    assert listed["waiting"] == []
    (force,) = listed["in_force"]
    assert (force["artefact"], force["role"]) == (name, "champion")
    assert force["approvers"] == ["approver-1", "approver-2"]
    code, _, _ = haechi(
        "decide", "--gate", "ICN-T1-EXIT-1", "--traveler", "t-new", "--budget-ms", 5000,
        "--data", data, "--json",
    )  # fmt: skip
    assert code == 0
    shown = said(haechi("models", "show", name, "--data", data, "--json"))
    assert [one["took_effect"] for one in shown["promotions"]] == [False, True]
    assert said(promote("none", "approver-2", "--role", "shadow"))["state"] == "AWAITING_SECOND"
    assert said(promote("none", "approver-2"))["state"] == "AWAITING_SECOND"
    back = said(promote("none", "approver-1"))
    assert back["state"] == "IN_EFFECT"
    code, out, _ = haechi("models", "list", "--data", data)
    assert f"traveler champion  {back['artefact'][:16]}" in out
    assert "approver-2 and approver-1" in out
    process.terminate()
    process.communicate(timeout=60)
    replayed = said(haechi("replay", "--data", data, "--json"))
    assert replayed["identical"] is True
    (data / "log" / "artefacts" / name).unlink()
    code, _, err = haechi("replay", "--data", data)
    assert code == 3
    assert "restore the artefacts folder" in err
    code, _, err = haechi("models", "list", "--data", data)
    assert code == 0
    assert "gone" not in err
    (data / "log" / "artefacts" / back["artefact"]).unlink()
    assert "is in force and gone" in haechi("models", "list", "--data", data)[2]
