"""What waits for a standby, what lets it go, and what happens when nobody comes."""

from __future__ import annotations

import time

import pytest

from haechi.configs.profile import StandbyProfile
from haechi.operators.intake import Outcome, ReplySlot
from haechi.operators.logic import Committed
from haechi.streams.sinks.watch import WatchHub
from haechi.streams.standby import replica as module
from haechi.streams.standby.replica import Replica

SOON_MS = 1


def made(alone: str = "refer", *, needed: bool = True, wait_ms: int = SOON_MS) -> Replica:
    profile = StandbyProfile(wait_ms=wait_ms, alone="process" if alone == "process" else "refer")
    one = Replica(profile, WatchHub(), needed=needed)
    one.begin(0, alone=False)
    return one


def commit(replica: Replica, offset: int) -> ReplySlot:
    slot = ReplySlot()
    replica.take(Committed([(slot, Outcome(offset, False, ()))], offset))
    return slot


def joined(replica: Replica) -> int:
    number = replica.join()
    assert number is not None
    return number


def kept_up(replica: Replica, offset: int = 0) -> int:
    number = joined(replica)
    replica.hear(number, offset, -1)
    assert replica.synchronous
    return number


def let_time_pass() -> None:
    time.sleep(3 * SOON_MS / 1000)


def test_nothing_waits_where_no_replica_is_needed() -> None:
    replica = made(needed=False)
    assert commit(replica, 1).outcome is not None
    assert replica.serves()
    assert replica.state() == "none"


def test_an_answer_waits_for_its_own_commit_and_no_later_one() -> None:
    replica = made(wait_ms=10_000)
    standby = kept_up(replica)
    first, second = commit(replica, 1), commit(replica, 2)
    assert first.outcome is None
    replica.hear(standby, 1, -1)
    assert first.outcome is not None
    assert second.outcome is None
    replica.hear(standby, 2, -1)
    assert second.outcome is not None


def test_watchers_are_told_no_more_than_the_standby_has() -> None:
    hub = WatchHub()
    replica = Replica(StandbyProfile(), hub, needed=True)
    replica.begin(0, alone=False)
    standby = kept_up(replica)
    commit(replica, 5)
    assert hub.bound == 0
    seen = hub.version
    replica.hear(standby, 5, -1)
    assert hub.bound == 5
    assert hub.version > seen, "and they are woken for it"


def test_without_a_standby_gates_refer() -> None:
    replica = made("refer")
    assert not replica.serves()
    slot = commit(replica, 1)
    let_time_pass()
    replica.look()
    assert slot.outcome is None
    standby = joined(replica)
    replica.hear(standby, 1, -1)
    assert replica.serves()
    assert slot.outcome is not None, "what waited is told once the standby has it"


def test_a_standby_that_does_not_answer_is_gone_and_may_come_back() -> None:
    replica = made("refer")
    standby = kept_up(replica)
    slot = commit(replica, 1)
    let_time_pass()
    replica.look()
    assert not replica.serves()
    assert slot.outcome is None
    replica.hear(standby, 1, -1)
    assert replica.serves()
    assert slot.outcome is not None


def test_where_it_may_go_on_alone_it_does_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    replica = made("process")
    standby = kept_up(replica)
    slot = commit(replica, 1)
    let_time_pass()
    replica.look()
    assert slot.outcome is not None
    assert replica.serves()
    assert replica.state() == "alone"
    assert "on this machine only" in caplog.text
    assert commit(replica, 2).outcome is not None
    replica.hear(standby, 2, -1)
    assert replica.state() == "synchronous"
    assert commit(replica, 3).outcome is None


def test_a_standby_far_behind_is_not_counted_on() -> None:
    replica = made("process")
    commit(replica, 1000)
    standby = joined(replica)
    replica.hear(standby, 10, -1)
    assert not replica.synchronous
    replica.hear(standby, 1000, -1)
    assert replica.synchronous


def test_a_promoted_engine_goes_on_alone_until_it_has_a_standby() -> None:
    replica = Replica(StandbyProfile(wait_ms=SOON_MS), WatchHub(), needed=True)
    replica.begin(0, alone=True)
    assert replica.serves()
    assert commit(replica, 1).outcome is not None
    standby = joined(replica)
    replica.hear(standby, 1, -1)
    replica.leave(standby)
    let_time_pass()
    replica.look()
    assert not replica.serves(), "from then on it needs one as its profile says"


def test_a_shard_has_one_standby(monkeypatch: pytest.MonkeyPatch) -> None:
    replica = made()
    first = joined(replica)
    assert replica.join() is None
    monkeypatch.setattr(module, "SILENT_S", 0.0)
    second = joined(replica)
    replica.hear(first, 100, -1)
    assert replica.acknowledged == -1, "who was replaced has no say"
    assert replica.follows(second) is False, "and this one is silent already"
