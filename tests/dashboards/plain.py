"""What the questions ask, counted anew in plain Python over rows of the base tables."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from haechi.streams.monitor.estimates import Stratum, Tally, wilson

Row = dict[str, Any]
ASKED = ("ANSWER", "PROVISIONAL")


def same(found: Any, expected: Any) -> bool:
    """Whether two figures are the same, up to the last bits; None is JSON's word for NaN."""
    if isinstance(expected, float) and math.isnan(expected):
        return found is None
    if isinstance(expected, float):
        return found is not None and math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-12)
    return bool(found == expected)


def agree(found: list[Row], expected: list[Row]) -> None:
    """Refuse rows that differ, in any order, in what the expected ones say."""
    assert len(found) == len(expected), (len(found), len(expected))
    keys = [k for k, v in expected[0].items() if not isinstance(v, float)] if expected else []

    def order(row: Row) -> list[str]:
        return [str(row[key]) for key in keys]

    for one, other in zip(sorted(found, key=order), sorted(expected, key=order), strict=True):
        for key, value in other.items():
            assert same(one[key], value), (key, one, other)


def grouped(rows: Iterable[Row], key: Callable[[Row], Hashable]) -> dict[Any, list[Row]]:
    """Rows by a key."""
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def first_answers(decisions: list[Row]) -> list[Row]:
    """The first answer of each case at each stage."""
    asked = [row for row in decisions if row["kind"] in ASKED]
    cases = grouped(asked, lambda row: (row["case_key"], row["stage"]))
    return [min(rows, key=place) for rows in cases.values()]


def place(row: Row) -> tuple[int, int, int]:
    """Where a decision stands in the log."""
    return row["epoch"], row["offset"], row["ordinal"]


def labels(decisions: list[Row], outcomes: list[Row]) -> list[Row]:
    """What inspections found: the monitor's rules, one outcome after the other."""
    corrected = {row["corrects_event_id"] for row in outcomes} - {""}
    known = {row["decision_id"]: row for row in decisions}
    standing: dict[str, Row] = {}
    for row in sorted(outcomes, key=lambda row: (row["shard"], row["offset"])):
        if row["result"] not in ("FOUND", "NOTHING") or row["event_id"] in corrected:
            continue
        before = standing.get(row["decision_id"])
        if before is None or (before["result"] == "NOTHING" and row["result"] == "FOUND"):
            standing[row["decision_id"]] = row
    made = []
    for identity, row in standing.items():
        decision = known.get(identity)
        if decision is None:
            continue
        chance = row["propensity"]
        if math.isnan(chance) and row["selected_by"] != "OFFICER":
            chance = decision["propensity"]
        if not 0 < chance <= 1:
            chance = math.nan
        by = "" if math.isnan(chance) else "RANDOM"
        if by and decision["selected_by"] == "MODEL":
            by = "MODEL"
        made.append(
            decision | {"chosen_by": by, "propensity": chance, "found": row["result"] == "FOUND"}
        )
    return made


def tally(rows: Iterable[Row]) -> Tally:
    """Labels as the monitor's estimators take them."""
    made = {"MODEL": Stratum(), "RANDOM": Stratum(), "": Stratum()}
    for row in rows:
        known = not math.isnan(row["propensity"])
        made[row["chosen_by"]].add(row["found"], row["propensity"] if known else 1.0)
    return Tally(made["MODEL"], made["RANDOM"], made[""])


def share(part: int, of: int) -> float:
    """A share, NaN of nothing."""
    return part / of if of else math.nan


def interval(part: int, of: int) -> tuple[float, float]:
    """Wilson's interval of a share, NaN of nothing."""
    return wilson(part / of, of) if of else (math.nan, math.nan)
