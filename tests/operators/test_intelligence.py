from __future__ import annotations

import pytest
from border import GENERAL, PARCEL, Border, answer

from haechi.engine.codes import DecisionKind, EventKind, Stage, Verdict, Watched
from haechi.engine.features import PLACE

HOUR = 3_600_000_000
TRAVELERS = {
    Watched.DOCUMENT: "pccc",
    Watched.PHONE: "contact",
    Watched.NAME: "consignee",
    Watched.ROUTE: "departure",
}
PARCELS = {
    Watched.PCCC: "pccc",
    Watched.ADDRESS: "address",
    Watched.PHONE: "phone",
    Watched.SELLER: "seller",
    Watched.CONSIGNEE: "consignee",
    Watched.HS: "hs6",
    Watched.ROUTE: "departure",
}


@pytest.mark.parametrize("what", TRAVELERS)
def test_a_watched_traveler_refers(what: Watched) -> None:
    border = Border()
    border.watch(4711, what)
    found = border.manifest(**{TRAVELERS[what]: 4711})[0]
    assert found["x"][PLACE["intelligence"]] == 1.0
    assert found["verdict"] != Verdict.RELEASE


@pytest.mark.parametrize("what", PARCELS)
def test_a_watched_parcel_is_seen(what: Watched) -> None:
    border = Border()
    border.watch(4711, what)
    found = border.parcel(lane=GENERAL, **{PARCELS[what]: 4711})[0]
    assert found["x"][PLACE["intelligence"]] == 1.0
    other = border.parcel(501, lane=GENERAL, **{PARCELS[what]: 4712})[0]
    assert other["x"][PLACE["intelligence"]] == 0.0


def test_an_entry_expires_by_event_time() -> None:
    border = Border()
    border.watch(4711, Watched.DOCUMENT, until_us=border.now + HOUR)
    border.manifest(pccc=4711)
    assert answer(border.gate())["verdict"] == Verdict.REFER
    assert answer(border.gate(after=HOUR))["verdict"] == Verdict.RELEASE


def test_an_entry_is_changed_and_withdrawn() -> None:
    border = Border()
    border.watch(4711, Watched.DOCUMENT, 1.0)
    border.manifest(pccc=4711)
    border.watch(4711, Watched.DOCUMENT, 0.25)
    assert answer(border.gate())["x"][PLACE["intelligence"]] == 0.25
    border.watch(4711, Watched.DOCUMENT, 0.0)
    assert answer(border.gate())["x"][PLACE["intelligence"]] == 0.0


@pytest.mark.parametrize(("newer", "older"), [(0.0, 1.0), (1.0, 0.0)])
def test_an_older_entry_that_comes_late_does_not_stand(newer: float, older: float) -> None:
    border = Border()
    border.watch(4711, Watched.DOCUMENT, newer)
    border.watch(4711, Watched.DOCUMENT, older, late=HOUR)
    border.manifest(pccc=4711)
    assert answer(border.gate())["x"][PLACE["intelligence"]] == newer


def test_the_same_token_of_another_kind_is_another_entry() -> None:
    border = Border()
    border.watch(4711, Watched.ADDRESS)
    found = border.parcel(lane=GENERAL, phone=4711)[0]
    assert found["x"][PLACE["intelligence"]] == 0.0


def test_the_highest_entry_counts() -> None:
    border = Border()
    border.watch(1, Watched.PHONE, 0.25)
    border.watch(2, Watched.ADDRESS, 0.75)
    border.parcel(lane=GENERAL, phone=1, address=2)
    asked = {"ref": 500, "node": PARCEL, "lane": GENERAL, "stage": Stage.RELEASE_OUT}
    assert answer(border.gate(**asked))["x"][PLACE["intelligence"]] == 0.75


def test_new_intelligence_reaches_whom_a_gate_was_told_to_let_pass() -> None:
    border = Border()
    border.manifest(pccc=4711)
    border.manifest(2, pccc=4712)
    told = answer(border.gate())
    assert told["verdict"] == Verdict.RELEASE
    (revised,) = border.watch(4711, Watched.DOCUMENT)
    assert (revised["kind"], revised["verdict"]) == (DecisionKind.REVISION, Verdict.REFER)
    assert (revised["supersedes_hi"], revised["supersedes_lo"]) == (told["id_hi"], told["id_lo"])
    assert len(border.wait(1000)) == 0


def test_what_was_withdrawn_is_taken_back_at_once() -> None:
    border = Border()
    border.watch(4711, Watched.DOCUMENT)
    border.manifest(pccc=4711)
    (standing,) = border.watch(4711, Watched.DOCUMENT, 0.0)
    assert (standing["kind"], standing["verdict"]) == (DecisionKind.STANDING, Verdict.RELEASE)


def test_intelligence_about_a_parcel_reaches_its_traveler() -> None:
    border = Border()
    border.manifest()
    border.parcel(500, lane=GENERAL, pccc=4711)
    border.link(500, node=PARCEL)
    before = answer(border.gate())
    made = border.watch(4711, Watched.PCCC)
    assert {int(one["node"]) for one in made} >= {PARCEL}
    assert answer(border.gate())["log_odds"] > before["log_odds"]


def test_many_cases_are_seen_piece_by_piece_while_gates_are_answered() -> None:
    border = Border()
    many = 1500
    for ref in range(1, many + 1):
        border.manifest(ref, departure=77 if ref % 3 == 0 else 78)
    begin = len(border.decisions)
    assert 0 < len(border.watch(77, Watched.ROUTE)) < 100
    assert border.shard.next_due_us() == 0
    # Who asks before it was looked at is judged by the entry all the same.
    last = answer(border.gate(many))
    assert last["x"][PLACE["intelligence"]] == 1.0
    events = 0
    while border.shard.next_due_us() == 0:
        border.wait(1000)
        events += 1
        assert events < 100
    seen = [int(one["subject"]) for one in border.decisions[begin:]]
    assert len(seen) == many // 3, "each once"
    assert set(seen) == set(range(3, many + 1, 3))


def heard(border: Border, token: int, listed: int, similarity: float) -> None:
    """Say that a traveler's name sounds like a listed one."""
    border.send(
        EventKind.INTELLIGENCE, mode=Watched.NAME, token=token, alias=listed, similarity=similarity
    )


def seen(border: Border, ref: int = 1) -> float:
    return float(answer(border.gate(ref))["x"][PLACE["intelligence"]])


def test_each_list_has_its_own_entry_on_one_thing() -> None:
    border = Border()
    border.watch(4711, Watched.DOCUMENT, 1.0, alias=1)
    border.watch(4711, Watched.DOCUMENT, 0.5, alias=2, until_us=border.now + HOUR)
    border.watch(4711, Watched.DOCUMENT, 0.25, alias=3)
    border.manifest(pccc=4711)
    assert seen(border) == 1.0
    border.watch(4711, Watched.DOCUMENT, 0.0, alias=1)
    assert seen(border) == 0.5
    assert answer(border.gate(after=2 * HOUR))["x"][PLACE["intelligence"]] == 0.25


def test_an_entry_that_comes_to_watch_something_else_lets_go_of_the_first() -> None:
    border = Border()
    border.manifest(1, pccc=4711)
    border.manifest(2, pccc=4712)
    border.watch(4711, Watched.DOCUMENT, alias=1)
    border.watch(4712, Watched.DOCUMENT, alias=1)
    assert (seen(border, 1), seen(border, 2)) == (0.0, 1.0)
    border.watch(4711, Watched.DOCUMENT, alias=1)
    assert (seen(border, 1), seen(border, 2)) == (1.0, 0.0)


@pytest.mark.parametrize("first", ["manifest", "entry", "likeness"])
def test_a_name_that_sounds_like_a_listed_one_counts_in_any_order(first: str) -> None:
    border = Border()
    steps = {
        "manifest": lambda: border.manifest(consignee=10),
        "entry": lambda: border.watch(20, Watched.NAME, 0.5, alias=1),
        "likeness": lambda: heard(border, 10, 20, 0.9),
    }
    for step in (first, *(step for step in steps if step != first)):
        steps[step]()
    assert seen(border) == 0.9 * 0.5


def test_the_strongest_of_the_names_that_sound_alike_counts() -> None:
    border = Border()
    border.manifest(consignee=10)
    for number, (weight, similarity) in enumerate([(0.2, 1.0), (0.9, 0.9), (0.5, 1.0)]):
        heard(border, 10, 20 + number, similarity)
        border.watch(20 + number, Watched.NAME, weight, alias=number + 1)
    assert seen(border) == 0.9 * 0.9
    border.watch(21, Watched.NAME, 0.0, alias=2)
    assert seen(border) == 0.5
    heard(border, 10, 22, 1.0)
    assert seen(border) == 0.5, "said twice, it is one likeness"


def test_a_likeness_alone_says_nothing() -> None:
    border = Border()
    border.manifest(consignee=10)
    heard(border, 10, 20, 1.0)
    border.watch(20, Watched.CONSIGNEE)
    assert seen(border) == 0.0


def test_an_entry_on_a_like_name_revises_whom_a_gate_let_pass() -> None:
    border = Border()
    heard(border, 10, 20, 1.0)
    border.manifest(consignee=10)
    assert answer(border.gate())["verdict"] == Verdict.RELEASE
    (revised,) = border.watch(20, Watched.NAME, alias=1)
    assert (revised["kind"], revised["verdict"]) == (DecisionKind.REVISION, Verdict.REFER)
    (back,) = border.watch(20, Watched.NAME, 0.0, alias=1)
    assert back["verdict"] == Verdict.RELEASE
