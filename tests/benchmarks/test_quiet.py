"""Which machine is quiet, from what Linux counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.quiet import Counters, Watch, judge
from benchmarks.report import Report

NOTHING = Counters(0.0, 0.0, 0.0, 0.0)
BUSY = {"publishable": False, "why": ["others used 40%"]}


@pytest.mark.parametrize(
    ("load", "after", "why"),
    [
        (0.2, Counters(100.0, 60.0, 0.5, 58.0), None),
        (1.2, Counters(100.0, 60.0, 0.5, 58.0), "load 1.20 on 2 cores"),
        (0.2, Counters(100.0, 60.0, 2.0, 58.0), "2.0% of the cores' time was stolen"),
        (0.2, Counters(100.0, 60.0, 0.5, 30.0), "others used 30%"),
        (0.2, NOTHING, "does not tell"),
    ],
)
def test_a_machine_is_quiet_or_it_is_said_why_not(load, after, why) -> None:
    told = judge(load, 2, NOTHING, after)
    assert told["publishable"] is (why is None)
    assert len(told["why"]) == (why is not None)
    assert why is None or why in told["why"][0]


def test_all_reasons_are_told() -> None:
    assert len(judge(2.0, 2, NOTHING, Counters(100.0, 90.0, 5.0, 10.0))["why"]) == 3


def test_only_the_cores_of_the_run_count_and_waiting_for_disks_is_idle(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    stat.write_text(
        "cpu  900 0 0 900 0 0 0 0 0 0\n"
        "cpu0 100 10 40 500 200 3 7 40 90 0\n"
        "cpu1 800 0 0 100 0 0 0 0 0 0\n"
        "intr 1 2 3\n"
    )
    told = Counters.now(frozenset({0}), stat)
    tick = told.total / 900
    assert told.busy == pytest.approx(160 * tick)
    assert told.stolen == pytest.approx(40 * tick)


def test_a_system_that_does_not_tell_is_not_quiet(tmp_path: Path) -> None:
    nothing = Counters.now(frozenset({0}), tmp_path / "none")
    assert nothing.total == 0.0
    assert not judge(0.0, 2, nothing, nothing)["publishable"]


def test_a_report_marks_absolute_figures_and_exempts_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    import json

    monkeypatch.setattr(Watch, "judged", lambda self: BUSY)
    monkeypatch.setattr(Watch, "crowded", lambda self: "load 9.00 on 2 cores before")
    report = Report("some", 7)
    report.goal("us", 1.0, 2.0)
    report.goal("ours / theirs", 1.0, 2.0, kind="ratio")
    report.goal("recall", 1.0, 0.9, least=True, kind="count")
    report.finish(tmp_path / "some.json")
    told = capsys.readouterr().out
    assert "will be NOT PUBLISHABLE: load 9.00" in told
    assert "absolute figures NOT PUBLISHABLE: others used 40%" in told
    assert "exempt" in told
    said = json.loads((tmp_path / "some.json").read_text())
    assert said["quiet"] == BUSY
    assert [goal["publishable"] for goal in said["goals"]] == [False, True, True]


def test_a_quiet_report_says_so(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(Watch, "judged", lambda self: {"publishable": True, "why": []})
    monkeypatch.setattr(Watch, "crowded", lambda self: None)
    Report("some", 7).finish(None)
    told = capsys.readouterr().out
    assert "may be published" in told
    assert "NOT PUBLISHABLE" not in told


def test_a_table_cannot_hide_what_every_result_has() -> None:
    with pytest.raises(ValueError, match="quiet"):
        Report("some", 7).table("quiet", ["a"], [[1]])
