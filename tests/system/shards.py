"""Two shards of one installation, as real processes on one machine."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from haechi.app import credentials
from haechi.app.installation import Installation
from haechi.configs.topics import Topics
from haechi.rpc.routing import RoutingClient

PARTITIONS = Topics.load().partitions
OF_PARTIES = ("price_ratio", "pccc_addresses", "address_pcccs", "pccc_hour")
"""Terms of the prior that follow what others declared before."""


def free_ports(count: int) -> list[int]:
    """Ports that nobody has at present."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def write_configs(folder: Path, ports: list[int], prefix: str) -> Path:
    """The packaged configuration for shards at these ports, where cases do not touch each other.

    Nobody is picked at random, no threshold follows the scores of others, and no score the history
    of a party.
    """
    folder.mkdir()
    for name in ("lanes.toml", "model.toml", "port.toml", "prior.toml"):
        text = (files("haechi.configs") / name).read_text("utf-8")
        text = re.sub(r"(explore|hold_rate) = [0-9.]+", r"\1 = 0.0", text)
        text = re.sub(rf"(?m)^({'|'.join(OF_PARTIES)}) = .*\n", "", text)
        (folder / name).write_text(text, "utf-8")
    topics = (files("haechi.configs") / "topics.toml").read_text("utf-8")
    (folder / "topics.toml").write_text(topics.replace('"haechi."', f'"{prefix}"'), "utf-8")
    each = PARTITIONS // len(ports)
    shards = "".join(
        f'[[shard]]\nnumber = {number}\naddress = "127.0.0.1:{port}"\n'
        f'partitions = ["{number * each}-{number * each + each - 1}"]\n'
        for number, port in enumerate(ports)
    )
    (folder / "topology.toml").write_text(f"version = 1\n{shards}", "utf-8")
    return folder


def write_profile(path: Path, shard: int, port: int, more: str = "") -> Path:
    """The packaged profile for one shard."""
    text = (files("haechi.configs") / "profile.toml").read_text("utf-8")
    text = re.sub(r"(?m)^port = .*", "port = 0", text)
    text = re.sub(r"(?m)^shard = 0", f"shard = {shard}", text)
    text = re.sub(r"(\[server\]\n(?:.*\n)*?)port = 0", rf"\g<1>port = {port}", text, count=1)
    path.write_text(text + more, "utf-8")
    return path


@contextlib.contextmanager
def running(
    root: Path, count: int = 2, kafka: str = "", prefix: str = "haechi.", *, store: bool = False
) -> Iterator[list[Installation]]:
    """Shards, without a store unless told; they share their keys, as one installation's do."""
    ports = free_ports(count)
    configs = write_configs(root / "configs", ports, prefix)
    more = f'\n[kafka]\nbootstrap = "{kafka}"\n' if kafka else ""
    with contextlib.ExitStack() as started:
        shards: list[Installation] = []
        for number, port in enumerate(ports):
            profile = write_profile(root / f"profile-{number}.toml", number, port, more)
            data = root / f"shard-{number}"
            if shards:
                shutil.copytree(shards[0].folder.secrets, data / "secrets")
            one = Installation(data, profile, configs, store=store)
            shards.append(started.enter_context(one))
        yield shards


def routed(shards: list[Installation], role: str, *known: int) -> RoutingClient:
    """A client that was given the addresses of some shards."""
    targets = [shards[number].address("engine").target for number in known or (0,)]
    return RoutingClient(targets, credentials.token(shards[0].folder, role))
