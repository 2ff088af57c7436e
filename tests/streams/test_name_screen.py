"""Names in manifests and entries become likenesses of tokens, in front of what they bear on."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from haechi.configs.port import Port
from haechi.engine.codes import EventKind, Watched
from haechi.engine.errors import BadInput
from haechi.engine.records import EVENT
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams import name_screen
from haechi.streams.decode import Decoder
from haechi.streams.name_screen import NameScreen
from haechi.streams.screening import Hearing
from haechi.streams.tokens import Tokens

NOW_US = 1_767_225_600_000_000
TOKENS = Tokens(bytes(range(32)))
COUNT = itertools.count()
Rows = np.ndarray[Any, Any]


def event(**kind: Any) -> Event:
    made = Event(**kind)
    made.envelope.event_id = f"e-{next(COUNT)}"
    made.envelope.schema_version = 1
    made.envelope.event_time_us = NOW_US
    made.envelope.site = "ICN-T1"
    return made


def manifest(name: str, year: int = 0, bags: int = 0) -> Event:
    given = {"name": name, "birth_year": year, "bags": [{"bag_tag": f"{n}"} for n in range(bags)]}
    made = event(traveler_manifest=given)
    made.envelope.subjects.add(traveler_id=f"T-{name}-{year}")
    return made


def entry(name: str, year: int = 0, watched: int = Watched.NAME) -> Event:
    return event(
        intelligence={
            "watched": watched,
            "value": name,
            "birth_year": year,
            "weight": 0.5,
            "legal_basis": "l",
            "expires_us": NOW_US + 9,
            "list_name": "list",
            "entry_id": name,
        }
    )


class Edge:
    def __init__(self, names: NameScreen | None = None) -> None:
        self.decoder = Decoder(TOKENS, Port.load(), names)

    def put(self, made: Event) -> Rows:
        raw = made.SerializeToString()
        return np.frombuffer(self.decoder.screen(self.decoder.decode(raw), raw).records, EVENT)


def token(name: str, year: int = 0) -> int:
    return TOKENS.token("name", name, *([str(year)] if year else []))


def likenesses(rows: Rows) -> list[tuple[int, int, float]]:
    told = rows[(rows["kind"] == EventKind.INTELLIGENCE) & (rows["similarity"] > 0.0)]
    return [(int(row["token"]), int(row["alias"]), float(row["similarity"])) for row in told]


ORDERS = [("traveler", "entry"), ("entry", "traveler")]


@pytest.mark.parametrize("order", ORDERS)
def test_whichever_comes_second_says_that_they_sound_alike(order: tuple[str, str]) -> None:
    edge = Edge()
    come = {
        "traveler": lambda: edge.put(manifest("이민호", 1987)),
        "entry": lambda: edge.put(entry("LEE MIN HO")),
    }
    first, second = (come[one]() for one in order)
    assert likenesses(first) == []
    assert likenesses(second) == [(token("이민호", 1987), token("LEE MIN HO"), 1.0)]


@pytest.mark.parametrize("order", ORDERS)
def test_another_year_of_birth_is_somebody_else(order: tuple[str, str]) -> None:
    edge = Edge()
    come = {
        "traveler": lambda: edge.put(manifest("이민호", 1987)),
        "entry": lambda: edge.put(entry("LEE MIN HO", 1965)),
    }
    assert [likenesses(come[one]()) for one in order] == [[], []]


def test_likenesses_come_first_and_say_what_the_event_says() -> None:
    edge = Edge()
    for name in ("LEE MIN HO", "LEE MINHO", "YI MIN-HO"):
        edge.put(entry(name))
    rows = edge.put(manifest("이민호", bags=1))
    assert [int(row["kind"]) for row in rows] == [
        *[EventKind.INTELLIGENCE] * 3,
        EventKind.TRAVELER_MANIFEST,
        EventKind.LINK,
    ]
    assert rows["first"].tolist() == [1, 0, 0, 0, 0]
    assert rows["last"].tolist() == [0, 0, 0, 0, 1]
    for name in ("id_hi", "id_lo", "event_us", "subject", "site", "schema_version"):
        assert len(set(rows[:4][name].tolist())) == 1, name


def test_nothing_else_is_screened() -> None:
    edge = Edge()
    edge.put(manifest("이민호"))
    assert len(edge.put(entry("LEE MIN HO", watched=Watched.SELLER))) == 1
    assert len(edge.put(manifest(""))) == 1
    assert likenesses(edge.put(entry("LEE MIN HO"))) != []


def test_the_same_name_on_another_list_needs_no_likeness() -> None:
    edge = Edge()
    edge.put(entry("LEE MIN HO"))
    assert likenesses(edge.put(manifest("LEE MIN HO"))) == []
    assert likenesses(edge.put(manifest("lee min ho"))) == []


def test_an_entry_that_sounds_like_everybody_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_screen, "MOST_ALIKE", 2)
    edge = Edge()
    for year in (1960, 1961, 1980):
        edge.put(manifest("KIM MIN JUN", year))
    with pytest.raises(BadInput) as refused:
        edge.put(entry("KIM MIN JUN"))
    assert refused.value.code == "TOO_COMMON"
    assert "KIM" not in str(refused.value)
    assert len(likenesses(edge.put(entry("KIM MIN JUN", 1990)))) == 0
    withdrawn = entry("KIM MIN JUN")
    withdrawn.intelligence.withdrawn = True
    assert likenesses(edge.put(withdrawn)) == []


def test_of_two_that_come_together_at_least_one_sees_the_other() -> None:
    for _ in range(20):
        edge = Edge()
        start = threading.Barrier(2)
        told: list[Any] = []

        def come(made: Event, edge: Edge = edge, start: Any = start, told: Any = told) -> None:
            start.wait()
            told.extend(likenesses(edge.put(made)))

        threads = [
            threading.Thread(target=come, args=(made,))
            for made in (manifest("이민호"), entry("LEE MIN HO"))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (token("이민호"), token("LEE MIN HO"), 1.0) in told


@pytest.mark.parametrize(
    ("made", "ready"),
    [
        (manifest("이민호"), NameScreen.listed_ready),
        (entry("LEE MIN HO"), NameScreen.travelers_ready),
    ],
)
def test_who_needs_names_that_are_not_there_yet_waits(
    made: Event, ready: Callable[[NameScreen], None]
) -> None:
    names = NameScreen(ready=False)
    names.hearing.remember(1, "이민호", None, listed=False)
    names.hearing.remember(2, "LEE MIN HO", None, listed=True)
    edge = Edge(names)
    told: list[Any] = []
    thread = threading.Thread(target=lambda: told.extend(likenesses(edge.put(made))))
    thread.start()
    thread.join(0.05)
    assert thread.is_alive()
    ready(names)
    thread.join(10)
    assert len(told) == 1


def test_travelers_who_are_gone_are_forgotten_but_not_those_just_filed() -> None:
    names = NameScreen()
    hearing = names.hearing
    for number in range(3):
        hearing.traveler(number, "KIM MIN JUN", 1980 + number)
    hearing.keep({0}, lambda: None)
    assert hearing.sizes == (0, 3), "their manifests may be on their way"
    hearing.traveler(1, "KIM MIN JUN", 1981)
    names.keep_only(np.array([0], np.uint64))
    until = time.monotonic() + 10
    while hearing.sizes != (0, 2):
        assert time.monotonic() < until
        time.sleep(0.001)
    assert [one.key for one in hearing.listed(9, "KIM MIN JUN", None)] == [0, 1]


def test_it_is_crowded_when_most_may_be_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haechi.streams.screening.hearing._SPARE", 4)
    hearing = Hearing()
    for number in range(5):
        assert not hearing.crowded
        hearing.traveler(number, "KIM MIN JUN", 1900 + number)
    assert hearing.crowded
    hearing.keep(set(range(5)), lambda: None)
    assert not hearing.crowded
