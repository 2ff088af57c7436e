"""All benchmarks run one after another, and one that fails stops no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import every
from benchmarks.__main__ import main, parser
from benchmarks.catalogue import BENCHMARKS
from benchmarks.every import Ran, run_one
from benchmarks.results.result import Result

RESULT = Result("idle", {
    "benchmark": "idle", "manifest": {"cpu": "Some CPU", "cores": 2, "commit": "abc", "seed": 7},
    "options": {}, "changed": [],
    "quiet": {"publishable": False, "why": ["others"]},
    "goals": [{"what": "percent", "found": 4.0, "goal": 3.0, "met": False, "least": False},
              {"what": "bytes", "found": 1.0, "goal": 3.0, "met": True, "least": False}],
})  # fmt: skip


def run_all(tmp_path: Path, *names: str) -> int:
    return main(["all", *names, "--settle", "0", "--out", str(tmp_path / "out")])


def test_one_that_fails_is_told_and_the_others_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    def ran(name: str, *_: object) -> Ran:
        return Ran(name, 1.0, None, "ended with 1") if name == "rules" else Ran(name, 1.0, RESULT)

    monkeypatch.setattr(every, "run_one", ran)
    assert run_all(tmp_path, "gate", "rules", "idle") == 1
    told = capsys.readouterr().out
    assert "[3/3] idle" in told
    assert "2 of 3 done, 1 failed" in told
    assert "FAILED: ended with 1" in told
    assert "MISSED percent: 4.000 †, ≤ 3" in told
    assert "1 of 2 goals met, NOT PUBLISHABLE" in told
    assert "goals: 2 met, 2 missed" in told


def test_missed_goals_alone_are_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(every, "run_one", lambda name, *_: Ran(name, 1.0, RESULT))
    assert run_all(tmp_path, "idle") == 0


def test_stopped_by_hand_sums_up_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    def ran(name: str, *_: object) -> Ran:
        if name == "rules":
            raise KeyboardInterrupt
        return Ran(name, 1.0, RESULT)

    monkeypatch.setattr(every, "run_one", ran)
    assert run_all(tmp_path, "gate", "rules", "idle") == 130
    assert "1 of 3 done, 0 failed" in capsys.readouterr().out


def test_goals_and_ratios_are_told_once_more_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setattr(every, "run_one", lambda name, *_: Ran(name, 1.0, RESULT))
    assert run_all(tmp_path, "idle") == 0
    assert "4.000 † missed" not in capsys.readouterr().out
    assert run_all(tmp_path, "idle", "--ratios") == 0
    assert "4.000 † missed" in capsys.readouterr().out.partition("goals: 1 met, 1 missed")[2]


def test_the_short_set_is_run_unless_asked_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, list[str]] = {}

    def ran(name: str, arguments: list[str], *_: object) -> Ran:
        asked[name] = arguments
        return Ran(name, 1.0, RESULT)

    monkeypatch.setattr(every, "run_one", ran)
    assert run_all(tmp_path) == 0
    assert set(asked) == {name for name, short in BENCHMARKS.items() if short}
    assert asked["idle"] == ["idle", "--seconds", "5", "--seed", "7"]
    asked.clear()
    assert run_all(tmp_path, "--full") == 0
    assert list(asked) == list(BENCHMARKS)
    assert asked["idle"] == ["idle", "--seed", "7"]


@pytest.mark.parametrize("name", BENCHMARKS)
def test_options_of_the_short_set_are_known(name: str) -> None:
    parser(name).parse_args([name, *(BENCHMARKS[name] or ())])


def test_a_name_that_is_none_is_refused(tmp_path: Path, capsys) -> None:
    assert run_all(tmp_path, "nothing") == 2
    assert "no such benchmark: nothing" in capsys.readouterr().err


def test_a_process_that_ends_badly_has_failed_and_its_older_result_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "idle.json"
    path.write_text("{}")
    ran = run_one("idle", ["idle", "--no-such-option"], path, 60.0)
    assert ran.result is None
    assert "ended with 2" in ran.why
    assert not path.exists()


def test_a_process_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    ran = run_one("idle", ["idle", "--seconds", "60"], tmp_path / "idle.json", 0.05)
    assert "stopped after" in ran.why


def test_a_busy_machine_is_waited_for_so_long_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    loads = iter([9.0, 9.0, 0.1])
    monkeypatch.setattr(every.os, "getloadavg", lambda: (next(loads), 0.0, 0.0))
    monkeypatch.setattr(every.time, "sleep", lambda _: None)
    assert every.settled(60.0)
    monkeypatch.setattr(every.os, "getloadavg", lambda: (9.0, 0.0, 0.0))
    assert not every.settled(0.0)
