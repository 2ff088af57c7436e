"""What would have released: few fields, honest ones, and it is true."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from border import EXPRESS, GENERAL, PARCEL, SCREENED, WALK, Border, answer

from haechi.engine.codes import FaceOutcome, ScanResult, Stage, Verdict
from haechi.engine.features import FEATURES, FIELDS
from haechi.engine.records import CHANGES


def changed(decision: Any) -> list[str]:
    return [FIELDS[number - 1] for number in decision["change"] if number]


def asked(border: Border, ref: int, lane: int = EXPRESS) -> Any:
    return answer(border.gate(ref, node=PARCEL, lane=lane, stage=Stage.RELEASE_OUT))


def test_a_clear_scan_would_have_released() -> None:
    border = Border()
    border.parcel(500, hs6=851712, price=100.0, mass_kg=1.0)
    border.parcel_scan(500, 0.95, ScanResult.ALARM)
    held = asked(border, 500)
    assert held["verdict"] != Verdict.RELEASE
    assert changed(held) == ["parcel X-ray"]
    assert held["changed_log_odds"] < held["refer_at"]
    border.parcel_scan(500, 0.05, ScanResult.CLEAR)
    cleared = asked(border, 500)
    assert cleared["verdict"] == Verdict.RELEASE
    assert cleared["log_odds"] == pytest.approx(held["changed_log_odds"], abs=1e-9)
    assert changed(cleared) == []


def test_the_usual_price_would_have_released() -> None:
    border = Border()
    for number in range(20):
        border.parcel(600 + number, hs6=851712, price=100.0, mass_kg=1.0, lane=GENERAL)
    border.parcel(700, hs6=851712, price=2.0, mass_kg=1.0, lane=GENERAL)
    held = asked(border, 700, GENERAL)
    assert held["verdict"] != Verdict.RELEASE
    assert changed(held) == ["declared price"]
    border.parcel(700, hs6=851712, price=100.0, mass_kg=1.0, lane=GENERAL)
    assert asked(border, 700, GENERAL)["log_odds"] == pytest.approx(
        held["changed_log_odds"], abs=0.2
    )


def test_several_fields_are_named_where_one_is_not_enough() -> None:
    border = Border()
    border.manifest(1, document_state=2)
    border.scan(1, 0.97, ScanResult.ALARM)
    border.face(1, FaceOutcome.DIFFERENT)
    held = answer(border.gate(1, lane=WALK))
    fields = changed(held)
    assert 1 < len(fields) <= CHANGES
    assert {"document", "body scan"} <= set(fields)
    assert held["changed_log_odds"] < held["refer_at"]


def test_nothing_is_promised_where_it_would_not_help() -> None:
    border = Border()
    for number in range(9):
        border.parcel(600 + number, sender=9, lane=GENERAL)
        decision = asked(border, 600 + number, GENERAL)
        border.outcome(decision)
    # Only the sender's past speaks, and nobody can change that.
    last = asked(border, 608, GENERAL)
    if last["verdict"] != Verdict.RELEASE:
        assert changed(last) == []
        assert np.isnan(last["changed_log_odds"])


def test_who_somebody_is_and_what_was_is_no_change_to_ask_for() -> None:
    for feature in FEATURES:
        if feature.clear is not None:
            assert feature.kind in ("number", "flag")
            assert not feature.name.endswith(("_found", "_seen", "_run"))


def test_a_release_and_a_missing_scan_ask_for_no_change() -> None:
    border = Border()
    border.manifest(1)
    missing = answer(border.gate(1, lane=SCREENED, budget_ms=1))
    assert missing["verdict"] == Verdict.REFER
    assert changed(missing) == []
    assert np.isnan(missing["changed_log_odds"])
