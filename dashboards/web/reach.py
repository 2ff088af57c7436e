"""What the live page needs of the installation, handed in by whoever starts it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from haechi.rpc.client import HaechiClient
from haechi.rpc.identity import Keyring
from haechi.streams.decode.places import Edge


@dataclass(frozen=True, slots=True)
class Reach:
    """How the live page reaches everything else.

    Parameters
    ----------
    keyring
        Checks persons' tokens.
    store
        Makes a clickhouse_connect client as the analyst.
    shard
        Shard that the page is about.
    engine
        Makes a client of the engine for somebody's token.
    alive
        Whether the engine decides.
    sensors
        Names the sensors that are down, given places in the log where some spoke.
    erased
        Whether the message at a place in the log was erased; None where there is no log to look.
    replay
        Decides a decision again and tells what came out; takes long.
    edge
        Makes tokens of names.
    run
        Folder in which processes say how they are doing.
    looks
        File of the record of looks.
    """

    keyring: Keyring
    store: Callable[[], Any]
    shard: int
    engine: Callable[[str], HaechiClient]
    alive: Callable[[], bool]
    sensors: Callable[[list[int]], list[dict[str, Any]]]
    erased: Callable[[int], bool | None]
    replay: Callable[[str], dict[str, Any]]
    edge: Edge
    run: Path
    looks: Path
