"""The configuration as the engine takes it: profile, port, and the compiled policy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from haechi.engine.errors import ConfigError

if TYPE_CHECKING:
    from haechi.configs.profile import Profile
    from haechi.rpc.settings import ServerSettings


def load_profile(path: Path | None) -> Profile:
    """Read a profile; the packaged one if none is named.

    Raises
    ------
    ConfigError
        If it cannot be used.
    """
    # It brings Numba along, half a second that --help should not take.
    from haechi.configs.profile import Profile

    return Profile.load(path)


def has_cameras(configs: Path | None) -> bool:
    """Whether the port has cameras; False as well where its file cannot be read.

    The engine, which is started first, says what is wrong with the file.
    """
    from haechi.configs.port import Port

    try:
        return bool(Port.load(configs).cameras)
    except ConfigError:
        return False


def compile_artefact(configs: Path | None) -> bytes:
    """Compile the lanes, the prior and the models of a folder, the packaged one if none is named.

    Raises
    ------
    ConfigError
        If they cannot be used; the message names the key's path.
    """
    from haechi.configs.model import compile_model
    from haechi.configs.policy import compile_policy, compile_prior, pack_artefact
    from haechi.configs.port import config_text

    if configs is not None and not configs.is_dir():
        raise ConfigError(f"--configs {configs} is no directory; it must hold lanes.toml, "
                          "model.toml, port.toml and prior.toml")  # fmt: skip
    policy, default_lane = compile_policy(config_text("lanes.toml", configs))
    prior, base = compile_prior(config_text("prior.toml", configs))
    model = compile_model(config_text("model.toml", configs))
    return pack_artefact(policy, default_lane, prior, base, model)


def server_settings(
    profile: Profile, profile_path: Path | None, port: int | None
) -> ServerSettings:
    """How to serve; certificate files stand relative to the profile.

    Parameters
    ----------
    profile
        The profile.
    profile_path
        Where it was read.
    port
        Port to use instead of the profile's, or None.
    """
    from haechi.rpc.settings import ServerSettings, Tls

    server = profile.server
    beside = profile_path.resolve().parent if profile_path is not None else Path()
    tls = None
    if bool(server.certificate) is not bool(server.key):
        raise ConfigError("server.certificate and server.key go together; give both or neither")
    if server.certificate:
        tls = Tls(
            beside / server.certificate,
            beside / server.key,
            beside / server.client_ca if server.client_ca else None,
        )
    return ServerSettings(
        host=server.host,
        port=server.port if port is None else port,
        tls=tls,
        budget_ms_default=server.budget_ms,
    )
