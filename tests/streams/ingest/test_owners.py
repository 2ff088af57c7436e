"""Whose a name is: pure, on plain dicts in place of Faust's tables."""

from __future__ import annotations

import pytest

from haechi.streams.ingest.owners import MOST_HOPS, MOST_WAITING, MOST_WAITING_BYTES, Follower
from haechi.streams.ingest.routes import Named, Owner


@pytest.fixture
def tables() -> tuple[dict, dict]:
    return {}, {}


def test_what_nobody_owns_goes_on_under_its_own_name(tables: tuple[dict, dict]) -> None:
    follower, own = Follower(*tables), Named("t1", b"event", loose=False)
    assert follower.follow(own, 0) is own
    assert tables == ({}, {})


def test_an_owner_is_followed_and_may_be_owned_itself(tables: tuple[dict, dict]) -> None:
    follower = Follower(*tables)
    assert list(follower.state(Owner("bag", "document", 1, loose=True))) == []
    assert list(follower.state(Owner("document", "t1", 1, loose=False))) == []
    first = follower.follow(Named("bag", b"event", loose=True), 0)
    assert first == Named("document", b"event", loose=True)
    assert follower.follow(first, 1) == Named("t1", b"event", loose=False)


def test_what_waited_goes_to_the_owner_once(tables: tuple[dict, dict]) -> None:
    follower = Follower(*tables)
    for event in (b"one", b"two", b"two"):
        follower.follow(Named("bag", event, loose=True), 0)
    owner = Owner("bag", "t1", 1, loose=False)
    assert [named.event for named in follower.state(owner)] == [b"one", b"two"]
    assert list(follower.state(owner)) == []


def test_who_dies_while_handing_out_hands_out_again(tables: tuple[dict, dict]) -> None:
    follower = Follower(*tables)
    follower.follow(Named("bag", b"one", loose=True), 0)
    owner = Owner("bag", "t1", 1, loose=False)
    assert next(follower.state(owner)).event == b"one"
    assert [named.event for named in Follower(*tables).state(owner)] == [b"one"]


def test_only_the_latest_and_no_large_ones_wait(tables: tuple[dict, dict]) -> None:
    follower = Follower(*tables)
    for number in range(MOST_WAITING + 5):
        follower.follow(Named("bag", b"%d" % number, loose=True), 0)
    follower.follow(Named("bag", b"x" * (MOST_WAITING_BYTES + 1), loose=True), 0)
    sent = [named.event for named in follower.state(Owner("bag", "t1", 1, loose=False))]
    assert sent == [b"%d" % number for number in range(5, MOST_WAITING + 5)]


def test_an_older_statement_changes_nothing_and_a_tie_can_be_taken_back(
    tables: tuple[dict, dict],
) -> None:
    follower, bag = Follower(*tables), Named("bag", b"event", loose=False)
    list(follower.state(Owner("bag", "t2", 2, loose=False)))
    list(follower.state(Owner("bag", "t1", 1, loose=False)))
    assert follower.follow(bag, 0).key == "t2"
    list(follower.state(Owner("bag", "", 3, loose=False)))
    assert follower.follow(bag, 0) is bag


def test_a_circle_of_owners_ends(tables: tuple[dict, dict]) -> None:
    follower = Follower(*tables)
    list(follower.state(Owner("t1", "t2", 1, loose=False)))
    list(follower.state(Owner("t2", "t1", 2, loose=False)))
    named, hops = Named("t1", b"event", loose=False), 0
    while (onward := follower.follow(named, hops)).key != named.key:
        named, hops = onward, hops + 1
    assert hops == MOST_HOPS
