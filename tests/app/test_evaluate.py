"""`haechi evaluate` on small files, with the real core."""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from haechi.streams.evaluation import metrics

Run = Callable[..., tuple[int, str, str]]
COLUMNS = (
    "Declaration ID", "Date", "Office ID", "Process Type", "Import Type", "Import Use",
    "Payment Type", "Mode of Transport", "Declarant ID", "Importer ID", "Seller ID", "Courier ID",
    "HS6 Code", "Country of Departure", "Country of Origin", "Tax Rate", "Tax Type",
    "Country of Origin Indicator", "Net Mass", "Item Price", "Fraud", "Critical Fraud",
)  # fmt: skip
START = dt.date(2020, 1, 1)


def declarations(days: int, a_day: int, seed: int = 3) -> list[dict[str, str]]:
    """Rows of which most repeat one of a few blocks, and a block's label is always the same."""
    draw = random.Random(seed)
    blocks = [
        {
            "HS6 Code": f"{draw.choice((61, 84, 85)):02}{draw.randrange(10_000):04}",
            "Country of Departure": draw.choice(("CN", "US", "VN")),
            "Country of Origin": draw.choice(("CN", "US", "VN")),
            "Tax Rate": draw.choice(("0.0", "8.0", "13.0")),
            "Tax Type": draw.choice(("A", "FCN1")),
            "Net Mass": f"{draw.uniform(1, 5000):.1f}",
            "Item Price": f"{draw.uniform(1e4, 1e8):.1f}",
            "Fraud": str(int(draw.random() < 0.25)),
        }
        for _ in range(150)
    ]
    rows = []
    for day in range(days):
        for _ in range(a_day):
            block = dict(draw.choice(blocks))
            if draw.random() < 0.2:
                block["Net Mass"] = f"{draw.uniform(1, 5000):.1f}"
                block["Fraud"] = str(int(draw.random() < 0.2))
            critical = 0 if block["Fraud"] == "0" else draw.choice((1, 1, 2))
            rows.append(
                {
                    **dict.fromkeys(COLUMNS, "11"),
                    "Declaration ID": f"D{len(rows)}",
                    "Date": (START + dt.timedelta(day)).isoformat(),
                    "Seller ID": "",
                    "Courier ID": "",
                    "Country of Origin Indicator": "E",
                    **block,
                    "Critical Fraud": str(critical),
                }
            )
    return rows


def write(path: Path, rows: Sequence[dict[str, str]], columns: Sequence[str] = COLUMNS) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two files of 60 and 30 days."""
    folder = tmp_path_factory.mktemp("kcs")
    rows = declarations(90, 16)
    return write(folder / "a.csv", rows[: 60 * 16]), write(folder / "b.csv", rows[60 * 16 :])


def scores(path: Path) -> list[str]:
    with path.open() as file:
        lines = file.read().splitlines()
    assert lines[0] == "row,score"
    assert [line.split(",")[0] for line in lines[1:]] == [str(i) for i in range(len(lines) - 1)]
    return [line.split(",")[1] for line in lines[1:]]


def kcs(haechi: Run, *arguments: object) -> dict[str, Any]:
    code, out, err = haechi("evaluate", "--protocol", "kcs", "--json", *arguments)
    assert code == 0, err
    said: dict[str, Any] = json.loads(out)
    return said


def test_figures_are_those_of_the_scores(
    haechi: Run, files: tuple[Path, Path], tmp_path: Path
) -> None:
    said = kcs(haechi, *files, "--scores", tmp_path / "s.csv", "--label-delay-days", 5)
    rows = declarations(90, 16)
    assert said["rows"] == said["scored"] == len(rows)
    assert (said["window"]["from"], said["window"]["to"]) == ("2020-03-01", "2020-03-30")
    assert said["expert_prior"] is False
    assert said["base_log_odds"] == -4.6
    assert any("duty evasion" in text for text in said["meaning"])
    given = [float(one) for one in scores(tmp_path / "s.csv")]
    window = slice(60 * 16, None)
    p = np.array(given[window])
    z = np.log(p / (1.0 - p))
    found = np.array([row["Fraud"] == "1" for row in rows[window]])
    critical = np.array([row["Critical Fraud"] == "2" for row in rows[window]])
    block = [
        tuple(row[name] for name in COLUMNS[12:20] if name != "Country of Origin Indicator")
        for row in rows
    ]
    before = set(block[: 60 * 16])
    unseen = np.array([one not in before for one in block[window]])
    exact = said["models"]["with_exact_blocks"]
    assert exact["n"] == 30 * 16
    assert exact["found"] == found.sum()
    assert exact["auc"] == pytest.approx(metrics.area_under_curve(found, p))
    assert exact["ap"] == pytest.approx(metrics.average_precision(found, p))
    for share in (1, 2, 5, 10):
        assert exact[f"precision_at_{share}"] == pytest.approx(
            metrics.precision_at(found, p, share / 100)
        )
    assert exact["log_loss"] == pytest.approx(metrics.log_loss(found, p))
    assert exact["base_log_loss"] == pytest.approx(metrics.base_log_loss(found))
    assert exact["calibration_slope"] == pytest.approx(metrics.calibration_slope(found, z))
    assert exact["ece_top_5"] == pytest.approx(metrics.calibration_error(found, p))
    assert said["window"]["unseen_blocks"] == exact["unseen_blocks"]["n"] == unseen.sum()
    assert exact["unseen_blocks"]["auc"] == pytest.approx(
        metrics.area_under_curve(found[unseen], p[unseen])
    )
    assert exact["critical_fraud"]["found"] == critical.sum()
    assert exact["critical_fraud"]["ap"] == pytest.approx(metrics.average_precision(critical, p))
    # Blocks decide here, so a model that remembers them is far from guessing.
    assert exact["auc"] > 0.8


def test_two_runs_are_the_same_bytes(haechi: Run, files: tuple[Path, Path], tmp_path: Path) -> None:
    for options in ((), ("--inspection-rate", 0.2, "--seeds", 2), ("--json",)):
        said = []
        for name in ("one", "two"):
            code, out, _ = haechi(
                "evaluate", "--protocol", "kcs", *files, *options, "--scores", tmp_path / name
            )
            assert code == 0
            said.append((out, (tmp_path / name).read_bytes()))
        assert said[0] == said[1]


def test_the_table_says_what_it_means(haechi: Run, files: tuple[Path, Path]) -> None:
    code, out, _ = haechi("evaluate", "--protocol", "kcs", *files)
    assert code == 0
    head = next(line for line in out.splitlines() if "exact blocks" in line)
    assert head.index("without exact blocks") < head.index("with exact-block memory")
    for text in ("not drugs", "synthetic", "memory", "half a bin", "expert prior off", "unseen"):
        assert text in out
    code, out, _ = haechi("evaluate", "--protocol", "kcs", *files, "--without-exact-blocks")
    assert code == 0
    assert "with exact-block memory" not in out


def test_without_exact_blocks_is_an_ablation_like_others(
    haechi: Run, files: tuple[Path, Path], tmp_path: Path
) -> None:
    both = kcs(haechi, *files, "--scores", tmp_path / "exact")
    one = kcs(haechi, *files, "--without-exact-blocks", "--scores", tmp_path / "bins")
    named = kcs(haechi, *files, "--without", "exact_block", "--scores", tmp_path / "named")
    assert list(one["models"]) == ["without_exact_blocks"]
    assert one["models"]["without_exact_blocks"] == both["models"]["without_exact_blocks"]
    assert named["models"]["with_exact_blocks"] == both["models"]["without_exact_blocks"]
    assert scores(tmp_path / "bins") == scores(tmp_path / "named")
    assert scores(tmp_path / "bins") != scores(tmp_path / "exact")
    paired = kcs(haechi, *files, "--without", "paired", "--without", "sender_run")
    assert paired["without"] == ["paired", "sender_run"]


def test_a_label_is_not_used_before_it_is_due(
    haechi: Run, files: tuple[Path, Path], tmp_path: Path
) -> None:
    rows = declarations(90, 16)
    turned, day, delay = list(rows), 40, 10
    for i in range(day * 16, (day + 1) * 16):
        other = {"0": "1", "1": "0"}[rows[i]["Fraud"]]
        turned[i] = {**rows[i], "Fraud": other, "Critical Fraud": other}
    write(tmp_path / "turned.csv", turned)
    options = ("--label-delay-days", delay, "--without-exact-blocks")
    kcs(haechi, *files, *options, "--scores", tmp_path / "as_it_was")
    kcs(haechi, tmp_path / "turned.csv", *options, "--scores", tmp_path / "as_turned")
    was, now = scores(tmp_path / "as_it_was"), scores(tmp_path / "as_turned")
    due = (day + delay + 1) * 16
    assert was[:due] == now[:due]
    assert all(a != b for a, b in zip(was[due:], now[due:], strict=True))


def test_rows_keep_their_numbers(haechi: Run, files: tuple[Path, Path], tmp_path: Path) -> None:
    rows = declarations(90, 16)
    bad = {**rows[100], "Declaration ID": "BAD", "HS6 Code": "12"}
    again = rows[700]
    first = write(tmp_path / "a.csv", [*rows[:101], bad, *rows[101:960]])
    second = write(tmp_path / "b.csv", [*rows[960:1000], again, *rows[1000:]])
    other = {**rows[5], "Date": rows[-1]["Date"], "Net Mass": "77.7"}
    with second.open("a") as file:
        csv.DictWriter(file, COLUMNS).writerow(other)
    code, _, err = haechi(
        "evaluate", "--protocol", "kcs", first, second, "--scores", tmp_path / "s"
    )
    assert code == 1
    assert "HS6 Code" in err
    assert "D5 with other values" in err
    got = scores(tmp_path / "s")
    kcs(haechi, *files, "--scores", tmp_path / "t")
    clean = scores(tmp_path / "t")
    assert got[101] == ""
    assert got[1001] == got[701] == clean[700]
    assert got[-1] == ""
    assert got[:101] + got[102:1001] + got[1002:-1] == clean


def test_selective_inspects_what_was_promised(haechi: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", declarations(120, 20))
    said = kcs(
        haechi, path, "--inspection-rate", 0.2, "--exploration", 0.25, "--seeds", 2,
        "--window", "2020-02-15:2020-04-29", "--without-exact-blocks", "--scores", tmp_path / "s",
    )  # fmt: skip
    assert said["label_delay_days"] == 7
    model = said["models"]["without_exact_blocks"]
    assert model["share_inspected"] == pytest.approx(0.2, abs=0.04)
    assert len(model["runs"]) == model["seeds"] == 2
    for run in model["runs"]:
        selected, explored = run["precision_of_selected"], run["precision_of_explored"]
        assert selected["n"] + explored["n"] == run["inspected"]
        assert explored["n"] > 0
        assert run["share_inspected"] == run["inspected"] / 1500
        assert run["precision"] == run["found"] / run["inspected"]
        found = selected["value"] * selected["n"] + explored["value"] * explored["n"]
        assert found == pytest.approx(run["found"])
        assert run["prevalence_estimated"]["low"] < run["prevalence"]
        assert run["prevalence"] < run["prevalence_estimated"]["high"]
    assert model["runs"][0] != {**model["runs"][1], "seed": 1}
    precisions = [run["precision"] for run in model["runs"]]
    assert model["precision"] == pytest.approx(sum(precisions) / 2)
    assert model["precision_sd"] == pytest.approx(abs(precisions[0] - precisions[1]) / math.sqrt(2))
    assert model["precision"] > model["prevalence"]
    assert len(scores(tmp_path / "s")) == 2400


def test_a_file_without_labels_is_scored_only(
    haechi: Run, files: tuple[Path, Path], tmp_path: Path
) -> None:
    rows = declarations(90, 16)
    unlabelled = write(tmp_path / "u.csv", rows[960:], COLUMNS[:-2])
    code, out, err = haechi("evaluate", "--protocol", "kcs", files[0], unlabelled)
    assert (code, out) == (2, "")
    assert "--scores" in err
    code, out, err = haechi(
        "evaluate", "--protocol", "kcs", files[0], unlabelled, "--scores", tmp_path / "s"
    )
    assert (code, out) == (0, "")
    assert "no labels" in err
    kcs(haechi, *files, "--scores", tmp_path / "t")
    # Labels come after 30 days, and the second file is no longer than that.
    assert scores(tmp_path / "s") == scores(tmp_path / "t")


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (("--protocol", "kcs", "none.csv"), "name a readable file"),
        (("--protocol", "kcs", "{a}", "--without", "nothing_like_it"), "no feature"),
        (("--protocol", "kcs", "{a}", "--window", "2031-01-01:2031-02-01"), "the files hold"),
        (("--protocol", "kcs", "{a}", "--window", "tomorrow"), "no window"),
        (("--protocol", "kcs", "{a}", "--windows", "94"), "--window FROM:TO"),
        (("--protocol", "kcs", "{b}", "{a}"), "in order of time"),
        (("--protocol", "kcs", "{a}", "--seeds", "2"), "--inspection-rate"),
        (("--protocol", "kcs", "{a}", "--inspection-rate", "1.5"), "between 0 and 1"),
        (("--protocol", "kcs", "{a}", "--inspection-rate", ".1", "--exploration", "2"), "0 to 1"),
        (("--protocol", "kcs", "{a}", "--label-delay-days", "-1"), "give 0"),
        (("--protocol", "kcs", "{a}", "--scores", "no/such/folder/s.csv"), "a folder that exists"),
        (("--protocol", "kcs", "{a}", "--configs", "none"), "model.toml"),
        (("--protocol", "fdh", "{a}"), "CUSTOMER_ID"),
        (("--protocol", "fdh", "none.parquet"), "name a Parquet"),
        (("--protocol", "fdh", "{a}", "--inspection-rate", "0.1"), "--protocol kcs"),
        (("--protocol", "fdh", "{a}", "--windows", "x"), "such as 94,101"),
        (("{a}",), "--protocol"),
    ],
)
def test_wrong_usage_is_one_line_with_the_remedy(
    haechi: Run, files: tuple[Path, Path], options: tuple[str, ...], remedy: str
) -> None:
    given = [one.format(a=files[0], b=files[1]) for one in options]
    code, out, err = haechi("evaluate", *given)
    assert (code, out) == (2, "")
    assert err.count("error: ") == 1
    assert remedy in err


def test_transactions(haechi: Run, tmp_path: Path) -> None:
    draw = random.Random(1)
    header = "TRANSACTION_ID,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_TIME_SECONDS,TX_TIME_DAYS,"
    lines = [header + "TX_FRAUD,TX_FRAUD_SCENARIO"]
    for second in sorted(draw.randrange(45 * 86_400) for _ in range(1800)):
        terminal = draw.randrange(40)
        fraud = int(terminal < 3 and draw.random() < 0.7)
        amount = draw.uniform(1, 100) + 150 * fraud * draw.random()
        lines.append(
            f"{len(lines)},{draw.randrange(600)},{terminal},{amount:.2f},{second},"
            f"{second // 86_400},{fraud},{fraud}"
        )
    whole = tmp_path / "t.csv"
    whole.write_text("\n".join(lines) + "\n")
    (tmp_path / "a.csv").write_text("\n".join(lines[:1000]) + "\n")
    (tmp_path / "b.csv").write_text("\n".join([lines[0], *lines[1000:]]) + "\n")
    code, out, _ = haechi(
        "evaluate", "--protocol", "fdh", whole, "--json", "--scores", tmp_path / "s"
    )
    assert code == 0
    said = json.loads(out)
    assert [one["start"] for one in said["windows"]] == [17, 24]
    assert said["label_delay_days"] == 7
    for key in ("auc", "ap", "card_precision_at_100", "log_loss", "calibration_slope"):
        assert said["mean"][key] == pytest.approx(sum(one[key] for one in said["windows"]) / 2)
    assert said["mean"]["auc"] > 0.7
    two = haechi(
        "evaluate", "--protocol", "fdh", tmp_path / "a.csv", tmp_path / "b.csv", "--json",
        "--scores", tmp_path / "s2",
    )  # fmt: skip
    assert two[:2] == (0, out)
    assert scores(tmp_path / "s") == scores(tmp_path / "s2")
    assert len(scores(tmp_path / "s")) == 1800
    code, out, _ = haechi("evaluate", "--protocol", "fdh", whole, "--windows", "20")
    assert code == 0
    assert "34-40" in out
    code, _, err = haechi("evaluate", "--protocol", "fdh", whole, "--windows", "94,101")
    assert code == 2
    assert "the files hold 0 to 44" in err
