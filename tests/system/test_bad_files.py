"""Files that are not what they should be, through `haechi feed declarations`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from system_account import head

from haechi.app.installation import Installation

pytestmark = pytest.mark.slow
HEADER = (
    "Declaration ID,Date,Office ID,Process Type,Import Type,Import Use,Payment Type,"
    "Mode of Transport,Declarant ID,Importer ID,Seller ID,Courier ID,HS6 Code,"
    "Country of Departure,Country of Origin,Tax Rate,Tax Type,Country of Origin Indicator,"
    "Net Mass,Item Price,Fraud,Critical Fraud"
)


def row(name: object, mass: str = "12.5", date: str = "2021-01-05", fraud: str = "0") -> str:
    return (
        f"{name},{date},40,B,11,21,11,10,D1,I1,S1,,847130,CN,CN,8.0,A,E,{mass},100000.0,"
        f"{fraud},{fraud}"
    )


def feed(running: Installation, *files: Path) -> tuple[int, str, list[dict[str, Any]]]:
    """Exit code, what it said to people, and its account of each file."""
    done = subprocess.run(
        [sys.executable, "-m", "haechi.app", "feed", "declarations", *map(str, files), "--json",
         "--data", str(running.folder.root)],
        check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    accounts = json.loads(done.stdout)["files"] if done.stdout else []
    return done.returncode, done.stderr, accounts


def write(path: Path, *rows: str, end: str = "\n", before: bytes = b"") -> Path:
    path.write_bytes(before + end.join([HEADER, *rows, ""]).encode())
    return path


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (HEADER.encode() + b"\n", "no rows"),
        (HEADER.replace("Item Price,", "").encode() + b"\n" + row(1).encode(), "Item Price"),
        (HEADER.replace(",Critical Fraud", "").encode() + b"\n" + row(1).encode(), "Critical"),
        (HEADER.encode("utf-16") + row(1).encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04\x00\x00\xff\xfe\x00", "UTF-8"),
    ],
    ids=["empty", "blank", "header only", "missing column", "half the labels", "utf-16", "zip"],
)
def test_a_file_that_cannot_be_used_is_refused_whole(
    installed: Installation, tmp_path: Path, content: bytes, said: str
) -> None:
    before = head(installed)
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    code, err, accounts = feed(installed, path)
    assert code == 2
    assert "bad.csv" in err
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert accounts == []
    assert head(installed) == before


def test_a_bom_and_windows_line_ends_are_no_fault(installed: Installation, tmp_path: Path) -> None:
    names = [f"bom-{number}" for number in range(5)]
    path = write(tmp_path / "bom.csv", *map(row, names), end="\r\n", before=b"\xef\xbb\xbf")
    code, _, (account,) = feed(installed, path)
    assert code == 0
    assert (account["rows"], account["decided"], account["refused"]) == (5, 5, [])
    # The same rows as plain text are the same declarations.
    code, _, (account,) = feed(installed, write(tmp_path / "plain.csv", *map(row, names)))
    assert code == 0
    assert (account["known"], account["decided"]) == (5, 0)


def test_rows_that_cannot_be_read_are_accounted_for(
    installed: Installation, tmp_path: Path
) -> None:
    first = head(installed) + 1
    rows = [
        row("rows-1"),
        row("rows-2", mass="heavy"),
        row("rows-3", mass="nan"),
        row("rows-4", mass="inf"),
        row("rows-5", mass="-1"),
        row("rows-6", date="2021-13-45"),
        row("rows-7", fraud="maybe"),
        row("rows-1"),
        row("rows-1", mass="99"),
        row(""),
        row("rows-8") + ",more",
        row("rows-9")[:40],
        row("rows-10"),
    ]
    code, err, (account,) = feed(installed, write(tmp_path / "rows.csv", *rows))
    assert code == 1
    refused = {one["line"]: one["reason"] for one in account["refused"]}
    # Line 1 is the header. A row that comes twice is one; with other values it is a conflict.
    assert sorted(refused) == [3, 4, 5, 6, 7, 8, 10, 11, 12, 13]
    assert account["decided"] == 2
    assert account["repeated"] == 1
    assert account["rows"] == len(rows)
    assert "UNDECODABLE" not in "".join(refused.values())
    assert err == ""
    assert installed.wait_shipped(30)
    client = installed.clickhouse()
    try:
        kept = client.query(f"SELECT count() FROM dead_letters WHERE offset >= {first}").first_row[
            0
        ]
    finally:
        client.close()
    assert kept == len(refused)


def test_a_file_cut_in_the_middle_of_a_row(installed: Installation, tmp_path: Path) -> None:
    path = write(tmp_path / "cut.csv", *(row(f"cut-{number}") for number in range(4)))
    path.write_bytes(path.read_bytes()[:-30])
    code, _, (account,) = feed(installed, path)
    assert code == 1
    assert account["decided"] == 3
    assert [one["line"] for one in account["refused"]] == [5]
    # The whole file afterwards: what was taken has no second effect, the rest is decided.
    whole = write(tmp_path / "whole.csv", *(row(f"cut-{number}") for number in range(4)))
    code, _, (account,) = feed(installed, whole)
    assert code == 0
    assert (account["known"], account["decided"]) == (3, 1)


def test_a_cut_that_leaves_a_whole_looking_row(installed: Installation, tmp_path: Path) -> None:
    """A number cut short is still a number: without its line's end a last row is not trusted."""
    path = write(tmp_path / "short.csv", row("short-1"), row("short-2"))
    path.write_bytes(path.read_bytes().removesuffix(b"00.0,0,0\n"))
    code, _, (account,) = feed(installed, path)
    assert code == 1
    assert account["decided"] == 1
    assert [one["line"] for one in account["refused"]] == [3]
