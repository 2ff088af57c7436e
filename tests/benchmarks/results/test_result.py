"""Result files are read with their figures, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.report import Report
from benchmarks.results.result import Figure, Result, UnreadableError, by_benchmark, read_all


def test_goals_carry_direction_interval_rivals_and_whether_they_may_be_published(write) -> None:
    us, ratio, recall = Result.read(write("one", quiet=False)).goals()
    assert us.publishable is False
    assert (ratio.publishable, recall.publishable) == (True, True)
    assert us.met
    assert not ratio.met
    assert ratio.interval == (1.3, 1.5)
    assert us.wins("swift")
    assert not us.wins("slow")
    assert recall.least


def test_figures_before_from_and_to_have_an_interval(write) -> None:
    (figure,) = Result.read(write("one")).intervals()
    assert figure.what == "ratios: ours / theirs, p50"
    assert (figure.found, figure.interval) == (1.4, (1.3, 1.5))


def test_percentiles_are_told_of_as_many_values_as_they_need(write) -> None:
    pytest.importorskip("hdrh")
    few = Result.read(write("few", values=np.arange(1.0, 101.0)))
    many = Result.read(write("many", values=np.arange(1.0, 1001.0)))
    assert [one.what for one in few.percentiles()] == ["call, us, p50"]
    assert [one.found for one in many.percentiles()] == pytest.approx([500.0, 990.0], rel=1e-3)


def test_what_an_older_report_wrote_is_read_and_not_publishable(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    goals = [{"what": "AUC", "found": 0.9, "goal": 0.95, "met": False},
             {"what": "us", "found": 0.9, "goal": 2.0, "met": True}]  # fmt: skip
    manifest = {"cpu": "Some CPU", "cores": 2, "commit": "abc", "seed": 7}
    path.write_text(json.dumps({"benchmark": "some", "manifest": manifest, "goals": goals}))
    auc, us = Result.read(path).goals()
    assert (auc.least, us.least) == (True, False)
    assert us.publishable is False
    assert not auc.met


def test_what_a_report_writes_is_read(tmp_path: Path) -> None:
    report = Report("some", 7, {"calls": 3, "folder": tmp_path}, ["calls"])
    report.table("calls", ["call", "p50_us"], [["empty", 1.5]])
    report.keep("empty", [3.0, 1.0, 2.0], "us")
    report.goal("us", 1.5, 2.0, rivals={"other": 1.0}, interval=(1.4, 1.6))
    report.finish(tmp_path / "some.json")
    result = Result.read(tmp_path / "some.json")
    assert result.shortened == {"calls": 3}
    assert str(tmp_path.parent) not in (tmp_path / "some.json").read_text()
    assert list(result.tables()) == ["calls"]
    (us,) = result.goals()
    assert (us.interval, dict(us.rivals)) == ((1.4, 1.6), {"other": 1.0})
    assert us.publishable is result.quiet["publishable"]


@pytest.mark.parametrize("said", ["", "[]", '{"benchmark": "some"}'])
def test_another_file_is_refused(said: str, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(said)
    with pytest.raises(UnreadableError, match=r"other\.json is no"):
        Result.read(path)


def test_a_folder_is_all_its_files_and_runs_of_one_benchmark_stand_together(
    write, tmp_path: Path
) -> None:
    write("a"), write("b"), write("c", benchmark="another")
    grouped = by_benchmark(read_all([tmp_path]))
    assert {name: [one.label for one in of] for name, of in grouped.items()} == {
        "some": ["a", "b"],
        "another": ["c"],
    }
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableError, match="no result"):
        read_all([tmp_path / "empty"])


@pytest.mark.parametrize(
    ("found", "goal", "least", "reached"),
    [(1.0, 2.0, False, 2.0), (4.0, 2.0, False, 0.5), (4.0, 2.0, True, 2.0), (0.0, 2.0, False, 2.0),
     (-0.2, -0.1, True, 0.0), (0.3, 0.0, True, 2.0), (1e-9, 1.0, False, 10.0)],
)  # fmt: skip
def test_how_far_a_goal_is_reached_has_no_unit(found, goal, least, reached) -> None:
    assert Figure("some", found, True, least, goal).reached == pytest.approx(reached)
