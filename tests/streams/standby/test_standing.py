"""What a copy is, and who may decide with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from haechi.engine.errors import ConfigError, LogCorrupt
from haechi.streams.standby.standing import (
    STANDING,
    Part,
    Standing,
    Superseded,
    choose,
    give_up_office,
    read_standing,
    take_office,
    write_standing,
)


def test_a_log_of_its_own_decides(tmp_path: Path) -> None:
    assert take_office(tmp_path, 3, 100) == (3, False)
    assert not (tmp_path / STANDING).exists()


def test_a_standby_does_not_decide_until_it_is_promoted(tmp_path: Path) -> None:
    write_standing(tmp_path, Standing(Part.STANDBY, "there:1"))
    with pytest.raises(ConfigError, match="haechi promote"):
        take_office(tmp_path, 3, 100)
    choose(tmp_path)
    after, promotion = take_office(tmp_path, 3, 100)
    assert promotion
    assert after == 1 << 32
    assert read_standing(tmp_path) == Standing(Part.PRIMARY, "there:1", 1 << 32, 100)


def test_no_number_of_restarts_reaches_a_promotion(tmp_path: Path) -> None:
    write_standing(tmp_path, Standing(Part.CHOSEN, "there:1"))
    after, _ = take_office(tmp_path, (1 << 32) - 1, 100)
    assert after > (1 << 32) - 1
    # And the next one is above this one's restarts.
    write_standing(tmp_path, Standing(Part.CHOSEN, "there:1"))
    assert take_office(tmp_path, after + 500, 900)[0] == 2 << 32


def test_a_crash_while_it_is_promoted_promotes_once(tmp_path: Path) -> None:
    write_standing(tmp_path, Standing(Part.CHOSEN, "there:1"))
    first = take_office(tmp_path, 3, 100)
    # It fell over before its start was in the log.
    again = take_office(tmp_path, 3, 100)
    assert again == (first[0], False)
    assert read_standing(tmp_path).offset == 100


def test_whoever_was_superseded_stays_so(tmp_path: Path) -> None:
    cause = give_up_office(tmp_path, "there:1", 1 << 32)
    assert "there:1" in str(cause)
    for _ in range(2):
        with pytest.raises(Superseded, match="haechi follow --from there:1"):
            take_office(tmp_path, 9, 100)
    with pytest.raises(ConfigError, match="superseded"):
        choose(tmp_path)


def test_only_a_standby_is_promoted(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no standby"):
        choose(tmp_path)


def test_a_note_that_cannot_be_read_stops_everything(tmp_path: Path) -> None:
    (tmp_path / STANDING).write_text("{", "utf-8")
    with pytest.raises(LogCorrupt, match="restore"):
        take_office(tmp_path, 3, 100)
