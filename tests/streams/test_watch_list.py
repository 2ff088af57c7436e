"""Watch lists as files: every good line an entry, every bad one a number and a reason."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from haechi.configs.port import Port
from haechi.engine.errors import BadInput
from haechi.rpc.v1.links_pb2 import WATCHED_DOCUMENT, WATCHED_NAME
from haechi.streams.adapters.watch_list import Line, read_list
from haechi.streams.decode import Decoder
from haechi.streams.tokens import Tokens

HEADER = "list,entry,watched,value,birth_year,weight,legal_basis,authority,expires,withdrawn\n"
NAME = "wanted,1,name,LEE MIN HO,1987,0.9,Customs Act 234,KCS,2127-12-31,\n"


def lines(tmp_path: Path, *rows: str, header: str = HEADER) -> list[Line]:
    path = tmp_path / "wanted.csv"
    path.write_text(header + "".join(rows), "utf-8")
    return list(read_list(path))


def test_a_line_is_an_entry_that_the_engine_takes(tmp_path: Path) -> None:
    (line,) = lines(tmp_path, NAME)
    assert line.event is not None
    entry = line.event.intelligence
    assert (entry.list_name, entry.entry_id, entry.watched) == ("wanted", "1", WATCHED_NAME)
    assert (entry.value, entry.birth_year, entry.weight) == ("LEE MIN HO", 1987, 0.9)
    assert (entry.legal_basis, entry.authority) == ("Customs Act 234", "KCS")
    end = datetime(2127, 12, 31, 23, 59, 59, 999_999, UTC)
    assert entry.expires_us == pytest.approx(end.timestamp() * 1e6, abs=2)
    assert not entry.withdrawn
    assert abs(line.event.envelope.event_time_us - time.time_ns() // 1000) < 60_000_000
    decoder = Decoder(Tokens(bytes(32)), Port.load())
    assert decoder.decode(line.event.SerializeToString()).records


def test_other_kinds_moments_and_withdrawals(tmp_path: Path) -> None:
    moment = "2127-12-31T12:00:00+09:00"
    (line,) = lines(tmp_path, f"w,2,Document,KOR/M12,,0.5,l,,{moment},yes\n")
    assert line.event is not None
    entry = line.event.intelligence
    assert (entry.watched, entry.withdrawn, entry.birth_year) == (WATCHED_DOCUMENT, True, 0)
    assert entry.expires_us == datetime.fromisoformat(moment).timestamp() * 1e6


def test_optional_columns_may_be_left_out(tmp_path: Path) -> None:
    header = "list,entry,watched,value,weight,legal_basis,expires\n"
    (line,) = lines(tmp_path, "w,1,seller,S-1,1,l,2127-01-01\n", header=header)
    assert line.event is not None


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        (("name,", "person,"), "watched is 'person'"),
        (("0.9", "much"), "weight is 'much'"),
        (("1987", "198x"), "birth_year is '198x'"),
        (("2127-12-31", "soon"), "expires is 'soon'"),
        (("2127-12-31,", "2127-12-31,perhaps"), "withdrawn is 'perhaps'"),
        (("wanted,1", "wanted,"), "list or entry is empty"),
        (("LEE MIN HO", "LEE, MIN HO"), "more or fewer fields"),
        ((",KCS,2127-12-31,", ""), "more or fewer fields"),
    ],
)
def test_a_bad_line_is_told_and_its_neighbours_are_entries(
    tmp_path: Path, changed: tuple[str, str], fault: str
) -> None:
    before, bad, after = lines(tmp_path, NAME, NAME.replace(*changed), NAME)
    assert before.event is not None
    assert after.event is not None
    assert (bad.number, bad.event) == (3, None)
    assert fault in bad.fault


@pytest.mark.parametrize(
    ("header", "code"), [("", "EMPTY_FILE"), ("list,entry,value\n", "MISSING_COLUMN")]
)
def test_a_file_that_is_no_list(tmp_path: Path, header: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        lines(tmp_path, header=header)
    assert refused.value.code == code


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    for content in (b"\xff\xfe\x00", None):
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
        with pytest.raises(BadInput) as refused:
            list(read_list(path))
        assert refused.value.code == "UNREADABLE"
