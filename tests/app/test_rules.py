"""`haechi rules`: written, refused for a typo, mended, in shadow, live beside a running engine."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from governed import governed
from rule_files import rule, text_of

Run = Callable[..., tuple[int, str, str]]
pytestmark = pytest.mark.timeout(600)


def said(answer: tuple[int, str, str]) -> Any:
    code, out, err = answer
    assert code == 0, err
    return json.loads(out)


def written(path: Path, *parts: str) -> Path:
    path.write_text(text_of(*parts), "utf-8")
    return path


def test_a_file_is_checked_without_an_engine(haechi: Run, tmp_path: Path) -> None:
    file = written(tmp_path / "sales.toml", rule("a", "one_wya"))
    code, _, err = haechi("rules", "check", file)
    assert code == 2
    assert "sales.toml, line 6: rule a: when:" in err
    assert "did you mean one_way" in err
    checked = said(haechi("rules", "check", written(file, rule("a", "one_way")), "--json"))
    assert [one["id"] for one in checked["rules"]] == ["a"]
    assert haechi("rules", "check", tmp_path / "none.toml")[0] == 2
    code, out, _ = haechi("rules", "check", file)
    assert (code, "1 rules" in out) == (0, True)


def test_features_that_rules_may_name_are_listed(haechi: Run) -> None:
    named = said(haechi("rules", "features", "--of", "parcel", "--json"))["features"]
    assert {"name": "hs2", "of": "parcel", "kind": "code"}.items() <= named[
        [one["name"] for one in named].index("hs2")
    ].items()
    assert not {"seller", "body_scan_score"} & {one["name"] for one in named}
    assert "body_scan_score" in haechi("rules", "features")[1]


@pytest.mark.slow
def test_from_the_file_to_the_decision_and_back(
    haechi: Run,
    start: Callable[..., subprocess.Popen[str]],
    until: Callable[..., Any],
    address: Callable[[Path, str], dict[str, Any] | None],
    tmp_path: Path,
    profile: Path,
) -> None:
    data = tmp_path / "data"
    with governed(data) as running:
        running.feed(0, 40)
    process = start("engine", "--data", data, "--profile", profile)

    def ready() -> Any:
        assert process.poll() is None, process.communicate()
        return address(data, "engine")

    until(ready, 240)

    def submit(what: object, approver: str, *more: str) -> tuple[int, str, str]:
        return haechi(
            "rules", "submit", what, "--reason", f"by {approver}", "--as", approver,
            "--data", data, "--json", *more,
        )  # fmt: skip

    def decided() -> Any:
        asked = ("--gate", "ICN-T1-EXIT-3", "--lane", "family", "--traveler", "t-new")
        return said(haechi("decide", *asked, "--budget-ms", 5000, "--data", data, "--json"))

    assert "no rules are in force" in haechi("rules", "list", "--data", data)[1]
    file = written(tmp_path / "sales.toml", rule("asked", "missing(one_wya)"))
    code, _, err = submit(file, "approver-1")
    assert code == 1
    assert "BAD_RULE_SET" in err
    assert "line 6" in err
    written(file, rule("asked", "missing(one_way)", verdict="HOLD"))
    name = said(submit(file, "approver-1", "--shadow"))["artefact"]
    assert said(submit(name[:12], "approver-2", "--shadow"))["state"] == "IN_EFFECT"
    shown = said(haechi("explain", decided()["decision_id"], "--data", data, "--json"))
    assert shown["verdict"] != "VERDICT_HOLD"
    assert [(one["id"], one["shadow"]) for one in shown["rules"]] == [("asked", True)]
    assert said(submit(file, "approver-1"))["state"] == "AWAITING_SECOND"
    (waiting,) = said(haechi("rules", "list", "--data", data, "--json"))["waiting"]
    assert (waiting["artefact"], waiting["approvers"]) == (name, ["approver-1"])
    assert submit(file, "officer")[0] == 1
    assert said(submit(file, "approver-2"))["state"] == "IN_EFFECT"
    held = decided()
    assert held["verdict"] == "HOLD"
    code, out, _ = haechi("explain", held["decision_id"], "--lang", "ko", "--data", data)
    assert code == 0
    assert "asked" in out
    assert "Act, Article 1" in out
    force = said(haechi("rules", "list", "--data", data, "--json"))["in_force"]
    assert [(one["role"], one["artefact"]) for one in force] == [
        ("active", name), ("shadow", name),
    ]  # fmt: skip
    assert "asked" in haechi("rules", "list", "--data", data)[1]
    process.terminate()
    process.wait(60)
    code, out, _ = haechi("replay", "--data", data)
    assert code == 0, out
    none = written(tmp_path / "none.toml")
    tried = said(haechi("backtest", none, "--data", data, "--json"))
    # Without the rule the gate would have been told to look for the manifest that never came.
    changes = [tried[name] for name in ("stops_removed", "stops_added", "otherwise_changed")]
    assert changes == [0, 0, 1]
    code, out, _ = haechi("backtest", file, "--from", "2020-01-01", "--data", data)
    assert (code, "asked" in out) == (0, True)
    code, _, err = haechi("backtest", none, "--from", "yesterday", "--data", data)
    assert (code, "is no time" in err) == (2, True)
