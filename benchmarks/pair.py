"""A primary and its standby as real processes, begun from two copies of one log."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from benchmarks.installation import TOKEN_KEY
from benchmarks.machine import ROOT
from haechi.app.folder import Address, DataFolder
from haechi.app.surroundings import engine_environment
from haechi.configs.port import config_text
from haechi.rpc.identity import issue_demo_tokens, open_keyring, write_secret
from haechi.streams.standby.standing import Part, Standing, write_standing

_MOST_S: Final = 600.0
_LOOK_S: Final = 0.01
_Found = TypeVar("_Found")


class Pair:
    """Two engines of one shard.

    Parameters
    ----------
    base
        A data directory with a log, which is copied twice.
    root
        Where the copies go.
    durability
        Of the primary; the standby's is the same once it is promoted.
    """

    def __init__(self, base: Path, root: Path, durability: str) -> None:
        keyring = open_keyring(base / "secrets")
        issue_demo_tokens(keyring, base / "secrets")
        write_secret(base / "secrets" / "tokens.key", TOKEN_KEY)
        self.first = DataFolder(shutil.copytree(base, root / "first"))
        self.second = DataFolder(shutil.copytree(base, root / "second"))
        self._profile = root / "profile.toml"
        text = config_text("profile.toml", None)
        self._profile.write_text(
            text.replace('durability = "process"', f'durability = "{durability}"'), "utf-8"
        )
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> tuple[Address, float]:
        """Start both; where the primary listens, and seconds until the standby had all of it."""
        self._start("engine", self.first, "--port", "0")
        address = _wait(lambda: self.first.address("engine"))
        # Written down, so that the copy is one: nobody else made it.
        write_standing(self.second.log, Standing(Part.STANDBY, address.target))
        began = time.monotonic()
        self._start("follow", self.second, "--from", address.target, "--port", "0")
        _wait(lambda: (self.second.run / "standby-status.json").exists() or None)
        return address, time.monotonic() - began

    def lose_first(self) -> None:
        """Lose the primary's machine: the process, then every file."""
        primary = self._processes[0]
        primary.kill()
        primary.wait()
        # As good as removed, and the disk is not kept busy meanwhile.
        self.first.root.rename(self.first.root.with_name("lost"))

    def promote(self) -> None:
        """Order the standby to take over, and do not wait for it."""
        command = [sys.executable, "-m", "haechi.app", "promote", "--data", str(self.second.root)]
        self._processes.append(subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL))

    def promoted(self) -> Address:
        """Where the promoted engine listens, once it does."""
        return _wait(lambda: self.second.address("engine"))

    def stop(self) -> None:
        """End what still runs."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(60)

    def _start(self, command: str, folder: DataFolder, *more: str) -> None:
        self._processes.append(
            subprocess.Popen(
                [sys.executable, "-m", "haechi.app", command, "--data", str(folder.root),
                 "--profile", str(self._profile), *more],
                cwd=ROOT, env=engine_environment(os.environ), stderr=subprocess.DEVNULL,
            )
        )  # fmt: skip


def _wait(look: Callable[[], _Found | None]) -> _Found:
    until = time.monotonic() + _MOST_S
    while time.monotonic() < until:
        found = look()
        if found is not None:
            return found
        time.sleep(_LOOK_S)
    raise RuntimeError(f"a process of the pair was not ready within {_MOST_S:g} s")
