"""Two engines of one shard must not both decide: the one that was superseded is told so.

An engine whose profile names its other machine asks there, before it begins, whether that was
promoted meanwhile. One that was promoted knocks at the engine it superseded, until it has heard.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from haechi.app import credentials
from haechi.app.folder import DataFolder
from haechi.app.terminal import say
from haechi.engine.errors import ConfigError, HaechiError, Unavailable

if TYPE_CHECKING:
    import grpc

    from haechi.configs.profile import Profile
    from haechi.streams.engine import Engine

_ASK_S: Final = 2.0
_KNOCK_S: Final = 1.0
_TOLD_S: Final = 30.0
"""How often a superseded engine is told once more: its files may come back from a backup."""


def standby_token(folder: DataFolder) -> str:
    """Token with which engines of one shard call each other."""
    return credentials.token(folder, "standby")


def peer_tls(profile: Profile) -> grpc.ChannelCredentials | None:
    """What the other machine's certificate is checked against; None for plain loopback.

    Raises
    ------
    ConfigError
        If it cannot be read.
    """
    import grpc

    named = profile.standby.certificate
    if not named:
        return None
    try:
        return grpc.ssl_channel_credentials(Path(named).read_bytes())
    except OSError as error:
        raise ConfigError(
            f"standby.certificate: {named} cannot be read ({error.strerror}); name the PEM file "
            "of the other engine's authority"
        ) from None


def check_peer(folder: DataFolder, profile: Profile, engine: Engine) -> None:
    """Refuse to begin if the other machine's engine was promoted.

    Raises
    ------
    Superseded
        If it was.
    """
    from haechi.rpc.following import epoch_of
    from haechi.streams.standby.standing import give_up_office

    peer = profile.standby.peer
    if not peer:
        return
    epoch = epoch_of(peer, standby_token(folder), peer_tls(profile), _ASK_S)
    if epoch is not None and epoch > engine.last_epoch:
        raise give_up_office(folder.log, peer, epoch)


class Knocking:
    """Tells the engine that was superseded, whenever it comes back; nothing to do for others.

    Parameters
    ----------
    folder
        The data directory.
    profile
        How this engine runs.
    engine
        This engine.
    address
        Where it answers.
    """

    def __init__(self, folder: DataFolder, profile: Profile, engine: Engine, address: str) -> None:
        from haechi.streams.standby.standing import read_standing

        self._engine = engine
        self._address = address
        self._stopping = threading.Event()
        standing = read_standing(folder.log)
        if standing.promoted and standing.peer:
            token, tls = standby_token(folder), peer_tls(profile)
            threading.Thread(
                target=self._run, args=(standing.peer, token, tls), name="knock", daemon=True
            ).start()

    def stop(self) -> None:
        """Knock no more."""
        self._stopping.set()

    def _run(self, peer: str, token: str, tls: grpc.ChannelCredentials | None) -> None:
        from haechi.rpc.following import StandbyChannel, opening_of_nothing

        opening = opening_of_nothing(self._engine.shard)
        opening.epoch, opening.address = self._engine.epoch, self._address
        channel = StandbyChannel(peer, token, tls)
        wait_s = _KNOCK_S
        while not self._stopping.wait(wait_s):
            try:
                if channel.greet(opening, _ASK_S).epoch >= self._engine.epoch:
                    # It is this engine, at the address of the old one, or one promoted since.
                    break
            except Unavailable:
                wait_s = _KNOCK_S
            except HaechiError as told:
                if wait_s == _KNOCK_S:
                    say(f"the superseded engine was told: {told}")
                wait_s = _TOLD_S
        channel.close()
