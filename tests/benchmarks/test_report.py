"""The benchmarks' own arithmetic, and that each names its fields. Never how fast anything is."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import BENCHMARKS, main, parser
from benchmarks.alternate import alternate
from benchmarks.quantiles import percentile, ratio
from benchmarks.report import Report
from benchmarks.stages import TITLES, spans


def test_a_percentile_is_a_time_that_was_measured() -> None:
    times = np.array([5.0, 1.0, 4.0, 2.0, 3.0])
    assert percentile(times, 50) == 3.0
    assert percentile(times, 99.9) == 5.0
    assert percentile(times, 0.1) == 1.0


def test_a_ratio_lies_inside_its_interval() -> None:
    draws = np.random.default_rng(1)
    below = draws.gamma(9.0, 50.0, 2000)
    found, low, high = ratio([2 * below], below, 50, seed=3)
    assert low <= found <= high
    assert found == pytest.approx(2.0)
    extra, *_ = ratio([3 * below, below], below, 50, seed=3)
    assert extra == pytest.approx(2.0)


def test_calls_alternate_and_each_is_made_once_a_round() -> None:
    made: list[tuple[str, int]] = []
    kinds = {kind: lambda number, kind=kind: made.append((kind, number)) for kind in "abc"}
    times = alternate(kinds, range(5, 9), seed=2, what="calls")
    assert [sorted(made[at : at + 3]) for at in range(0, 12, 3)] == [
        [("a", number), ("b", number), ("c", number)] for number in range(5, 9)
    ]
    assert {kind: one.shape for kind, one in times.items()} == dict.fromkeys("abc", (4,))


def test_stages_lie_between_sending_and_answer() -> None:
    points = np.arange(1, len(TITLES), dtype=np.int64)[None, :] * 1000
    spent = spans(points, np.array([[0, 20_000]], np.int64))
    assert spent.shape == (1, len(TITLES))
    assert spent.sum() == pytest.approx(20.0)


def test_the_report_is_json_with_manifest_goals_and_rows(tmp_path: Path) -> None:
    report = Report("some", 7)
    report.table("calls", ["call", "p50_us"], [["empty", 1.5], ["process", 2.0]])
    report.goal("ratio", 1.2, 1.3)
    report.goal("events/s", 5.0, 10.0, least=True)
    report.finish(tmp_path / "some.json")
    said = json.loads((tmp_path / "some.json").read_text())
    assert said["benchmark"] == "some"
    assert {"cpu", "cores", "load_before", "load_after", "versions", "commit", "seed"} <= set(
        said["manifest"]
    )
    assert said["calls"][1] == {"call": "process", "p50_us": 2.0}
    assert [goal["met"] for goal in said["goals"]] == [True, False]


@pytest.mark.parametrize("name", BENCHMARKS)
def test_each_teaches_its_use(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([name, "--help"])
    assert ended.value.code == 0
    assert "--json" in capsys.readouterr().out
    assert isinstance(parser().parse_args([name]), argparse.Namespace)


@pytest.mark.slow
def test_gate_runs_whole_and_names_its_fields(tmp_path: Path) -> None:
    path = tmp_path / "gate.json"
    assert main(["gate", "--calls", "20", "--stages", "10", "--json", str(path)]) == 0
    said = json.loads(path.read_text())
    kinds = [row["call"] for row in said["all_calls"]]
    assert kinds == ["empty", "same", "process", "disk", "fdatasync"]
    assert {"p50_us", "p99_us", "p99.9_us", "calls"} <= set(said["pair_calls"][0])
    assert {"ratio", "of", "found", "from", "to"} == set(said["pair_ratios"][0])
    assert len(said["stages"]) == len(TITLES)
    assert [goal["goal"] for goal in said["goals"]] == [1.2, 1.25, 2.0, 1.2]


def test_a_line_to_quote_is_printed_last_and_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report("some", 7)
    report.quote("some v1: 5 events/s")
    report.finish(tmp_path / "some.json")
    said = json.loads((tmp_path / "some.json").read_text())
    assert capsys.readouterr().out.splitlines()[-1] == said["line"]
    assert said["line"].startswith("some v1: 5 events/s")
    assert ("NOT PUBLISHABLE" in said["line"]) is not said["quiet"]["publishable"]
