"""Results are shown as text, as one page and as plots, and busy machines' figures are marked."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main


def test_runs_stand_side_by_side_with_goals_and_rivals(write, capsys) -> None:
    assert main(["show", str(write("quiet")), str(write("busy", quiet=False))]) == 0
    told = capsys.readouterr().out
    assert re.search(r"us a decision +≤ 5 +2\.500 +2\.500 †", told)
    assert re.search(r"beside it: swift +1\.500 wins +1\.500 † wins", told)
    assert re.search(r"ours / theirs +≤ 1\.3 +1\.400 \[1\.300, 1\.500\] missed", told)
    assert "NOT PUBLISHABLE: others used 40%" in told


def test_ratios_alone_are_goals_and_what_has_an_interval(write, capsys) -> None:
    pytest.importorskip("hdrh")
    path = str(write("quiet", values=[1.0, 2.0, 3.0]))
    assert main(["show", path]) == 0
    assert "call, us, p50" in capsys.readouterr().out
    assert main(["show", "--ratios", path]) == 0
    told = capsys.readouterr().out
    assert "call, us, p50" not in told
    assert "us a decision" in told
    assert "ratios: ours / theirs, p50" in told


def test_options_that_were_changed_are_told_as_they_are_given(write, capsys) -> None:
    options = {"sizes": [10, 20], "poll": True}
    assert main(["show", str(write("a", options=options, changed=list(options)))]) == 0
    assert "asked for --sizes 10 20 --poll" in capsys.readouterr().out


def test_a_quiet_machine_needs_no_legend(write, capsys) -> None:
    assert main(["show", str(write("quiet"))]) == 0
    assert "†" not in capsys.readouterr().out


class _Page(HTMLParser):
    """What a page would load, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag in {"link", "script", "img", "iframe"} or not (told.get("href") or "#").startswith(
            "#"
        ):
            self.loads.append(f"{tag} {told}")

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_loads_nothing_and_escapes_what_it_is_told(write, tmp_path: Path) -> None:
    label = "<script>alert(1)</script>"
    ratios = [{"ratio": label, "found": 1.0, "from": 0.9, "to": 1.1}]
    out = tmp_path / "page.html"
    path = write("one", quiet=False, ratios=ratios)
    assert main(["show", str(path), "--html", str(out)]) == 0
    page = _Page()
    page.feed(out.read_text("utf-8"))
    assert page.loads == []
    assert label in page.text
    assert "NOT PUBLISHABLE" in page.text


def test_plots_are_drawn_of_whatever_there_is(write, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("hdrh")
    values = np.random.default_rng(1).gamma(9.0, 50.0, 300)
    files = [write("a", values=values), write("b", values=values[:1]), write("c", benchmark="two"),
             write("d", benchmark="nothing", goals=[], ratios=[])]  # fmt: skip
    page, image = tmp_path / "page.html", tmp_path / "plots.png"
    asked = ["show", *map(str, files), "--html", str(page), "--png", str(image)]
    assert main(asked) == 0
    assert page.read_text("utf-8").count("<svg") == 2
    assert image.read_bytes().startswith(b"\x89PNG")


def test_plots_that_cannot_be_drawn_say_what_is_missing(
    write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setattr("benchmarks.results.plots.drawable", lambda: False)
    page = tmp_path / "page.html"
    asked = ["show", str(write("a")), "--html", str(page), "--png", str(tmp_path / "plots.png")]
    assert main(asked) == 1
    assert "make extra-bench" in capsys.readouterr().err
    assert "make extra-bench" in page.read_text("utf-8")


def test_what_is_no_result_is_said(tmp_path: Path, capsys) -> None:
    assert main(["show", str(tmp_path / "nothing.json")]) == 2
    assert "nothing.json" in capsys.readouterr().err
