from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from haechi.configs.port import Port
from haechi.engine.errors import BadInput, ConfigError
from haechi.engine.records import EVENT
from haechi.streams.adapters.fdh import TRANSACTION, Manifests, manifest, read_transactions
from haechi.streams.decode.decoder import Decoder
from haechi.streams.evaluation import fdh
from haechi.streams.tokens import Tokens

KINDS = {
    "TRANSACTION_ID": "Int64",
    "CUSTOMER_ID": "Int64",
    "TERMINAL_ID": "Int64",
    "TX_AMOUNT": "Float64",
    "TX_TIME_SECONDS": "Int64",
    "TX_TIME_DAYS": "Int64",
    "TX_FRAUD": "Int64",
    "TX_FRAUD_SCENARIO": "Int64",
}


def transactions(days: int, a_day: int = 30, customers: int = 9, seed: int = 1) -> Any:
    rng = np.random.default_rng(seed)
    rows = np.zeros(days * a_day, TRANSACTION)
    rows["second"] = np.sort(rng.integers(0, days * 86_400, len(rows)))
    rows["day"] = rows["second"] // 86_400
    rows["customer"] = rng.integers(0, customers, len(rows))
    rows["terminal"] = rng.integers(0, 20, len(rows))
    rows["amount"] = np.round(rng.exponential(50.0, len(rows)), 2)
    rows["fraud"] = rng.random(len(rows)) < 0.05
    return rows


def lines(rows: Any) -> list[tuple[Any, ...]]:
    return [
        (i, *(one[name].item() for name in ("customer", "terminal", "amount", "second", "day")),
         one["fraud"].item(), 0)
        for i, one in enumerate(rows)
    ]  # fmt: skip


def write(path: Path, values: list[tuple[Any, ...]], names: tuple[str, ...] = tuple(KINDS)) -> Path:
    from chdb import query

    kinds = ", ".join(f"{name} Nullable({KINDS[name]})" for name in names)
    texts = ",".join(
        "(" + ",".join("NULL" if v is None else str(v) for v in value) + ")" for value in values
    )
    form = "Parquet" if path.suffix == ".parquet" else "CSVWithNames"
    query(
        f"INSERT INTO FUNCTION file('{path}', {form}, '{kinds}') SELECT * FROM "
        f"values('{kinds}', {texts})"
        if values
        else f"INSERT INTO FUNCTION file('{path}', {form}, '{kinds}') SELECT * FROM null('{kinds}')"
    )
    return path


@pytest.mark.parametrize("name", ["t.parquet", "t.csv"])
def test_a_file_is_read_as_it_is(tmp_path: Path, name: str) -> None:
    rows = transactions(3)
    read = read_transactions(write(tmp_path / name, lines(rows)))
    assert read.tobytes() == rows.tobytes()


def test_records_are_those_of_the_decoder() -> None:
    rows = transactions(2)
    tokens, port = Tokens(bytes(32)), Port.load()
    places = np.array([0, 7, 8, 59])
    made = Manifests(rows, tokens, port).of(places)
    decoder = Decoder(tokens, port)
    for one, place in zip(made, places.tolist(), strict=True):
        row = rows[place]
        message = manifest(
            place + 1, int(row["customer"]), int(row["terminal"]), float(row["amount"]),
            int(row["second"]),
        )  # fmt: skip
        decoded = np.frombuffer(decoder.decode(message.SerializeToString()).records, EVENT)[0]
        for field in EVENT.names or ():
            if field in ("id_hi", "id_lo", "ref", "subject"):
                # Ids here are counted; all that matters is that none is there twice.
                continue
            assert one[field].tobytes() == decoded[field].tobytes(), field
    assert len(set(made["ref"].tolist())) == len(made)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({3: None}, "BAD_VALUE"),
        ({1: -5}, "BAD_VALUE"),
        ({3: -0.5}, "BAD_VALUE"),
        ({6: 2}, "BAD_VALUE"),
        ({5: 1}, "BAD_VALUE"),
        ({4: 86_399}, "NOT_IN_ORDER"),
    ],
)
def test_a_wrong_value_says_where(tmp_path: Path, change: dict[int, Any], code: str) -> None:
    values = lines(transactions(1))
    values[4] = tuple(change.get(i, value) for i, value in enumerate(values[4]))
    with pytest.raises(BadInput) as raised:
        read_transactions(write(tmp_path / "t.parquet", values))
    assert raised.value.code == code
    assert ("row 5" in str(raised.value)) == (code == "BAD_VALUE")


def test_files_that_cannot_be_read_say_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no file") as raised:
        read_transactions(tmp_path / "none.parquet")
    assert raised.value.code == "UNREADABLE_FILE"
    (tmp_path / "junk.parquet").write_bytes(b"junk" * 100)
    with pytest.raises(BadInput, match="CUSTOMER_ID") as raised:
        read_transactions(tmp_path / "junk.parquet")
    assert raised.value.code == "UNREADABLE_FILE"
    names = tuple(name for name in KINDS if name != "TX_FRAUD")
    values = [value[:6] + value[7:] for value in lines(transactions(1))]
    for name in ("x.parquet", "x.csv"):
        with pytest.raises(BadInput, match="TX_FRAUD") as raised:
            read_transactions(write(tmp_path / name, values, names))
        assert raised.value.code == "MISSING_COLUMNS"
    (tmp_path / "empty.csv").write_text(",".join(KINDS) + "\n")
    with pytest.raises(BadInput) as raised:
        read_transactions(tmp_path / "empty.csv")
    assert raised.value.code == "EMPTY_FILE"


def test_files_continue_one_another(tmp_path: Path) -> None:
    rows = transactions(4)
    first = write(tmp_path / "a.parquet", lines(rows[:50]))
    second = write(tmp_path / "b.parquet", lines(rows[50:]))
    assert fdh.read_files([first, second]).tobytes() == rows.tobytes()
    with pytest.raises(BadInput, match="order of time"):
        fdh.read_files([second, first])


def test_known_cards_do_not_count() -> None:
    rows = transactions(40, a_day=20, customers=40)
    start = 3
    kept = []
    for k in range(7):
        known = {
            int(r["customer"]) for r in rows if r["fraud"] and start <= r["day"] <= start + 6 + k
        }
        kept += [
            i
            for i, r in enumerate(rows)
            if r["day"] == start + 14 + k and int(r["customer"]) not in known
        ]
    assert 0 < len(kept) < int(((rows["day"] >= start + 14) & (rows["day"] <= start + 20)).sum())
    assert fdh.counted(rows, start).tolist() == kept


def test_card_precision_takes_a_card_once() -> None:
    rows = transactions(5, a_day=40, customers=30)
    rows["fraud"] = np.arange(len(rows)) % 6 == 0
    rng = np.random.default_rng(2)
    scores = rng.integers(0, 8, len(rows)) / 8.0
    detected: set[int] = set()
    daily = []
    for day in range(5):
        best: dict[int, float] = {}
        bad: set[int] = set()
        for r, score in zip(rows, scores.tolist(), strict=True):
            card = int(r["customer"])
            if r["day"] == day and card not in detected:
                best[card] = max(best.get(card, 0.0), score)
                if r["fraud"]:
                    bad.add(card)
        top = sorted(best, key=lambda card: (-best[card], card))[:4]
        found = [card for card in top if card in bad]
        daily.append(len(found) / 4)
        detected |= set(found)
    got = fdh.card_precision(rows["day"], rows["customer"], rows["fraud"] == 1, scores, cards=4)
    assert got == pytest.approx(np.mean(daily))
    assert got > 0.0


@pytest.mark.parametrize(
    ("first", "last", "given", "windows"),
    [
        (0, 121, (), (94, 101)),
        (0, 182, (), (94, 101)),
        (0, 60, (), (33, 40)),
        (0, 22, (), (2,)),
        (0, 60, (40, 5), (40, 5)),
    ],
)
def test_windows(first: int, last: int, given: tuple[int, ...], windows: tuple[int, ...]) -> None:
    assert fdh.windows_of(np.array([first, last]), given) == windows


@pytest.mark.parametrize(("last", "given"), [(60, (41,)), (60, (-1,)), (19, ())])
def test_windows_beyond_the_data_are_refused(last: int, given: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match="the files hold 0 to"):
        fdh.windows_of(np.array([0, last]), given)
