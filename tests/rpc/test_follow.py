"""Who may follow, from where, and who ends when another engine was promoted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from ledger import row

from haechi.configs.profile import StandbyProfile
from haechi.engine.errors import ConfigError, LogError, Unavailable
from haechi.rpc.following import StandbyChannel, epoch_of, opening_of_nothing
from haechi.rpc.health import EPOCH
from haechi.rpc.identity import Keyring
from haechi.rpc.roles import Role
from haechi.rpc.server import Server, serve
from haechi.rpc.v1 import standby_service_pb2 as pb
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.writer import LogWriter
from haechi.streams.sinks.watch import WatchHub
from haechi.streams.standby import replica as replicas
from haechi.streams.standby.replica import Replica
from haechi.streams.standby.shipments import Shipments, chain_before

SECRETS = {"tokens.key": b"t" * 32, "signing.key": b"s" * 32}


class Logged:
    """The part of an engine that a standby sees, over a real log."""

    def __init__(self, root: Path, fake: object) -> None:
        self._fake = fake
        self._log = root / "log"
        self._keys = root / "keys" / "subjects.sqlite"
        self.writer = LogWriter(self._log, SubjectKeys(self._keys))
        self.writer.append([row(number) for number in range(10)])
        self.replica = Replica(StandbyProfile(), WatchHub(), needed=True)
        self.replica.begin(9, alone=False)
        self.superseded: list[tuple[str, int]] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._fake, name)

    def link_before(self, offset: int) -> bytes | None:
        return chain_before(self._log, offset)

    def shipments(self, opening: pb.FollowOpening) -> Shipments:
        return Shipments(self._log, self._keys, self._log / "artefacts", opening)

    def supersede(self, peer: str, epoch: int) -> None:
        self.superseded.append((peer, epoch))


@pytest.fixture
def logged(tmp_path: Path, engine: object) -> Logged:
    return Logged(tmp_path, engine)


@pytest.fixture
def followed(logged: Logged, keyring: Keyring) -> Iterator[Server]:
    import fake_engine

    running = serve(logged, keyring, fake_engine.NAMES, secrets=SECRETS)
    yield running
    running.stop(0.1)


@pytest.fixture
def channel(followed: Server, keyring: Keyring) -> Iterator[StandbyChannel]:
    token = keyring.sign("second", Role.STANDBY, ("*",))
    one = StandbyChannel(f"127.0.0.1:{followed.port}", token, None)
    yield one
    one.close()


def until(what: Callable[[], Any]) -> Any:
    end = time.monotonic() + 10
    while not (found := what()):
        assert time.monotonic() < end
        time.sleep(0.01)
    return found


def test_secrets_are_told_to_whoever_lacks_them_only(channel: StandbyChannel) -> None:
    opening = opening_of_nothing(0)
    assert dict(channel.greet(opening, 5).secrets) == SECRETS
    opening.lacks_secrets = False
    begun = until(lambda: greeted(channel, opening))
    assert not begun.secrets


def greeted(channel: StandbyChannel, opening: pb.FollowOpening) -> pb.FollowBegun | None:
    """Greet, once the end of the last stream has been noticed."""
    try:
        return channel.greet(opening, 5)
    except Unavailable as error:
        if "TAKEN" not in str(error):
            raise
        return None


def test_rows_are_shipped_and_acknowledged(channel: StandbyChannel, logged: Logged) -> None:
    news = threading.Event()
    opening = pb.FollowRequest(opening=opening_of_nothing(0))

    def said() -> Iterator[pb.FollowRequest]:
        yield opening
        news.wait(10)
        yield pb.FollowRequest(
            progress=pb.FollowProgress(
                committed_offset=9, proved_offset=9, proved_chain=logged.writer.chain
            )
        )
        time.sleep(5)

    stream = channel.follow(said())
    assert next(stream).begun.epoch == 3
    shipment = next(stream).shipment
    assert [one.offset for one in shipment.rows] == list(range(10))
    assert shipment.head_offset == 9
    assert not logged.replica.synchronous
    news.set()
    until(lambda: logged.replica.synchronous)
    assert logged.replica.proved == 9
    # What is committed from now on comes by itself.
    logged.writer.append([row(10)])
    logged.replica.committed = 10
    assert [one.offset for one in next(stream).shipment.rows] == [10]
    stream.cancel()


def test_a_proof_that_is_wrong_ends_the_stream(channel: StandbyChannel, logged: Logged) -> None:
    def said() -> Iterator[pb.FollowRequest]:
        yield pb.FollowRequest(opening=opening_of_nothing(0))
        yield pb.FollowRequest(
            progress=pb.FollowProgress(committed_offset=9, proved_offset=9, proved_chain=bytes(32))
        )
        time.sleep(5)

    stream = channel.follow(said())
    for _ in stream:
        pass
    assert not logged.replica.synchronous
    assert logged.replica.proved == -1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shard": 1}, "WRONG_SHARD: the standby is of shard 1"),
        ({"next_offset": 10, "chain": bytes(32)}, "FORK: event 9 of the copy"),
        ({"next_offset": 11}, "AHEAD: the copy ends before event 11"),
    ],
)
def test_a_copy_of_another_log_is_refused(
    channel: StandbyChannel, change: dict[str, object], said: str
) -> None:
    opening = opening_of_nothing(0)
    for name, value in change.items():
        setattr(opening, name, value)
    with pytest.raises((LogError, Unavailable), match=said):
        channel.greet(opening, 5)


def test_an_engine_learns_that_it_was_superseded(channel: StandbyChannel, logged: Logged) -> None:
    opening = opening_of_nothing(0)
    opening.epoch, opening.address = 1 << 32, "second:1"
    with pytest.raises(LogError, match="SUPERSEDED"):
        channel.greet(opening, 5)
    assert logged.superseded == [("second:1", 1 << 32)]


def test_a_shard_has_one_standby_and_a_silent_one_is_replaced(
    channel: StandbyChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = pb.FollowRequest(opening=opening_of_nothing(0))
    waiting = threading.Event()

    def said() -> Iterator[pb.FollowRequest]:
        yield opening
        waiting.wait(10)

    first = channel.follow(said())
    assert next(first).HasField("begun")
    with pytest.raises(Unavailable, match="TAKEN"):
        channel.greet(opening.opening, 5)
    monkeypatch.setattr(replicas, "SILENT_S", 0.0)
    assert channel.greet(opening.opening, 5).epoch == 3
    waiting.set()


def test_only_a_standby_follows(followed: Server, keyring: Keyring) -> None:
    for role in set(Role) - {Role.STANDBY}:
        other = StandbyChannel(
            f"127.0.0.1:{followed.port}", keyring.sign("other", role, ("*",)), None
        )
        with pytest.raises(LogError, match="Follow is for: standby"):
            other.greet(opening_of_nothing(0), 5)
        other.close()


def test_keys_do_not_travel_in_the_clear() -> None:
    with pytest.raises(ConfigError, match=r"standby\.certificate"):
        StandbyChannel("second.example:50551", "token", None)


def test_health_tells_the_epoch(followed: Server, keyring: Keyring) -> None:
    token = keyring.sign("second", Role.STANDBY, ("*",))
    assert epoch_of(f"127.0.0.1:{followed.port}", token, None, 5) == 3
    assert epoch_of("127.0.0.1:1", token, None, 0.2) is None
    with grpc.insecure_channel(f"127.0.0.1:{followed.port}") as channel:
        _, call = channel.unary_unary("/grpc.health.v1.Health/Check").with_call(
            b"", metadata=(("authorization", f"Bearer {token}"),), timeout=5
        )
    assert (EPOCH, "3") in [(key, value) for key, value in call.trailing_metadata()]
