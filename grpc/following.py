"""The standby's side of Follow: it takes what is shipped, and reconnects by itself.

Three threads: gRPC's own sends how far this copy is, one takes shipments and commits them, and one
applies what was committed, so that an acknowledgement never waits for the core.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import grpc

from haechi.engine.build import BUILD_HEX
from haechi.engine.errors import ConfigError, HaechiError, LogError, OtherBuild, Unavailable
from haechi.rpc.callers import AUTHORIZATION
from haechi.rpc.health import EPOCH
from haechi.rpc.roles import HEALTH, STANDBY_SERVICE
from haechi.rpc.settings import is_loopback
from haechi.rpc.v1 import standby_service_pb2 as pb
from haechi.rpc.watching import FINAL, failure
from haechi.streams.engine import Engine
from haechi.streams.log.chain import GENESIS
from haechi.streams.standby.shipments import MOST_BYTES

BEAT_S: Final = 1.0
"""How often a standby speaks although nothing comes."""

PROOF_S: Final = 2.0
"""How often it tells the chain's link at what it has decided again."""

SECRETS: Final = ("tokens.key", "signing.key")
"""Files of an installation that a standby needs: without the first, the same id would be another
subject; without the second, every gate's token would be void."""

_OPTIONS: Final = [
    ("grpc.max_receive_message_length", 8 * MOST_BYTES),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.keepalive_time_ms", 10_000),
]
_BACKOFF_S: Final = (0.1, 2.0)
_REFUSED: Final = FINAL | {grpc.StatusCode.FAILED_PRECONDITION}


class StandbyChannel:
    """A connection to the engine that is followed.

    Parameters
    ----------
    target
        Its address.
    token
        Text of a standby's token.
    tls
        Channel credentials; None for plain loopback.

    Raises
    ------
    ConfigError
        If the address is not of this machine and there are no credentials: keys travel here.
    """

    def __init__(self, target: str, token: str, tls: grpc.ChannelCredentials | None) -> None:
        self.target = target
        if tls is None:
            if not is_loopback(target.rpartition(":")[0]):
                raise ConfigError(
                    f"{target} is another machine's, and keys travel in the clear without TLS: "
                    "name the PEM of its authority as standby.certificate in the profile"
                )
            self._channel = grpc.insecure_channel(target, options=_OPTIONS)
        else:
            self._channel = grpc.secure_channel(target, tls, options=_OPTIONS)
        self._follow = self._channel.stream_stream(
            f"/{STANDBY_SERVICE}/Follow",
            pb.FollowRequest.SerializeToString,
            pb.FollowResponse.FromString,
        )
        self._metadata = ((AUTHORIZATION, f"Bearer {token}"),)

    def __repr__(self) -> str:
        return f"StandbyChannel({self.target!r}, <token not shown>)"

    def follow(self, said: Iterator[pb.FollowRequest], timeout_s: float | None = None) -> Any:
        """Open the stream."""
        return self._follow(said, metadata=self._metadata, timeout=timeout_s)

    def greet(self, opening: pb.FollowOpening, timeout_s: float) -> pb.FollowBegun:
        """Only open and hear the first answer.

        Raises
        ------
        Unavailable
            If nobody answers.
        LogError
            If the engine refuses the copy; the message is its own.
        """
        stream = self.follow(iter([pb.FollowRequest(opening=opening)]), timeout_s)
        try:
            begun: pb.FollowBegun = next(stream).begun
        except grpc.RpcError as error:
            raise _meant(error, self.target) from None
        finally:
            stream.cancel()
        return begun

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()


class Following:
    """Follows until it is stopped, or cannot go on.

    Parameters
    ----------
    channel
        To the engine that is followed.
    engine
        This copy's engine, which has not begun.
    address
        Where this copy's engine will answer.
    on_failure
        Told why it cannot go on.

    Attributes
    ----------
    connected
        Whether it is being shipped to.
    head_offset
        Last event of the primary's log, as last heard.
    applied_offset
        Last event in this copy's state.
    """

    def __init__(
        self,
        channel: StandbyChannel,
        engine: Engine,
        address: str,
        on_failure: Callable[[HaechiError], None],
    ) -> None:
        self._channel = channel
        self._engine = engine
        self._address = address
        self._on_failure = on_failure
        self._copy = engine.copy()
        self._stopping = threading.Event()
        self._changed = threading.Condition()
        self._stream: Any = None
        self._proof = (-1, b"")
        self._told_offset: int | None = None
        self.connected = False
        self.head_offset = -1
        self.applied_offset = engine.applied_offset
        self._threads = [
            threading.Thread(target=self._guard, args=(work,), name=name, daemon=True)
            for name, work in (("follow", self._take), ("apply", self._apply))
        ]

    @property
    def proved_offset(self) -> int:
        """Last event whose link of the chain it told as proof; -1 for none."""
        return self._proof[0]

    @property
    def copied_offset(self) -> int:
        """Last event that this copy has."""
        return self._copy.head_offset

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take no more; what was taken is applied when this returns."""
        self._stopping.set()
        if self._stream is not None:
            self._stream.cancel()
        self._tell()
        for thread in self._threads:
            thread.join()

    def _guard(self, work: Callable[[], None]) -> None:
        try:
            work()
        except HaechiError as error:
            self._on_failure(error)
        except BaseException as error:
            self._on_failure(LogError(f"{type(error).__name__}: {error}"))
            raise

    def _take(self) -> None:
        wait_s, longest_s = _BACKOFF_S
        while not self._stopping.is_set():
            ended = threading.Event()
            try:
                self._stream = self._channel.follow(self._said(ended))
                if self._stopping.is_set():
                    # Whoever stops may have looked for it a moment too early.
                    self._stream.cancel()
                for told in self._stream:
                    if told.WhichOneof("told") == "begun":
                        _check(told.begun)
                        self.connected = True
                        wait_s = _BACKOFF_S[0]
                        continue
                    self._copy.take(told.shipment)
                    self.head_offset = told.shipment.head_offset
                    self._tell()
                    if self._stopping.is_set():
                        break
            except grpc.RpcError as error:
                if not self._stopping.is_set() and failure(error)[0] in _REFUSED:
                    raise _meant(error, self._channel.target) from None
            finally:
                self.connected = False
                ended.set()
                self._tell()
                if self._stream is not None:
                    self._stream.cancel()
            self._stopping.wait(wait_s)
            wait_s = min(2 * wait_s, longest_s)

    def _said(self, ended: threading.Event) -> Iterator[pb.FollowRequest]:
        """What this copy says on one stream; on gRPC's own thread."""
        opening = self._copy.opening(self._engine.shard, self._engine.last_epoch)
        opening.address = self._address
        self._told_offset = None
        yield pb.FollowRequest(opening=opening)
        while not ended.is_set():
            with self._changed:
                self._changed.wait_for(lambda: ended.is_set() or self._has_news(), BEAT_S)
            offset, chain = self._proof
            self._told_offset = self.copied_offset
            yield pb.FollowRequest(
                progress=pb.FollowProgress(
                    committed_offset=self._told_offset, proved_offset=offset, proved_chain=chain
                )
            )

    def _has_news(self) -> bool:
        return self.copied_offset != self._told_offset

    def _apply(self) -> None:
        proved_s = 0.0
        while not self._stopping.is_set() or self.applied_offset < self.copied_offset:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping.is_set() or self._behind(), BEAT_S)
            if self._behind():
                self.applied_offset = self._engine.catch_up()
            if time.monotonic() - proved_s >= PROOF_S and self.applied_offset > self._proof[0]:
                link = self._engine.link_before(self.applied_offset + 1)
                assert link is not None, "what was applied is in the log"
                self._proof = (self.applied_offset, link)
                proved_s = time.monotonic()

    def _behind(self) -> bool:
        return self.applied_offset < self.copied_offset

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()


def _check(begun: pb.FollowBegun) -> None:
    if begun.build != BUILD_HEX:
        raise OtherBuild(
            f"the primary is build {begun.build[:16]} and this is {BUILD_HEX[:16]}: a standby "
            "decides everything again with the same bytes, so install the same build here"
        )


def _meant(error: grpc.RpcError, target: str) -> HaechiError:
    status, details = failure(error)
    if status in _REFUSED:
        return LogError(f"{target} refused this copy: {details}")
    return Unavailable(f"the engine at {target} does not answer: {details}")


def opening_of_nothing(shard: int) -> pb.FollowOpening:
    """The opening of whoever has no log at all, and no secrets."""
    return pb.FollowOpening(shard=shard, chain=GENESIS, lacks_secrets=True)


def epoch_of(
    target: str, token: str, tls: grpc.ChannelCredentials | None, timeout_s: float
) -> int | None:
    """Epoch of the engine at an address; None if none answers there."""
    channel = grpc.secure_channel(target, tls) if tls is not None else grpc.insecure_channel(target)
    with channel:
        check: Any = channel.unary_unary(f"/{HEALTH}/Check")
        try:
            _, call = check.with_call(
                b"", timeout=timeout_s, metadata=((AUTHORIZATION, f"Bearer {token}"),)
            )
        except grpc.RpcError:
            return None
        return next((int(value) for key, value in call.trailing_metadata() if key == EPOCH), None)


def secrets_of(folder: Path) -> dict[str, bytes]:
    """What a standby needs of an installation's secrets folder: names and contents."""
    return {name: (folder / name).read_bytes() for name in SECRETS}
