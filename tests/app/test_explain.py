from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from haechi.engine.features import FEATURES
from haechi.engine.records import DECISION
from haechi.streams.log.reader import LoggedDecision, LogReader

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def decisions(written: Path) -> list[LoggedDecision]:
    reader = LogReader(written / "log")
    try:
        found = reader.decisions(0, 1 << 40)
    finally:
        reader.close()
    assert len(found) > 50
    return found


def test_contributions_add_up_to_the_log_odds(
    haechi: Run, written: Path, decisions: list[LoggedDecision]
) -> None:
    for decision in decisions[:: len(decisions) // 10]:
        code, out, _ = haechi("explain", decision.id.hex(), "--data", written, "--json")
        assert code == 0
        shown = json.loads(out)
        total = shown["score"]["base_log_odds"]
        total += sum(reason["contribution"] for reason in shown["reasons"])
        assert math.isclose(total, shown["score"]["log_odds"], abs_tol=1e-9)
        assert shown["decision_id"] == decision.id.hex()
        assert shown["offset"] == decision.offset


def test_people_see_the_sum_the_evidence_and_the_versions(
    haechi: Run, written: Path, decisions: list[LoggedDecision]
) -> None:
    code, out, _ = haechi("explain", decisions[-1].id.hex(), "--data", written)
    assert code == 0
    for words in ("sum, = the log-odds", "evidence:", "required and missing:", "build", "policy",
                  "superseded by", "waited for the writer"):  # fmt: skip
        assert words in out


def test_reasons_are_told_in_korean_and_with_every_feature(
    haechi: Run, written: Path, decisions: list[LoggedDecision]
) -> None:
    row = max(
        (np.frombuffer(decision.body, DECISION)[0] for decision in decisions),
        key=lambda row: np.count_nonzero(row["contribution"]),
    )
    spoken = [FEATURES[i] for i in np.flatnonzero(row["contribution"])]
    asked = ("explain", row.tobytes()[:16].hex(), "--data", written)
    _, short, _ = haechi(*asked)
    _, korean, _ = haechi(*asked, "--lang", "ko", "--all")
    _, out, _ = haechi(*asked, "--json")
    reasons = json.loads(out)["reasons"]
    assert 0 < len(reasons) <= 5
    for reason in reasons:
        assert f"{reason['contribution']:+.6f}  {reason['code']}" in short
        assert reason["text"] in short
        assert reason["text_ko"] not in short
        assert reason["text_ko"] in korean
    parts = {part["feature"]: part["contribution"] for r in reasons for part in r["parts"]}
    assert parts.keys() == {feature.name for feature in spoken}
    for name, added in parts.items():
        assert f"  {added:+.6f}  {name}" in korean
        assert f"  {added:+.6f}  {name}" not in short
    assert "sum, = the log-odds" in korean
    assert math.isclose(
        math.fsum(parts.values()), math.fsum(r["contribution"] for r in reasons), abs_tol=1e-9
    )


def test_the_beginning_of_an_id_is_enough(
    haechi: Run, written: Path, decisions: list[LoggedDecision]
) -> None:
    whole = decisions[3].id.hex()
    code, out, _ = haechi("explain", whole[:12], "--data", written, "--json")
    assert code == 0
    assert json.loads(out)["decision_id"] == whole


def test_an_unknown_id_is_refused(haechi: Run, written: Path) -> None:
    code, _, err = haechi("explain", "f" * 32, "--data", written)
    assert code == 1
    assert "no decision" in err


def test_both_ends_of_a_revision_name_each_other(
    haechi: Run, written: Path, decisions: list[LoggedDecision]
) -> None:
    later = next(
        decision
        for decision in decisions
        if np.frombuffer(decision.body, DECISION)[0]["supersedes_hi"]
    )
    _, out, _ = haechi("explain", later.id.hex(), "--data", written, "--json")
    earlier = json.loads(out)["supersedes"]
    assert len(earlier) == 32
    _, out, _ = haechi("explain", earlier, "--data", written, "--json")
    assert json.loads(out)["superseded_by"]
