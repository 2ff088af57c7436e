"""A watched name through a whole engine: found however it is spelled, and after a restart."""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from governed import Governed

from haechi.engine.codes import DecisionKind, EventKind, Verdict
from haechi.engine.features import PLACE
from haechi.engine.records import DECISION
from haechi.operators.shard import Shard
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams import screening
from haechi.streams.listed import entries_behind
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.replay import Replayer
from haechi.streams.screening import THRESHOLD, similarity, with_years

pytestmark = pytest.mark.timeout(600)
EXIT = "ICN-T1-EXIT-3"
DAY_US = 86_400_000_000
COUNT = itertools.count()


def event(traveler: str = "", **kind: Any) -> Event:
    made = Event(**kind)
    envelope = made.envelope
    envelope.event_id = f"e-{next(COUNT)}"
    envelope.schema_version = 1
    envelope.event_time_us = time.time_ns() // 1000
    if traveler:
        envelope.subjects.add(traveler_id=traveler)
    return made


def manifest(traveler: str) -> Event:
    """An unremarkable traveler."""
    return event(
        traveler,
        traveler_manifest={
            "manifest_version": 1,
            "document_type": 1,
            "document_state": 1,
            "issuing_state": "KOR",
            "document_number": f"M{traveler}",
            "flight": "KE902",
            "flight_date": 20_261_121,
            "boarded": True,
        },
    )


class Running:
    """An engine that can be started again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.stopped = True
        self.start()

    def start(self) -> None:
        self.at = Governed(self.root)
        self.stopped = False

    def stop(self) -> None:
        if not self.stopped:
            self.stopped = True
            self.at.engine.stop()

    def restart(self) -> None:
        self.stop()
        self.start()

    def traveler(self, name: str, year: int = 1987, who: str = "") -> Any:
        made = manifest(who or f"T-{name}")
        made.traveler_manifest.name = name
        made.traveler_manifest.birth_year = year
        return self.put(made)

    def put(self, made: Event) -> Any:
        outcome = self.at.put(made)
        assert outcome.refusal is None, outcome.refusal
        return np.frombuffer(b"".join(outcome.decisions), DECISION)

    def watch(self, name: str, year: int = 0, **given: Any) -> Any:
        """What an entry changed at once; weight 0 withdraws it."""
        weight = given.pop("weight", 1.0)
        said = {
            "watched": 1, "value": name, "birth_year": year, "list_name": "wanted",
            "entry_id": "1", "legal_basis": "Customs Act 234", "weight": weight,
            "expires_us": time.time_ns() // 1000 + DAY_US, "withdrawn": weight == 0.0, **given,
        }  # fmt: skip
        return self.put(event(intelligence=said))

    def ask(self, who: str, at_us: int = 0) -> tuple[Any, float]:
        asked = event(who, gate_event={"gate": EXIT, "lane": "family", "budget_ms": 2000})
        asked.envelope.event_time_us = at_us or asked.envelope.event_time_us
        (*_, row) = self.put(asked)
        return row, float(row["x"][PLACE["intelligence"]])

    def replayed(self) -> str:
        """Digest of a shard that read the log without any name."""
        folder = self.at.folder
        reader = LogReader(folder.log, SubjectKeys(folder.keys))
        shard = Shard(1 << 10)
        try:
            Replayer(reader, Artefacts(folder.artefacts), shard).run()
        finally:
            reader.close()
        return shard.digest()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    one = Running(tmp_path)
    yield one
    one.stop()


def test_an_entry_reaches_who_has_checked_in_and_lets_go_when_withdrawn(running: Running) -> None:
    running.traveler("이민호")
    running.traveler("박지성")
    told, seen = running.ask("T-이민호")
    assert (told["verdict"], seen) == (Verdict.RELEASE, 0.0)
    (revised,) = running.watch("LEE MIN HO")
    assert (revised["kind"], revised["verdict"]) == (DecisionKind.REVISION, Verdict.REFER)
    assert revised["supersedes_lo"] == told["id_lo"]
    (back,) = running.watch("LEE MIN HO", weight=0.0)
    assert back["verdict"] == Verdict.RELEASE


def test_whoever_checks_in_later_is_scored_with_it_at_once(running: Running) -> None:
    running.watch("LEE MIN HO", 1987, weight=0.5)
    (standing,) = running.traveler("MINHO YI")
    assert standing["x"][PLACE["intelligence"]] == 0.5
    (standing,) = running.traveler("MINHO YI", 1965, who="T-2")
    assert standing["x"][PLACE["intelligence"]] == 0.0, "somebody else of that name"


def test_lists_do_not_disturb_each_other(running: Running) -> None:
    running.traveler("이민호")
    running.watch("LEE MIN HO", weight=1.0)
    running.watch("YI MINHO", weight=0.5, list_name="other")
    assert running.ask("T-이민호")[1] == 1.0
    running.watch("YI MINHO", weight=0.25, list_name="third", entry_id="9")
    running.watch("LEE MIN HO", weight=0.0)
    assert running.ask("T-이민호")[1] == 0.5
    running.watch("PARK JI SUNG", weight=0.9, list_name="other")
    assert running.ask("T-이민호")[1] == 0.25, "that entry names somebody else now"


def test_an_entry_that_ends_counts_no_more(running: Running) -> None:
    running.traveler("이민호")
    soon_us = time.time_ns() // 1000 + 30_000_000
    running.watch("LEE MIN HO", expires_us=soon_us)
    assert running.ask("T-이민호", soon_us)[1] == 1.0
    assert running.ask("T-이민호", soon_us + 1)[1] == 0.0


@pytest.mark.parametrize("traveler_first", [True, False])
def test_a_restart_in_between_loses_no_name(running: Running, *, traveler_first: bool) -> None:
    if traveler_first:
        running.traveler("이민호")
        running.restart()
        running.watch("LEE MIN HO")
    else:
        running.watch("LEE MIN HO")
        running.restart()
        running.traveler("이민호")
    told, seen = running.ask("T-이민호")
    assert (told["verdict"], seen) == (Verdict.REFER, 1.0)
    digest = running.at.digest()
    running.stop()
    assert running.replayed() == digest


def test_what_is_over_does_not_come_back_with_a_restart(running: Running) -> None:
    running.watch("LEE MIN HO")
    running.watch("LEE MIN HO", weight=0.0)
    running.watch("KIM MIN JUN", entry_id="2")
    running.watch("PARK JI SUNG", entry_id="2")
    running.traveler("이민호")
    running.put(event("T-이민호", case_closed={"end": 1}))
    running.restart()
    running.traveler("이민호", who="T-2")
    assert running.ask("T-2")[1] == 0.0
    names = running.at.engine.names
    assert names.hearing.sizes == (1, 1)


def test_a_name_of_somebody_erased_is_not_read_again(running: Running) -> None:
    running.traveler("이민호")
    subject = running.at.engine.decoder.decode(manifest("T-이민호").SerializeToString()).subject
    running.stop()
    keys = SubjectKeys(running.at.folder.keys)
    signed = subject - (1 << 64) if subject >> 63 else subject
    keys._db.execute("DELETE FROM keys WHERE subject = ?", (signed,))
    keys.close()
    running.start()
    running.watch("LEE MIN HO")
    assert running.at.engine.names.hearing.sizes == (1, 0)


def test_a_name_that_cannot_be_read_any_more_is_told_and_the_others_are_found(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    running.traveler("이민호")
    running.traveler("박지성")
    running.stop()
    (segment,) = running.at.folder.log.glob("segment-*.sqlite")
    with sqlite3.connect(segment) as db:
        manifest_kind = int(EventKind.TRAVELER_MANIFEST)
        db.execute(
            "UPDATE events SET payload = zeroblob(40) WHERE offset = "
            "(SELECT min(offset) FROM events WHERE kind = ?)",
            (manifest_kind,),
        )
    db.close()
    running.start()
    running.watch("LEE MIN HO")
    running.watch("PARK JI SUNG", entry_id="2")
    assert (running.ask("T-이민호")[1], running.ask("T-박지성")[1]) == (0.0, 1.0)
    (told,) = [one for one in caplog.records if one.name == "haechi.names"]
    assert "does not decrypt" in told.getMessage()


def test_travelers_whose_cases_are_closed_are_forgotten(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    hearing = running.at.engine.names.hearing
    monkeypatch.setattr(screening.hearing, "_SPARE", 3)
    monkeypatch.setattr(hearing, "_crowd", 3)
    running.traveler("박지성", who="open")
    most = 0
    for number in range(60):
        running.traveler("김민준", 1900 + number, who=f"T-{number}")
        running.put(event(f"T-{number}", case_closed={"end": 1}))
        most = max(most, hearing.sizes[1])
    assert most < 50
    running.watch("PARK JI SUNG")
    assert running.ask("open")[1] == 1.0


SPELLINGS = ("이민호", "LEE MIN HO", "YI MINHO", "박지성", "PARK JI SUNG", "PAK CHI-SONG")
YEARS = (0, 1965, 1987)


def expected(name: str, year: int, entries: dict[str, tuple[str, int, float]]) -> float:
    """What should count for a traveler, each listed name held against this one."""
    highest = 0.0
    for listed, born, weight in entries.values():
        alike = with_years(similarity(name, listed), year or None, born or None)
        if alike >= THRESHOLD:
            highest = max(highest, weight * round(alike, 6))
    return highest


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_comes_in_whatever_order_the_right_entries_count(
    running: Running, seed: int
) -> None:
    random = Random(seed)
    travelers: dict[str, tuple[str, int]] = {}
    entries: dict[str, tuple[str, int, float]] = {}
    for number in range(60):
        what = random.random()
        name, year = random.choice(SPELLINGS), random.choice(YEARS)
        entry_id = str(random.randrange(6))
        if what < 0.4:
            travelers[f"T-{number}"] = (name, year)
            running.traveler(name, year, who=f"T-{number}")
        elif what < 0.8:
            weight = random.choice((0.25, 0.5, 1.0))
            entries[entry_id] = (name, year, weight)
            running.watch(name, year, weight=weight, entry_id=entry_id)
        elif what < 0.93 and entry_id in entries:
            said = entries.pop(entry_id)
            running.watch(said[0], said[1], weight=0.0, entry_id=entry_id)
        elif what > 0.97:
            running.restart()
        if travelers:
            who = random.choice(list(travelers))
            assert running.ask(who)[1] == expected(*travelers[who], entries), (number, who)
    digest = running.at.digest()
    running.stop()
    assert running.replayed() == digest


def test_an_officer_is_told_which_lists_and_no_name(running: Running) -> None:
    running.traveler("이민호")
    running.watch("LEE MIN HO", weight=0.9)
    running.watch("YI MINHO", weight=0.5, list_name="other", entry_id="7", authority="KCS")
    running.watch("MIN HO LEE", weight=0.4, list_name="gone")
    running.watch("MIN HO LEE", weight=0.0, list_name="gone")
    running.watch("KIM MIN JUN", list_name="nobody here")
    running.watch("LEE MIN HO", weight=0.8, list_name="renamed")
    running.watch("PARK JI SUNG", weight=0.8, list_name="renamed")
    told, seen = running.ask("T-이민호")
    running.watch("LEE MIN HO", weight=1.0, list_name="later")
    reader = LogReader(running.at.folder.log, SubjectKeys(running.at.folder.keys))
    try:
        listed = entries_behind(reader, told.tobytes())
    finally:
        reader.close()
    assert [(one.list_name, one.entry_id, one.weight) for one in listed] == [
        ("wanted", "1", 0.9),
        ("other", "7", 0.5),
    ]
    assert seen == max(one.weight * one.similarity for one in listed)
    assert listed[1].authority == "KCS"
    assert "LEE" not in repr(listed)


def test_no_name_is_in_the_clear(running: Running) -> None:
    running.traveler("MINHO QUARTERMAIN")
    running.watch("MINHO QUARTERMAIN", 1987)
    running.stop()
    for path in running.root.rglob("*"):
        if path.is_file():
            assert b"QUARTERMAIN" not in path.read_bytes(), path
