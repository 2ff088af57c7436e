"""An engine that starts from a snapshot knows all that it knew, and goes on as if nothing was."""

from __future__ import annotations

import itertools
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from governed import Governed, filled, governed
from rule_files import rule, text_of

from haechi.app import credentials
from haechi.app.configuration import load_profile
from haechi.app.folder import DataFolder
from haechi.configs.port import Port
from haechi.engine.codes import DecisionKind, EventKind, OfficerAct, Task, Verdict
from haechi.engine.features import PLACE
from haechi.engine.records import DECISION
from haechi.operators.shard import Shard
from haechi.operators.window import IdWindow
from haechi.rpc.client import HaechiClient
from haechi.rpc.names import names_of
from haechi.rpc.roles import Role
from haechi.rpc.server import serve
from haechi.rpc.settings import ServerSettings
from haechi.rpc.v1.decision_pb2 import LogPosition
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.rebuilt import Rebuilt
from haechi.streams.snapshots import Shelf
from haechi.streams.tokens import Tokens

pytestmark = pytest.mark.timeout(600)
EXIT = "ICN-T1-EXIT-3"
DAY_US = 86_400_000_000
CAMPAIGN = '[[pack]]\nid = "sales"\nquota = 50\nuntil = 2100-01-01T00:00:00Z\n'
NAMES = ("이민호", "LEE MIN HO", "박지성", "PARK JI SUNG")


def manifest(traveler: str, **given: Any) -> Event:
    made = filled()
    made.envelope.subjects.add(traveler_id=traveler)
    said = made.traveler_manifest
    said.manifest_version, said.document_type, said.document_state = 1, 1, 1
    said.issuing_state, said.document_number = "KOR", f"M{traveler}"
    said.flight, said.flight_date, said.boarded = "KE902", 20_261_121, True
    for name, value in given.items():
        setattr(said, name, value)
    return made


def asks(traveler: str) -> Event:
    made = filled()
    made.envelope.subjects.add(traveler_id=traveler)
    made.gate_event.gate, made.gate_event.lane = EXIT, "family"
    made.gate_event.budget_ms = 2000
    return made


def watched(name: str, entry: str) -> Event:
    made = filled()
    said: Any = made.intelligence
    said.watched, said.value, said.list_name, said.entry_id = 1, name, "wanted", entry
    said.legal_basis, said.weight = "Customs Act 234", 1.0
    said.expires_us = time.time_ns() // 1000 + DAY_US
    return made


def trusted(approver: str, until_us: int) -> Event:
    made = filled()
    said: Any = made.trust_changed
    said.change, said.trusted_as, said.party, said.programme = 1, 1, "importer-7", "AEO"
    said.legal_basis, said.approver = "Customs Act 255-2", approver
    said.until_us = until_us
    return made


def rules(running: Governed, approver: str, text: str) -> Event:
    made = filled()
    made.rule_set.name, made.rule_set.reason, made.rule_set.role = "trial", "why", 1
    made.rule_set.sha256 = running.engine.keep_rules(text)
    made.rule_set.approvers.append(approver)
    return made


def row_of(outcome: Any) -> Any:
    assert outcome.refusal is None, outcome.refusal
    return np.frombuffer(outcome.decisions[-1], DECISION)[0]


def in_force(*conditions: str) -> str:
    parts = [rule(f"r{at}", one, pack="sales") for at, one in enumerate(conditions)]
    return text_of(CAMPAIGN, *parts)


def taken(running: Governed, decision_id: str) -> Any:
    made = filled()
    made.officer_action.decision_id = decision_id
    made.officer_action.act = int(OfficerAct.TAKE)
    made.officer_action.officer = "kim"
    return running.put(made)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log in which everything was that a start has to know again."""
    root = tmp_path_factory.mktemp("lived")
    with governed(root) as running:
        running.feed(0, 300)
        running.label(30, 1)
        name = running.maker().none("traveler").name
        assert running.say(name, "approver-1").refusal is None, "a proposal that waits"
        until_us = time.time_ns() // 1000 + DAY_US
        for approver in ("approver-1", "approver-2"):
            agreed = running.put(rules(running, approver, in_force("one_way")))
            assert agreed.refusal is None
            assert running.put(trusted(approver, until_us)).refusal is None
        assert running.engine.took_effect(agreed.offset)
        running.put(manifest("T-stopped", one_way=True))
        stopped = row_of(running.put(asks("T-stopped")))
        assert stopped["verdict"] == Verdict.REFER
        taken(running, stopped.tobytes()[:16].hex())
        running.put(manifest("T-lee", name="이민호", birth_year=1987))
        running.put(manifest("T-park", name="박지성", birth_year=1981))
        running.put(watched("KIM SORA", "1"))
    return root


class Copy:
    """A copy of that log, with engines on it one after another."""

    def __init__(self, root: Path) -> None:
        self.folder = DataFolder(root)
        self.root = root
        self.running: Governed | None = None

    def start(self) -> Governed:
        self.running = Governed(self.root)
        return self.running

    def stop(self) -> None:
        if self.running is not None:
            self.running.engine.stop()
            self.running = None

    def rebuilt(self, *, snapshot: bool = False, write: bool = False) -> Rebuilt:
        """What the whole log makes, or a snapshot and its rest; written if told to."""
        profile = load_profile(None).engine
        window_us = profile.id_window_us + profile.ahead_us
        artefacts = Artefacts(self.folder.artefacts)
        shelf = Shelf(self.folder.snapshots, artefacts, window_us)
        reader = LogReader(self.folder.log, SubjectKeys(self.folder.keys))
        try:
            made = Rebuilt(Shard(64), IdWindow(window_us))
            if snapshot:
                made = shelf.restore(reader, 64)
            made.catch_up(reader, artefacts)
            if write:
                shelf.write(made, reader)
            return made
        finally:
            reader.close()


@pytest.fixture
def copy(lived: Path, tmp_path: Path) -> Iterator[Copy]:
    """A copy with a snapshot of all of it."""
    one = Copy(Path(shutil.copytree(lived, tmp_path / "data")))
    one.rebuilt(write=True)
    yield one
    one.stop()


def test_it_starts_where_the_snapshot_ends_and_goes_on(copy: Copy) -> None:
    before = copy.rebuilt()
    running = copy.start()
    recovered = running.engine.recovered
    assert recovered.start == before.replayed.following
    assert recovered.events == 0
    assert running.engine.epoch == 2
    running.feed(300, 420)
    running.label(20, 1)
    copy.stop()
    # Every decision since then is made anew from the first event on, and compared.
    whole = copy.rebuilt()
    assert whole.replayed.compared == whole.replayed.decisions > 300
    again = copy.rebuilt(snapshot=True)
    assert again.replayed.start == recovered.start
    assert again.shard.digest() == whole.shard.digest()


def test_the_next_start_replays_what_came_after_the_snapshot(copy: Copy) -> None:
    running = copy.start()
    running.feed(300, 340)
    digest = running.digest()
    copy.stop()
    again = copy.start()
    assert again.engine.recovered.start > 0
    assert again.engine.recovered.events == 41
    copy.stop()
    assert copy.rebuilt().replayed.started is not None
    assert digest != copy.rebuilt().shard.digest(), "a start more"


def test_an_event_from_before_gets_the_stored_answer(copy: Copy) -> None:
    reader = LogReader(copy.folder.log, SubjectKeys(copy.folder.keys))
    asked = [reader.payload(event) for event in reader.events_of(EventKind.GATE_EVENT)][-1]
    answers = {
        row.body
        for event in reader.events_of(EventKind.GATE_EVENT)
        for row in reader.decisions(event.offset, event.offset + 1)
    }
    reader.close()
    running = copy.start()
    outcome = running.put(asked)
    assert outcome.duplicate
    assert outcome.decisions
    assert set(outcome.decisions) <= answers
    changed = Event.FromString(asked)
    changed.gate_event.budget_ms += 1
    refused = running.put(changed)
    assert refused.refusal is not None
    assert refused.refusal.code == "ID_CONFLICT"


def test_officers_find_their_tasks_and_who_has_them(copy: Copy) -> None:
    running = copy.start()
    book = running.engine.tasks
    mine = [task for task in book.tasks() if task.state is Task.TAKEN]
    (task,) = mine
    assert book.of_case(int(task.decision["case_key"])) is task
    assert running.engine.officer_at(task.taken_at) == "kim"
    assert sum(book.counts().values()) == len(book.tasks())
    made = filled()
    made.officer_action.decision_id = task.decision.tobytes()[:16].hex()
    made.officer_action.act = int(OfficerAct.PUT_BACK)
    made.officer_action.officer = "kim"
    assert running.put(made).refusal is None
    waits = book.of_case(int(task.decision["case_key"]))
    assert waits is not None
    assert (waits.state, waits.since_us) == (Task.OPEN, task.since_us)


def test_rules_stay_in_force_with_what_campaigns_used(copy: Copy) -> None:
    before = copy.rebuilt()
    used = before.shard.state.rules.packs["used"].tolist()
    assert used[0] > 0
    running = copy.start()
    machine = running.engine._machine
    assert machine.state.rules.packs["used"].tolist() == used
    running.put(manifest("T-other", one_way=True))
    assert row_of(running.put(asks("T-other")))["rules"][0] == 1
    # What replaces them takes over the quota, as it would have.
    for approver in ("approver-1", "approver-2"):
        agreed = running.put(rules(running, approver, in_force("one_way", "cash_payment")))
        assert agreed.refusal is None
    assert running.engine.took_effect(agreed.offset)
    now_used = machine.state.rules.packs["used"].tolist()[0]
    assert now_used > used[0]
    copy.stop()
    assert copy.rebuilt().shard.state.rules.packs["used"].tolist()[0] == now_used


def test_a_proposal_goes_on_waiting_and_the_second_person_settles_it(copy: Copy) -> None:
    running = copy.start()
    ((_, _, artefact),) = running.engine._machine.promotions.waiting(0)
    outcome = running.say(artefact.hex(), "approver-1")
    assert outcome.refusal is not None
    assert outcome.refusal.code == "SAME_APPROVER"
    settled = running.say(artefact.hex(), "approver-2")
    assert settled.refusal is None
    assert running.engine.took_effect(settled.offset)


def test_what_took_effect_before_is_known_to_have(copy: Copy) -> None:
    whole = copy.rebuilt()
    assert whole.shard.promoted
    assert whole.shard.trust_changed
    running = copy.start()
    offsets = [*whole.shard.promoted, *whole.shard.trust_changed]
    assert all(running.engine.took_effect(offset) for offset in offsets)


def test_names_are_heard_again_but_for_those_of_the_erased(copy: Copy) -> None:
    keys = SubjectKeys(copy.folder.keys)
    running = copy.start()
    lee = running.engine.decoder.decode(manifest("T-lee").SerializeToString()).subject
    copy.stop()
    keys.forget(lee - (1 << 64) if lee >> 63 else lee)
    keys.close()
    running = copy.start()
    assert running.engine.recovered.start > 0
    running.put(watched("LEE MIN HO", "2"))
    running.put(watched("PARK JI SUNG", "3"))
    found = [float(row_of(running.put(asks(who)))["x"][PLACE["intelligence"]])
             for who in ("T-lee", "T-park")]  # fmt: skip
    assert found == [0.0, 1.0]
    running.put(manifest("T-sora", name="김소라"))
    assert row_of(running.put(asks("T-sora")))["x"][PLACE["intelligence"]] == 1.0, "listed before"


def test_no_name_is_in_any_file_of_a_snapshot(copy: Copy) -> None:
    (path,) = copy.folder.snapshots.glob("snapshot-*")
    content = b"".join(file.read_bytes() for file in path.iterdir())
    known = [*NAMES, "KIM SORA", "M13", "kim", "importer-7", "approver-1", "MT-lee", "T-lee"]
    assert not [name for name in known if name.encode() in content or
                name.encode("utf-16-le") in content]  # fmt: skip


def test_a_watcher_resumes_from_a_cursor_from_before(copy: Copy) -> None:
    running = copy.start()
    reader = running.engine.open_reader()
    ids = [row.id.hex() for row in reader.decisions(0, running.engine.first_offset)]
    named = np.frombuffer(reader.decision(bytes.fromhex(ids[99])) or b"", DECISION)[0]
    reader.close()
    tokens = Tokens(credentials.token_key(copy.folder, make=False))
    ring = credentials.keyring(copy.folder)
    server = serve(running.engine, ring, names_of(Port.load(), tokens), ServerSettings())
    token = ring.sign("officer", Role.OFFICER, ("*",))
    cursor = LogPosition(
        shard=0, epoch=1, offset=int(named["offset"]), ordinal=int(named["ordinal"])
    )
    try:
        with HaechiClient(f"127.0.0.1:{server.port}", token) as client:
            watching = client.watch(cursor, kinds=[int(kind) for kind in DecisionKind if kind])
            seen = [pushed.answer.decision_id for pushed in itertools.islice(watching, 50)]
            watching.close()
    finally:
        server.stop(0.1)
    assert seen == ids[100:150]
