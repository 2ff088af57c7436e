"""Two results are compared with intervals that hold what they say, or not at all."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.results.compare import compare
from benchmarks.results.result import Result


def values(seed: int, scale: float = 1.0) -> Any:
    """Seeded latencies, of which neighbours share a disturbance."""
    draws = np.random.default_rng(seed)
    disturbed = np.repeat(draws.normal(0.0, 0.02, 100), 20)
    return scale * 500.0 * np.exp(draws.normal(0.0, 0.1, 2000) + disturbed)


def changes(old: Any, new: Any) -> dict[str, Any]:
    return {one.what: one for one in compare(Result.read(old), Result.read(new), 1)}


def test_a_slower_run_is_worse_and_a_faster_one_better(write) -> None:
    pytest.importorskip("hdrh")
    base, slower = write("a", values=values(1)), write("b", values=values(2, 1.2))
    worse = changes(base, slower)["call, us, p50"]
    assert worse.verdict == "worse"
    assert worse.by == "bootstrap"
    assert worse.interval[0] < 1.2 < worse.interval[1]
    assert changes(slower, base)["call, us, p50"].verdict == "better"


def test_the_interval_holds_no_change_about_as_often_as_it_says(write) -> None:
    pytest.importorskip("hdrh")
    held = 0
    for seed in range(30):
        pair = write("a", values=values(2 * seed)), write("b", values=values(2 * seed + 1))
        held += changes(*pair)["call, us, p50"].verdict == "no difference shown"
    assert held >= 24


def test_stored_intervals_are_put_together(write) -> None:
    ratios = [{"ratio": "ours / theirs", "of": "p50", "found": 2.1, "from": 2.0, "to": 2.2}]
    same = changes(write("a"), write("b"))["ratios: ours / theirs, p50"]
    more = changes(write("a"), write("c", ratios=ratios))["ratios: ours / theirs, p50"]
    assert (same.by, same.verdict) == ("stored", "no difference shown")
    assert (more.by, more.verdict) == ("stored", "higher")
    assert more.interval[0] < 1.5 < more.interval[1]
    # Wider than either alone: 1.3 to 1.5 is 15%, 2.0 to 2.2 is 10%.
    assert more.interval[1] / more.interval[0] == pytest.approx(1.187, abs=0.003)


def test_without_an_interval_nothing_is_concluded(write) -> None:
    found = changes(write("a"), write("b"))["us a decision"]
    assert (found.by, found.verdict, found.interval) == ("no interval", "cannot tell", None)


def test_of_what_a_busy_machine_found_nothing_is_concluded(write, capsys) -> None:
    pytest.importorskip("hdrh")
    old, new = write("a", values=values(1)), write("b", quiet=False, values=values(2, 2.0))
    found = changes(old, new)
    assert found["call, us, p50"].publishable is False
    assert found["call, us, p50"].verdict == "cannot tell"
    assert found["call, us, p50"].interval[0] > 1.8
    assert main(["compare", str(old), str(new), "--fail-worse"]) == 0
    assert found["recall"].publishable is True
    assert "NOT PUBLISHABLE" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"benchmark": "another"}, "benchmark some and another"),
        ({"manifest": {"cpu": "Other CPU"}}, "cpu Some CPU and Other CPU"),
        ({"manifest": {"cores": 64}}, "cores 2 and 64"),
        ({"manifest": {"seed": 8}}, "seed 7 and 8"),
        ({"options": {"calls": 4000}}, "option calls 400 and 4000"),
    ],
)
def test_what_is_not_alike_is_refused_unless_forced(changed, said: str, write, capsys) -> None:
    files = [str(write("a")), str(write("b", **changed))]
    assert main(["compare", *files]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "--force" in told
    assert main(["compare", *files, "--force"]) == 0
    assert said in capsys.readouterr().out.replace("\n", " ")


def test_another_commit_or_version_is_what_is_compared(write) -> None:
    files = [str(write("a")), str(write("b", manifest={"commit": "def"}))]
    assert main(["compare", *files]) == 0


def test_json_and_the_exit_code_are_for_machines(write, capsys) -> None:
    pytest.importorskip("hdrh")
    old, new = str(write("a", values=values(1))), str(write("b", values=values(2, 2.0)))
    assert main(["compare", old, new, "--json", "--fail-worse"]) == 1
    said = json.loads(capsys.readouterr().out)
    by_name = {one["what"]: one for one in said["changes"]}
    assert by_name["call, us, p50"]["verdict"] == "worse"
    assert main(["compare", new, old, "--json", "--fail-worse"]) == 0
