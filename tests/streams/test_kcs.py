from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haechi.engine.errors import BadInput
from haechi.rpc.v1.officers_pb2 import FINDING_FOUND, FINDING_NOTHING
from haechi.streams.adapters.kcs import (
    CAVEAT,
    Declaration,
    LaterOutcome,
    RowRefused,
    RowRepeated,
    feed,
    read_rows,
)

GOOD = {
    "Declaration ID": "D1",
    "Date": "2021-01-01",
    "Office ID": "40",
    "Process Type": "B",
    "Import Type": "11",
    "Import Use": "21",
    "Payment Type": "43",
    "Mode of Transport": "10",
    "Declarant ID": "76NV527",
    "Importer ID": "SHHZGSL",
    "Seller ID": "249LO7A",
    "Courier ID": "",
    "HS6 Code": "071080",
    "Country of Departure": "CN",
    "Country of Origin": "VN",
    "Tax Rate": "7.2",
    "Tax Type": "FCN1",
    "Country of Origin Indicator": "E",
    "Net Mass": "901.2",
    "Item Price": "0.0",
    "Fraud": "0",
    "Critical Fraud": "0",
}
DAY_US = 86_400_000_000


def line(**changes: str) -> str:
    return ",".join({**GOOD, **{k.replace("_", " "): v for k, v in changes.items()}}.values())


def write(path: Path, *lines: str, header: str = ",".join(GOOD), end: str = "\n") -> Path:
    path.write_text(end.join([header, *lines]) + end, encoding="utf-8", newline="")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kcs.csv"


def test_a_row_becomes_a_manifest_without_labels(file: Path) -> None:
    write(file, line(Fraud="1", Critical_Fraud="2"))
    (row,) = read_rows(file)
    assert isinstance(row, Declaration)
    assert (row.row, row.declaration_id, row.fraud, row.critical) == (2, "D1", True, True)
    envelope = row.event.envelope
    assert envelope.event_id == "kcs:D1"
    assert envelope.subjects[0].parcel_id == "kcs:D1"
    assert envelope.historical
    assert envelope.event_time_us == 1_609_459_200_000_000
    manifest = row.event.parcel_manifest
    assert manifest.declaration_date == 20210101
    assert (manifest.office, manifest.hs6, manifest.tax_type) == ("40", "071080", "FCN1")
    assert (manifest.importer, manifest.courier) == ("SHHZGSL", "")
    assert (manifest.payment_type, manifest.transport_mode) == ("43", "10")
    assert (manifest.tax_rate_percent, manifest.net_mass_kg) == (7.2, 901.2)
    # A price of nothing is a price.
    assert manifest.item_price_krw == 0.0
    assert manifest.HasField("item_price_krw")
    unlabelled = write(file, line())
    assert [r.event for r in read_rows(unlabelled) if isinstance(r, Declaration)] == [row.event]


def test_outcomes_come_later_and_say_what_they_mean(file: Path) -> None:
    write(
        file,
        line(Declaration_ID="A", Fraud="1", Critical_Fraud="1"),
        line(Declaration_ID="B", Date="2021-01-02"),
        line(Declaration_ID="C", Date="2021-01-05", Fraud="1", Critical_Fraud="2"),
    )
    steps = list(feed(file, label_delay_days=2.5))
    order = [(type(step).__name__[0], step.declaration_id) for step in steps]  # type: ignore[union-attr]
    assert order == [("D", "A"), ("D", "B"), ("L", "A"), ("L", "B"), ("D", "C"), ("L", "C")]
    outcomes = [step.event for step in steps if isinstance(step, LaterOutcome)]
    findings = [outcome.inspection_outcome.finding for outcome in outcomes]
    assert findings == [FINDING_FOUND, FINDING_NOTHING, FINDING_FOUND]
    assert [o.inspection_outcome.offence_class for o in outcomes] == [2, 0, 3]
    assert outcomes[0].envelope.event_time_us == 1_609_459_200_000_000 + round(2.5 * DAY_US)
    assert outcomes[0].envelope.event_id == "kcs:A:outcome"
    named = next(s for s in steps if isinstance(s, LaterOutcome)).naming("ab" * 16)
    assert named.inspection_outcome.decision_id == "ab" * 16
    assert outcomes[0].inspection_outcome.decision_id == ""
    assert "not drugs" in CAVEAT
    assert "57%" in CAVEAT


def test_rows_of_a_day_follow_one_another_within_it(file: Path) -> None:
    lines = [line(Declaration_ID=f"D{i}") for i in range(3000)]
    write(file, *lines, line(Declaration_ID="next", Date="2021-01-02"))
    times = [r.event.envelope.event_time_us for r in read_rows(file) if isinstance(r, Declaration)]
    assert times == sorted(set(times))
    assert times[-2] < times[0] + DAY_US == times[-1]


def test_a_mark_crlf_blank_lines_other_columns_and_no_labels_are_fine(file: Path) -> None:
    names = list(GOOD)[:20]
    turned = [names[-1], "More", *names[:-1]]
    values = [GOOD.get(name, "x") for name in turned]
    write(file, ",".join(values), "", header="\ufeff" + ",".join(turned), end="\r\n")
    (row,) = feed(file)
    assert isinstance(row, Declaration)
    assert row.fraud is None
    assert row.event.parcel_manifest.origin_indicator == "E"


def test_a_quoted_row_is_fine(file: Path) -> None:
    write(file, ",".join(f'"{value}"' for value in GOOD.values()))
    assert isinstance(next(read_rows(file)), Declaration)


@pytest.mark.parametrize(
    ("column", "value", "remedy"),
    [
        ("Declaration ID", "", "ASCII id"),
        ("Declaration ID", "x" * 65, "1 to 64"),
        ("Date", "2021-02-30", "YYYY-MM-DD"),
        ("Date", "01.02.2021", "YYYY-MM-DD"),
        ("Date", "0001-01-01", "YYYY-MM-DD"),
        ("Office ID", "1234567", "at most 6"),
        ("Tax Type", "세금", "ASCII"),
        ("Seller ID", "s" * 65, "at most 64"),
        ("HS6 Code", "71080", "leading zeros"),
        ("HS6 Code", "000000", "six digits"),
        ("Tax Rate", "", "plain number"),
        ("Net Mass", "nan", "plain number"),
        ("Net Mass", "-1", "not negative"),
        ("Net Mass", "1e999", "plain number"),
        ("Item Price", "1_000", "plain number"),
        ("Item Price", "12.5 KRW", "plain number"),
        ("Fraud", "yes", "0 or 1"),
        ("Critical Fraud", "3", "0, 1 or 2"),
        ("Critical Fraud", "1", "contradicts"),
    ],
)
def test_a_wrong_value_is_refused_by_row_and_column(
    file: Path, column: str, value: str, remedy: str
) -> None:
    bad = line(**{column.replace(" ", "_"): value})
    write(file, line(Declaration_ID="before"), bad, line(Declaration_ID="after"))
    before, refused, after = read_rows(file)
    assert isinstance(before, Declaration)
    assert isinstance(after, Declaration)
    assert isinstance(refused, RowRefused)
    assert (refused.row, refused.column) == (3, column)
    assert refused.value == value[:80]
    assert remedy in str(refused)
    assert refused.raw.decode().strip() == bad


def test_a_repeat_is_told_from_a_contradiction(file: Path) -> None:
    write(file, line(), line(), line(Net_Mass="5"))
    first, repeat, other = read_rows(file)
    assert isinstance(first, Declaration)
    assert repeat == RowRepeated(3, "D1", 2)
    assert isinstance(other, RowRefused)
    assert "line 2 has this id with other values" in other.remedy


def test_a_file_cut_mid_row_loses_that_row_only(file: Path) -> None:
    whole = line() + "\n"
    cut = line(Declaration_ID="D2")[:60]
    file.write_text(f"{','.join(GOOD)}\n{whole}{cut}")
    kept, refused = read_rows(file)
    assert isinstance(kept, Declaration)
    assert isinstance(refused, RowRefused)
    assert "was the file cut" in refused.remedy
    assert refused.column in GOOD


@pytest.mark.parametrize(
    "spoiled",
    [b'D9,"open,2021\n', b"D9,\xff\xfe\n", b"x" * 200_000 + b"\n", b",\n", b"\x00\n", b"a\rb\n"],
)
def test_a_spoiled_line_spoils_itself_only(file: Path, spoiled: bytes) -> None:
    write(file, line())
    with file.open("ab") as more:
        more.write(spoiled + line(Declaration_ID="D2").encode() + b"\n")
    kept, refused, after = read_rows(file)
    assert isinstance(refused, RowRefused)
    assert refused.row == 3
    assert len(refused.raw) <= 1 << 16
    assert isinstance(kept, Declaration)
    assert isinstance(after, Declaration)
    assert after.row == 4


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY_FILE"),
        (b"\n\n", "EMPTY_FILE"),
        (",".join(GOOD).encode(), "EMPTY_FILE"),
        (",".join(GOOD).encode() + b"\n\n", "EMPTY_FILE"),
        (",".join(GOOD).encode("utf-16"), "NOT_UTF8"),
        (b"\xb0\xa1,x\n", "NOT_UTF8"),
        (",".join(GOOD).replace("Net Mass,", "").encode(), "MISSING_COLUMNS"),
        (",".join(GOOD).replace(",Critical Fraud", "").encode(), "MISSING_COLUMNS"),
        (",".join([*GOOD, "Date"]).encode(), "MISSING_COLUMNS"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(file: Path, content: bytes, code: str) -> None:
    file.write_bytes(content)
    with pytest.raises(BadInput) as caught:
        list(feed(file))
    assert caught.value.code == code
    assert "kcs.csv" in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(BadInput, match="name a readable file") as caught:
            list(feed(path))
        assert caught.value.code == "UNREADABLE_FILE"


def test_a_negative_delay_is_a_mistake(file: Path) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        list(feed(file, -1.0))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.binary(max_size=40) | st.just(line().encode()), min_size=1, max_size=6))
def test_every_row_is_accounted_for(tmp_path: Path, rows: list[bytes]) -> None:
    rows = [row.replace(b"\n", b"") for row in rows]
    path = tmp_path / "any.csv"
    path.write_bytes(b"\n".join([",".join(GOOD).encode(), *rows]) + b"\n")
    filled = sum(1 for row in rows if row.strip())
    try:
        counts = Counter(type(step) for step in feed(path))
    except BadInput:
        assert filled == 0
        return
    assert counts[Declaration] + counts[RowRefused] + counts[RowRepeated] == filled
    assert counts[Declaration] == counts[LaterOutcome] <= 1
