from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from haechi.configs.port import Port
from haechi.engine.errors import BadInput, ConfigError
from haechi.streams.evaluation import kcs
from haechi.streams.evaluation.kcs_rows import KcsRows, day_text, read_declarations

HEADER = (
    "Declaration ID,Date,Office ID,Process Type,Import Type,Import Use,Payment Type,"
    "Mode of Transport,Declarant ID,Importer ID,Seller ID,Courier ID,HS6 Code,"
    "Country of Departure,Country of Origin,Tax Rate,Tax Type,Country of Origin Indicator,"
    "Net Mass,Item Price,Fraud,Critical Fraud"
)
PORT = Port.load()


def line(number: int, day: str, mass: float = 1.5, fraud: int = 0) -> str:
    return (
        f"D{number},{day},40,B,11,21,43,10,DEC,IMP,,,071080,CN,VN,7.2,FCN1,E,{mass},100.0,"
        f"{fraud},{2 * fraud}"
    )


def read(folder: Path, *files: list[str]) -> KcsRows:
    paths = []
    for number, lines in enumerate(files):
        paths.append(folder / f"{number}.csv")
        paths[-1].write_text("\n".join([HEADER, *lines]) + "\n")
    return read_declarations(paths, PORT)


def test_a_day_may_go_on_in_the_next_file(tmp_path: Path) -> None:
    first = [line(i, "2020-01-01") for i in range(5)]
    second = [line(i, "2020-01-01", fraud=1) for i in range(5, 9)] + [line(9, "2020-01-02")]
    parts = read(tmp_path, first, second)
    whole = read(tmp_path, first + second)
    assert (np.diff(parts.events["event_us"]) > 0).all()
    assert parts.events["event_us"].tolist() == whole.events["event_us"].tolist()
    assert parts.found.tolist() == parts.critical.tolist() == [False] * 5 + [True] * 4 + [False]
    assert parts.files.tolist() == [0] * 5 + [1] * 5
    assert parts.labelled.all()


def test_days_must_ascend(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"0\.csv, line 3: 2020-01-01 comes after 2020-01-02; sort"):
        read(tmp_path, [line(0, "2020-01-02"), line(1, "2020-01-01")])


def test_files_of_refused_rows_only_say_why(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no row can be used.*dates are"):
        read(tmp_path, [line(0, "yesterday")])


def test_repeats_have_the_place_of_the_first_also_in_another_file(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        [line(0, "2020-01-01"), line(1, "2020-01-01"), line(0, "2020-01-01"), line(2, "x")],
        [
            line(1, "2020-01-01"),
            line(0, "2020-01-03"),
            line(3, "2020-01-03"),
            line(1, "2020-01-01", 9),
        ],
    )
    assert rows.places.tolist() == [0, 1, 0, -1, 1, -1, 2, -1]
    assert (rows.repeated, len(rows.refused)) == (2, 3)


def test_the_window_is_the_last_file_or_the_last_91_days(tmp_path: Path) -> None:
    days = [day_text(18_262 + i) for i in range(120)]
    lines = [line(i, day) for i, day in enumerate(days)]
    one, two = read(tmp_path, lines), read(tmp_path, lines[:50], lines[50:])
    assert kcs.window_of(one, None).tolist() == [False] * 29 + [True] * 91
    assert kcs.window_of(two, None).tolist() == [False] * 50 + [True] * 70
    given = kcs.window_of(two, (18_262 + 3, 18_262 + 5))
    assert np.flatnonzero(given).tolist() == [3, 4, 5]
    with pytest.raises(ConfigError, match="the files hold 2020-01-01 to 2020-04-29"):
        kcs.window_of(two, (18_000, 18_261))


def test_a_block_is_unseen_if_it_is_absent_before_the_window(tmp_path: Path) -> None:
    masses = [1.0, 2.0, 1.0, 3.0, 3.0, 2.0]
    rows = read(tmp_path, [line(i, f"2020-01-{i + 1:02}", mass) for i, mass in enumerate(masses)])
    window = np.arange(6) >= 2
    assert rows.unseen(window).tolist() == [False, True, True, False]
