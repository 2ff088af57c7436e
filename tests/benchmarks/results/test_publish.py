"""README's table is made from published results, and cannot be edited by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.results import publish
from benchmarks.results.publish import BEGIN, END, between_marks, read_published, replaced, table
from benchmarks.results.result import Result, UnreadableError


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A README and a file of published results of its own."""
    folder = tmp_path / "there"
    folder.mkdir()
    (folder / "README.md").write_text(f"# Before\n{BEGIN}\n{END}\nafter\n")
    monkeypatch.setattr(publish, "README", folder / "README.md")
    monkeypatch.setattr(publish, "PUBLISHED", folder / "results.json")
    return folder


def test_readme_holds_the_table_that_its_results_make() -> None:
    made = table(read_published(publish.PUBLISHED))
    assert between_marks(publish.README.read_text("utf-8")) == made, (
        "README's table is not what docs/benchmark-results.json makes: "
        "run `python -m benchmarks publish`"
    )


def test_rivals_that_win_are_in_bold_and_missed_goals_are_told(write) -> None:
    told = table([Result.read(write("a"))])
    assert "| `some`: us a decision | 2.500 | ≤ 5 | slow 900.0, **swift 1.500** |" in told
    assert "| `some`: ours / theirs | 1.400 [1.300, 1.500] **missed** | ≤ 1.3 |  |" in told
    assert "Some CPU, 2 cores, commit abc, 2026-11-22: `some`." in told
    assert "NOT PUBLISHABLE" not in told


def test_what_a_busy_machine_found_is_refused_or_marked(write, place: Path, capsys) -> None:
    busy = str(write("a", quiet=False, changed=["calls"]))
    before = (place / "README.md").read_text()
    assert main(["publish", busy]) == 2
    assert "--busy" in capsys.readouterr().err
    assert (place / "README.md").read_text() == before
    assert main(["publish", busy, "--busy"]) == 0
    told = (place / "README.md").read_text()
    assert "`some`‡: us a decision | 2.500 † |" in told
    assert "`some`‡: recall | 0.970 |" in told
    assert "NOT PUBLISHABLE" in told
    assert "beside other work" in told
    assert "`some --calls 400`" in told


def test_ratios_and_counts_of_a_busy_machine_are_taken(write, place: Path) -> None:
    path = write("a", quiet=False)
    said = json.loads(path.read_text())
    said["goals"] = said["goals"][1:]
    path.write_text(json.dumps(said))
    assert main(["publish", str(path)]) == 0


def test_a_newer_result_replaces_the_older_and_others_stay(write, place: Path) -> None:
    assert main(["publish", str(write("a")), str(write("b", benchmark="other"))]) == 0
    assert main(["publish", str(write("c", manifest={"commit": "def"}))]) == 0
    published = read_published(place / "results.json")
    assert [(one.benchmark, one.manifest["commit"]) for one in published] == [
        ("other", "abc"),
        ("some", "def"),
    ]
    assert "samples" not in (place / "results.json").read_text()
    told = (place / "README.md").read_text()
    assert told.startswith("# Before\n")
    assert told.endswith("\nafter\n")
    assert main(["publish"]) == 0
    assert (place / "README.md").read_text() == told


@pytest.mark.parametrize("readme", ["nothing", f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}"])
def test_a_readme_without_both_marks_is_refused(readme: str) -> None:
    with pytest.raises(UnreadableError, match="once each"):
        replaced(readme, "table\n")


def test_of_many_goals_none_that_is_missed_is_left_out(write) -> None:
    many = [{"what": f"s to answer {at}", "found": 0.1 * at, "goal": 1.05, "met": at < 11,
             "least": False, "kind": "count"} for at in range(1, 13)]  # fmt: skip
    told = table([Result.read(write("a", goals=many))])
    rows = [line for line in told.splitlines() if line.startswith("| `some`")]
    assert len(rows) == 3
    assert "s to answer 11" in rows[0]
    assert "s to answer 12" in rows[1]
    assert "s to answer 10 (of 10 more" in rows[2]
